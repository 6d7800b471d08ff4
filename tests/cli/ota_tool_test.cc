// SPDX-License-Identifier: Apache-2.0
// What Espressif's example of its otatool does with a board (conformance H), done
// with a device folder.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "ports/host/crypto_openssl.h"
#include "testing/test_image.h"
#include "tests/cli/run_tool.h"

namespace updraft {
namespace {

using Json = nlohmann::json;

class OtaTool : public testing::Test {
 protected:
  OtaTool() {
    const auto image = TestImage{.version = "1.0.0"}.WithRamSegment(9000).Build(crypto_);
    WriteText(folder_ / "app.bin", {image.begin(), image.end()});
    Must({"new", device_, "--chip", "esp32c3"});
    Must({"install", device_, folder_ / "app.bin"});
    Must({"read", device_, folder_ / "slot.bin", "--partition", "factory"});
    for (const char* slot : {"ota_0", "ota_1"}) {
      Must({"write", device_, folder_ / "slot.bin", "--partition", slot});
      Must({"read", device_, folder_ / "back.bin", "--partition", slot});
      EXPECT_TRUE(FileText(folder_ / "back.bin") == FileText(folder_ / "slot.bin"));
    }
  }

  static void Must(std::vector<std::string> arguments) {
    arguments.insert(arguments.begin(), "device");
    const ToolRun run = RunTool(arguments);
    EXPECT_EQ(run.exit_code, 0) << arguments[1] << ": " << run.err;
  }
  // What really boots, as a board would tell on its console.
  std::string Boots() {
    EXPECT_EQ(RunTool({"boot", device_}).exit_code, 0);
    return Json::parse(RunTool({"device", "info", device_, "--json"}).out, nullptr, false)
        .value("running", "nothing");
  }

  OpensslCrypto crypto_;
  TemporaryFolder folder_;
  std::string device_ = folder_ / "device";
};

TEST_F(OtaTool, H1BootsTheSlotThatWasSwitchedTo) {
  Must({"reset-otadata", device_});
  EXPECT_EQ(Boots(), "factory");
  Must({"select", device_, "ota_0"});
  EXPECT_EQ(Boots(), "ota_0");
  Must({"select", device_, "ota_1"});
  Must({"select", device_, "ota_1"});
  EXPECT_EQ(Boots(), "ota_1");
  Must({"select", device_, "ota_0"});
  Must({"select", device_, "ota_0"});
  EXPECT_EQ(Boots(), "ota_0");
  Must({"reset-otadata", device_});
  EXPECT_EQ(Boots(), "factory");
  Must({"select", device_, "ota_1"});
  EXPECT_EQ(Boots(), "ota_1");
}

TEST_F(OtaTool, H2ReadsErasesAndWritesASlotByItsName) {
  Must({"erase", device_, "--partition", "ota_0"});
  Must({"read", device_, folder_ / "erased.bin", "--partition", "ota_0"});
  const std::string erased = FileText(folder_ / "erased.bin");
  EXPECT_EQ(erased.find_first_not_of('\xFF'), std::string::npos);
  EXPECT_EQ(erased.size(), FileText(folder_ / "slot.bin").size());
  EXPECT_EQ(RunTool({"device", "select", device_, "ota_0"}).exit_code, 1) << "it holds no image";
  Must({"write", device_, folder_ / "app.bin", "--partition", "ota_0"});
  Must({"select", device_, "ota_0"});
  EXPECT_EQ(Boots(), "ota_0");
}

}  // namespace
}  // namespace updraft
