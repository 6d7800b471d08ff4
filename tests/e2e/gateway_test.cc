// SPDX-License-Identifier: Apache-2.0
// `updraft gateway` as a user runs it: a configuration, two slots or a device, an
// application with a health check, and a server; by files, and on loop devices where
// the system has them.
#include <sys/stat.h>
#include <unistd.h>

#include <chrono>
#include <thread>

#include "tests/cli/started_tool.h"
#include "tests/e2e/device_with_server.h"

namespace updraft {
namespace {

using testing::HasSubstr;

class GatewayTool : public DeviceWithServer {
 protected:
  Json Settings() {
    return {{"url", server_->url() + "firmware.bin"},
            {"ca", "ca.pem"},
            {"state", "state"},
            {"slots", {"a", "b"}},
            {"restart", {"sh", "-c", "echo \"$UPDRAFT_SLOT\" > " + (folder_ / "started").string()}},
            {"health", {"sh", "-c", "! grep -q broken \"$UPDRAFT_SLOT\""}},
            {"health_deadline", 2},
            {"health_interval_ms", 50},
            {"jitter", 0}};
  }
  void Configure(const Json& settings) { WriteText(folder_ / "app.json", settings.dump()); }
  void OfferText(const std::string& text) { WriteText(folder_ / "www/firmware.bin", text); }
  ToolRun Once() { return RunTool({"gateway", "run", folder_ / "app.json", "--once", "--json"}); }
  std::string Result(const ToolRun& run) {
    const Json json = Json::parse(run.out, nullptr, false);
    return json.is_object() ? json.value("result", "") : run.out + run.err;
  }
  std::string OnceResult() { return Result(Once()); }
  Json Status() {
    return Json::parse(Must({"gateway", "status", folder_ / "app.json", "--json"}).out);
  }
};

TEST_F(GatewayTool, InstallsKeepsAndGivesUpUpdatesInTwoFiles) {
  Configure(Settings());
  OfferText("one");
  EXPECT_EQ(OnceResult(), "updated");
  EXPECT_EQ(FileText(folder_ / "state/current"), "one");
  EXPECT_EQ(OnceResult(), "not_modified");
  OfferText("broken");
  const ToolRun run = Once();
  EXPECT_EQ(Result(run), "rolled_back");
  EXPECT_EQ(run.exit_code, 1);
  EXPECT_THAT(run.err,
              HasSubstr("expected health within 2 s, found the health command: exit code 1"));
  EXPECT_EQ(FileText(folder_ / "state/current"), "one");
  EXPECT_EQ(FileText(folder_ / "started"), (folder_ / "a").string() + "\n");
  EXPECT_EQ(OnceResult(), "not_modified");
  const Json status = Status();
  EXPECT_EQ(status.at("phase"), "settled");
  EXPECT_EQ(status.at("installed").at("length"), 3);
  EXPECT_EQ(status.at("rejected").at("length"), 6);
  EXPECT_THAT(Must({"gateway", "status", folder_ / "app.json"}).out,
              HasSubstr("rejected:  6 bytes"));
  OfferText("two");
  EXPECT_EQ(OnceResult(), "updated");
  EXPECT_THAT(Must({"gateway", "rollback", folder_ / "app.json"}).out, HasSubstr("runs again"));
  EXPECT_EQ(FileText(folder_ / "state/current"), "one");
}

TEST_F(GatewayTool, TakesOnlyEncryptedUpdatesOfATrustedSignerWhereItHasKeys) {
  Must({"key", "new", "rsa-3072", folder_ / "device.pem"});
  Json settings = Settings();
  settings["key"] = "device.pem";
  settings["header_keys"] = {SigningKey("signer")};
  settings["slot_size"] = 9;
  Configure(settings);
  WriteText(folder_ / "plain", "the thing");
  const auto encrypt = [this](const std::string& signer) {
    Must({"image", "encrypt", folder_ / "plain", folder_ / "device.pem",
          folder_ / "www/firmware.bin", "--sign-key", SigningKey(signer)});
  };
  OfferText("the thing, in clear");
  EXPECT_EQ(OnceResult(), "refused");
  encrypt("stranger");
  EXPECT_EQ(OnceResult(), "refused");
  EXPECT_EQ(Status().at("installed"), nullptr);
  encrypt("signer");
  EXPECT_EQ(OnceResult(), "updated");
  EXPECT_EQ(FileText(folder_ / "state/current"), "the thing");
}

// The device's firmware is run by the restart command, as a service would.
TEST_F(GatewayTool, KeepsADeviceUpToDateWithApplicationImages) {
  MakeDevice({"--rollback"});
  Must({"device", "install", device_, IdleFirmware("1.0.0")});
  Json settings = Settings();
  settings.erase("slots");
  settings["device"] = "device";
  settings["restart"] = {std::string(kBuildFolder) + "/bin/updraft",
                         "boot",
                         device_,
                         "--max-boots",
                         "1",
                         "--timeout",
                         "60"};
  settings["health"] = {"sh", "-c", "test \"$UPDRAFT_VERSION\" != 3.0.0"};
  Configure(settings);
  Offer(IdleFirmware("2.0.0"));
  EXPECT_EQ(OnceResult(), "updated");
  EXPECT_EQ(State("ota_0"), "valid");
  EXPECT_EQ(Boots(), "ota_0");
  EXPECT_EQ(OnceResult(), "not_modified");
  Offer(IdleFirmware("3.0.0"));
  EXPECT_EQ(OnceResult(), "rolled_back");
  EXPECT_EQ(Boots(), "ota_0");
  EXPECT_EQ(State("ota_0"), "valid");
  EXPECT_EQ(OnceResult(), "not_modified");
  // One that the bootloader gives up: it never gets as far as its health.
  settings["restart"] = {std::string(kBuildFolder) + "/bin/updraft",
                         "boot",
                         device_,
                         "--max-boots",
                         "2",
                         "--timeout",
                         "60"};
  Configure(settings);
  Offer(Firmware("4.0.0", {}, "/bin/false"));
  const ToolRun crashed = Once();
  EXPECT_EQ(Result(crashed), "rolled_back");
  EXPECT_THAT(crashed.err, HasSubstr("that the bootloader gave it up"));
  EXPECT_EQ(Boots(), "ota_0");
  OfferText("no image at all");
  EXPECT_EQ(OnceResult(), "refused");
}

TEST_F(GatewayTool, WantsADeviceWithRollback) {
  MakeDevice({});
  Json settings = Settings();
  settings.erase("slots");
  settings["device"] = "device";
  Configure(settings);
  const ToolRun run = Once();
  EXPECT_EQ(run.exit_code, 2);
  EXPECT_THAT(run.err, HasSubstr("--rollback"));
}

TEST_F(GatewayTool, AsksAgainAndAgainUntilItIsStopped) {
  Json settings = Settings();
  settings["interval"] = 1;
  Configure(settings);
  OfferText("one");
  StartedTool tool = StartedTool::WithErrorPipe({"gateway", "run", folder_ / "app.json"});
  ASSERT_TRUE(tool.Says("updated: the update is installed and healthy")) << tool.said();
  OfferText("two");
  ASSERT_TRUE(tool.Says("is in " + (folder_ / "b").string())) << tool.said();
  ASSERT_TRUE(tool.Says("restarting into it\n")) << tool.said();
  tool.Terminate();
  EXPECT_EQ(tool.Finish(), 0) << tool.said();
  EXPECT_THAT(tool.said(), HasSubstr("told to stop"));
}

TEST_F(GatewayTool, SaysThatThereIsNothingToGoBackTo) {
  Configure(Settings());
  const ToolRun run = RunTool({"gateway", "rollback", folder_ / "app.json", "--json"});
  EXPECT_EQ(run.exit_code, 1);
  EXPECT_THAT(Json::parse(run.out).at("message").get<std::string>(),
              HasSubstr("expected an update before this one to go back to, found none"));
}

TEST_F(GatewayTool, SaysWhatIsWrongWithItsConfigurationWithTheExitCodeOfWrongUsage) {
  WriteText(folder_ / "app.json", "{}");
  for (const std::string command : {"run", "status", "rollback"}) {
    const ToolRun run = RunTool({"gateway", command, folder_ / "app.json"});
    EXPECT_EQ(run.exit_code, 2);
    EXPECT_EQ(run.err, "updraft: the gateway cannot run: expected \"url\" in " +
                           (folder_ / "app.json").string() +
                           ", found no such key; correct the configuration, docs/gateway.md has "
                           "every key.\n");
  }
}

TEST_F(GatewayTool, NeverComesBackWithAConfigurationThatIsWrong) {
  Json settings = Settings();
  settings["heath"] = {"true"};
  Configure(settings);
  const ToolRun run = Once();
  EXPECT_EQ(run.exit_code, 2) << "the unit's RestartPreventExitStatus";
  EXPECT_THAT(run.err, HasSubstr("found \"heath\""));
}

// Killed at any moment, the next start ends with one whole version selected.
TEST_F(GatewayTool, IsWholeAfterKillsAtAnyMoment) {
  Json settings = Settings();
  settings["restart"] = {"true"};
  settings["trial_attempts"] = 1000;
  Configure(settings);
  std::string version(2U << 20, '0');
  OfferText(version);
  ASSERT_EQ(OnceResult(), "updated");
  for (int round = 0; round < 12; ++round) {
    const std::string before = version;
    version = std::string(2U << 20, static_cast<char>('A' + round));
    OfferText(version);
    {
      StartedTool tool =
          StartedTool::WithErrorPipe({"gateway", "run", folder_ / "app.json", "--once"});
      std::this_thread::sleep_for(std::chrono::milliseconds(round * 7));
      tool.Kill();
    }
    const std::string seen = FileText(folder_ / "state/current");
    EXPECT_TRUE(seen == before || seen == version) << "neither version is whole";
    OnceResult();
    EXPECT_EQ(FileText(folder_ / "state/current"), version) << round;
  }
}

// --- block devices ----------------------------------------------------------

class LoopDevice {
 public:
  explicit LoopDevice(const std::string& file) {
    FILE* const pipe = popen(("losetup --find --show " + file + " 2>/dev/null").c_str(), "r");
    char name[64] = {};
    if (pipe != nullptr && fgets(name, sizeof name, pipe) != nullptr) path_ = name;
    if (pipe != nullptr) pclose(pipe);
    while (!path_.empty() && path_.back() == '\n') path_.pop_back();
  }
  LoopDevice(const LoopDevice&) = delete;
  LoopDevice& operator=(const LoopDevice&) = delete;
  ~LoopDevice() {
    if (!path_.empty() && system(("losetup --detach " + path_).c_str()) != 0) ADD_FAILURE();
  }
  const std::string& path() const { return path_; }

 private:
  std::string path_;
};

TEST_F(GatewayTool, InstallsOntoBlockDevices) {
  for (const char* const name : {"a.img", "b.img"}) {
    WriteText(folder_ / name, "");
    ASSERT_EQ(truncate((folder_ / name).c_str(), 1 << 20), 0);
  }
  const LoopDevice a(folder_ / "a.img");
  const LoopDevice b(folder_ / "b.img");
  if (b.path().empty()) GTEST_SKIP() << "no loop devices here";
  Json settings = Settings();
  settings["slots"] = {a.path(), b.path()};
  settings["health"] = {"sh", "-c", "head -c 3 \"$UPDRAFT_SLOT\" | grep -q two"};
  Configure(settings);
  OfferText("two versions");
  EXPECT_EQ(OnceResult(), "updated");
  EXPECT_EQ(FileText(folder_ / "b.img").substr(0, 12), "two versions");
  OfferText(std::string((1 << 20) + 1, 'x'));
  const ToolRun large = Once();
  EXPECT_EQ(Result(large), "refused");
  EXPECT_THAT(large.out, HasSubstr("image_too_large"));
}

}  // namespace
}  // namespace updraft
