// SPDX-License-Identifier: Apache-2.0
// `updraft slots choose`, run as a process: what scripts read, and what it says of
// files and names that are none.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "tests/cli/run_tool.h"

namespace updraft {
namespace {

using nlohmann::json;
using testing::HasSubstr;
using testing::IsEmpty;

class SlotsTool : public testing::Test {
 protected:
  SlotsTool() {
    Table("otadata,data,ota,0xd000,0x2000\nota_0,app,ota_0,0x10000,1M\nota_1,app,ota_1,,1M\n");
    WriteText(folder_ / "otadata.bin", std::string(0x2000, '\xFF'));
  }

  void Table(const std::string& csv) {
    WriteText(folder_ / "table.csv", csv);
    const ToolRun made =
        RunTool({"partitions", "make", folder_ / "table.csv", folder_ / "table.bin"});
    EXPECT_EQ(made.exit_code, 0) << made.err;
  }
  ToolRun Choose(std::vector<std::string> more = {}, const std::string& table = "table.bin",
                 const std::string& otadata = "otadata.bin") {
    std::vector<std::string> arguments{"slots",     "choose",          "--table", folder_ / table,
                                       "--otadata", folder_ / otadata, "--json"};
    arguments.insert(arguments.end(), more.begin(), more.end());
    return RunTool(arguments);
  }

  TemporaryFolder folder_;
};

TEST_F(SlotsTool, SaysWhatTheBootloaderDoesWithErasedOtadata) {
  const ToolRun run = Choose();
  EXPECT_EQ(run.exit_code, 0);
  EXPECT_THAT(run.err, IsEmpty());
  const json said = json::parse(run.out);
  EXPECT_EQ(said.at("selected"), "ota_0");
  EXPECT_EQ(said.at("boots"), "ota_0");
  EXPECT_EQ(said.at("try_order"), (json{"ota_0", "ota_1"}));
  EXPECT_EQ(said.at("otadata_after"),
            (json{"01000000ffffffffffffffffffffffffffffffffffffffff020000009a984347",
                  std::string(64, 'f')}));
}

TEST_F(SlotsTool, GoesRoundImagesThatAreInvalidOrTooOld) {
  const auto boots = [&](const std::vector<std::string>& more) {
    const ToolRun run = Choose(more);
    const json said = json::parse(run.out);
    EXPECT_EQ(run.exit_code, said.at("boots").is_null() ? 1 : 0);
    return said.at("boots");
  };
  EXPECT_EQ(boots({"--invalid", "ota_0"}), "ota_1");
  EXPECT_EQ(boots({"--invalid", "ota_0", "--invalid", "ota_1"}), nullptr);
  EXPECT_EQ(boots({"--secure-version", "2", "--image-secure-version", "ota_1=2"}), "ota_1");
  EXPECT_EQ(boots({"--secure-version", "3", "--image-secure-version", "ota_1=2"}), nullptr);
}

TEST_F(SlotsTool, SaysTheSameKeysWhereItCannotChoose) {
  WriteText(folder_ / "none.bin", std::string(0xC00, '\0'));
  const auto refused = [&](const std::string& table, const std::string& otadata) {
    const ToolRun run = Choose({}, table, otadata);
    EXPECT_EQ(run.exit_code, 1);
    EXPECT_THAT(run.err, HasSubstr("expected"));
    const json said = json::parse(run.out);
    EXPECT_EQ(said.at("selected"), nullptr);
    EXPECT_EQ(said.at("boots"), nullptr);
    EXPECT_THAT(said.at("try_order"), IsEmpty());
    EXPECT_TRUE(said.contains("otadata_after"));
    return said.at("reason").get<std::string>();
  };
  EXPECT_EQ(refused("absent", "otadata.bin"), "not_found");
  EXPECT_EQ(refused("table.bin", "absent"), "not_found");
  EXPECT_EQ(refused("none.bin", "otadata.bin"), "bad_partition_table");
}

TEST_F(SlotsTool, WarnsOfANameThatNoSlotHas) {
  const ToolRun run = Choose({"--invalid", "ota_7", "--image-secure-version", "otadata=1"});
  EXPECT_EQ(run.exit_code, 0);
  EXPECT_EQ(json::parse(run.out).at("boots"), "ota_0");
  EXPECT_THAT(run.err, HasSubstr("--invalid: expected the name of a slot in the table, found "
                                 "'ota_7'"));
  EXPECT_THAT(run.err, HasSubstr("--image-secure-version: expected the name of a slot"));
  for (const char* const wrong : {"ota_0", "ota_0=", "ota_0=x", "ota_0=4294967296"}) {
    EXPECT_EQ(Choose({"--image-secure-version", wrong}).exit_code, 2) << wrong;
  }
}

}  // namespace
}  // namespace updraft
