// SPDX-License-Identifier: Apache-2.0
#include "updraft/bytes.h"

namespace updraft {

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
