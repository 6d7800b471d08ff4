// SPDX-License-Identifier: Apache-2.0
#include "cli/partition_binary.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "cli/partition_rules.h"
#include "ports/host/crypto_openssl.h"

namespace updraft {
namespace {

using testing::Contains;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

constexpr std::uint64_t kFlashSize = 4 << 20;

class PartitionBinaryTest : public testing::Test {
 protected:
  PartitionBinaryTest() {
    rows_.resize(2);
    rows_[0] = {.name = "nvs", .type = 1, .subtype = 2, .offset = 0x9000, .size = 0x6000};
    rows_[1] = {.name = "factory", .type = 0, .subtype = 0, .offset = 0x10000, .size = 0x100000};
  }

  std::vector<std::uint8_t> Table() {
    const auto table = BuildPartitionTable(rows_, options_, crypto_);
    EXPECT_TRUE(table);
    return *table;
  }

  std::string Verdict(Bytes file) {
    const auto rows = ReadPartitionTable(file, kFlashSize, crypto_);
    return rows ? "accepted" : rows.failure().reason + ": " + rows.failure().message;
  }

  std::vector<std::string> Warnings(Bytes file) {
    const auto rows = ReadPartitionTable(file, kFlashSize, crypto_);
    EXPECT_TRUE(rows);
    return GeneratorWarnings(file, *rows, options_);
  }

  OpensslCrypto crypto_;
  PartitionOptions options_;
  std::vector<PartitionRow> rows_;
};

TEST_F(PartitionBinaryTest, GivesBackTheRowsOfAGoodTable) {
  const auto table = Table();
  const auto rows = ReadPartitionTable(table, kFlashSize, crypto_);
  ASSERT_TRUE(rows);
  EXPECT_EQ(PartitionCsv(*rows, options_.names), PartitionCsv(rows_, options_.names));
  EXPECT_THAT(Warnings(table), IsEmpty());
}

TEST_F(PartitionBinaryTest, RefusesOffsetAndSizeThatWrap) {
  rows_[1].offset = 0xFFFF0000;
  rows_[1].size = 0x20000;
  EXPECT_THAT(Verdict(Table()), HasSubstr("bad_partition_table: the partition table does not fit"));
}

TEST_F(PartitionBinaryTest, RefusesASecondMd5Row) {
  auto table = Table();
  std::copy_n(table.begin() + 64, 32, table.begin() + 96);
  EXPECT_THAT(Verdict(table), HasSubstr("found one that begins with 0xebeb"));
}

TEST_F(PartitionBinaryTest, RefusesAFullTableWithoutEndMarker) {
  std::vector<std::uint8_t> table;
  const auto one = Table();
  for (int i = 0; i < 96; ++i) table.insert(table.end(), one.begin(), one.begin() + 32);
  EXPECT_THAT(Verdict(table), HasSubstr("an end marker"));
}

TEST_F(PartitionBinaryTest, RefusesErasedFlash) {
  EXPECT_THAT(Verdict(std::vector<std::uint8_t>(3072, 0xFF)),
              HasSubstr("expected at least one row, found none: erased flash;"));
}

TEST_F(PartitionBinaryTest, RefusesAPartitionBehindTheEndOfTheFlash) {
  rows_[1].size = 4 << 20;
  EXPECT_THAT(
      Verdict(Table()),
      HasSubstr("does not fit into the flash: expected an end within 4194304 bytes (4 MiB), "
                "found an end at 4259840 bytes (4.1 MiB); make the partitions smaller or "
                "the flash larger (--flash-size)."));
}

TEST_F(PartitionBinaryTest, SaysWhatARowBeginsWith) {
  EXPECT_THAT(
      Verdict(std::vector<std::uint8_t>(3072, 0x12)),
      HasSubstr("expected a row that begins with 0x50aa, found one that begins with 0x1212"));
}

TEST_F(PartitionBinaryTest, RefusesARowThatTheFileCutsInTheMiddle) {
  EXPECT_THAT(Verdict(Bytes(Table()).first(36)), HasSubstr("bad_partition_table"));
}

TEST_F(PartitionBinaryTest, TakesWhatLiesBehindTheFileAsErasedButWarns) {
  const auto table = Table();
  const Bytes cut = Bytes(table).first(96);  // rows and MD5, no end marker
  EXPECT_EQ(Verdict(cut), "accepted");
  EXPECT_THAT(Warnings(cut), ElementsAre(HasSubstr("expected an end marker")));
}

TEST_F(PartitionBinaryTest, WarnsOfAnOddLength) {
  const auto table = Table();
  EXPECT_THAT(Warnings(Bytes(table).first(131)),
              Contains(HasSubstr("multiple of 32 bytes, found 131")));
}

TEST_F(PartitionBinaryTest, WarnsOfOverlapsThatTheBootloaderDoesNotSee) {
  rows_[0].offset = 0x8000;
  rows_.push_back({.name = "a", .type = 1, .subtype = 6, .offset = 0x200000, .size = 0x2000});
  rows_.push_back({.name = "b", .type = 1, .subtype = 6, .offset = 0x201000, .size = 0x2000});
  const auto warnings = Warnings(Table());
  EXPECT_THAT(warnings, ElementsAre(HasSubstr("row 1, partition 'nvs', field offset: "
                                              "expected 0x9000 or higher"),
                                    HasSubstr("row 4, partition 'b', field offset: expected "
                                              "0x202000 or higher")));
}

TEST_F(PartitionBinaryTest, WarnsOfUnknownFlagsAndOfANameThatIsNoText) {
  rows_[0].flags = 0x80000000;
  rows_[1].name = "f\xFF";
  const auto warnings = Warnings(Table());
  EXPECT_THAT(warnings, ElementsAre(HasSubstr("row 1: expected the flags"),
                                    HasSubstr("row 2: expected a name in UTF-8")));
}

}  // namespace
}  // namespace updraft
