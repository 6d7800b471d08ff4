// SPDX-License-Identifier: Apache-2.0
// `updraft partitions make|show`, run as a process.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "tests/cli/run_tool.h"

namespace updraft {
namespace {

using testing::AllOf;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::StartsWith;

constexpr const char* kCsv =
    "# Name, Type, SubType, Offset, Size, Flags\n"
    "nvs,data,nvs,,0x4000\notadata,data,ota,,0x2000\n"
    "ota_0,app,ota_0,,1M\nota_1,app,ota_1,,1M\n";

class PartitionsTool : public testing::Test {
 protected:
  ToolRun Make(const std::string& csv, std::vector<std::string> options = {}) {
    WriteText(folder_ / "in.csv", csv);
    options.insert(options.begin(),
                   {"partitions", "make", folder_ / "in.csv", folder_ / "out.bin"});
    return RunTool(options);
  }
  bool Made() const { return std::filesystem::exists(folder_ / "out.bin"); }

  TemporaryFolder folder_;
};

TEST_F(PartitionsTool, SaysThatATableIsEmpty) {
  const std::string empty = folder_ / "empty";
  WriteText(empty, "");
  for (const std::vector<std::string>& words : std::vector<std::vector<std::string>>{
           {"partitions", "show", empty},
           {"slots", "choose", "--table", empty, "--otadata", empty},
           {"device", "new", folder_ / "device", "--partitions", empty}}) {
    const ToolRun run = RunTool(words);
    EXPECT_EQ(run.exit_code, 1);
    EXPECT_EQ(run.err, "updraft: " + empty +
                           ": expected a partition table, found an empty file; write a table made "
                           "by 'updraft partitions make'.\n");
  }
  WriteText(empty, "# nothing but a comment\n");
  const ToolRun run = RunTool({"device", "new", folder_ / "device", "--partitions", empty});
  EXPECT_EQ(run.exit_code, 1);
  EXPECT_THAT(run.err, HasSubstr("expected rows of a partition table, found none"));
  EXPECT_FALSE(std::filesystem::exists(folder_ / "device"));
}

TEST_F(PartitionsTool, MakesATableWithoutRowsAsTheGeneratorDoesAndWarns) {
  for (const char* csv : {"", "# nothing but a comment\n"}) {
    const ToolRun run = Make(csv, {"--quiet"});
    EXPECT_EQ(run.exit_code, 0) << run.err;
    EXPECT_EQ(run.err, "updraft: warning: " + (folder_ / "in.csv").string() +
                           ": expected rows of a partition table, found none; nothing boots from "
                           "such a table.\n");
    EXPECT_EQ(std::filesystem::file_size(folder_ / "out.bin"), 3072U);
  }
}

TEST_F(PartitionsTool, SaysHowLargeAFlashHasToBe) {
  ASSERT_EQ(Make(kCsv).exit_code, 0);
  const std::string table = folder_ / "out.bin";
  for (const std::vector<std::string>& words : std::vector<std::vector<std::string>>{
           {"partitions", "show", table, "--flash-size", "1MB"},
           {"device", "new", folder_ / "device", "--chip", "esp32", "--flash-size", "1MB",
            "--partitions", table}}) {
    const ToolRun run = RunTool(words);
    EXPECT_EQ(run.exit_code, 1);
    EXPECT_THAT(run.err, HasSubstr("the partition table does not fit into the flash: expected an "
                                   "end within 1048576 bytes (1 MiB), found an end at 1114112"));
  }
  const ToolRun run = RunTool({"device", "new", folder_ / "device", "--flash-size", "36K"});
  EXPECT_EQ(run.exit_code, 1);
  EXPECT_THAT(run.err,
              HasSubstr("expected a flash of 262144 bytes or more, for a partition table, its data "
                        "and three slots of 64 KiB, found one of 36864 bytes;"));
}

TEST_F(PartitionsTool, MakesATableAndShowsItAgain) {
  const ToolRun made = Make(kCsv);
  ASSERT_EQ(made.exit_code, 0) << made.err;
  EXPECT_EQ(FileText(folder_ / "out.bin").size(), 3072U);
  const ToolRun shown = RunTool({"partitions", "show", folder_ / "out.bin"});
  EXPECT_EQ(shown.exit_code, 0);
  EXPECT_EQ(shown.out,
            "# ESP-IDF Partition Table\n# Name, Type, SubType, Offset, Size, Flags\n"
            "nvs,data,nvs,0x9000,16K,\notadata,data,ota,0xd000,8K,\n"
            "ota_0,app,ota_0,0x10000,1M,\nota_1,app,ota_1,0x110000,1M,\n");
  EXPECT_THAT(shown.err, IsEmpty());
}

TEST_F(PartitionsTool, ShowsJsonWithNumbersAndNothingElseOnStandardOutput) {
  ASSERT_EQ(Make(kCsv).exit_code, 0);
  const ToolRun shown = RunTool({"partitions", "show", folder_ / "out.bin", "--json"});
  ASSERT_EQ(shown.exit_code, 0);
  const auto json = nlohmann::json::parse(shown.out);
  ASSERT_EQ(json.at("partitions").size(), 4U);
  const auto row = json.at("partitions").at(2);
  EXPECT_EQ(row.at("name"), "ota_0");
  EXPECT_EQ(row.at("type"), 0);
  EXPECT_EQ(row.at("subtype"), 16);
  EXPECT_EQ(row.at("offset"), 65536);
  EXPECT_EQ(row.at("size"), 1048576);
  EXPECT_EQ(row.at("flags"), 0);
}

TEST_F(PartitionsTool, ReadsAndWritesTheStandardStreams) {
  const ToolRun made = RunTool({"partitions", "make", "-", "-"}, {.input = kCsv});
  EXPECT_EQ(made.exit_code, 0);
  ASSERT_EQ(made.out.size(), 3072U);
  EXPECT_EQ(RunTool({"partitions", "show", "-"}, {.input = made.out}).exit_code, 0);
}

TEST_F(PartitionsTool, RefusesABadCsvWithOneSentenceAndLeavesNoFile) {
  const ToolRun run = Make("nvs,data,nvs,0x9420,0x6000\n");
  EXPECT_EQ(run.exit_code, 1);
  EXPECT_THAT(run.out, IsEmpty());
  EXPECT_THAT(run.err, AllOf(StartsWith("updraft: "), HasSubstr("in.csv: line 1"),
                             HasSubstr("field offset"), HasSubstr("0x9420 is not aligned")));
  EXPECT_FALSE(Made());
}

TEST_F(PartitionsTool, TakesTheGeneratorsOptions) {
  EXPECT_EQ(Make("a,app,ota_0,,0x101000", {"--secure", "v2"}).exit_code, 0);
  EXPECT_EQ(Make("a,app,ota_0,,0x101000", {"--secure", "v1"}).exit_code, 1);
  EXPECT_EQ(Make("a,app,ota_0,,0x101000", {"--secure"}).exit_code, 1);
  EXPECT_EQ(Make("a,app,ota_0,,5M", {"--flash-size", "4MB"}).exit_code, 1);
  EXPECT_EQ(Make("a,app,ota_0,,5M", {"--flash-size", "8MB"}).exit_code, 0);
  EXPECT_EQ(Make("o,data,ota,,0x1000", {"--no-verify"}).exit_code, 0);
  EXPECT_EQ(Make("a,data,nvs,,0x3000", {"--disable-md5"}).exit_code, 0);
  EXPECT_EQ(FileText(folder_ / "out.bin").substr(32, 2), "\xFF\xFF");
  const ToolRun quiet = Make("a,data,nvs,,0x3000", {"--quiet"});
  EXPECT_EQ(quiet.exit_code, 0);
  EXPECT_EQ(quiet.out + quiet.err, "");
}

TEST_F(PartitionsTool, TakesExtraSubtypesUpToTheDoubleDash) {
  WriteText(folder_ / "in.csv", "a,app,mine,,1M\nb,data,other,,4K\n");
  const ToolRun run =
      RunTool({"partitions", "make", "--extra-partition-subtypes", "app, mine, 0x41",
               "data, other, 0xFE", "--", folder_ / "in.csv", folder_ / "out.bin"});
  EXPECT_EQ(run.exit_code, 0) << run.err;
  EXPECT_EQ(FileText(folder_ / "out.bin").at(3), 0x41);
  EXPECT_EQ(Make("a,app,mine,,1M", {"--extra-partition-subtypes", "app, mine"}).exit_code, 1);
}

TEST_F(PartitionsTool, ExpandsTheEnvironment) {
  WriteText(folder_ / "in.csv", "a,app,ota_0,,${UPDRAFT_TEST_SIZE}\n");
  const ToolRun run = RunTool({"partitions", "make", folder_ / "in.csv", folder_ / "out.bin"},
                              {.environment = {{"UPDRAFT_TEST_SIZE", "2M"}}});
  EXPECT_EQ(run.exit_code, 0) << run.err;
  EXPECT_THAT(RunTool({"partitions", "show", folder_ / "out.bin"}).out,
              HasSubstr("a,app,ota_0,0x10000,2M,"));
}

TEST_F(PartitionsTool, WarnsOfANameThatIsASubtypeButMakesTheTable) {
  const ToolRun run = Make("ota_1,app,ota_0,,1M");
  EXPECT_EQ(run.exit_code, 0);
  EXPECT_THAT(run.err, StartsWith("updraft: warning: "));
  EXPECT_TRUE(Made());
}

TEST_F(PartitionsTool, RefusesABinaryAsCsvAndAnAbsentFile) {
  ASSERT_EQ(Make(kCsv).exit_code, 0);
  const ToolRun binary =
      RunTool({"partitions", "make", folder_ / "out.bin", folder_ / "again.bin"});
  EXPECT_EQ(binary.exit_code, 1);
  EXPECT_THAT(binary.err, HasSubstr("'updraft partitions show'"));
  EXPECT_EQ(RunTool({"partitions", "make", folder_ / "none", folder_ / "x"}).exit_code, 1);
}

TEST_F(PartitionsTool, ShowJudgesByTheFlashSize) {
  ASSERT_EQ(Make("a,app,ota_0,,5M").exit_code, 0);
  const ToolRun refused = RunTool({"partitions", "show", folder_ / "out.bin", "--json"});
  EXPECT_EQ(refused.exit_code, 1);
  const auto json = nlohmann::json::parse(refused.out);
  EXPECT_EQ(json.at("reason"), "bad_partition_table");
  EXPECT_THAT(json.at("message").get<std::string>(), HasSubstr("expected"));
  EXPECT_EQ(RunTool({"partitions", "show", folder_ / "out.bin", "--flash-size", "8MB"}).exit_code,
            0);
}

TEST_F(PartitionsTool, ShowWarnsOfWhatOnlyTheGeneratorRefuses) {
  ASSERT_EQ(Make("o,data,ota,,0x1000", {"--no-verify"}).exit_code, 0);
  const ToolRun shown = RunTool({"partitions", "show", folder_ / "out.bin", "--json"});
  EXPECT_EQ(shown.exit_code, 0);
  EXPECT_THAT(shown.err,
              AllOf(StartsWith("updraft: warning: "), HasSubstr("the generator refuses")));
  EXPECT_TRUE(nlohmann::json::accept(shown.out));
}

TEST_F(PartitionsTool, ReportsAFullOutput) {
  WriteText(folder_ / "in.csv", kCsv);
  const ToolRun run = RunTool({"partitions", "make", folder_ / "in.csv", "/dev/full"});
  EXPECT_EQ(run.exit_code, 1);
  EXPECT_THAT(run.err, HasSubstr("No space left on device"));
}

}  // namespace
}  // namespace updraft
