// SPDX-License-Identifier: Apache-2.0
#include "ports/host/memory_flash.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <vector>

#include "testing/faulty_flash.h"
#include "testing/ram_flash.h"

namespace updraft {
namespace {

using testing::Each;

TEST(MemoryFlash, TakesNoMemoryForWhatIsErased) {
  MemoryFlash flash({.size = std::uint64_t{1} << 40});
  std::array<std::uint8_t, 8> data{};
  ASSERT_EQ(flash.Read((std::uint64_t{1} << 40) - 8, data), kOk);
  EXPECT_THAT(data, Each(0xFF));
  ASSERT_EQ(flash.Erase(0, std::uint64_t{1} << 40), kOk);
}

TEST(MemoryFlash, ReadsAcrossSectorsWhatWasProgrammed) {
  MemoryFlash flash({.size = 0x4000});
  const std::array<std::uint8_t, 4> data{1, 2, 3, 4};
  ASSERT_EQ(flash.Program(0x0FFE, data), kOk);
  std::array<std::uint8_t, 6> found{};
  ASSERT_EQ(flash.Read(0x0FFD, found), kOk);
  EXPECT_EQ(found, (std::array<std::uint8_t, 6>{0xFF, 1, 2, 3, 4, 0xFF}));
  EXPECT_EQ(flash.Sync(), kOk);
}

TEST(MemoryFlash, RefusesToProgramAOneOverAZeroAndLeavesAllBytesAsTheyWere) {
  MemoryFlash flash({.size = 0x4000});
  ASSERT_EQ(flash.Program(0x1000, std::array<std::uint8_t, 1>{0x00}), kOk);
  EXPECT_EQ(flash.Program(0x0FFF, std::array<std::uint8_t, 2>{0x00, 0x01}).code(), Code::kFlash);
  std::array<std::uint8_t, 2> found{};
  ASSERT_EQ(flash.Read(0x0FFF, found), kOk);
  EXPECT_EQ(found, (std::array<std::uint8_t, 2>{0xFF, 0x00}));
}

TEST(MemoryFlash, ErasesWholeSectorsOnly) {
  MemoryFlash flash({.size = 0x4000});
  const std::vector<std::uint8_t> zeros(0x4000, 0);
  ASSERT_EQ(flash.Load(0, zeros), kOk);
  ASSERT_EQ(flash.Erase(0x1000, 0x1000), kOk);
  std::vector<std::uint8_t> found(0x4000);
  ASSERT_EQ(flash.Read(0, found), kOk);
  EXPECT_THAT(Bytes(found).subspan(0, 0x1000), Each(0));
  EXPECT_THAT(Bytes(found).subspan(0x1000, 0x1000), Each(0xFF));
  EXPECT_THAT(Bytes(found).subspan(0x2000), Each(0));
  EXPECT_EQ(flash.Erase(0x800, 0x1000).code(), Code::kInvalidArgument);
}

TEST(MemoryFlash, LoadsBytesPastTheRulesButNotPastTheEnd) {
  MemoryFlash flash({.size = 0x1000});
  ASSERT_EQ(flash.Load(0, std::array<std::uint8_t, 1>{0x00}), kOk);
  ASSERT_EQ(flash.Load(0, std::array<std::uint8_t, 1>{0x77}), kOk);
  std::array<std::uint8_t, 1> found{};
  ASSERT_EQ(flash.Read(0, found), kOk);
  EXPECT_EQ(found[0], 0x77);
  EXPECT_EQ(flash.Load(0x0FFF, std::array<std::uint8_t, 2>{}).code(), Code::kInvalidArgument);
  EXPECT_EQ(flash.Load(~std::uint64_t{0}, found).code(), Code::kInvalidArgument);
}

class MemoryFlashOverAnother : public testing::Test {
 protected:
  MemoryFlashOverAnother() {
    const std::vector<std::uint8_t> old(8192, 0x0F);
    EXPECT_EQ(below_.Program(4096, old), kOk);
    before_.assign(below_.bytes().begin(), below_.bytes().end());
  }
  std::vector<std::uint8_t> Read(std::uint64_t address, std::size_t size) {
    std::vector<std::uint8_t> bytes(size);
    EXPECT_EQ(scratch_.Read(address, bytes), kOk);
    return bytes;
  }
  void ExpectNothingWrittenBelow() { EXPECT_TRUE(std::ranges::equal(below_.bytes(), before_)); }

  RamFlash below_{{.size = 5 * 4096}};
  MemoryFlash scratch_{below_};
  std::vector<std::uint8_t> before_;
};

TEST_F(MemoryFlashOverAnother, ShowsWhatLiesBelow) {
  EXPECT_EQ(scratch_.geometry().size, 5U * 4096);
  EXPECT_THAT(Read(4096, 8192), Each(0x0F));
  EXPECT_THAT(Read(0, 4096), Each(0xFF));
}

TEST_F(MemoryFlashOverAnother, KeepsErasesAndProgramsToItself) {
  ASSERT_EQ(scratch_.Erase(4096, 4096), kOk);
  const std::vector<std::uint8_t> fresh(100, 0xA5);
  ASSERT_EQ(scratch_.Program(8000, Bytes(fresh).first(50)), kOk);
  EXPECT_THAT(Read(4096, 3904), Each(0xFF));
  EXPECT_THAT(Read(8000, 50), Each(0xA5));
  ExpectNothingWrittenBelow();
}

TEST_F(MemoryFlashOverAnother, ReadsAndProgramsAcrossSectors) {
  ASSERT_EQ(scratch_.Erase(0, 4096), kOk);
  const std::vector<std::uint8_t> fresh(200, 0x05);
  ASSERT_EQ(scratch_.Program(4096 - 100, fresh), kOk);
  EXPECT_THAT(Read(4096 - 100, 200), Each(0x05));
  EXPECT_THAT(Read(4196, 8192 - 100), Each(0x0F));
  ExpectNothingWrittenBelow();
}

TEST_F(MemoryFlashOverAnother, SetsNoBitWithoutAnErase) {
  const std::vector<std::uint8_t> up(16, 0xF0);
  EXPECT_EQ(scratch_.Program(4096, up).code(), Code::kFlash);
  ExpectNothingWrittenBelow();
}

TEST_F(MemoryFlashOverAnother, PassesOnThatTheFlashBelowFails) {
  FaultyFlash failing(below_);
  MemoryFlash over(failing);
  failing.Arm({.operation = 1, .fault = FaultyFlash::Fault::kCutBefore});
  const std::vector<std::uint8_t> data(16, 0);
  static_cast<void>(failing.Program(0, data));  // the power is gone
  std::vector<std::uint8_t> found(16);
  EXPECT_FALSE(over.Read(0, found).ok());
  EXPECT_FALSE(over.Program(0, data).ok());
}

TEST_F(MemoryFlashOverAnother, EndsWhereTheFlashBelowEnds) {
  std::vector<std::uint8_t> bytes(2);
  EXPECT_EQ(scratch_.Read(5 * 4096 - 1, bytes).code(), Code::kInvalidArgument);
  EXPECT_EQ(scratch_.Erase(5 * 4096, 4096).code(), Code::kInvalidArgument);
}

}  // namespace
}  // namespace updraft
