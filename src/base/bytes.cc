// SPDX-License-Identifier: Apache-2.0
#include "updraft/bytes.h"

#include <array>

namespace updraft {
namespace {

// What four bits in turn do to the register: small enough for a microcontroller.
constexpr std::array<std::uint32_t, 16> kCrcOfNibble = [] {
  std::array<std::uint32_t, 16> table{};
  for (std::uint32_t i = 0; i < table.size(); ++i) {
    std::uint32_t crc = i;
    for (int bit = 0; bit < 4; ++bit) crc = (crc >> 1) ^ ((crc & 1U) != 0 ? 0xEDB88320U : 0U);
    table[i] = crc;
  }
  return table;
}();

}  // namespace

std::uint32_t Crc32(Bytes bytes, std::uint32_t before) {
  std::uint32_t crc = ~before;
  for (const std::uint8_t byte : bytes) {
    crc ^= byte;
    crc = (crc >> 4) ^ kCrcOfNibble[crc & 0x0F];
    crc = (crc >> 4) ^ kCrcOfNibble[crc & 0x0F];
  }
  return ~crc;
}

bool EqualInConstantTime(Bytes left, Bytes right) {
  if (left.size() != right.size()) return false;
  std::uint8_t difference = 0;
  for (std::size_t i = 0; i < left.size(); ++i) {
    difference = static_cast<std::uint8_t>(difference | (left[i] ^ right[i]));
  }
  return difference == 0;
}

void Wipe(MutableBytes secret) {
  volatile std::uint8_t* byte = secret.data();
  for (std::size_t i = 0; i < secret.size(); ++i) byte[i] = 0;
}

}  // namespace updraft
