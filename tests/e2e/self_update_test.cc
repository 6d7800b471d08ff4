// SPDX-License-Identifier: Apache-2.0
// Firmware that updates itself, under the real bootloader, against a real
// server: what the demo shows, and what it does not.
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <signal.h>

#include <filesystem>
#include <nlohmann/json.hpp>
#include <string>

#include "server/file_server.h"
#include "tests/cli/run_tool.h"
#include "tests/project_folders.h"

namespace updraft {
namespace {

using Json = nlohmann::json;
using testing::HasSubstr;

class SelfUpdate : public testing::Test {
 protected:
  SelfUpdate() {
    std::filesystem::create_directory(folder_ / "www");
    FileServerOptions options;
    options.root = folder_ / "www";
    server_.emplace(std::move(options));
    EXPECT_TRUE(server_->Start().ok());
    WriteText(folder_ / "ca.pem", server_->ca_pem());
  }

  void MakeDevice(const std::vector<std::string>& options) {
    std::vector<std::string> arguments{"device", "new", device_, "--flash-size", "8MB"};
    arguments.insert(arguments.end(), options.begin(), options.end());
    ASSERT_EQ(RunTool(arguments).exit_code, 0);
    ASSERT_EQ(RunTool({"device", "install", device_, Firmware("1.0.0")}).exit_code, 0);
  }

  static std::string Firmware(const std::string& version) {
    return std::string(kBuildFolder) + "/examples/self_update_" + version + ".bin";
  }
  void Offer(const std::string& version) {
    std::filesystem::copy_file(Firmware(version), folder_ / "www/firmware.bin",
                               std::filesystem::copy_options::overwrite_existing);
  }

  ToolRun Boot(const std::vector<std::string>& options = {}) {
    std::vector<std::string> arguments{"boot", device_, "--timeout", "60"};
    arguments.insert(arguments.end(), options.begin(), options.end());
    return RunTool(arguments, {.environment = {{"SELF_UPDATE_URL", server_->url() + "firmware.bin"},
                                               {"SELF_UPDATE_CA", folder_ / "ca.pem"}}});
  }

  Json Slot(const std::string& name) {
    const Json device = Json::parse(RunTool({"device", "info", device_, "--json"}).out);
    for (const Json& slot : device.at("slots")) {
      if (slot.at("name") == name) return slot;
    }
    return Json::object();
  }
  std::string Running() {
    return Json::parse(RunTool({"device", "info", device_, "--json"}).out).at("running");
  }

