// SPDX-License-Identifier: Apache-2.0
#include "esp/src/no_memory.h"

#include <atomic>
#include <cstdio>

namespace updraft::esp {

void TellNoMemory(const char* function) noexcept {
  static std::atomic<bool> told{false};
  if (!told.exchange(true)) std::fprintf(stderr, "updraft: %s: no memory\n", function);
}

}  // namespace updraft::esp
