// SPDX-License-Identifier: Apache-2.0
#include "testing/hex.h"

#include <cstdlib>

namespace updraft {
namespace {

constexpr std::string_view kDigits = "0123456789abcdef";

std::uint8_t Digit(char character) {
  const std::size_t value = kDigits.find(character);
  if (value == std::string_view::npos) std::abort();
  return static_cast<std::uint8_t>(value);
}

}  // namespace

std::string ToHex(Bytes bytes) {
  std::string text;
  for (const std::uint8_t byte : bytes) {
    text += kDigits[byte >> 4];
    text += kDigits[byte & 15];
  }
  return text;
}

std::vector<std::uint8_t> FromHex(std::string_view digits) {
  if (digits.size() % 2 != 0) std::abort();
  std::vector<std::uint8_t> bytes;
  for (std::size_t i = 0; i < digits.size(); i += 2) {
    bytes.push_back(static_cast<std::uint8_t>((Digit(digits[i]) << 4) | Digit(digits[i + 1])));
  }
  return bytes;
}

}  // namespace updraft
