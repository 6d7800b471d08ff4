// SPDX-License-Identifier: Apache-2.0
// Who may sign for a device: through the tool, through the firmware, and at
// boot. Keys are named a, b, c; digests are those in eFuse.
#include "tests/e2e/device_with_server.h"

namespace updraft {
namespace {

using testing::HasSubstr;

class Trust : public DeviceWithServer {
 protected:
  // A device that runs version 1, signed by these keys, and trusts these.
  void Start(const std::string& policy, const Words& signers, const Words& digests) {
    MakeDevice({"--rollback", "--signature", policy});
    for (const std::string& key : digests) BurnDigest(key);
    const std::string first = Firmware("1.0.0");
    Must({"device", "install", device_, signers.empty() ? first : Signed(first, signers)});
    ASSERT_EQ(Boots(), "factory");
  }
  void Revoke(const std::string& slot) {
    Must({"device", "efuse", "revoke", device_, slot, "--force"});
  }
  std::string Next(const Words& signers) { return Signed(Firmware("2.0.0"), signers); }
};

TEST_F(Trust, OnUpdateTakesOnlyWhatABurntDigestStandsFor) {
  Start("on-update", {"a"}, {"a", "b"});
  ExpectRefused(Firmware("2.0.0"), "signature_missing");
  ExpectRefused(Next({"c"}), "signature_untrusted");
  EXPECT_EQ(Boots(), "factory");
  MustUpdate(Next({"b"}));
  EXPECT_EQ(Boots(), "ota_0") << "the second digest counts as much as the first";
}

TEST_F(Trust, LooksAtEveryBlockWhereDigestsAreBurnt) {
  Start("on-boot", {"a"}, {"a"});
  MustUpdate(Next({"b", "c", "a"}));
  EXPECT_EQ(Boots(), "ota_0");
}

TEST_F(Trust, RefusesARevokedKeyInAnUpdate) {
  Start("on-update", {"a", "b"}, {"a", "b"});
  Revoke("0");
  ExpectRefused(Next({"a"}), "signature_untrusted");
  MustUpdate(Next({"a", "b"}));
  EXPECT_EQ(Boots(), "ota_0") << "another block is by a key that is still trusted";
}

TEST_F(Trust, StartsNothingByARevokedKeyOnBoot) {
  Start("on-boot", {"b"}, {"a", "b"});
  MustUpdate(Next({"a"}));
  ASSERT_EQ(Boots(), "ota_0");
  Revoke("0");
  EXPECT_EQ(Boots(), "factory");
  const ToolRun run = Boot({"--max-boots", "1"});
  EXPECT_THAT(run.out, HasSubstr("self_update 1.0.0 runs from factory"));
  EXPECT_THAT(run.out, HasSubstr("no update: signature_untrusted"));
}

TEST_F(Trust, StartsNothingAtAllWhereEveryKeyIsRevoked) {
  Start("on-boot", {"a"}, {"a"});
  Revoke("0");
  EXPECT_EQ(Boots(), "nothing");
  EXPECT_EQ(Boot().exit_code, 1);
}

TEST_F(Trust, OnUpdateLeavesTheBootloaderAlone) {
  Start("on-update", {"a"}, {"a", "b"});
  MustUpdate(Next({"b"}));
  Revoke("1");
  EXPECT_EQ(Boots(), "ota_0");
}

TEST_F(Trust, StartsNothingUnsignedOnBoot) {
  Start("none", {}, {"a"});
  std::string settings = FileText(device_ + "/device.json");
  const std::size_t at = settings.find("\"none\"");
  ASSERT_NE(at, std::string::npos);
  WriteText(device_ + "/device.json", settings.replace(at, 6, "\"on-boot\""));
  EXPECT_EQ(Boots(), "nothing");
}

TEST_F(Trust, InstallsNothingThatWouldNotStart) {
  MakeDevice({"--signature", "on-boot"});
  const std::string image = Signed(Firmware("1.0.0"), {"a"});
  const ToolRun nobody = RunTool({"device", "install", device_, image});
  EXPECT_EQ(nobody.exit_code, 1);
  EXPECT_THAT(nobody.err, HasSubstr("a device that trusts no key yet"));
  BurnDigest("a");
  Must({"device", "install", device_, image});
  EXPECT_EQ(RunTool({"device", "install", device_, Firmware("2.0.0")}).exit_code, 1);
}

TEST_F(Trust, FollowsTheRunningSignerWithoutDigests) {
  Start("on-update", {"a", "b"}, {});
  ExpectRefused(Firmware("2.0.0"), "signature_missing");
  ExpectRefused(Next({"c"}), "signature_untrusted");
  ExpectRefused(Next({"b"}), "signature_untrusted");
  ExpectRefused(Next({"b", "a"}), "signature_untrusted");
  MustUpdate(Next({"a", "c"}));
  EXPECT_EQ(Boots(), "ota_0") << "the first block is by the key of the running one's first block";
}

TEST_F(Trust, RefusesEveryUpdateWhereNobodyIsTrusted) {
  Start("on-update", {}, {});
  ExpectRefused(Next({"a"}), "signature_untrusted");
  EXPECT_THAT(last_message_, HasSubstr("the running image is not signed"));
  const Json json = Json::parse(Update().out);
  EXPECT_EQ(json.at("flash_operations").get<int>(), 0);
  BurnDigest("a");
  MustUpdate(Next({"a"}));
}

TEST_F(Trust, TheFirmwareJudgesAsTheToolDoes) {
  Start("on-update", {"a"}, {"a"});
  Offer(Next({"b"}));
  EXPECT_THAT(Boot().out, HasSubstr("no update: signature_untrusted"));
  EXPECT_EQ(Boots(), "factory");
  Offer(Next({"a"}));
  EXPECT_THAT(Boot().out, HasSubstr("self_update 2.0.0 runs from ota_0"));
  EXPECT_EQ(State("ota_0"), "valid");
}

TEST_F(Trust, RollsBackAndSelectsSignedImagesOnly) {
  Start("on-update", {"b"}, {"a", "b"});
  MustUpdate(Next({"a"}));
  ASSERT_EQ(Boot({"--until", "confirmed"}).exit_code, 0);
  ASSERT_EQ(State("ota_0"), "valid");
  EXPECT_EQ(RunTool({"device", "select", device_, "factory"}).exit_code, 0);
  Must({"device", "select", device_, "ota_0"});
  Revoke("1");
  const ToolRun run = RunTool({"device", "rollback", device_});
  EXPECT_EQ(run.exit_code, 1);
  EXPECT_THAT(run.err, HasSubstr("found none that starts"));
  EXPECT_EQ(RunTool({"device", "select", device_, "factory"}).exit_code, 1);
}

TEST_F(Trust, DoesNotRevokeTheKeyOfTheRunningFirmware) {
  Start("on-boot", {"a"}, {"a", "b"});
  const ToolRun run = RunTool({"device", "efuse", "revoke", device_, "0"});
  EXPECT_EQ(run.exit_code, 1);
  EXPECT_THAT(run.err, HasSubstr("found digest 0 to be the only one"));
  EXPECT_EQ(Boots(), "factory");
  Must({"device", "efuse", "revoke", device_, "1"});
  Revoke("0");
  EXPECT_EQ(Boots(), "nothing");
}

TEST_F(Trust, TellsThePolicyAndTakesNoOther) {
  MakeDevice({"--signature", "on-update"});
  EXPECT_EQ(Info().at("signature").get<std::string>(), "on-update");
  EXPECT_EQ(RunTool({"device", "new", folder_ / "other", "--signature", "always"}).exit_code, 2);
}

}  // namespace
}  // namespace updraft
