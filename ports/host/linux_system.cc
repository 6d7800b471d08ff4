// SPDX-License-Identifier: Apache-2.0
#include "ports/host/linux_system.h"

#include <time.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>

namespace updraft {

std::uint64_t LinuxSystem::NowMs() {
  timespec now{};
  clock_gettime(CLOCK_MONOTONIC, &now);
  return static_cast<std::uint64_t>(now.tv_sec) * 1000 +
         static_cast<std::uint64_t>(now.tv_nsec) / 1'000'000;
}

void LinuxSystem::SleepMs(std::uint32_t duration) {
  timespec until{};
  clock_gettime(CLOCK_MONOTONIC, &until);
  const long nanoseconds = until.tv_nsec + static_cast<long>(duration % 1000) * 1'000'000;
  until.tv_sec += static_cast<time_t>(duration / 1000) + nanoseconds / 1'000'000'000;
  until.tv_nsec = nanoseconds % 1'000'000'000;
  while (clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &until, nullptr) == EINTR) {
  }
}

void LinuxSystem::Restart() {
  // Not fflush(nullptr): it would wait for a thread that sits in a read of stdin.
  std::fflush(stdout);
  std::fflush(stderr);
  _exit(kRestartExitCode);
}

}  // namespace updraft
