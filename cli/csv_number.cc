// SPDX-License-Identifier: Apache-2.0
#include "cli/csv_number.h"

#include <fmt/format.h>

#include "cli/text_file.h"

namespace updraft {
namespace {

constexpr std::int64_t kLimit = std::int64_t{1} << 62;

int DigitOf(char letter) {
  if (letter >= '0' && letter <= '9') return letter - '0';
  const char lower = static_cast<char>(letter | 0x20);
  if (lower >= 'a' && lower <= 'f') return lower - 'a' + 10;
  return 16;
}

int TakeBase(std::string_view& text) {
  if (text.size() < 2 || text[0] != '0') return 10;
  const char letter = static_cast<char>(text[1] | 0x20);
  const int base = letter == 'x' ? 16 : letter == 'o' ? 8 : letter == 'b' ? 2 : 10;
  if (base == 10) return 10;
  text.remove_prefix(2);
  if (text.starts_with('_')) text.remove_prefix(1);
  return base;
}

std::optional<std::int64_t> ParsePlain(std::string_view text) {
  text = Trimmed(text);
  const bool negative = text.starts_with('-');
  if (negative || text.starts_with('+')) text.remove_prefix(1);
  const int base = TakeBase(text);
  const bool leading_zero = base == 10 && text.starts_with('0');
  std::int64_t number = 0;
  bool digit_before = false;
  for (const char letter : text) {
    if (letter == '_' && digit_before) {
      digit_before = false;
      continue;
    }
    const int digit = DigitOf(letter);
    if (letter == '_' || digit >= base || number > kLimit / 16) return std::nullopt;
    number = number * base + digit;
    digit_before = true;
  }
  if (!digit_before || (leading_zero && number != 0)) return std::nullopt;
  return negative ? -number : number;
}

}  // namespace

std::optional<std::int64_t> ParseCsvNumber(std::string_view text) {
  std::int64_t unit = 1;
  while (!text.empty()) {
    const char last = static_cast<char>(text.back() | 0x20);
    if (last != 'k' && last != 'm') break;
    const std::int64_t factor = std::int64_t{1} << (last == 'k' ? 10 : 20);
    if (unit > kLimit / factor) return std::nullopt;
    unit *= factor;
    text.remove_suffix(1);
  }
  const auto number = ParsePlain(text);
  if (!number || *number > kLimit / unit || *number < -kLimit / unit) return std::nullopt;
  return *number * unit;
}

std::string HexNumber(std::int64_t number) {
  return number < 0 ? fmt::format("-{:#x}", -number) : fmt::format("{:#x}", number);
}

}  // namespace updraft
