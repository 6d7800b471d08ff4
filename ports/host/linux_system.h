// SPDX-License-Identifier: Apache-2.0
// Clock and restart of a Linux process. A firmware restarts by ending with an
// exit code that the bootloader (launcher.h) takes for a reset.
#pragma once

#include "updraft/port/system.h"

namespace updraft {

// How a firmware process says esp_restart(); every other code but 0 is a crash.
inline constexpr int kRestartExitCode = 82;

// Any thread.
class LinuxSystem final : public System {
 public:
  // CLOCK_MONOTONIC.
  std::uint64_t NowMs() override;
  void SleepMs(std::uint32_t duration) override;
  // Ends the process with kRestartExitCode, whatever its other threads do:
  // standard output and error are flushed, no destructor and no atexit runs.
  [[noreturn]] void Restart() override;
};

}  // namespace updraft
