// SPDX-License-Identifier: Apache-2.0
#include "server/http_date.h"

#include <fmt/format.h>

#include <array>
#include <chrono>

namespace updraft {
namespace {

constexpr std::array<std::string_view, 7> kDays = {"Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"};
constexpr std::array<std::string_view, 7> kLongDays = {"Sunday",   "Monday", "Tuesday", "Wednesday",
                                                       "Thursday", "Friday", "Saturday"};
constexpr std::array<std::string_view, 12> kMonths = {"Jan", "Feb", "Mar", "Apr", "May", "Jun",
                                                      "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};

struct Fields {
  int year = 0;
  unsigned month = 0;
  unsigned day = 0;
  int hour = 0;
  int minute = 0;
  int second = 0;
};

// Eats a date from the left; once something did not fit, nothing fits.
class Scanner {
 public:
  explicit Scanner(std::string_view text) : rest_(text) {}

  bool whole() const { return good_ && rest_.empty(); }

  void Literal(std::string_view expected) {
    if (good_ && rest_.starts_with(expected)) {
      rest_.remove_prefix(expected.size());
    } else {
      good_ = false;
    }
  }

  int Digits(std::size_t count) {
    if (!good_ || rest_.size() < count) return Fail();
    int value = 0;
    for (std::size_t i = 0; i < count; ++i) {
      if (rest_[i] < '0' || rest_[i] > '9') return Fail();
      value = value * 10 + (rest_[i] - '0');
    }
    rest_.remove_prefix(count);
    return value;
  }

  // asctime pads the day of the month with a space.
  unsigned PaddedDay() {
    if (good_ && rest_.starts_with(' ')) {
      rest_.remove_prefix(1);
      return static_cast<unsigned>(Digits(1));
    }
    return static_cast<unsigned>(Digits(2));
  }

  template <std::size_t N>
  unsigned OneOf(const std::array<std::string_view, N>& words) {
    for (std::size_t i = 0; good_ && i < N; ++i) {
      if (rest_.starts_with(words[i])) {
        rest_.remove_prefix(words[i].size());
        return static_cast<unsigned>(i);
      }
    }
    return static_cast<unsigned>(Fail());
  }

  void Time(Fields& fields) {
    fields.hour = Digits(2);
    Literal(":");
    fields.minute = Digits(2);
    Literal(":");
    fields.second = Digits(2);
  }

 private:
  int Fail() {
    good_ = false;
    return 0;
  }

  std::string_view rest_;
  bool good_ = true;
};

std::optional<std::int64_t> ToSeconds(const Fields& fields) {
  const std::chrono::year_month_day date{std::chrono::year{fields.year},
                                         std::chrono::month{fields.month},
                                         std::chrono::day{fields.day}};
  if (!date.ok() || fields.hour > 23 || fields.minute > 59 || fields.second > 60)
    return std::nullopt;
  const auto days = std::chrono::sys_days{date}.time_since_epoch().count();
  return ((std::int64_t{days} * 24 + fields.hour) * 60 + fields.minute) * 60 + fields.second;
}

std::optional<std::int64_t> ParseFixdate(std::string_view text) {
  Scanner scan(text);
  Fields fields;
  scan.OneOf(kDays);
  scan.Literal(", ");
  fields.day = static_cast<unsigned>(scan.Digits(2));
  scan.Literal(" ");
  fields.month = scan.OneOf(kMonths) + 1;
  scan.Literal(" ");
  fields.year = scan.Digits(4);
  scan.Literal(" ");
  scan.Time(fields);
  scan.Literal(" GMT");
  return scan.whole() ? ToSeconds(fields) : std::nullopt;
}

std::optional<std::int64_t> ParseRfc850(std::string_view text, std::int64_t now) {
  Scanner scan(text);
  Fields fields;
  scan.OneOf(kLongDays);
  scan.Literal(", ");
  fields.day = static_cast<unsigned>(scan.Digits(2));
  scan.Literal("-");
  fields.month = scan.OneOf(kMonths) + 1;
  scan.Literal("-");
  fields.year = 1900 + scan.Digits(2);
  scan.Literal(" ");
  scan.Time(fields);
  scan.Literal(" GMT");
  if (!scan.whole()) return std::nullopt;
  constexpr std::int64_t kFiftyYears = 50LL * 31556952;
  std::optional<std::int64_t> latest;
  for (; fields.year < 2400; fields.year += 100) {
    const auto seconds = ToSeconds(fields);
    if (seconds && *seconds > now + kFiftyYears) break;
    if (seconds) latest = seconds;
  }
  return latest;
}

std::optional<std::int64_t> ParseAsctime(std::string_view text) {
  Scanner scan(text);
  Fields fields;
  scan.OneOf(kDays);
  scan.Literal(" ");
  fields.month = scan.OneOf(kMonths) + 1;
  scan.Literal(" ");
  fields.day = scan.PaddedDay();
  scan.Literal(" ");
  scan.Time(fields);
  scan.Literal(" ");
  fields.year = scan.Digits(4);
  return scan.whole() ? ToSeconds(fields) : std::nullopt;
}

}  // namespace

std::string FormatHttpDate(std::int64_t seconds) {
  const std::chrono::sys_seconds moment{std::chrono::seconds{seconds}};
  const auto midnight = std::chrono::floor<std::chrono::days>(moment);
  const std::chrono::year_month_day date{midnight};
  const std::chrono::hh_mm_ss time{moment - midnight};
  return fmt::format("{}, {:02} {} {:04} {:02}:{:02}:{:02} GMT",
                     kDays[std::chrono::weekday{midnight}.c_encoding()], unsigned{date.day()},
                     kMonths[unsigned{date.month()} - 1], int{date.year()}, time.hours().count(),
                     time.minutes().count(), time.seconds().count());
}

std::optional<std::int64_t> ParseHttpDate(std::string_view text, std::int64_t now) {
  if (const auto date = ParseFixdate(text)) return date;
  if (const auto date = ParseRfc850(text, now)) return date;
  return ParseAsctime(text);
}

}  // namespace updraft
