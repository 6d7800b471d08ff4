// SPDX-License-Identifier: Apache-2.0
#include "src/image/checksum.h"

#include <cstring>

namespace updraft {

// Eight bytes at a time, since it runs over all data.
std::uint8_t ExclusiveOr(Bytes data) {
  std::uint64_t wide = 0;
  while (data.size() >= sizeof(wide)) {
    std::uint64_t word = 0;
    std::memcpy(&word, data.data(), sizeof(word));
    wide ^= word;
    data = data.subspan(sizeof(wide));
  }
  wide ^= wide >> 32;
  wide ^= wide >> 16;
  wide ^= wide >> 8;
  auto folded = static_cast<std::uint8_t>(wide);
  for (const std::uint8_t byte : data) folded = static_cast<std::uint8_t>(folded ^ byte);
  return folded;
}

}  // namespace updraft
