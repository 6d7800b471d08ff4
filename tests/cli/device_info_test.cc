// SPDX-License-Identifier: Apache-2.0
// `updraft device info`: the map on a terminal, plain lines elsewhere, JSON.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>
#include <sstream>
#include <string>

#include "ports/host/crypto_openssl.h"
#include "testing/test_image.h"
#include "tests/cli/run_tool.h"
#include "tests/cli/started_tool.h"

namespace updraft {
namespace {

using Json = nlohmann::json;
using testing::AllOf;
using testing::HasSubstr;
using testing::Not;

class DeviceInfo : public testing::Test {
 protected:
  DeviceInfo() {
    EXPECT_EQ(RunTool({"device", "new", device_, "--chip", "esp32c3"}).exit_code, 0);
    image_ = TestImage{.version = "1.2.3"}.WithRamSegment(400'000).Build(crypto_);
    WriteText(folder_ / "app.bin", {image_.begin(), image_.end()});
    EXPECT_EQ(RunTool({"device", "install", device_, folder_ / "app.bin"}).exit_code, 0);
  }

  std::string OnTerminal(const StartedTool::Environment& environment,
                         unsigned short columns = 100) {
    auto tool = StartedTool::OnTerminal({"device", "info", device_}, environment, columns);
    EXPECT_EQ(tool.Finish(), 0) << tool.said();
    return tool.said();
  }

  OpensslCrypto crypto_;
  TemporaryFolder folder_;
  std::string device_ = folder_ / "device";
  std::vector<std::uint8_t> image_;
};

TEST_F(DeviceInfo, DrawsTheFlashOnATerminal) {
  const std::string drawn = OnTerminal({{"TERM", "xterm"}, {"NO_COLOR", ""}});
  EXPECT_THAT(drawn, AllOf(HasSubstr("otadata"), HasSubstr("data/nvs"), HasSubstr("##"),
                           HasSubstr("29%"), HasSubstr("test 1.2.3"), HasSubstr("\x1b[32m")));
}

// On a terminal only: scripts read the table.
TEST_F(DeviceInfo, OfAnImageDrawsWhereItsSegmentsLie) {
  const std::string path = folder_ / "image.bin";
  WriteText(path, {image_.begin(), image_.end()});
  auto tool = StartedTool::OnTerminal({"image", "info", path}, {}, 100);
  EXPECT_EQ(tool.Finish(), 0) << tool.said();
  EXPECT_THAT(tool.said(), testing::ContainsRegex("\\[[.]*#+[.]*\\]"));
  EXPECT_THAT(RunTool({"image", "info", path}).out, Not(HasSubstr("#")));
}

TEST_F(DeviceInfo, DrawsWithoutColourWhereNobodyWantsIt) {
  EXPECT_THAT(OnTerminal({{"TERM", "xterm"}, {"NO_COLOR", "1"}}),
              AllOf(HasSubstr("##"), Not(HasSubstr("\x1b"))));
  EXPECT_THAT(OnTerminal({{"TERM", "dumb"}}), Not(HasSubstr("\x1b")));
}

TEST_F(DeviceInfo, KeepsWithinTheTerminal) {
  std::istringstream lines(OnTerminal({{"NO_COLOR", "1"}}, 80));
  for (std::string line; std::getline(lines, line);) {
    if (!line.empty() && line.back() == '\r') line.pop_back();
    // The sentence about the journal is prose.
    EXPECT_LE(line.size(), 80U) << line;
  }
}

TEST_F(DeviceInfo, PrintsPlainLinesElsewhere) {
  const ToolRun run = RunTool({"device", "info", device_}, {.environment = {{"TERM", "xterm"}}});
  EXPECT_THAT(run.out,
              AllOf(HasSubstr("* factory"), HasSubstr("test 1.2.3"), HasSubstr("valid, 29% full"),
                    Not(HasSubstr("##")), Not(HasSubstr("\x1b"))));
}

TEST_F(DeviceInfo, GivesScriptsEveryPartitionAndHowLongAnImageIs) {
  const Json json = Json::parse(RunTool({"device", "info", device_, "--json"}).out);
  ASSERT_EQ(json.at("slots").size(), 3U);
  EXPECT_EQ(json.at("slots").at(0).at("image_length").get<std::size_t>(), image_.size());
  EXPECT_TRUE(json.at("slots").at(1).at("image_length").is_null());
  ASSERT_EQ(json.at("partitions").size(), 6U);
  EXPECT_EQ(json.at("partitions").at(0).at("name").get<std::string>(), "nvs");
  EXPECT_EQ(json.at("partitions").at(0).at("subtype_name").get<std::string>(), "nvs");
}

}  // namespace
}  // namespace updraft
