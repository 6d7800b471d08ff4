// SPDX-License-Identifier: Apache-2.0
// Bytes as tests write and compare them: lower-case hex.
#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "updraft/bytes.h"

namespace updraft {

std::string ToHex(Bytes bytes);
// Of an even number of digits; anything else ends the test program.
std::vector<std::uint8_t> FromHex(std::string_view digits);

template <std::size_t N>
std::array<std::uint8_t, N> ArrayFromHex(std::string_view digits) {
  const std::vector<std::uint8_t> bytes = FromHex(digits);
  std::array<std::uint8_t, N> array{};
  for (std::size_t i = 0; i < N; ++i) array[i] = bytes.at(i);
  return array;
}

}  // namespace updraft
