// SPDX-License-Identifier: Apache-2.0
#include "gateway/schedule.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <ctime>

namespace updraft {
namespace {

constexpr std::uint32_t kDay = 24 * 3600;

// "HH:MM".
std::optional<std::uint32_t> ParseTime(std::string_view text) {
  if (text.size() != 5 || text[2] != ':') return std::nullopt;
  const auto number = [](std::string_view digits) -> std::optional<std::uint32_t> {
    std::uint32_t value = 0;
    const char* const end = digits.data() + digits.size();
    const auto [at, error] = std::from_chars(digits.data(), end, value);
    if (error != std::errc() || at != end) return std::nullopt;
    return value;
  };
  const auto hours = number(text.substr(0, 2));
  const auto minutes = number(text.substr(3));
  if (!hours || !minutes || *hours > 23 || *minutes > 59) return std::nullopt;
  return *hours * 3600 + *minutes * 60;
}

}  // namespace

bool DailyWindow::Holds(std::uint32_t second_of_day) const {
  if (begin < end) return second_of_day >= begin && second_of_day < end;
  return second_of_day >= begin || second_of_day < end;
}

std::uint32_t DailyWindow::Until(std::uint32_t second_of_day) const {
  if (Holds(second_of_day)) return 0;
  return (begin + kDay - second_of_day) % kDay;
}

std::optional<DailyWindow> ParseDailyWindow(std::string_view text) {
  if (text.size() != 11 || text[5] != '-') return std::nullopt;
  const auto begin = ParseTime(text.substr(0, 5));
  const auto end = ParseTime(text.substr(6));
  if (!begin || !end || *begin == *end) return std::nullopt;
  return DailyWindow{*begin, *end};
}

std::string WindowText(const DailyWindow& window) {
  const auto time = [](std::uint32_t second) {
    return fmt::format("{:02}:{:02}", second / 3600, second / 60 % 60);
  };
  return fmt::format("{}-{}", time(window.begin), time(window.end));
}

std::chrono::seconds Schedule::Placed(std::chrono::seconds wait, std::uint32_t chance,
                                      std::uint32_t second_of_day) const {
  const auto late = std::chrono::seconds(
      chance % (static_cast<std::uint64_t>(std::max<std::int64_t>(jitter.count(), 0)) + 1));
  wait += late;
  if (!window) return wait;
  const auto then =
      static_cast<std::uint32_t>((second_of_day + static_cast<std::uint64_t>(wait.count())) % kDay);
  const std::uint32_t until = window->Until(then);
  if (until == 0) return wait;
  // Spread inside the window too, but never beyond it.
  const std::uint32_t length = (window->end + kDay - window->begin) % kDay;
  return wait + std::chrono::seconds(
                    until + chance % std::min<std::uint64_t>(
                                         length, static_cast<std::uint64_t>(jitter.count()) + 1));
}

std::chrono::seconds Schedule::Wait(bool failed, std::uint32_t chance,
                                    std::uint32_t second_of_day) const {
  return Placed(failed ? std::min(interval, kAfterFailure) : interval, chance, second_of_day);
}

std::chrono::seconds Schedule::FirstWait(std::uint32_t chance, std::uint32_t second_of_day) const {
  return Placed(std::chrono::seconds(0), chance, second_of_day);
}

std::uint32_t SecondOfDay() {
  const std::time_t now = std::time(nullptr);
  std::tm local{};
  localtime_r(&now, &local);
  return static_cast<std::uint32_t>(local.tm_hour * 3600 + local.tm_min * 60 +
                                    std::min(local.tm_sec, 59));
}

}  // namespace updraft
