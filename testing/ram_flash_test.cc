// SPDX-License-Identifier: Apache-2.0
#include "testing/ram_flash.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <array>

namespace updraft {
namespace {

using testing::Each;
using Kind = RamFlash::Operation::Kind;

constexpr FlashGeometry kSmall{.size = 0x4000, .sector_size = 0x1000, .program_unit = 1};

TEST(RamFlash, IsErasedWhenNew) {
  RamFlash flash(kSmall);
  EXPECT_EQ(flash.bytes().size(), 0x4000U);
  EXPECT_THAT(flash.bytes(), Each(0xFF));
}

TEST(RamFlash, ProgramsOverErasedBytesAndReadsThemBack) {
  RamFlash flash(kSmall);
  const std::array<std::uint8_t, 3> data{1, 2, 3};
  ASSERT_EQ(flash.Program(0x1FFE, data), kOk);
  std::array<std::uint8_t, 5> found{};
  ASSERT_EQ(flash.Read(0x1FFD, found), kOk);
  EXPECT_EQ(found, (std::array<std::uint8_t, 5>{0xFF, 1, 2, 3, 0xFF}));
}

TEST(RamFlash, AProgramMayClearFurtherBits) {
  RamFlash flash(kSmall);
  ASSERT_EQ(flash.Program(0, std::array<std::uint8_t, 1>{0xF0}), kOk);
  ASSERT_EQ(flash.Program(0, std::array<std::uint8_t, 1>{0x30}), kOk);
  EXPECT_EQ(flash.bytes()[0], 0x30);
}

TEST(RamFlash, RefusesToProgramAOneOverAZeroAndLeavesAllBytesAsTheyWere) {
  RamFlash flash(kSmall);
  ASSERT_EQ(flash.Program(1, std::array<std::uint8_t, 1>{0xF0}), kOk);
  const Status status = flash.Program(0, std::array<std::uint8_t, 2>{0x00, 0xF1});
  EXPECT_EQ(status.code(), Code::kFlash);
  EXPECT_EQ(flash.bytes()[0], 0xFF);
  EXPECT_EQ(flash.bytes()[1], 0xF0);
}

TEST(RamFlash, ErasesTheSectorsAskedForAndNoOthers) {
  RamFlash flash(kSmall);
  for (std::uint8_t& byte : flash.bytes()) byte = 0;
  ASSERT_EQ(flash.Erase(0x1000, 0x2000), kOk);
  EXPECT_THAT(flash.bytes().first(0x1000), Each(0));
  EXPECT_THAT(flash.bytes().subspan(0x1000, 0x2000), Each(0xFF));
  EXPECT_THAT(flash.bytes().last(0x1000), Each(0));
}

TEST(RamFlash, RefusesWhatIsOutsideOrNotAlignedAndCountsNothing) {
  RamFlash flash({.size = 0x4000, .sector_size = 0x1000, .program_unit = 16});
  std::array<std::uint8_t, 16> data{};
  EXPECT_EQ(flash.Read(0x3FF1, data).code(), Code::kInvalidArgument);
  EXPECT_EQ(flash.Read(~std::uint64_t{0}, data).code(), Code::kInvalidArgument);
  EXPECT_EQ(flash.Program(0x4000, data).code(), Code::kInvalidArgument);
  EXPECT_EQ(flash.Program(8, data).code(), Code::kInvalidArgument);
  EXPECT_EQ(flash.Program(0, Bytes(data).first(15)).code(), Code::kInvalidArgument);
  EXPECT_EQ(flash.Erase(0x800, 0x1000).code(), Code::kInvalidArgument);
  EXPECT_EQ(flash.Erase(0, 0x800).code(), Code::kInvalidArgument);
  EXPECT_EQ(flash.Erase(0x3000, 0x2000).code(), Code::kInvalidArgument);
  EXPECT_TRUE(flash.log().empty());
}

TEST(RamFlash, RemembersEachOperationInOrderAndTheWearOfEachSector) {
  RamFlash flash(kSmall);
  std::array<std::uint8_t, 4> data{};
  ASSERT_EQ(flash.Erase(0x1000, 0x2000), kOk);
  ASSERT_EQ(flash.Erase(0x1000, 0x1000), kOk);
  ASSERT_EQ(flash.Program(0x1000, data), kOk);
  ASSERT_EQ(flash.Sync(), kOk);
  ASSERT_EQ(flash.Read(0x1000, data), kOk);
  const std::vector<RamFlash::Operation> expected{{Kind::kErase, 0x1000, 0x2000},
                                                  {Kind::kErase, 0x1000, 0x1000},
                                                  {Kind::kProgram, 0x1000, 4},
                                                  {Kind::kSync, 0, 0},
                                                  {Kind::kRead, 0x1000, 4}};
  EXPECT_EQ(flash.log(), expected);
  EXPECT_EQ(flash.counts().erases, 2U);
  EXPECT_EQ(flash.counts().programs, 1U);
  EXPECT_EQ(flash.counts().syncs, 1U);
  EXPECT_EQ(flash.counts().reads, 1U);
  flash.ClearLog();
  EXPECT_TRUE(flash.log().empty());
  EXPECT_EQ(flash.counts().erases, 0U);
  EXPECT_EQ(flash.wear(0x0FFF), 0U);
  EXPECT_EQ(flash.wear(0x1000), 2U);
  EXPECT_EQ(flash.wear(0x2FFF), 1U);
}

TEST(RamFlash, LoadsBytesPastTheRulesAndWithoutATrace) {
  RamFlash flash(kSmall);
  flash.Load(0x10, std::array<std::uint8_t, 1>{0x00});
  flash.Load(0x10, std::array<std::uint8_t, 1>{0x5A});
  EXPECT_EQ(flash.bytes()[0x10], 0x5A);
  EXPECT_TRUE(flash.log().empty());
}

TEST(RamFlash, ProgramsAUnitOnceWhereAskedTo) {
  RamFlash flash({.size = 1 << 14, .program_unit = 16});
  flash.ProgramUnitsOnce();
  const std::vector<std::uint8_t> data(16, 0xF0);
  const std::vector<std::uint8_t> fewer(16, 0x80);
  ASSERT_EQ(flash.Program(0, data), kOk);
  EXPECT_EQ(flash.Program(0, fewer).code(), Code::kFlash);
  EXPECT_EQ(flash.bytes()[0], 0xF0);
  EXPECT_EQ(flash.Program(16, fewer), kOk);
  ASSERT_EQ(flash.Erase(0, 4096), kOk);
  EXPECT_EQ(flash.Program(0, fewer), kOk);
}

}  // namespace
}  // namespace updraft
