// SPDX-License-Identifier: Apache-2.0
// When a gateway asks for updates: every so often, by chance a little later, so
// that a fleet does not ask at once, and only at some time of the day.
#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace updraft {

// From `begin` to before `end`, seconds of the day; over midnight where it ends
// before it begins.
struct DailyWindow {
  std::uint32_t begin = 0;
  std::uint32_t end = 0;

  bool Holds(std::uint32_t second_of_day) const;
  // Seconds until it begins; 0 inside.
  std::uint32_t Until(std::uint32_t second_of_day) const;
  bool operator==(const DailyWindow&) const = default;
};

// "HH:MM-HH:MM", 24 hours; empty for anything else, and where both are the same.
std::optional<DailyWindow> ParseDailyWindow(std::string_view text);

// "02:00-04:30".
std::string WindowText(const DailyWindow& window);

struct Schedule {
  std::chrono::seconds interval{3600};
  std::chrono::seconds jitter{600};  // at most so much later
  std::optional<DailyWindow> window{};
  // After a failure of the network it asks again sooner.
  static constexpr std::chrono::seconds kAfterFailure{300};

  // How long to wait from now, the second of the day, until the next time. `chance`
  // is any number, from a random generator.
  std::chrono::seconds Wait(bool failed, std::uint32_t chance, std::uint32_t second_of_day) const;
  // Before the first time after a start: the jitter alone.
  std::chrono::seconds FirstWait(std::uint32_t chance, std::uint32_t second_of_day) const;

 private:
  std::chrono::seconds Placed(std::chrono::seconds wait, std::uint32_t chance,
                              std::uint32_t second_of_day) const;
};

// Of the local time.
std::uint32_t SecondOfDay();

}  // namespace updraft
