// SPDX-License-Identifier: Apache-2.0
#include "cli/partition_csv.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <map>

#include "cli/partition_rules.h"
#include "cli/text.h"
#include "ports/host/crypto_openssl.h"

namespace updraft {
namespace {

using testing::AllOf;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

class PartitionCsvTest : public testing::Test {
 protected:
  Outcome<std::vector<PartitionRow>> Parse(std::string_view csv) {
    const auto look_up = [this](const std::string& name) -> std::optional<std::string> {
      const auto found = environment_.find(name);
      if (found == environment_.end()) return std::nullopt;
      return found->second;
    };
    return ParsePartitionCsv(AsBytes(csv), options_, look_up, warnings_);
  }

  // The one row of the CSV.
  PartitionRow Row(std::string_view csv) {
    const auto rows = Parse(csv);
    EXPECT_TRUE(rows) << rows.failure().message;
    EXPECT_EQ(rows->size(), 1U);
    return rows->at(0);
  }

  std::string Refusal(std::string_view csv) {
    const auto rows = Parse(csv);
    return rows ? "accepted" : rows.failure().message;
  }

  // The first rule that the rows break, "" when none.
  std::string Judged(std::string_view csv) {
    const auto rows = Parse(csv);
    if (!rows) return "refused before: " + rows.failure().message;
    const auto failures = JudgePartitions(*rows, options_, warnings_);
    return failures.empty() ? "" : failures.front().message;
  }

