// SPDX-License-Identifier: Apache-2.0
#include "src/flash/slot_writer.h"

#include <gtest/gtest.h>

#include <numeric>
#include <vector>

#include "testing/ram_flash.h"
#include "testing/test_device.h"

namespace updraft {
namespace {

class SlotWriterTest : public testing::TestWithParam<std::uint32_t> {
 protected:
  SlotWriterTest() { std::iota(data_.begin(), data_.end(), std::uint8_t{1}); }

  RamFlash flash_{{.size = 1 << 20, .sector_size = 4096, .program_unit = GetParam()}};
  Partition slot_ = MakePartition("ota_0", PartitionType::kApp, 0x10, 0x10000, 0x4000);
  std::vector<std::uint8_t> data_ = std::vector<std::uint8_t>(9000);
};

TEST_P(SlotWriterTest, KeepsTheHeadErasedUntilItIsAskedFor) {
  SlotWriter writer(flash_, slot_);
  ASSERT_TRUE(writer.Write(data_).ok());
  ASSERT_TRUE(writer.Finish().ok());
  EXPECT_EQ(writer.stored(), data_.size());
  for (int i = 0; i < 32; ++i) {
    EXPECT_EQ(flash_.bytes()[0x10000 + static_cast<std::size_t>(i)], 0xFF);
  }
  EXPECT_TRUE(std::equal(data_.begin() + 32, data_.end(), flash_.bytes().begin() + 0x10020));
  ASSERT_TRUE(writer.ProgramHead().ok());
  EXPECT_TRUE(std::equal(data_.begin(), data_.end(), flash_.bytes().begin() + 0x10000));
}

// A cache that loses the erase and keeps a program would leave the head of the image
// that stood there over bytes of the new one.
TEST_P(SlotWriterTest, ErasesTheHeadForGoodBeforeItProgramsAnything) {
  SlotWriter writer(flash_, slot_);
  ASSERT_TRUE(writer.Write(data_).ok());
  using Kind = RamFlash::Operation::Kind;
  ASSERT_GE(flash_.log().size(), 3U);
  EXPECT_EQ(flash_.log()[0].kind, Kind::kErase);
  EXPECT_EQ(flash_.log()[1].kind, Kind::kSync);
  EXPECT_EQ(flash_.counts().syncs, 1U);
}

TEST_P(SlotWriterTest, StoresTheSameForEveryChunking) {
  for (const std::size_t chunk :
       {1U, 2U, 15U, 16U, 17U, 31U, 32U, 33U, 100U, 4095U, 4096U, 4097U}) {
    SlotWriter writer(flash_, slot_);
    for (std::size_t at = 0; at < data_.size(); at += chunk) {
      const std::size_t count = std::min<std::size_t>(chunk, data_.size() - at);
      ASSERT_TRUE(writer.Write(Bytes(data_).subspan(at, count)).ok());
      EXPECT_LE(writer.stored(), at + count);
    }
    ASSERT_TRUE(writer.Finish().ok());
    ASSERT_TRUE(writer.ProgramHead().ok());
    EXPECT_TRUE(std::equal(data_.begin(), data_.end(), flash_.bytes().begin() + 0x10000));
  }
}

TEST_P(SlotWriterTest, ErasesEachSectorOnceAndOnlyWhatItNeeds) {
  SlotWriter writer(flash_, slot_);
  for (std::size_t at = 0; at < data_.size(); at += 100) {
    ASSERT_TRUE(writer.Write(Bytes(data_).subspan(at, 100)).ok());
  }
  ASSERT_TRUE(writer.Finish().ok());
  EXPECT_EQ(flash_.wear(0x10000), 1U);
  EXPECT_EQ(flash_.wear(0x12000), 1U);
  EXPECT_EQ(flash_.wear(0x13000), 0U);
  EXPECT_EQ(flash_.wear(0xF000), 0U);
}

TEST(SlotWriterWithBlocks, ErasesAheadToTheEndOfABlockAndNeverBeyondTheSlot) {
  RamFlash flash({.size = 4 << 20, .block_size = 0x10000});
  const Partition slot = MakePartition("ota_0", PartitionType::kApp, 0x10, 0x1F000, 0x18000);
  SlotWriter writer(flash, slot);
  const std::vector<std::uint8_t> data(0x11001, 0x5A);
  ASSERT_TRUE(writer.Write(Bytes(data).first(100)).ok());
  EXPECT_EQ(flash.wear(0x1F000), 1U);
  EXPECT_EQ(flash.wear(0x20000), 0U);
  ASSERT_TRUE(writer.Write(Bytes(data).subspan(100, 0x1000)).ok());
  EXPECT_EQ(flash.wear(0x20000), 1U);
  EXPECT_EQ(flash.wear(0x2F000), 1U);
  EXPECT_EQ(flash.wear(0x30000), 0U);
  ASSERT_TRUE(writer.Write(Bytes(data).subspan(0x1064)).ok());
  EXPECT_EQ(flash.wear(0x30000), 1U);
  EXPECT_EQ(flash.wear(0x36000), 1U);
  EXPECT_EQ(flash.wear(0x37000), 0U);
}

TEST_P(SlotWriterTest, TouchesNothingBeforeTheFirstByte) {
  SlotWriter writer(flash_, slot_);
  ASSERT_TRUE(writer.Write({}).ok());
  EXPECT_TRUE(flash_.log().empty());
}

TEST_P(SlotWriterTest, RefusesWhatDoesNotFit) {
  SlotWriter writer(flash_, slot_);
  const std::vector<std::uint8_t> full(slot_.size, 0xA5);
  ASSERT_TRUE(writer.Write(full).ok());
  const std::uint8_t more = 0;
  EXPECT_EQ(writer.Write({&more, 1}).code(), Code::kNoSpace);
  EXPECT_EQ(flash_.bytes()[0x14000], 0xFF);
}

TEST_P(SlotWriterTest, HasNoHeadToProgramForLessThanOne) {
  SlotWriter writer(flash_, slot_);
  ASSERT_TRUE(writer.Write(Bytes(data_).first(31)).ok());
  ASSERT_TRUE(writer.Finish().ok());
  EXPECT_EQ(writer.ProgramHead().code(), Code::kInvalidState);
}

INSTANTIATE_TEST_SUITE_P(ProgramUnits, SlotWriterTest, testing::Values(1, 4, 16, 32));

}  // namespace
}  // namespace updraft
