// SPDX-License-Identifier: Apache-2.0
#include "src/http/date.h"

#include "src/http/grammar.h"

namespace updraft::http {
namespace {

constexpr std::size_t kSize = 29;

// Days from 1970-01-01 to the first of March of `year`, and what lies between, by
// counting years that begin in March.
std::uint64_t DaysSince1970(std::uint64_t year, std::uint64_t month, std::uint64_t day) {
  if (month < 3) --year;
  const std::uint64_t months = (month + 9) % 12;  // since March
  const std::uint64_t leap_days = year / 4 - year / 100 + year / 400;
  constexpr std::uint64_t kBefore1970 = 719468;  // days from March of the year 0
  return year * 365 + leap_days + (months * 153 + 2) / 5 + day - 1 - kBefore1970;
}

}  // namespace

std::optional<std::uint64_t> ParseDate(std::string_view text) {
  constexpr std::string_view kMonths = "JanFebMarAprMayJunJulAugSepOctNovDec";
  constexpr std::string_view kForm = "AAA, 00 AAA 0000 00:00:00 GMT";
  if (text.size() != kSize) return std::nullopt;
  for (std::size_t i = 0; i < kSize; ++i) {
    const bool letter = kForm[i] == 'A' && IsAlpha(text[i]);
    const bool digit = kForm[i] == '0' && IsDigit(text[i]);
    if (!letter && !digit && (kForm[i] == 'A' || kForm[i] == '0' || text[i] != kForm[i])) {
      return std::nullopt;
    }
  }
  const auto number = [&](std::size_t at, std::size_t count) {
    return ParseDecimal(Piece(text, at, count)).value_or(0);
  };
  const std::size_t month = kMonths.find(Piece(text, 8, 3));
  const std::uint64_t day = number(5, 2);
  const std::uint64_t year = number(12, 4);
  const bool sound = month % 3 == 0 && month < kMonths.size() && day >= 1 && day <= 31 &&
                     year >= 1970 && number(17, 2) < 24 && number(20, 2) < 60 &&
                     number(23, 2) <= 60;
  if (!sound) return std::nullopt;
  return DaysSince1970(year, month / 3 + 1, day) * 86400 + number(17, 2) * 3600 +
         number(20, 2) * 60 + number(23, 2);
}

}  // namespace updraft::http
