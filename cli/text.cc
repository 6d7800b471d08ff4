// SPDX-License-Identifier: Apache-2.0
#include "cli/text.h"

#include <fmt/format.h>

#include <array>
#include <charconv>
#include <limits>

namespace updraft {
namespace {

constexpr std::string_view kReplacement = "\xEF\xBF\xBD";

int HexDigit(char digit) {
  if (digit >= '0' && digit <= '9') return digit - '0';
  if (digit >= 'a' && digit <= 'f') return digit - 'a' + 10;
  if (digit >= 'A' && digit <= 'F') return digit - 'A' + 10;
  return -1;
}

bool IsDigit(char letter, bool hexadecimal) {
  const int digit = HexDigit(letter);
  return digit >= 0 && (hexadecimal || digit < 10);
}

// The power of 1024 that a unit stands for, or nothing.
std::optional<int> UnitPower(std::string_view unit) {
  if (unit.empty() || unit == "B") return 0;
  constexpr std::string_view kLetters = "KMG";
  const char letter = static_cast<char>(unit[0] & ~0x20);
  const std::size_t power = kLetters.find(letter);
  if (power == std::string_view::npos) return std::nullopt;
  const std::string_view rest = unit.substr(1);
  if (!rest.empty() && rest != "B" && rest != "b" && rest != "iB") return std::nullopt;
  return static_cast<int>(power) + 1;
}

// What may follow the first byte of a UTF-8 sequence (Unicode, table 3-7).
struct Utf8Lead {
  std::size_t length = 0;
  unsigned char second_low = 0x80;
  unsigned char second_high = 0xBF;
};

Utf8Lead LeadOf(unsigned char first) {
  if (first < 0x80) return {1, 0, 0};
  if (first >= 0xC2 && first <= 0xDF) return {2, 0x80, 0xBF};
  if (first == 0xE0) return {3, 0xA0, 0xBF};
  if (first == 0xED) return {3, 0x80, 0x9F};
  if (first >= 0xE1 && first <= 0xEF) return {3, 0x80, 0xBF};
  if (first == 0xF0) return {4, 0x90, 0xBF};
  if (first >= 0xF1 && first <= 0xF3) return {4, 0x80, 0xBF};
  if (first == 0xF4) return {4, 0x80, 0x8F};
  return {};
}

bool IsControl(std::string_view sequence) {
  const auto first = static_cast<unsigned char>(sequence[0]);
  if (sequence.size() == 1) return first < 0x20 || first == 0x7F;
  return sequence.size() == 2 && first == 0xC2 && static_cast<unsigned char>(sequence[1]) < 0xA0;
}

std::string Replaced(std::string_view raw, bool controls_too) {
  std::string text;
  while (!raw.empty()) {
    std::size_t broken = 0;
    const std::size_t length = Utf8SequenceLength(raw, broken);
    const bool keep = length != 0 && !(controls_too && IsControl(raw.substr(0, length)));
    text += keep ? raw.substr(0, length) : kReplacement;
    raw.remove_prefix(length != 0 ? length : broken);
  }
  return text;
}

}  // namespace

std::optional<std::uint64_t> ParseNumber(std::string_view text) {
  int base = 10;
  if (text.size() > 2 && text[0] == '0') {
    const char letter = static_cast<char>(text[1] | 0x20);
    base = letter == 'x' ? 16 : letter == 'o' ? 8 : letter == 'b' ? 2 : 10;
    if (base != 10) text.remove_prefix(2);
  }
  std::uint64_t number = 0;
  const char* const end = text.data() + text.size();
  const auto [stop, error] = std::from_chars(text.data(), end, number, base);
  if (text.empty() || error != std::errc() || stop != end) return std::nullopt;
  return number;
}

std::optional<std::uint64_t> ParseSize(std::string_view text) {
  if (const auto number = ParseNumber(text)) return number;
  const bool hexadecimal = text.starts_with("0x") || text.starts_with("0X");
  std::size_t digits = hexadecimal ? 2 : 0;
  while (digits < text.size() && IsDigit(text[digits], hexadecimal)) ++digits;
  const auto number = ParseNumber(text.substr(0, digits));
  const auto power = UnitPower(text.substr(digits));
  if (!number || !power) return std::nullopt;
  if (*number > std::numeric_limits<std::uint64_t>::max() >> (10 * *power)) return std::nullopt;
  return *number << (10 * *power);
}

std::string HexText(Bytes bytes) {
  std::string text;
  text.reserve(bytes.size() * 2);
  constexpr std::string_view kDigits = "0123456789abcdef";
  for (const std::uint8_t byte : bytes) {
    text += kDigits[byte >> 4];
    text += kDigits[byte & 15];
  }
  return text;
}

std::optional<std::vector<std::uint8_t>> ParseHex(std::string_view text) {
  if (text.size() % 2 != 0) return std::nullopt;
  std::vector<std::uint8_t> bytes;
  for (std::size_t i = 0; i < text.size(); i += 2) {
    const int high = HexDigit(text[i]);
    const int low = HexDigit(text[i + 1]);
    if (high < 0 || low < 0) return std::nullopt;
    bytes.push_back(static_cast<std::uint8_t>(high * 16 + low));
  }
  return bytes;
}

std::string SizeText(std::uint64_t bytes) {
  if (bytes == 1) return "1 byte";
  if (bytes < 1024) return fmt::format("{} bytes", bytes);
  constexpr std::array<std::string_view, 4> kUnits{"KiB", "MiB", "GiB", "TiB"};
  std::size_t unit = 0;
  double amount = static_cast<double>(bytes) / 1024;
  while (amount >= 1024 && unit + 1 < kUnits.size()) {
    amount /= 1024;
    ++unit;
  }
  const std::string number = fmt::format("{:.1f}", amount);
  const bool whole = number.size() > 2 && number.ends_with(".0");
  return fmt::format("{} {}", whole ? number.substr(0, number.size() - 2) : number, kUnits[unit]);
}

std::string ExactSizeText(std::uint64_t bytes) {
  if (bytes < 1024) return SizeText(bytes);
  return fmt::format("{} bytes ({})", bytes, SizeText(bytes));
}

std::string RevisionText(std::uint64_t revision) {
  return fmt::format("v{}.{}", revision / 100, revision % 100);
}

std::size_t Utf8SequenceLength(std::string_view text, std::size_t& broken) {
  const Utf8Lead lead = LeadOf(static_cast<unsigned char>(text[0]));
  broken = 1;
  if (lead.length == 0) return 0;
  for (std::size_t i = 1; i < lead.length; ++i) {
    broken = i;
    if (i >= text.size()) return 0;
    const auto byte = static_cast<unsigned char>(text[i]);
    const unsigned char low = i == 1 ? lead.second_low : 0x80;
    const unsigned char high = i == 1 ? lead.second_high : 0xBF;
    if (byte < low || byte > high) return 0;
  }
  broken = 0;
  return lead.length;
}

std::string Utf8Text(std::string_view raw) { return Replaced(raw, false); }
std::string PrintableText(std::string_view raw) { return Replaced(raw, true); }

}  // namespace updraft
