// SPDX-License-Identifier: Apache-2.0
#include "cli/scratch_flash.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <vector>

#include "testing/ram_flash.h"

namespace updraft {
namespace {

using testing::Each;

class ScratchFlashTest : public testing::Test {
 protected:
  ScratchFlashTest() {
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
  ScratchFlash scratch_{below_};
  std::vector<std::uint8_t> before_;
};

TEST_F(ScratchFlashTest, ShowsWhatLiesBelow) {
  EXPECT_EQ(scratch_.geometry().size, 5U * 4096);
  EXPECT_THAT(Read(4096, 8192), Each(0x0F));
  EXPECT_THAT(Read(0, 4096), Each(0xFF));
}

TEST_F(ScratchFlashTest, KeepsErasesAndProgramsToItself) {
  ASSERT_EQ(scratch_.Erase(4096, 4096), kOk);
  const std::vector<std::uint8_t> fresh(100, 0xA5);
  ASSERT_EQ(scratch_.Program(8000, Bytes(fresh).first(50)), kOk);
  EXPECT_THAT(Read(4096, 3904), Each(0xFF));
  EXPECT_THAT(Read(8000, 50), Each(0xA5));
  ExpectNothingWrittenBelow();
}

TEST_F(ScratchFlashTest, ReadsAndProgramsAcrossSectors) {
  ASSERT_EQ(scratch_.Erase(0, 4096), kOk);
  const std::vector<std::uint8_t> fresh(200, 0x05);
  ASSERT_EQ(scratch_.Program(4096 - 100, fresh), kOk);
  EXPECT_THAT(Read(4096 - 100, 200), Each(0x05));
  EXPECT_THAT(Read(4196, 8192 - 100), Each(0x0F));
  ExpectNothingWrittenBelow();
}

TEST_F(ScratchFlashTest, SetsNoBitWithoutAnErase) {
  const std::vector<std::uint8_t> up(16, 0xF0);
  EXPECT_EQ(scratch_.Program(4096, up).code(), Code::kFlash);
  ExpectNothingWrittenBelow();
}

TEST_F(ScratchFlashTest, EndsWhereTheFlashBelowEnds) {
  std::vector<std::uint8_t> bytes(2);
  EXPECT_EQ(scratch_.Read(5 * 4096 - 1, bytes).code(), Code::kInvalidArgument);
  EXPECT_EQ(scratch_.Erase(5 * 4096, 4096).code(), Code::kInvalidArgument);
}

}  // namespace
}  // namespace updraft
