// SPDX-License-Identifier: Apache-2.0
#include "cli/progress.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <string>

namespace updraft {
namespace {

using testing::AllOf;
using testing::EndsWith;
using testing::HasSubstr;
using testing::Not;
using testing::StartsWith;

class ProgressMeterTest : public testing::Test {
 protected:
  ProgressMeter Meter(bool terminal, std::size_t width = 80, bool color = false) {
    return {{.terminal = terminal, .color = color, .width = width, .label = "update"},
            [this](std::string_view text) { written_ += text; },
            [this] { return now_; }};
  }
  std::ptrdiff_t Count(char letter) const {
    return std::count(written_.begin(), written_.end(), letter);
  }

  std::string written_;
  std::uint64_t now_ = 5000;
};

TEST_F(ProgressMeterTest, DrawsABarWithPercentRateAndTimeLeftOnATerminal) {
  ProgressMeter meter = Meter(true);
  now_ += 1000;
  meter.Update(1 << 20, 4 << 20);
  EXPECT_THAT(written_, AllOf(StartsWith("\rupdate ["), HasSubstr("===="),
                              HasSubstr(" 25% of 4 MiB, 1 MiB/s, 3 s left"), Not(HasSubstr("\n"))));
}

TEST_F(ProgressMeterTest, RedrawsOnATerminalAtMostTenTimesASecond) {
  ProgressMeter meter = Meter(true);
  for (std::uint64_t i = 0; i <= 1000; ++i) {
    meter.Update(i + 1, 2000);
    ++now_;
  }
  EXPECT_GE(Count('\r'), 9);
  EXPECT_LE(Count('\r'), 11);
}

TEST_F(ProgressMeterTest, EndsTheLineWithTheLastState) {
  ProgressMeter meter = Meter(true);
  meter.Update(0, 2048);
  meter.Update(2048, 2048);  // too soon to be drawn
  meter.Finish();
  EXPECT_THAT(written_, AllOf(HasSubstr("100% of 2 KiB"), EndsWith("\n")));
  const std::string before = written_;
  meter.Finish();
  EXPECT_EQ(written_, before);
}

TEST_F(ProgressMeterTest, WritesAPlainLineForEachTenthInALog) {
  ProgressMeter meter = Meter(false);
  for (std::uint64_t i = 0; i <= 1000; ++i) {
    now_ += 10;
    meter.Update(i * 1024, 1000 * 1024);
  }
  meter.Finish();
  EXPECT_EQ(Count('\n'), 10);
  EXPECT_THAT(written_, AllOf(StartsWith("update:  10% of 1000 KiB"), Not(HasSubstr("\r")),
                              Not(HasSubstr("\x1b")), HasSubstr("100% of 1000 KiB")));
}

TEST_F(ProgressMeterTest, WritesALineEachTenSecondsInALogWithoutATotal) {
  ProgressMeter meter = Meter(false);
  for (std::uint64_t second = 1; second <= 25; ++second) {
    now_ += 1000;
    meter.Update(second * 2048, 0);
  }
  EXPECT_EQ(Count('\n'), 2);
  EXPECT_THAT(written_, AllOf(HasSubstr("update: 20 KiB, 2 KiB/s\n"), Not(HasSubstr("%"))));
}

TEST_F(ProgressMeterTest, NeverDrawsMoreThanTheTerminalIsWide) {
  ProgressMeter meter = Meter(true, 60);
  now_ += 1000;
  meter.Update(1 << 20, 4 << 20);
  EXPECT_LE(written_.size() - std::string("\r\x1b[K").size(), 60U);
}

TEST_F(ProgressMeterTest, IsColouredOnlyWhenAsked) {
  ProgressMeter plain = Meter(true);
  plain.Update(50, 100);
  EXPECT_THAT(written_, Not(HasSubstr("\x1b[32m")));
  ProgressMeter colored = Meter(true, 80, true);
  colored.Update(50, 100);
  EXPECT_THAT(written_, HasSubstr("\x1b[32m"));
}

TEST_F(ProgressMeterTest, SaysTheEndOnceInALogThoughItIsToldTwice) {
  ProgressMeter meter = Meter(false);
  meter.Update(15, 15);
  meter.Update(15, 15);
  meter.Finish();
  EXPECT_EQ(Count('\n'), 1);
}

TEST_F(ProgressMeterTest, WritesAtMostALineForEachTenthOfASmallFile) {
  ProgressMeter meter = Meter(false);
  for (std::uint64_t done = 0; done <= 19; ++done) meter.Update(done, 19);
  meter.Finish();
  EXPECT_EQ(Count('\n'), 10);
}

TEST_F(ProgressMeterTest, SaysAHundredPercentOnlyAtTheEnd) {
  ProgressMeter meter = Meter(false);
  meter.Update(1999, 2000);
  EXPECT_THAT(written_, HasSubstr(" 99% of 2"));
  meter.Update(2000, 2000);
  meter.Finish();
  EXPECT_THAT(written_, EndsWith("100% of 2 KiB, 1.9 MiB/s\n"));
  EXPECT_EQ(Count('\n'), 2);
}

TEST_F(ProgressMeterTest, SurvivesMoreThanTheTotalAndATotalBelowTen) {
  ProgressMeter meter = Meter(true);
  meter.Update(7, 3);
  EXPECT_THAT(written_, HasSubstr("100% of 3 bytes"));
  ProgressMeter log = Meter(false);
  log.Update(3, 3);
  log.Finish();
  EXPECT_EQ(Count('\n'), 1);
}

}  // namespace
}  // namespace updraft