  TemporaryFolder folder_;
  std::string device_ = folder_ / "device";
  std::optional<FileServer> server_;
};

TEST_F(SelfUpdate, GoesFromOneVersionToTheNextAndConfirms) {
  MakeDevice({"--rollback"});
  Offer("2.0.0");
  const ToolRun run = Boot();
  EXPECT_EQ(run.exit_code, 0) << run.err;
  EXPECT_THAT(run.out, HasSubstr("self_update 1.0.0 runs from factory"));
  EXPECT_THAT(run.out, HasSubstr("self_update 2.0.0 runs from ota_0"));
  EXPECT_EQ(Running(), "ota_0");
  EXPECT_EQ(Slot("ota_0").at("state"), "valid");
}

TEST_F(SelfUpdate, RunsAndUpdatesFromEncryptedFlash) {
  MakeDevice({"--rollback", "--flash-encryption", "xts-aes-256"});
  Offer("2.0.0");
  const ToolRun run = Boot();
  EXPECT_EQ(run.exit_code, 0) << run.err;
  EXPECT_THAT(run.out, HasSubstr("self_update 2.0.0 runs from ota_0"));
  EXPECT_EQ(Slot("ota_0").at("state").get<std::string>(), "valid");
  EXPECT_EQ(FileText(device_ + "/flash.bin").find("self_update"), std::string::npos);
}

TEST_F(SelfUpdate, ComesBackFromAVersionThatCrashesAndDoesNotTakeItAgain) {
  MakeDevice({"--rollback"});
  Offer("2.0.0");
  ASSERT_EQ(Boot().exit_code, 0);
  Offer("3.0.0");
  const ToolRun run = Boot();
  EXPECT_EQ(run.exit_code, 0) << run.err;
  EXPECT_THAT(run.out, HasSubstr("self_update 3.0.0 runs from ota_1"));
  EXPECT_THAT(run.out, HasSubstr("given up here"));
  EXPECT_EQ(Running(), "ota_0");
  EXPECT_EQ(Slot("ota_1").at("state"), "aborted");
  EXPECT_EQ(Slot("ota_1").at("version"), "3.0.0");
  // The flight recorder survives it, and tells why, once.
  const Json log = Json::parse(RunTool({"device", "log", device_, "--json"}).out);
  const Json& entries = log.at("entries");
  ASSERT_EQ(entries.size(), 4U) << log;
  EXPECT_EQ(entries[0].at("version"), "2.0.0");
  EXPECT_EQ(entries[1].at("result"), "updated");
  EXPECT_EQ(entries[2].at("result"), "rolled_back");
  EXPECT_EQ(entries[2].at("reason"), "crashed");
  EXPECT_EQ(entries[2].at("version"), "3.0.0");
  EXPECT_EQ(entries[3].at("reason"), "version_refused");
}

TEST_F(SelfUpdate, EndsAfterThreeResetsWithoutAnotherChoice) {
  MakeDevice({});
  const std::string crashing = folder_ / "crashing.bin";
  ASSERT_EQ(RunTool({"image", "make", crashing, "--chip", "native", "--executable", "/bin/false",
                     "--version", "0.1"})
                .exit_code,
            0);
  ASSERT_EQ(RunTool({"device", "install", device_, crashing}).exit_code, 0);
  const ToolRun run = Boot();
  EXPECT_EQ(run.exit_code, 1);
  EXPECT_THAT(run.err, HasSubstr("3 resets in a row"));
}

TEST_F(SelfUpdate, FallsBackToFactoryFromATrialThatEndsBadly) {
  MakeDevice({"--rollback"});
  const std::string crashing = folder_ / "crashing.bin";
  ASSERT_EQ(RunTool({"image", "make", crashing, "--chip", "native", "--executable", "/bin/false",
                     "--version", "0.1"})
                .exit_code,
            0);
  ASSERT_EQ(RunTool({"device", "install", device_, crashing, "--slot", "ota_1"}).exit_code, 0);
  Offer("1.0.0");
  const ToolRun run = Boot();
  EXPECT_EQ(run.exit_code, 0);
  EXPECT_THAT(run.out, HasSubstr("self_update 1.0.0 runs from factory"));
  EXPECT_EQ(Slot("ota_1").at("state"), "aborted");
}

TEST_F(SelfUpdate, EndsWhenTheTextIsPrintedOrTheBootsAreUsedUp) {
  MakeDevice({"--rollback"});
  Offer("3.0.0");  // it never confirms, however fast it is
  const ToolRun until = Boot({"--until", "runs from ota_0"});
  EXPECT_EQ(until.exit_code, 0);
  EXPECT_THAT(until.out, HasSubstr("runs from ota_0"));
  // It ended before it confirmed: a reset of the trial, so factory again.
  const ToolRun once = Boot({"--max-boots", "1"});
  EXPECT_EQ(once.exit_code, 0);
  EXPECT_THAT(once.out, HasSubstr("self_update 1.0.0 runs from factory"));
}

TEST_F(SelfUpdate, ConfirmsATrialThatWasInstalledFromOutside) {
  MakeDevice({"--rollback"});
  ASSERT_EQ(RunTool({"device", "install", device_, Firmware("2.0.0"), "--slot", "ota_0"}).exit_code,
            0);
  EXPECT_EQ(Boot({"--max-boots", "1"}).exit_code, 0);
  EXPECT_EQ(Slot("ota_0").at("state"), "valid");
}

TEST_F(SelfUpdate, BootsNothingFromAnEmptyDevice) {
  ASSERT_EQ(RunTool({"device", "new", device_, "--flash-size", "8MB"}).exit_code, 0);
  const ToolRun run = Boot();
  EXPECT_EQ(run.exit_code, 1);
  EXPECT_THAT(run.err, HasSubstr("expected"));
  const ToolRun dry = RunTool({"boot", device_, "--dry-run", "--json"});
  EXPECT_EQ(dry.exit_code, 1);
  EXPECT_TRUE(Json::parse(dry.out).at("boots").is_null());
}

TEST_F(SelfUpdate, DemoTellsTheWholeStory) {
  const ToolRun run = RunTool({"demo", "--dir", folder_ / "demo"});
  EXPECT_EQ(run.exit_code, 0) << run.err;
  // In this order.
  std::size_t at = 0;
  for (const char* const line :
       {"a new key is burnt into its eFuse",
        "Version 1 updates itself to version 2, encrypted, which confirms itself",
        "version 2.0.0 is offered encrypted (ecies-p256): the key in eFuse opens it",
        "self_update 1.0.0 runs from factory", "version 2.0.0 installed in ota_0",
        "self_update 2.0.0 runs from ota_0", "self-test passed, confirmed",
        "Version 2 updates itself to version 3, which crashes and is rolled back",
        "self_update 3.0.0 runs from ota_1", "[bootloader] ota_1 is now aborted",
        "self_update 2.0.0 runs from ota_0", "What is on the device now"}) {
    at = run.out.find(line, at);
    ASSERT_NE(at, std::string::npos) << line << " in\n" << run.out;
  }
  EXPECT_THAT(run.out, HasSubstr("self-test passed, confirmed"));
  EXPECT_THAT(run.out, HasSubstr("[bootloader] ota_1 is now aborted"));
  const ToolRun again = RunTool({"demo", "--dir", folder_ / "demo"});
  EXPECT_EQ(again.exit_code, 0) << "its own folder is made anew";
  std::filesystem::create_directory(folder_ / "mine");
  WriteText(folder_ / "mine/file", "precious");
  EXPECT_EQ(RunTool({"demo", "--dir", folder_ / "mine"}).exit_code, 1);
  EXPECT_EQ(FileText(folder_ / "mine/file"), "precious");
}

}  // namespace
}  // namespace updraft
