// SPDX-License-Identifier: Apache-2.0
// Trials of more than one start and with a deadline, on a device that really
// boots: firmware that crashes, hangs, or confirms itself late.
#include "tests/e2e/device_with_server.h"

namespace updraft {
namespace {

using testing::HasSubstr;

class TrialOnDevice : public DeviceWithServer {
 protected:
  Json Record(std::size_t index) { return Info().at("otadata").at(index); }
  static std::size_t Count(const std::string& text, const std::string& part) {
    std::size_t count = 0;
    for (std::size_t at = text.find(part); at != std::string::npos; at = text.find(part, at + 1)) {
      ++count;
    }
    return count;
  }
};

TEST_F(TrialOnDevice, StartsACrashingImageAsOftenAsTheDeviceAllows) {
  MakeDevice({"--boot-attempts", "4"});
  Must({"device", "install", device_, IdleFirmware("1.0.0")});
  MustUpdate(Firmware("2.0.0", {}, "/bin/false"));
  const ToolRun run = Boot();
  EXPECT_EQ(run.exit_code, 0) << run.err;
  EXPECT_EQ(Count(run.err, "version 2.0.0, on trial"), 4U) << run.err;
  EXPECT_THAT(run.err, HasSubstr("on trial, 3 more starts"));
  EXPECT_EQ(Info().at("running").get<std::string>(), "factory");
  EXPECT_EQ(State("ota_0"), "aborted");
}

TEST_F(TrialOnDevice, TakesTheTermsOfTheUpdate) {
  MakeDevice({"--rollback", "--boot-attempts", "9", "--boot-deadline", "500"});
  Must({"device", "install", device_, IdleFirmware("1.0.0")});
  Offer(IdleFirmware("2.0.0"));
  ASSERT_EQ(Update({"--boot-attempts", "2"}).exit_code, 0);
  EXPECT_EQ(Record(0).at("attempts_left").get<int>(), 2);
  EXPECT_EQ(Record(0).at("deadline").get<int>(), 500) << "the device's";
  const Json dry = Json::parse(RunTool({"boot", device_, "--dry-run", "--json"}).out);
  EXPECT_EQ(dry.at("attempts_left").get<int>(), 1);
  EXPECT_EQ(dry.at("deadline").get<int>(), 500);
  EXPECT_EQ(Boot({"--max-boots", "1"}).exit_code, 0);
  EXPECT_EQ(Boots(), "ota_0");
  EXPECT_EQ(Boot({"--max-boots", "1"}).exit_code, 0);
  EXPECT_EQ(Boots(), "factory");
}

TEST_F(TrialOnDevice, ConfirmsAtALaterStart) {
  MakeDevice({"--boot-attempts", "3"});
  Must({"device", "install", device_, IdleFirmware("1.0.0")});
  MustUpdate(
      Firmware("2.0.0", {}, std::string(kBuildFolder) + "/ports/host/launcher_test_firmware"));
  for (const char* const acts : {"abort", "end"}) {
    const ToolRun run =
        RunTool({"boot", device_, "--max-boots", "1"}, {.environment = {{"TEST_FIRMWARE", acts}}});
    ASSERT_EQ(run.exit_code, 0) << run.err;
    EXPECT_THAT(run.err, HasSubstr("version 2.0.0, on trial"));
  }
  Must({"device", "confirm", device_});
  EXPECT_EQ(State("ota_0"), "valid");
  EXPECT_EQ(Boots(), "ota_0");
}

TEST_F(TrialOnDevice, ResetsAFirmwareThatHangsAtItsDeadline) {
  MakeDevice({"--boot-attempts", "2", "--boot-deadline", "1"});
  Must({"device", "install", device_, IdleFirmware("1.0.0")});
  MustUpdate(
      Firmware("2.0.0", {}, std::string(kBuildFolder) + "/ports/host/launcher_test_firmware"));
  const ToolRun run = RunTool({"boot", device_, "--timeout", "60"},
                              {.environment = {{"TEST_FIRMWARE", "ignore-term environment hang"}}});
  EXPECT_EQ(run.exit_code, 0) << run.err;
  EXPECT_EQ(Count(run.err, "did not confirm itself before its deadline"), 2U) << run.err;
  EXPECT_EQ(Count(run.out, "UPDRAFT_RESET_REASON=watchdog"), 1U) << run.out;
  EXPECT_EQ(Info().at("running").get<std::string>(), "factory");
  EXPECT_EQ(State("ota_0"), "aborted");
}

TEST_F(TrialOnDevice, HasNoTermsOnADeviceWithoutRollback) {
  MakeDevice({});
  Must({"device", "install", device_, IdleFirmware("1.0.0")});
  Offer(IdleFirmware("2.0.0"));
  const ToolRun run = Update({"--boot-attempts", "2"});
  EXPECT_EQ(run.exit_code, 1);
  EXPECT_THAT(run.err, HasSubstr("expected a device with rollback"));
  EXPECT_EQ(Update().exit_code, 0);
}

TEST_F(TrialOnDevice, TakesNoTermsThatAreNone) {
  for (const char* bad : {"0", "256", "many", "-1"}) {
    EXPECT_EQ(RunTool({"device", "new", device_, "--boot-attempts", bad}).exit_code, 2) << bad;
  }
  for (const char* bad : {"0", "65536", "soon"}) {
    EXPECT_EQ(RunTool({"device", "new", device_, "--boot-deadline", bad}).exit_code, 2) << bad;
  }
}

}  // namespace
}  // namespace updraft