  PartitionOptions options_;
  std::map<std::string, std::string> environment_;
  std::vector<std::string> warnings_;
};

TEST_F(PartitionCsvTest, ReadsNumbersInEveryField) {
  const PartitionRow row = Row("factory, 0, 2, 65536, 1048576,");
  EXPECT_EQ(row.name, "factory");
  EXPECT_EQ(row.type, 0);
  EXPECT_EQ(row.subtype, 2);
  EXPECT_EQ(row.offset, 65536U);
  EXPECT_EQ(row.size, 1048576U);
  EXPECT_EQ(row.flags, 0U);
}

TEST_F(PartitionCsvTest, ReadsKeywordsWithoutRegardToCase) {
  EXPECT_EQ(Row("x, App, FACTORY, , 1M").subtype, 0x00);
  EXPECT_EQ(Row("x, app, ota_15, , 1M").subtype, 0x1F);
  EXPECT_EQ(Row("x, app, test, , 1M").subtype, 0x20);
  EXPECT_EQ(Row("x, DATA, ota, , 0x2000").subtype, 0x00);
  EXPECT_EQ(Row("x, data, littlefs, , 1M").subtype, 0x83);
}

TEST_F(PartitionCsvTest, TakesAnEmptySubtypeAsUndefinedButNotForAnApp) {
  EXPECT_EQ(Row("x, data, , , 4K").subtype, 0x06);
  EXPECT_EQ(Row("x, 0x40, , , 4K").subtype, 0x06);
  EXPECT_THAT(Refusal("x, app, , , 1M"), HasSubstr("line 1, field subtype: expected one of"));
}

TEST_F(PartitionCsvTest, PlacesRowsWithoutOffsetAppsOn64KibAndOthersOnSectors) {
  const auto rows = Parse(
      "a,data,0x40,,0x1001\n"
      "b,data,0x41,,3\n"
      "c,app,ota_0,,4K\n"
      "d,data,0x42,,0x10\n"
      "e,app,ota_1,,4K\n");
  ASSERT_TRUE(rows);
  std::vector<std::uint64_t> offsets;
  for (const PartitionRow& row : *rows) offsets.push_back(row.offset);
  EXPECT_THAT(offsets, ElementsAre(0x9000, 0xB000, 0x10000, 0x11000, 0x20000));
}

TEST_F(PartitionCsvTest, TakesANegativeSizeAsTheAddressOfTheEnd) {
  EXPECT_EQ(Row("x, app, factory, 0x10000, -2M").size, 0x200000U - 0x10000U);
  EXPECT_THAT(Refusal("x, app, factory, 0x210000, -2M"),
              AllOf(HasSubstr("line 1, field size: expected an end at 0x210000 or higher"),
                    HasSubstr("found 0x200000")));
}

TEST_F(PartitionCsvTest, RefusesAnOffsetBelowTheEndOfTheRowBefore) {
  EXPECT_THAT(Refusal("# heading\na,app,factory,0x100000,2M\nb,app,ota_0,0x200000,1M\n"),
              AllOf(HasSubstr("line 3, field offset: expected 0x300000 or higher, found 0x200000"),
                    HasSubstr("overlap"), HasSubstr("'a' of line 2")));
  EXPECT_THAT(Refusal("nvs,data,nvs,0,0x6000"),
              AllOf(HasSubstr("line 1"), HasSubstr("0x9000 or higher, found 0x0"),
                    HasSubstr("the partition table at 0x8000")));
  EXPECT_THAT(Refusal("nvs,data,nvs,-4096,0x6000"), HasSubstr("found -0x1000"));
}

TEST_F(PartitionCsvTest, GivesBootloaderAndTableRowsTheirFixedPlaces) {
  options_.table_offset = 0x9000;
  options_.primary_bootloader_offset = 0x1000;
  options_.recovery_bootloader_offset = 0x200000;
  const auto rows = Parse(
      "b,bootloader,primary,N/A,N/A\n"
      "t,partition_table,primary,N/A,N/A\n"
      "factory,app,factory,,1M\n"
      "b2,bootloader,ota,,N/A\n"
      "t2,partition_table,ota,,N/A\n"
      "r,bootloader,recovery,N/A,N/A\n");
  ASSERT_TRUE(rows) << rows.failure().message;
  std::vector<std::pair<std::uint64_t, std::uint64_t>> places;
  for (const PartitionRow& row : *rows) places.emplace_back(row.offset, row.size);
  const std::vector<std::pair<std::uint64_t, std::uint64_t>> expected{
      {0x1000, 0x8000},   {0x9000, 0x1000},   {0x10000, 0x100000},
      {0x110000, 0x8000}, {0x118000, 0x1000}, {0x200000, 0x8000}};
  EXPECT_EQ(places, expected);
  EXPECT_THAT(JudgePartitions(*rows, options_, warnings_), IsEmpty());
}

TEST_F(PartitionCsvTest, AsksForTheBootloaderOffsetsThatARowNeeds) {
  EXPECT_THAT(Refusal("b,bootloader,primary,N/A,N/A"), HasSubstr("--primary-bootloader-offset"));
  EXPECT_THAT(Refusal("b,bootloader,ota,,N/A"), HasSubstr("--primary-bootloader-offset"));
  options_.primary_bootloader_offset = 0;
  EXPECT_THAT(Refusal("b,bootloader,recovery,,"), HasSubstr("--recovery-bootloader-offset"));
  options_.primary_bootloader_offset = 0x8000;
  EXPECT_THAT(Refusal("nvs,data,nvs,,0x3000"),
              HasSubstr("expected an offset below the partition table's 0x8000, found 0x8000"));
}

TEST_F(PartitionCsvTest, NamesLineFieldExpectedAndFoundOfABadField) {
  EXPECT_THAT(Refusal("\n\nihavenotype,"), HasSubstr("line 3, field type: expected one of app"));
  EXPECT_THAT(Refusal("x,firmware,0,,1M"), HasSubstr("found 'firmware'"));
  EXPECT_THAT(Refusal("x,256,0,,1M"), HasSubstr("a number from 0 to 255, found '256'"));
  EXPECT_THAT(Refusal("x,app,ota_16,,1M"), HasSubstr("field subtype"));
  EXPECT_THAT(Refusal("x,data,nvs,0xZZ,1M"), HasSubstr("field offset: expected a number"));
  EXPECT_THAT(Refusal("x,data,nvs,,"), HasSubstr("field size: expected a number"));
  EXPECT_THAT(Refusal("x,data,nvs,,5G"), HasSubstr("field size"));
  EXPECT_THAT(Refusal("x,data,nvs,,4294967296"), HasSubstr("below 4 GiB"));
  EXPECT_THAT(Refusal("x,data,nvs,,4K,secret"), HasSubstr("found 'secret'"));
  EXPECT_THAT(Refusal("x,data,nvs,,4K,encrypted: readonly"), HasSubstr("found ' readonly'"));
}

TEST_F(PartitionCsvTest, RefusesAPlaceBeyond4GibInsteadOfWrapping) {
  EXPECT_THAT(Refusal("a,data,0x40,0x10000,0xFFFFFFFF\nb,data,0x41,,4K\n"),
              AllOf(HasSubstr("line 2, field offset"), HasSubstr("below 4 GiB")));
}

TEST_F(PartitionCsvTest, ReadsFlagsInAnyOrder) {
  EXPECT_EQ(Row("x,data,0x40,,4K,encrypted").flags, 1U);
  EXPECT_EQ(Row("x,data,0x40,,4K,readonly:encrypted").flags, 3U);
  EXPECT_EQ(Row("x,data,0x40,,4K,:readonly:").flags, 2U);
  EXPECT_EQ(Row("x,data,0x40,,4K,encrypted,ignored").flags, 1U);
}

TEST_F(PartitionCsvTest, ExpandsVariablesOfTheEnvironment) {
  environment_ = {{"SIZE", "64K"}, {"NAME_1", "store"}, {"ROW", "a,data,0x40,,4K"}};
  const PartitionRow row = Row("${NAME_1}x,data,0x40,,$SIZE");
  EXPECT_EQ(row.name, "storex");
  EXPECT_EQ(row.size, 65536U);
  EXPECT_EQ(Row("$ROW").name, "a");
}

TEST_F(PartitionCsvTest, RefusesAnUnknownVariableUnlessItIsEscaped) {
  EXPECT_THAT(Refusal("# $NOTHING\n$NOTHING,data,0x40,,4K"),
              HasSubstr("line 2: expected $NOTHING in the environment"));
  EXPECT_THAT(Refusal("a,data,0x40,,$NOTHING"), HasSubstr("$NOTHING"));
  EXPECT_EQ(Row("\\$NOTHING,data,0x40,,4K").name, "\\$NOTHING");
  EXPECT_EQ(Row("5$,data,0x40,,4K").name, "5$");
}

TEST_F(PartitionCsvTest, DropsTheByteOrderMarkAndKeepsNamesInUtf8) {
  const auto rows = Parse("\xEF\xBB\xBFphy_инит_,data,phy,,0x1000");
  ASSERT_TRUE(rows);
  EXPECT_EQ(rows->at(0).name, "phy_инит_");
  EXPECT_THAT(warnings_, IsEmpty());
}

TEST_F(PartitionCsvTest, WarnsOfANameThatTheTableCutsShort) {
  EXPECT_EQ(Row("abcdefghijklmnop,data,nvs,,0x3000").name.size(), 16U);
  EXPECT_THAT(warnings_, IsEmpty());
  EXPECT_EQ(Row("abcdefghijklmnopq,data,nvs,,0x3000").name.size(), 17U);
  EXPECT_THAT(warnings_, ElementsAre(HasSubstr("expected at most 16 bytes, found 17")));
}

TEST_F(PartitionCsvTest, JudgesAlignment) {
  EXPECT_THAT(Judged("a,app,factory,0x18000,1M"), HasSubstr("offset 0x18000 is not aligned"));
  EXPECT_THAT(Judged("nvs,data,nvs,0x9420,0x6000"), HasSubstr("is not aligned to 0x1000"));
  EXPECT_THAT(Judged("a,app,factory,,0x100800"), HasSubstr("size 0x100800 is not aligned"));
  EXPECT_EQ(Judged("a,app,factory,,0x101000"), "");
  options_.secure = SecureBootScheme::kV2;
  EXPECT_EQ(Judged("a,app,factory,,0x101000"), "");
  options_.secure = SecureBootScheme::kV1;
  EXPECT_THAT(Judged("a,app,factory,,0x101000"), HasSubstr("is not aligned to 0x10000"));
}

TEST_F(PartitionCsvTest, JudgesNamesOtadataReadonlyAndNvs) {
  EXPECT_THAT(Judged("a,app,factory,,1M\na,app,ota_0,,1M"),
              AllOf(HasSubstr("line 2"), HasSubstr("names must be unique")));
  EXPECT_THAT(Judged("o,data,ota,,0x3000"), HasSubstr("expected 0x2000"));
  EXPECT_THAT(Judged("o,data,ota,,0x2000\np,data,ota,,0x2000"), HasSubstr("multiple otadata"));
  EXPECT_THAT(Judged("o,data,tee_ota,,0x1000"), HasSubstr("TEE otadata"));
  EXPECT_THAT(Judged("o,data,ota,,0x2000,readonly"), HasSubstr("always written"));
  EXPECT_THAT(Judged("o,data,coredump,,64K,readonly"), HasSubstr("always written"));
  EXPECT_THAT(Judged("n,data,nvs,,0x2000"), HasSubstr("at least 0x3000"));
  EXPECT_EQ(Judged("n,data,nvs,,0x2000,readonly"), "");
  EXPECT_EQ(Judged(",data,nvs,,0x3000"), "");  // a name may be empty
}

TEST_F(PartitionCsvTest, OnlyWarnsOfANameThatIsAnotherTypeOrSubtype) {
  EXPECT_EQ(Judged("app,data,nvs,,0x3000\nota_0,app,ota_1,,1M"), "");
  EXPECT_THAT(warnings_,
              ElementsAre(HasSubstr("the name of a type"), HasSubstr("the name of a subtype")));
  warnings_.clear();
  EXPECT_EQ(Judged("ota_0,app,ota_0,,1M\nnvs,data,nvs,,0x3000"), "");
  EXPECT_THAT(warnings_, IsEmpty());
}

TEST_F(PartitionCsvTest, JudgesTheFlashSizeByTheEndOfTheLastPartition) {
  const auto rows = Parse("factory,app,factory,0x10000,0x3f0000");
  ASSERT_TRUE(rows);
  EXPECT_FALSE(JudgeFlashSize(*rows, options_));
  options_.flash_size = 4 << 20;
  EXPECT_FALSE(JudgeFlashSize(*rows, options_));
  options_.flash_size = (4 << 20) - 1;
  EXPECT_THAT(JudgeFlashSize(*rows, options_)->message, HasSubstr("does not fit"));
}

TEST_F(PartitionCsvTest, BuildsTheTableOfTheFormatsTestVector) {
  const auto rows = Parse(
      "nvs,data,nvs,,0x4000\notadata,data,ota,,0x2000\nphy_init,data,phy,,0x1000\n"
      "factory,app,factory,,1M\nota_0,app,ota_0,,1M\nota_1,app,ota_1,,1M\n");
  ASSERT_TRUE(rows);
  OpensslCrypto crypto;
  const auto table = BuildPartitionTable(*rows, options_, crypto);
  ASSERT_TRUE(table);
  EXPECT_EQ(table->size(), 3072U);
  const auto digest = Sha256(crypto, *table);
  ASSERT_TRUE(digest);
  EXPECT_EQ(HexText(*digest), "d1c0e9d02fa9d26cd2e1984e7b5dd20157204f501ddc83ce82229e5f3175ee8b");
  EXPECT_EQ(HexText(Bytes(*table).subspan(0xD0, 16)), "bf25822c0fa6d8641bd930251e06b4c4");
}

TEST_F(PartitionCsvTest, WritesTheMd5OfARowWithNumbersOnly) {
  const auto rows = Parse("first, 0x30, 0xEE, 0x100400, 0x300000");
  ASSERT_TRUE(rows);
  OpensslCrypto crypto;
  const auto table = BuildPartitionTable(*rows, options_, crypto);
  ASSERT_TRUE(table);
  EXPECT_EQ(HexText(Bytes(*table).first(12)), "aa5030ee0004100000003000");
  EXPECT_EQ(HexText(Bytes(*table).subspan(32, 32)),
            "ebebffffffffffffffffffffffffffff43033f334087575169839b4061b12726");
  options_.md5 = false;
  const auto bare = BuildPartitionTable(*rows, options_, crypto);
  ASSERT_TRUE(bare);
  EXPECT_EQ((*bare)[32], 0xFF);
}

TEST_F(PartitionCsvTest, RefusesMoreRowsThanATableHolds) {
  std::vector<PartitionRow> rows(94);
  OpensslCrypto crypto;
  EXPECT_TRUE(BuildPartitionTable(rows, options_, crypto));
  rows.emplace_back();
  EXPECT_THAT(BuildPartitionTable(rows, options_, crypto).failure().message,
              HasSubstr("at most 94 partitions, found 95"));
  options_.md5 = false;
  EXPECT_TRUE(BuildPartitionTable(rows, options_, crypto));
  rows.emplace_back();
  EXPECT_FALSE(BuildPartitionTable(rows, options_, crypto));
}

TEST_F(PartitionCsvTest, PrintsRowsAsTheGeneratorDoes) {
  const auto rows = Parse(
      "nvs,data,nvs,,16K\nro,data,0x99,0xD000,0x800,encrypted:readonly\nx,66,7,,1025\n"
      "app,app,factory,,1M");
  ASSERT_TRUE(rows);
  EXPECT_EQ(PartitionCsv(*rows, options_.names),
            "# ESP-IDF Partition Table\n"
            "# Name, Type, SubType, Offset, Size, Flags\n"
            "nvs,data,nvs,0x9000,16K,\n"
            "ro,data,153,0xd000,2K,encrypted:readonly\n"
            "x,66,7,0xe000,0x401,\n"
            "app,app,factory,0x10000,1M,\n");
}

TEST_F(PartitionCsvTest, KnowsSubtypesThatAProjectAdds) {
  ASSERT_FALSE(options_.names.AddSubtype("app, my_app, 0x41"));
  ASSERT_FALSE(options_.names.AddSubtype("data,My_Data,FE"));
  EXPECT_EQ(Row("x,app,my_app,,1M").subtype, 0x41);
  EXPECT_EQ(Row("x,data,MY_DATA,,4K").subtype, 0xFE);
}

TEST_F(PartitionCsvTest, RefusesAnExtraSubtypeThatIsNotOne) {
  for (const char* triple :
       {"app, x", "nothing, x, 0x41", "app, x, 0x141", "app, x, zz", "app,,0x41",
        "app, factory, 0x41", "app, x, 0x10", "app, x, 0x41, 1"}) {
    EXPECT_TRUE(options_.names.AddSubtype(triple)) << triple;
  }
}

}  // namespace
}  // namespace updraft
