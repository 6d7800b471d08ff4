// SPDX-License-Identifier: Apache-2.0
#include <gtest/gtest.h>

#include <cstring>
#include <vector>

#include "updraft/partition.h"

#include "ports/host/crypto_openssl.h"
#include "testing/ram_flash.h"
#include "testing/recording_observer.h"
#include "testing/test_device.h"

namespace updraft {
namespace {

class PartitionTableTest : public testing::Test {
 protected:
  std::vector<std::uint8_t> Rows(std::size_t count) {
    std::vector<Partition> rows;
    for (std::size_t i = 0; i < count; ++i) {
      rows.push_back(MakePartition("p" + std::to_string(i), PartitionType::kData, 0x02,
                                   0x9000 + 0x1000 * i, 0x1000));
    }
    return MakePartitionTable(rows, crypto_);
  }

  Status Load(Bytes table) {
    observer_.Clear();
    flash_.Load(kPartitionTableOffset, table);
    const auto loaded = PartitionTable::Load(flash_, kPartitionTableOffset, crypto_, observer_);
    if (loaded) table_ = *loaded;
    EXPECT_EQ(loaded.has_value(), observer_.failed().empty());
    return loaded.error();
  }

  OpensslCrypto crypto_;
  RamFlash flash_;
  RecordingObserver observer_;
  PartitionTable table_;
};

TEST_F(PartitionTableTest, ReadsTheRowsInTheirOrder) {
  ASSERT_TRUE(Load(Rows(3)).ok());
  ASSERT_EQ(table_.size(), 3U);
  EXPECT_EQ(table_.At(2)->label(), "p2");
  EXPECT_EQ(table_.At(2)->offset, 0xB000U);
  EXPECT_EQ(table_.FindLabel("p1")->offset, 0xA000U);
  EXPECT_EQ(table_.FindLabel("p9").error().code(), Code::kNotFound);
}

TEST_F(PartitionTableTest, StoresARowAsTheGeneratorDoes) {
  std::array<std::uint8_t, kPartitionRowSize> row{};
  StorePartitionRow(MakePartition("nvs", PartitionType::kData, 2, 0x9000, 0x4000), row);
  const std::array<std::uint8_t, kPartitionRowSize> expected{
      0xAA, 0x50, 0x01, 0x02, 0x00, 0x90, 0, 0, 0x00, 0x40, 0, 0, 'n', 'v', 's'};
  EXPECT_EQ(row, expected);
}

TEST_F(PartitionTableTest, TerminatesALabelOfSixteenCharacters) {
  const std::vector<Partition> rows{
      MakePartition("abcdefghijklmnop", PartitionType::kData, 2, 0x9000, 0x1000)};
  ASSERT_TRUE(Load(MakePartitionTable(rows, crypto_)).ok());
  EXPECT_EQ(table_.At(0)->label(), "abcdefghijklmnop");
}

TEST_F(PartitionTableTest, AcceptsATableWithoutAnMd5Row) {
  auto table = Rows(2);
  std::memset(&table[2 * kPartitionRowSize], 0xFF, kPartitionRowSize);
  ASSERT_TRUE(Load(table).ok());
  EXPECT_EQ(table_.size(), 2U);
}

TEST_F(PartitionTableTest, ReadsRowsBehindTheMd5Row) {
  auto table = Rows(2);
  std::memcpy(&table[3 * kPartitionRowSize], &table[0], kPartitionRowSize);
  ASSERT_TRUE(Load(table).ok());
  ASSERT_EQ(table_.size(), 3U);
  EXPECT_EQ(table_.At(1)->label(), "p1");
  EXPECT_EQ(table_.At(2)->label(), "p0");
}

TEST_F(PartitionTableTest, RefusesAnErasedSector) {
  EXPECT_EQ(Load(std::vector<std::uint8_t>(kPartitionTableMaxLength, 0xFF)).code(),
            Code::kBadFormat);
}

TEST_F(PartitionTableTest, RefusesEveryChangedByteOfItsRows) {
  const auto table = Rows(3);
  for (std::size_t at = 0; at < 4 * kPartitionRowSize; ++at) {
    auto bad = table;
    bad[at] ^= 0x01;
    const bool md5_filler = at >= 3 * kPartitionRowSize + 2 && at < 3 * kPartitionRowSize + 16;
    EXPECT_EQ(Load(bad).ok(), md5_filler) << at;
  }
}

TEST_F(PartitionTableTest, RefusesASecondMd5Row) {
  auto table = Rows(2);
  std::memcpy(&table[3 * kPartitionRowSize], &table[2 * kPartitionRowSize], kPartitionRowSize);
  EXPECT_EQ(Load(table).code(), Code::kBadFormat);
}

TEST_F(PartitionTableTest, RefusesATableWithoutAnEnd) {
  EXPECT_EQ(Load(Rows(kMaxPartitions - 1)).code(), Code::kBadFormat);
  EXPECT_TRUE(Load(Rows(kMaxPartitions - 2)).ok());
}

TEST_F(PartitionTableTest, RefusesPartitionsOutsideTheFlash) {
  const auto load = [&](std::uint64_t offset, std::uint64_t size) {
    return Load(MakePartitionTable({MakePartition("p", PartitionType::kApp, 0x10, offset, size)},
                                   crypto_))
        .code();
  };
  EXPECT_EQ(load(0x300000, 0x100000), Code::kOk);
  EXPECT_EQ(load(0x300000, 0x100001), Code::kNoSpace);
  EXPECT_EQ(load(0x400000, 0), Code::kOk);
  EXPECT_EQ(load(0x400001, 0), Code::kNoSpace);
  EXPECT_EQ(load(0xFFFFF000, 0x2000), Code::kNoSpace);
  EXPECT_EQ(load(0x10000, 0xFFFFFFFF), Code::kNoSpace);
}

TEST_F(PartitionTableTest, RefusesATableBehindTheEndOfTheFlash) {
  const std::uint64_t size = flash_.geometry().size;
  for (const std::uint64_t offset : {size, size - 0x100, std::uint64_t{UINT64_MAX - 16}}) {
    EXPECT_EQ(PartitionTable::Load(flash_, offset, crypto_, observer_).error().code(),
              Code::kNoSpace);
  }
}

TEST_F(PartitionTableTest, CountsSlotsAsApplicationAndBootloaderDo) {
  ASSERT_TRUE(
      Load(MakePartitionTable({MakePartition("ota_0", PartitionType::kApp, 0x10, 0x10000, 0x10000),
                               MakePartition("ota_1", PartitionType::kApp, 0x11, 0x20000, 0x10000),
                               MakePartition("ota_3", PartitionType::kApp, 0x13, 0x30000, 0x10000),
                               MakePartition("test", PartitionType::kApp, 0x20, 0x40000, 0x10000)},
                              crypto_))
          .ok());
  EXPECT_EQ(*table_.CountOtaSlots(), 2);
  EXPECT_EQ(*table_.CountOtaRows(), 3);
}

}  // namespace
}  // namespace updraft
