// SPDX-License-Identifier: Apache-2.0
#include "ports/host/linux_system.h"

#include <gtest/gtest.h>

#include <cstdio>
#include <cstdlib>

namespace updraft {
namespace {

TEST(LinuxSystem, TheClockHasMovedByAtLeastTheTimeSlept) {
  LinuxSystem system;
  const std::uint64_t before = system.NowMs();
  system.SleepMs(25);
  EXPECT_GE(system.NowMs(), before + 24);  // both ends are rounded down
  system.SleepMs(0);
  EXPECT_GE(system.NowMs(), before);
}

TEST(LinuxSystemDeathTest, RestartEndsTheProcessWithTheRestartCodeAndRunsNoAtexit) {
  testing::FLAGS_gtest_death_test_style = "threadsafe";
  EXPECT_EXIT(
      {
        std::atexit([] { std::fputs("atexit ran\n", stderr); });
        std::fputs("bye\n", stderr);
        LinuxSystem().Restart();
      },
      testing::ExitedWithCode(kRestartExitCode), "^bye\n$");
}

}  // namespace
}  // namespace updraft
