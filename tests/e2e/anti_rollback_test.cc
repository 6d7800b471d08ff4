// SPDX-License-Identifier: Apache-2.0
// Anti-rollback from end to end: the secure version against eFuse at the gate,
// in the proof and at boot, and when eFuse is advanced. All images are signed by
// the trusted key: that an image is authentic does not make it new.
#include <fstream>

#include "tests/e2e/device_with_server.h"

namespace updraft {
namespace {

using testing::HasSubstr;

class AntiRollback : public DeviceWithServer {
 protected:
  // A device of two slots whose firmware, version 1.0.0 with secure version 1,
  // has confirmed itself in ota_0.
  AntiRollback() {
    WriteText(folder_ / "two.csv",
              "nvs,data,nvs,0x9000,0x3000\notadata,data,ota,,0x2000\n"
              "ota_0,app,ota_0,,7M\nota_1,app,ota_1,,7M\n");
    MakeDevice({"--anti-rollback", "--signature", "on-boot", "--partitions", folder_ / "two.csv"});
    BurnDigest("a");
    Must({"device", "install", device_, Image("1.0.0", 1)});
    EXPECT_EQ(Boot({"--until", "confirmed"}).exit_code, 0);
    EXPECT_EQ(State("ota_0"), "valid");
    EXPECT_EQ(SecureVersion(), 1);
  }

  std::string Image(const std::string& version, int secure_version) {
    return Signed(Firmware(version, {"--secure-version", std::to_string(secure_version)}), {"a"});
  }
  std::string Idle(const std::string& version, int secure_version) {
    return Signed(IdleFirmware(version, {"--secure-version", std::to_string(secure_version)}),
                  {"a"});
  }
  // Version 2.0.0 with secure version 2 in ota_1, confirmed.
  void GoToTwo() {
    MustUpdate(Image("2.0.0", 2));
    ASSERT_EQ(Boot({"--until", "confirmed"}).exit_code, 0);
    ASSERT_EQ(State("ota_1"), "valid");
    ASSERT_EQ(SecureVersion(), 2);
  }
  // One byte of what lies in the second slot.
  void DamageSecondSlot() {
    const std::uint64_t offset = Info().at("slots").at(1).at("offset").get<std::uint64_t>();
    std::fstream flash(device_ + "/flash.bin", std::ios::in | std::ios::out | std::ios::binary);
    flash.seekp(static_cast<std::streamoff>(offset + 5000));
    flash.put('\x5A').put('\xA5');
  }
};

TEST_F(AntiRollback, RollsBackASignedVersionThatNeverConfirms) {
  MustUpdate(Idle("2.0.0", 2));
  EXPECT_EQ(SecureVersion(), 1) << "not by installing it";
  EXPECT_EQ(Boot({"--max-boots", "1"}).exit_code, 0);
  EXPECT_EQ(State("ota_1"), "pending_verify");
  EXPECT_EQ(SecureVersion(), 1) << "not by starting it";
  const ToolRun run = Boot({"--max-boots", "1"});
  EXPECT_THAT(run.out, HasSubstr("self_update 1.0.0 runs from ota_0"));
  EXPECT_EQ(State("ota_1"), "aborted");
  EXPECT_EQ(SecureVersion(), 1);
  EXPECT_EQ(Boots(), "ota_0");
}

TEST_F(AntiRollback, RefusesAnOlderSignedVersionAfterANewerRaisedTheSecureVersion) {
  const std::string old = Image("1.0.1", 1);
  GoToTwo();
  const std::string before = FileText(device_ + "/flash.bin");
  ExpectRefused(old, "secure_version_too_low");
  EXPECT_THAT(last_message_, HasSubstr("expected at least 2, found 1"));
  EXPECT_EQ(Json::parse(Update().out).at("flash_operations").get<int>(), 0);
  EXPECT_EQ(FileText(device_ + "/flash.bin"), before);
  const ToolRun run = Boot({"--max-boots", "1"});
  EXPECT_THAT(run.out, HasSubstr("no update: secure_version_too_low")) << "the firmware's own code";
  EXPECT_EQ(Boots(), "ota_1");
}

TEST_F(AntiRollback, TakesTheSameSecureVersionAgain) {
  GoToTwo();
  MustUpdate(Image("1.9.0", 2));
  EXPECT_EQ(Boots(), "ota_0") << "versions are no matter of this";
}

TEST_F(AntiRollback, DoesNotRollBackBelowTheSecureVersion) {
  GoToTwo();
  const ToolRun run = RunTool({"device", "rollback", device_});
  EXPECT_EQ(run.exit_code, 1);
  EXPECT_THAT(run.err, HasSubstr("found none that starts"));
  EXPECT_EQ(RunTool({"device", "select", device_, "ota_0"}).exit_code, 1);
  EXPECT_EQ(RunTool({"device", "install", device_, Image("1.0.2", 1)}).exit_code, 1);
  EXPECT_EQ(Boots(), "ota_1");
}

TEST_F(AntiRollback, StartsNothingBelowTheSecureVersionAtBoot) {
  GoToTwo();
  DamageSecondSlot();
  EXPECT_EQ(Boots(), "nothing") << "the old image is whole, and too old";
  EXPECT_EQ(Boot().exit_code, 1);
}

TEST_F(AntiRollback, ComesBackFromATrialOfTheSameSecureVersion) {
  MustUpdate(Idle("2.0.0", 1));
  EXPECT_EQ(Boot({"--max-boots", "1"}).exit_code, 0);
  EXPECT_EQ(Boots(), "ota_0");
}

TEST_F(AntiRollback, CountsWhatIsBurntByHand) {
  Must({"device", "efuse", "set-secure-version", device_, "3"});
  EXPECT_EQ(Boots(), "nothing");
  Must({"device", "install", device_, Image("3.0.0", 3)});
  EXPECT_EQ(Boots(), "ota_0");
}

// The chip can count no further; that is no reason not to start.
TEST_F(AntiRollback, StartsAnImageWhoseSecureVersionIsBeyondTheField) {
  MustUpdate(Image("9.0.0", 33));
  EXPECT_EQ(Boot({"--max-boots", "1"}).exit_code, 0);
  EXPECT_EQ(SecureVersion(), 1);
  EXPECT_EQ(Boot({"--max-boots", "1"}).exit_code, 0);
  EXPECT_EQ(Info().at("running").get<std::string>(), "ota_1");
}

}  // namespace
}  // namespace updraft
