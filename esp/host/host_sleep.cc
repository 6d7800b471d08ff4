// SPDX-License-Identifier: Apache-2.0
#include "esp/host/host_sleep.h"

#include <unistd.h>

#include <cstdio>
#include <cstring>

#include "ports/host/sleep_record.h"

namespace updraft::esp {

void HostSleep::Start(const WakeUp& wake_up, std::optional<std::uint64_t> duration_us) {
  const int error = WriteSleepRecord(
      folder_, {.cause = wake_up.cause, .pins = wake_up.pins, .duration_us = duration_us});
  if (error != 0) {
    std::fprintf(stderr, "firmware: expected to leave a record of its sleep in %s, found: %s\n",
                 folder_.c_str(), std::strerror(error));
    return;
  }
  std::fflush(stdout);
  std::fflush(stderr);
  _exit(kDeepSleepExitCode);
}

}  // namespace updraft::esp
