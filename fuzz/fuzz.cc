// SPDX-License-Identifier: Apache-2.0
#include "fuzz/fuzz.h"

#include <cstdio>
#include <cstdlib>

namespace updraft::fuzz {

void End(std::string_view promise) {
  std::fprintf(stderr, "fuzz: a promise is broken: %.*s\n", static_cast<int>(promise.size()),
               promise.data());
  std::abort();
}

void Patch(Input& input, MutableBytes bytes) {
  for (std::uint8_t left = input.Byte(); left > 0 && !input.empty(); --left) {
    std::size_t at = input.Half();
    for (const std::uint8_t byte : input.Take(input.Byte() % 16)) {
      bytes[at++ % bytes.size()] = byte;
    }
  }
}

}  // namespace updraft::fuzz
