// SPDX-License-Identifier: Apache-2.0
#include "ports/mbedtls/linux_entropy.h"

#include <sys/random.h>

#include <cerrno>

namespace updraft {

bool LinuxEntropy(MutableBytes out) {
  while (!out.empty()) {
    const ssize_t count = getrandom(out.data(), out.size(), 0);
    if (count < 0 && errno != EINTR) return false;
    if (count > 0) out = out.subspan(static_cast<std::size_t>(count));
  }
  return true;
}

}  // namespace updraft
