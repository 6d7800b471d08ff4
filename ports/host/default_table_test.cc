// SPDX-License-Identifier: Apache-2.0
#include "ports/host/default_table.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>

#include "ports/host/crypto_openssl.h"
#include "ports/host/memory_flash.h"

namespace updraft {
namespace {

constexpr std::uint64_t kMebibyte = 1 << 20;

Partition Data(std::string_view label, std::uint8_t subtype, std::uint64_t offset,
               std::uint64_t size) {
  Partition partition;
  partition.type = PartitionType::kData;
  partition.subtype = subtype;
  partition.offset = offset;
  partition.size = size;
  std::ranges::copy(label, partition.label_field.begin());
  return partition;
}

TEST(DefaultTable, FillsFourMebibytesWithThreeEqualSlots) {
  const auto partitions = DefaultPartitions(4 * kMebibyte, kPartitionTableOffset);
  ASSERT_TRUE(partitions.has_value());
  std::string text;
  for (const Partition& row : *partitions) {
    char line[80];
    std::snprintf(line, sizeof line, "%s %x %x %llx %llx\n", row.label_field.data(),
                  static_cast<unsigned>(row.type), row.subtype,
                  static_cast<unsigned long long>(row.offset),
                  static_cast<unsigned long long>(row.size));
    text += line;
  }
  EXPECT_EQ(text,
            "nvs 1 2 9000 3000\n"
            "otadata 1 0 c000 2000\n"
            "updraft 40 0 e000 2000\n"
            "factory 0 0 10000 150000\n"
            "ota_0 0 10 160000 150000\n"
            "ota_1 0 11 2b0000 150000\n");
}

TEST(DefaultTable, KeepsSlotsAlignedEqualAndInsideTheFlashForEverySize) {
  for (std::uint64_t size = 0x40000; size <= 32 * kMebibyte; size += 0x25000) {
    const auto partitions = DefaultPartitions(size, kPartitionTableOffset);
    ASSERT_TRUE(partitions.has_value()) << size;
    std::uint64_t end = kPartitionTableOffset + 0x1000;
    for (const Partition& row : *partitions) {
      EXPECT_EQ(row.offset, end) << size;
      end += row.size;
      if (row.is_slot()) {
        EXPECT_EQ(row.offset % 0x10000, 0U);
        EXPECT_EQ(row.size, partitions->back().size);
      }
    }
    EXPECT_LE(end, size);
    EXPECT_GT(end + 0x30000, size);
  }
}

TEST(DefaultTable, MovesWithTheTable) {
  const auto partitions = DefaultPartitions(4 * kMebibyte, 0x10000);
  ASSERT_TRUE(partitions.has_value());
  EXPECT_EQ((*partitions)[0].offset, 0x11000U);
  EXPECT_EQ((*partitions)[3].offset, 0x20000U);
}

TEST(DefaultTable, NeedsABlockForEachSlotAndOffsetsOf32Bits) {
  EXPECT_EQ(SmallestDefaultFlash(kPartitionTableOffset), 0x40000U);
  EXPECT_EQ(DefaultPartitions(0x3FFFF, kPartitionTableOffset).error().code(), Code::kNoSpace);
  EXPECT_TRUE(DefaultPartitions(0x40000, kPartitionTableOffset).has_value());
  EXPECT_TRUE(DefaultPartitions(4096 * kMebibyte, kPartitionTableOffset).has_value());
  EXPECT_EQ(DefaultPartitions(4097 * kMebibyte, kPartitionTableOffset).error().code(),
            Code::kInvalidArgument);
}

TEST(DefaultTable, IsATableThatTheBootloaderTakes) {
  OpensslCrypto crypto;
  const auto partitions = DefaultPartitions(4 * kMebibyte, kPartitionTableOffset);
  const auto bytes = StorePartitionTable(*partitions, crypto);
  ASSERT_TRUE(bytes.has_value());
  EXPECT_EQ(bytes->size(), kPartitionTableMaxLength);
  MemoryFlash flash({.size = 4 * kMebibyte});
  ASSERT_EQ(flash.Load(kPartitionTableOffset, *bytes), kOk);
  const auto table = PartitionTable::Load(flash, kPartitionTableOffset, crypto);
  ASSERT_TRUE(table.has_value());
  ASSERT_EQ(table->size(), partitions->size());
  for (std::size_t i = 0; i < table->size(); ++i) EXPECT_EQ(*table->At(i), (*partitions)[i]);
}

// The example that Espressif's generator was asked for.
TEST(DefaultTable, StoresAKnownTableByteForByte) {
  std::vector<Partition> rows{
      Data("nvs", 0x02, 0x9000, 0x4000),        Data("otadata", 0x00, 0xD000, 0x2000),
      Data("phy_init", 0x01, 0xF000, 0x1000),   Data("factory", 0x00, 0x10000, kMebibyte),
      Data("ota_0", 0x10, 0x110000, kMebibyte), Data("ota_1", 0x11, 0x210000, kMebibyte)};
  for (std::size_t i = 3; i < 6; ++i) rows[i].type = PartitionType::kApp;
  OpensslCrypto crypto;
  const auto table = StorePartitionTable(rows, crypto);
  ASSERT_TRUE(table.has_value());
  const Sha256Digest digest = Sha256(crypto, *table).value();
  EXPECT_EQ(LoadBe32(digest.data()), 0xD1C0E9D0U);
  EXPECT_EQ(LoadBe32(digest.data() + 28), 0x3175EE8BU);
}

TEST(DefaultTable, HasRoomFor94Rows) {
  OpensslCrypto crypto;
  const std::vector<Partition> rows(95);
  EXPECT_TRUE(StorePartitionTable(std::span(rows).first(94), crypto).has_value());
  EXPECT_EQ(StorePartitionTable(rows, crypto).error().code(), Code::kNoSpace);
}

TEST(DefaultTable, GivesLinuxChips64MebibytesAndOthersFour) {
  EXPECT_TRUE(NativeChip().runs_linux);
  EXPECT_EQ(DefaultFlashSize(NativeChip()), 64 * kMebibyte);
  EXPECT_EQ(DefaultFlashSize(*FindChip("esp32c3")), 4 * kMebibyte);
}

}  // namespace
}  // namespace updraft
