// SPDX-License-Identifier: Apache-2.0
#include "testing/faulty_flash.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <array>

#include "testing/ram_flash.h"

namespace updraft {
namespace {

using testing::Each;
using Fault = FaultyFlash::Fault;
using Unsynced = FaultyFlash::Unsynced;

class FaultyFlashTest : public testing::Test {
 protected:
  void FillWith(std::uint8_t value) { std::ranges::fill(ram_.bytes(), value); }
  Bytes Stored(std::size_t address, std::size_t length) {
    return ram_.bytes().subspan(address, length);
  }

  RamFlash ram_{{.size = 0x4000, .sector_size = 0x1000, .program_unit = 16}};
  FaultyFlash flash_{ram_};
  const std::array<std::uint8_t, 32> zeros_{};
};

TEST_F(FaultyFlashTest, PassesEverythingOnAndCountsWhatChangesTheFlash) {
  std::array<std::uint8_t, 16> data{};
  EXPECT_EQ(flash_.geometry().program_unit, 16U);
  EXPECT_EQ(flash_.Erase(0, 0x1000), kOk);
  EXPECT_EQ(flash_.Program(0, data), kOk);
  EXPECT_EQ(flash_.Read(0, data), kOk);
  EXPECT_EQ(flash_.Sync(), kOk);
  EXPECT_EQ(flash_.operations(), 3U);
  EXPECT_EQ(ram_.log().size(), 4U);
}

TEST_F(FaultyFlashTest, FailsOnlyTheChosenOperationAndTouchesNothing) {
  flash_.Arm({.operation = 2, .fault = Fault::kFail});
  EXPECT_EQ(flash_.Program(0, zeros_), kOk);
  EXPECT_EQ(flash_.Program(32, zeros_).code(), Code::kFlash);
  EXPECT_THAT(Stored(32, 32), Each(0xFF));
  EXPECT_FALSE(flash_.cut());
  EXPECT_EQ(flash_.Program(32, zeros_), kOk);
}

TEST_F(FaultyFlashTest, FailsAsOftenAsAsked) {
  flash_.Arm({.operation = 1, .fault = Fault::kFail, .times = 2});
  EXPECT_EQ(flash_.Sync().code(), Code::kFlash);
  EXPECT_EQ(flash_.Erase(0, 0x1000).code(), Code::kFlash);
  EXPECT_EQ(flash_.Sync(), kOk);
}

TEST_F(FaultyFlashTest, FailsHalfwayWithHalfOfTheBytesThere) {
  flash_.Arm({.operation = 1, .fault = Fault::kFailHalfway});
  EXPECT_EQ(flash_.Program(0, zeros_).code(), Code::kFlash);
  EXPECT_THAT(Stored(0, 16), Each(0));
  EXPECT_THAT(Stored(16, 16), Each(0xFF));
  EXPECT_FALSE(flash_.cut());
}

TEST_F(FaultyFlashTest, FailsTheChosenReadOnce) {
  std::array<std::uint8_t, 16> data{};
  flash_.FailRead(2);
  EXPECT_EQ(flash_.Read(0, data), kOk);
  EXPECT_EQ(flash_.Read(0, data).code(), Code::kFlash);
  EXPECT_EQ(flash_.Read(0, data), kOk);
}

TEST_F(FaultyFlashTest, EveryCallFailsAfterACutUntilThePowerIsBack) {
  std::array<std::uint8_t, 16> data{};
  flash_.Arm({.operation = 1, .fault = Fault::kCutBefore});
  EXPECT_EQ(flash_.Program(0, zeros_).code(), Code::kFlash);
  EXPECT_TRUE(flash_.cut());
  EXPECT_EQ(flash_.Read(0, data).code(), Code::kFlash);
  EXPECT_EQ(flash_.Erase(0, 0x1000).code(), Code::kFlash);
  EXPECT_EQ(flash_.Program(0, zeros_).code(), Code::kFlash);
  EXPECT_EQ(flash_.Sync().code(), Code::kFlash);
  EXPECT_EQ(flash_.operations(), 1U);
  EXPECT_THAT(ram_.bytes(), Each(0xFF));
  flash_.Revive();
  EXPECT_EQ(flash_.Program(0, zeros_), kOk);
  EXPECT_EQ(flash_.Read(0, data), kOk);
}

TEST_F(FaultyFlashTest, ACutWithinAProgramLeavesWhatItsPlaceSays) {
  struct Case {
    Fault fault;
    std::uint64_t bytes;
    std::size_t done;
  };
  const Case cases[] = {{Fault::kCutBefore, 0, 0},         {Fault::kCutHalf, 0, 16},
                        {Fault::kCutAtByte, 5, 5},         {Fault::kCutAtByte, 99, 32},
                        {Fault::kCutAllButOneByte, 0, 31}, {Fault::kCutAfter, 0, 32}};
  for (const Case& one : cases) {
    FillWith(0xFF);
    flash_.Revive();
    flash_.Arm({.operation = 1, .fault = one.fault, .bytes = one.bytes});
    EXPECT_EQ(flash_.Program(0, zeros_).code(), Code::kFlash);
    EXPECT_TRUE(flash_.cut());
    EXPECT_THAT(Stored(0, one.done), Each(0)) << one.done;
    EXPECT_THAT(Stored(one.done, 64), Each(0xFF)) << one.done;
  }
}

TEST_F(FaultyFlashTest, ACutWithinAnEraseLeavesWhatItsPlaceSays) {
  struct Case {
    Fault fault;
    std::uint64_t bytes;
    std::size_t done;
  };
  const Case cases[] = {{Fault::kCutBefore, 0, 0},
                        {Fault::kCutHalf, 0, 0x1800},
                        {Fault::kCutAtByte, 7, 7},
                        {Fault::kCutAtByte, 0x1001, 0x1001},
                        {Fault::kCutAllButOneByte, 0, 0x2FFF},
                        {Fault::kCutAfter, 0, 0x3000}};
  for (const Case& one : cases) {
    FillWith(0x5A);
    flash_.Revive();
    flash_.Arm({.operation = 1, .fault = one.fault, .bytes = one.bytes});
    EXPECT_EQ(flash_.Erase(0x1000, 0x3000).code(), Code::kFlash);
    EXPECT_THAT(Stored(0, 0x1000), Each(0x5A));
    EXPECT_THAT(Stored(0x1000, one.done), Each(0xFF)) << one.done;
    EXPECT_THAT(Stored(0x1000 + one.done, 0x3000 - one.done), Each(0x5A)) << one.done;
  }
}

TEST_F(FaultyFlashTest, UnstableBitsOfAProgramLieBetweenOldAndNew) {
  std::array<std::uint8_t, 32> data{};
  data.fill(0x0F);
  flash_.Arm({.operation = 1, .fault = Fault::kCutUnstable});
  EXPECT_EQ(flash_.Program(0, data).code(), Code::kFlash);
  EXPECT_THAT(Stored(32, 64), Each(0xFF));
  bool some_old = false;
  bool some_new = false;
  for (const std::uint8_t byte : Stored(0, 32)) {
    EXPECT_EQ(byte & 0x0F, 0x0F);
    some_old |= (byte & 0xF0) != 0;
    some_new |= (byte & 0xF0) != 0xF0;
  }
  EXPECT_TRUE(some_old);
  EXPECT_TRUE(some_new);
  flash_.Revive();
  std::array<std::uint8_t, 32> first{};
  std::array<std::uint8_t, 32> second{};
  ASSERT_EQ(flash_.Read(0, first), kOk);
  ASSERT_EQ(flash_.Read(0, second), kOk);
  EXPECT_EQ(first, second);
}

TEST_F(FaultyFlashTest, UnstableBitsDependOnTheSeedAlone) {
  const auto run = [&](std::uint64_t seed) {
    FillWith(0xFF);
    flash_.Revive();
    flash_.Arm({.operation = 1, .fault = Fault::kCutUnstable, .seed = seed});
    EXPECT_EQ(flash_.Program(0, zeros_).code(), Code::kFlash);
    return std::vector<std::uint8_t>(ram_.bytes().begin(), ram_.bytes().begin() + 32);
  };
  EXPECT_EQ(run(7), run(7));
  EXPECT_NE(run(7), run(8));
}

TEST_F(FaultyFlashTest, AnUnstableEraseCatchesTheSectorInTheMiddle) {
  FillWith(0x00);
  flash_.Arm({.operation = 1, .fault = Fault::kCutUnstable});
  EXPECT_EQ(flash_.Erase(0x1000, 0x3000).code(), Code::kFlash);
  EXPECT_THAT(Stored(0x0000, 0x1000), Each(0x00));
  EXPECT_THAT(Stored(0x1000, 0x1000), Each(0xFF));
  EXPECT_THAT(Stored(0x2000, 0x1000),
              testing::Contains(testing::AllOf(testing::Ne(0), testing::Ne(0xFF))));
  EXPECT_THAT(Stored(0x3000, 0x1000), Each(0x00));
}

TEST_F(FaultyFlashTest, FlickeringBitsReadDifferentlyUntilProgrammedOrErased) {
  const auto reads_alike = [&] {
    std::array<std::uint8_t, 32> first{};
    std::array<std::uint8_t, 32> second{};
    EXPECT_EQ(flash_.Read(0, first), kOk);
    EXPECT_EQ(flash_.Read(0, second), kOk);
    return first == second;
  };
  flash_.Arm({.operation = 1, .fault = Fault::kCutFlickering});
  EXPECT_EQ(flash_.Program(0, zeros_).code(), Code::kFlash);
  flash_.Revive();
  EXPECT_FALSE(reads_alike());
  EXPECT_EQ(flash_.Program(0, zeros_), kOk);
  EXPECT_TRUE(reads_alike());

  flash_.Arm({.operation = 1, .fault = Fault::kCutFlickering});
  EXPECT_EQ(flash_.Erase(0, 0x1000).code(), Code::kFlash);
  flash_.Revive();
  EXPECT_FALSE(reads_alike());
  EXPECT_EQ(flash_.Erase(0, 0x1000), kOk);
  EXPECT_TRUE(reads_alike());
  EXPECT_THAT(Stored(0, 0x1000), Each(0xFF));
}

TEST_F(FaultyFlashTest, ACutTakesBackWhatWasNotSyncedWhenAsked) {
  flash_.Arm({.operation = 5, .fault = Fault::kCutAfter, .unsynced = Unsynced::kLost});
  EXPECT_EQ(flash_.Program(0x0000, zeros_), kOk);
  EXPECT_EQ(flash_.Sync(), kOk);
  EXPECT_EQ(flash_.Program(0x0040, zeros_), kOk);
  EXPECT_EQ(flash_.Erase(0x1000, 0x1000), kOk);
  EXPECT_EQ(flash_.Program(0x2000, zeros_).code(), Code::kFlash);
  EXPECT_THAT(Stored(0x0000, 32), Each(0));
  EXPECT_THAT(Stored(0x0040, 32), Each(0xFF));
  EXPECT_THAT(Stored(0x2000, 32), Each(0xFF));
}

TEST_F(FaultyFlashTest, ACutAfterASyncTakesNothingBackAndOneBeforeItDoes) {
  flash_.Arm({.operation = 2, .fault = Fault::kCutAfter, .unsynced = Unsynced::kLost});
  EXPECT_EQ(flash_.Program(0, zeros_), kOk);
  EXPECT_EQ(flash_.Sync().code(), Code::kFlash);
  EXPECT_THAT(Stored(0, 32), Each(0));
  flash_.Revive();
  flash_.Arm({.operation = 2, .fault = Fault::kCutHalf, .unsynced = Unsynced::kLost});
  EXPECT_EQ(flash_.Erase(0, 0x1000), kOk);
  EXPECT_EQ(flash_.Sync().code(), Code::kFlash);
  EXPECT_THAT(Stored(0, 32), Each(0));
}

TEST_F(FaultyFlashTest, AReorderingCutKeepsSomeSectorsAndLosesOthers) {
  bool lost = false;
  bool kept = false;
  bool later_without_earlier = false;
  for (std::uint64_t seed = 1; seed <= 32; ++seed) {
    FillWith(0xFF);
    flash_.Revive();
    flash_.Arm({.operation = 3,
                .fault = Fault::kCutBefore,
                .unsynced = Unsynced::kReordered,
                .seed = seed});
    EXPECT_EQ(flash_.Program(0x0000, zeros_), kOk);
    EXPECT_EQ(flash_.Program(0x1000, zeros_), kOk);
    EXPECT_EQ(flash_.Sync().code(), Code::kFlash);
    const bool earlier = ram_.bytes()[0x0000] == 0;
    const bool later = ram_.bytes()[0x1000] == 0;
    lost |= !earlier;
    kept |= earlier;
    later_without_earlier |= later && !earlier;
  }
  EXPECT_TRUE(lost);
  EXPECT_TRUE(kept);
  EXPECT_TRUE(later_without_earlier);
}

TEST_F(FaultyFlashTest, CountsAnewWhenArmed) {
  EXPECT_EQ(flash_.Sync(), kOk);
  flash_.Arm({.operation = 0});
  EXPECT_EQ(flash_.operations(), 0U);
  for (int i = 0; i < 5; ++i) EXPECT_EQ(flash_.Sync(), kOk);
  EXPECT_EQ(flash_.operations(), 5U);
}

}  // namespace
}  // namespace updraft
