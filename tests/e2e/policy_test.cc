// SPDX-License-Identifier: Apache-2.0
// `updraft device update` under the user's restraint: a command that is asked, and a
// time of the day.
#include <csignal>
#include <ctime>

#include "tests/cli/started_tool.h"
#include "tests/e2e/device_with_server.h"

namespace updraft {
namespace {

using testing::AllOf;
using testing::HasSubstr;
using testing::StartsWith;

// Local, from so many hours on; an hour long.
std::string WindowInHours(int hours) {
  const std::time_t now = std::time(nullptr);
  std::tm local{};
  localtime_r(&now, &local);
  const auto text = [&local](int hour) {
    const std::string digits = std::to_string((local.tm_hour + hour) % 24);
    return (digits.size() < 2 ? "0" : "") + digits + ":00";
  };
  return text(hours) + "-" + text(hours + 1);
}

class UpdatePolicy : public DeviceWithServer {
 protected:
  UpdatePolicy() {
    MakeDevice({});
    Must({"device", "install", device_, IdleFirmware("1.0.0")});
    Offer(IdleFirmware("2.0.0"));
  }
  std::string Asked() const { return FileText(folder_ / "asked"); }
  // Writes down what it is told, then ends as `script` says.
  std::string Command(const std::string& script) const {
    return "echo \"$UPDRAFT_BEGINS:$UPDRAFT_RECEIVED:$UPDRAFT_TOTAL\" >> " +
           (folder_ / "asked").string() + "; " + script;
  }
};

TEST_F(UpdatePolicy, IsAskedBeforeTheStartAndOnTheWay) {
  const auto size = std::filesystem::file_size(folder_ / "www/firmware.bin");
  const ToolRun run = Update({"--policy", Command("exit 0"), "--policy-interval", "0", "--window",
                              WindowInHours(0).substr(0, 5) + "-" + WindowInHours(2).substr(0, 5)});
  EXPECT_EQ(run.exit_code, 0) << run.err;
  EXPECT_EQ(Boots(), "ota_0");
  EXPECT_THAT(Asked(), AllOf(StartsWith("1:0:\n"), HasSubstr(":" + std::to_string(size) + "\n0:")));
}

TEST_F(UpdatePolicy, IsWaitedForAndAskedAgain) {
  const std::string flag = folder_ / "flag";
  const ToolRun run =
      Update({"--policy", Command("test -e " + flag + " || { touch " + flag + "; exit 1; }"),
              "--policy-interval", "0"});
  EXPECT_EQ(run.exit_code, 0) << run.err;
  EXPECT_THAT(Asked(), StartsWith("1:0:\n1:0:\n"));
  EXPECT_THAT(run.err, HasSubstr("waiting: the policy says wait\n"));
  EXPECT_THAT(run.err, HasSubstr("going on\n"));
}

TEST_F(UpdatePolicy, StopsTheUpdateByAnyOtherExitCodeBeforeAnythingIsSent) {
  const std::string before = FileText(folder_ / "device/flash.bin");
  for (const char* const script : {"exit 2", "exit 127", "kill -9 $$"}) {
    const ToolRun run = Update({"--policy", script, "--max-attempts", "1"});
    EXPECT_EQ(run.exit_code, 1);
    const Json json = Json::parse(run.out, nullptr, false);
    EXPECT_EQ(json.value("reason", ""), "cancelled") << run.out;
    EXPECT_EQ(json.value("bytes_received", 1), 0) << run.out;
    EXPECT_EQ(json.value("flash_operations", 1), 0) << run.out;
    EXPECT_THAT(run.err, HasSubstr(std::string_view(script).starts_with("exit")
                                       ? "found exit code " + std::string(script).substr(5)
                                       : "found its end by signal 9"));
  }
  EXPECT_EQ(Boots(), "factory");
  EXPECT_THAT(Must({"device", "log", device_}).out, HasSubstr("cancelled"));
}

// What a stop on the way leaves is gone on with.
TEST_F(UpdatePolicy, LeavesTheUpdateToBeGoneOnWith) {
  const std::string stops = "test \"$UPDRAFT_RECEIVED\" -eq 0 || exit 3";
  const ToolRun first =
      Update({"--policy", stops, "--policy-interval", "0", "--journal-interval", "4096"});
  EXPECT_EQ(first.exit_code, 1);
  EXPECT_THAT(first.err, HasSubstr("exit code 3"));
  const ToolRun second = Update();
  EXPECT_EQ(second.exit_code, 0) << second.err;
  EXPECT_GT(Json::parse(second.out).at("resumed_from").get<std::uint64_t>(), 0U);
}

TEST_F(UpdatePolicy, WaitsForItsWindowAndHeedsASignalMeanwhile) {
  auto tool = StartedTool::WithErrorPipe({"device", "update", device_, "--url",
                                          server_->url() + "firmware.bin", "--ca",
                                          folder_ / "ca.pem", "--window", WindowInHours(2)});
  EXPECT_TRUE(tool.Says("waiting: outside of the window " + WindowInHours(2)));
  tool.Terminate();
  EXPECT_TRUE(tool.Says("found a request to stop"));
  EXPECT_EQ(tool.Finish(), 1);
  EXPECT_EQ(Boots(), "factory");
}

TEST_F(UpdatePolicy, IsRefusedWhereItMakesNoSense) {
  for (const char* const window : {"2-4", "02:00-02:00", "24:00-01:00", "02:00", "night"}) {
    const ToolRun run = Update({"--window", window});
    EXPECT_EQ(run.exit_code, 2) << window;
    EXPECT_THAT(run.err, HasSubstr("02:00-04:30")) << window;
  }
  EXPECT_EQ(Update({"--policy-interval", "5"}).exit_code, 2);
}

}  // namespace
}  // namespace updraft
