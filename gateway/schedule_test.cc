// SPDX-License-Identifier: Apache-2.0
#include "gateway/schedule.h"

#include <gtest/gtest.h>

namespace updraft {
namespace {

using std::chrono::seconds;
constexpr std::uint32_t kHour = 3600;

TEST(DailyWindow, IsReadFromTwoTimesAndNothingElse) {
  EXPECT_EQ(ParseDailyWindow("02:00-04:30"), (DailyWindow{2 * kHour, 4 * kHour + 1800}));
  EXPECT_EQ(ParseDailyWindow("23:59-00:00"), (DailyWindow{24 * kHour - 60, 0}));
  for (const char* const text :
       {"", "2:00-4:00", "02:00-24:00", "02:60-03:00", "02:00", "02:00-02:00", "02:00_04:00",
        "02.00-04:00", "-1:00-04:00", "02:00-04:000"}) {
    EXPECT_FALSE(ParseDailyWindow(text)) << text;
  }
}

TEST(DailyWindow, GoesOverMidnight) {
  const DailyWindow night{22 * kHour, 4 * kHour};
  EXPECT_TRUE(night.Holds(23 * kHour));
  EXPECT_TRUE(night.Holds(0));
  EXPECT_FALSE(night.Holds(4 * kHour));
  EXPECT_EQ(night.Until(12 * kHour), 10 * kHour);
  EXPECT_EQ(night.Until(3 * kHour), 0U);
}

TEST(Schedule, SpreadsAFleetOverTheJitter) {
  const Schedule schedule{.interval = seconds(1000), .jitter = seconds(99)};
  EXPECT_EQ(schedule.Wait(false, 0, 0), seconds(1000));
  EXPECT_EQ(schedule.Wait(false, 99, 0), seconds(1099));
  EXPECT_EQ(schedule.Wait(false, 100, 0), seconds(1000));
  EXPECT_EQ(schedule.FirstWait(57, 0), seconds(57));
}

TEST(Schedule, AsksSoonerAfterAFailure) {
  EXPECT_EQ((Schedule{.interval = seconds(3600), .jitter = seconds(0)}).Wait(true, 7, 0),
            Schedule::kAfterFailure);
  EXPECT_EQ((Schedule{.interval = seconds(20), .jitter = seconds(0)}).Wait(true, 7, 0),
            seconds(20));
}

TEST(Schedule, NeverFallsOutsideTheWindow) {
  const Schedule schedule{.interval = seconds(kHour),
                          .jitter = seconds(7200),
                          .window = ParseDailyWindow("02:00-02:30")};
  for (std::uint32_t now = 0; now < 24 * kHour; now += 617) {
    for (const std::uint32_t chance : {0U, 1U, 3599U, 7201U, 0xFFFFFFFFU}) {
      for (const bool failed : {false, true}) {
        const auto wait = schedule.Wait(failed, chance, now).count();
        const auto then =
            static_cast<std::uint32_t>((now + static_cast<std::uint64_t>(wait)) % 86400);
        ASSERT_TRUE(schedule.window->Holds(then)) << now << " " << chance << " " << wait;
      }
    }
  }
}

}  // namespace
}  // namespace updraft
