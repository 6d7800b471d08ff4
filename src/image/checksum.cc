// SPDX-License-Identifier: Apache-2.0
#include "src/image/checksum.h"

#include <array>
#include <cstddef>
#include <cstring>

namespace updraft {

// Many bytes at a time, since it runs over all data: the lanes are independent,
// so that a compiler may take them for one vector.
std::uint8_t ExclusiveOr(Bytes data) {
  std::array<std::uint64_t, 8> lanes{};
  while (data.size() >= sizeof(lanes)) {
    std::array<std::uint64_t, 8> words{};
    std::memcpy(words.data(), data.data(), sizeof(words));
    for (std::size_t i = 0; i < lanes.size(); ++i) lanes[i] ^= words[i];
    data = data.subspan(sizeof(lanes));
  }
  std::uint64_t wide = 0;
  for (const std::uint64_t lane : lanes) wide ^= lane;
  wide ^= wide >> 32;
  wide ^= wide >> 16;
  wide ^= wide >> 8;
  auto folded = static_cast<std::uint8_t>(wide);
  for (const std::uint8_t byte : data) folded = static_cast<std::uint8_t>(folded ^ byte);
  return folded;
}

}  // namespace updraft
