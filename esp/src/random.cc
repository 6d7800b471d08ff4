// SPDX-License-Identifier: Apache-2.0
// esp_random.h over the kernel's generator.
#include <esp_random.h>
#include <sys/random.h>

#include <algorithm>
#include <cerrno>
#include <cstdint>
#include <cstdlib>

void esp_fill_random(void* buf, std::size_t len) {
  if (buf == nullptr) return;
  auto* const bytes = static_cast<std::uint8_t*>(buf);
  for (std::size_t done = 0; done < len;) {
    const ssize_t count = getrandom(bytes + done, std::min<std::size_t>(len - done, 256), 0);
    // A signal may interrupt; without a generator nothing may go on.
    if (count < 0 && errno != EINTR) std::abort();
    if (count > 0) done += static_cast<std::size_t>(count);
  }
}

std::uint32_t esp_random(void) {
  std::uint32_t number = 0;
  esp_fill_random(&number, sizeof number);
  return number;
}
