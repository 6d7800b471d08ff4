// SPDX-License-Identifier: Apache-2.0
// `updraft image explain`: it says what an update would do, because it is one,
// and leaves the device as it was.
#include "tests/e2e/device_with_server.h"

namespace updraft {
namespace {

using testing::HasSubstr;

class Explain : public DeviceWithServer {
 protected:
  // Runs version 1.0.0; trusts the key a.
  void Start(const Words& options) {
    MakeDevice(options);
    BurnDigest("a");
    Must({"device", "install", device_,
          Signed(IdleFirmware("1.0.0", {"--secure-version", "1"}), {"a"})});
  }
  ToolRun Run(const std::string& image, const Words& options = {}) {
    Words words{"image", "explain", image, "--device", device_};
    words.insert(words.end(), options.begin(), options.end());
    return RunTool(words);
  }
  // The explanation; the device is byte for byte as before.
  Json Explained(const std::string& image, const Words& options = {}) {
    const auto content = [this] {
      std::string all;
      for (const char* file : {"/flash.bin", "/efuse.bin", "/device.json", "/boot.json"}) {
        all += FileText(device_ + file);
      }
      return all;
    };
    const std::string before = content();
    Words words{"--json"};
    words.insert(words.end(), options.begin(), options.end());
    const ToolRun run = Run(image, words);
    EXPECT_TRUE(content() == before);
    Json json = Json::parse(run.out, nullptr, false);
    EXPECT_TRUE(json.is_object()) << run.out << run.err;
    EXPECT_EQ(run.exit_code, json.value("verdict", "") == "accept" ? 0 : 1);
    return json;
  }
  static std::string Reason(const Json& json) {
    return json.at("reason").is_null() ? "none" : json.at("reason").get<std::string>();
  }
  // Explained and then tried: both refuse for the same reason.
  void ExpectTheUpdatesReason(const std::string& image, const std::string& reason) {
    const Json json = Explained(image);
    EXPECT_EQ(json.at("verdict").get<std::string>(), "reject");
    EXPECT_EQ(Reason(json), reason);
    const Json& last = json.at("checks").back();
    EXPECT_FALSE(last.at("passed").get<bool>());
    EXPECT_EQ(last.at("check").get<std::string>(), reason);
    ExpectRefused(image, reason);
    EXPECT_EQ(last_message_, json.at("message").get<std::string>());
  }
  std::string Next() { return Signed(IdleFirmware("2.0.0", {"--secure-version", "2"}), {"a"}); }
};

TEST_F(Explain, TellsEveryCheckOfAnAcceptedImageInOrder) {
  Start({"--anti-rollback", "--signature", "on-boot"});
  const Json json = Explained(Next());
  EXPECT_EQ(json.at("verdict").get<std::string>(), "accept");
  EXPECT_EQ(json.at("slot").get<std::string>(), "ota_0");
  EXPECT_EQ(json.at("version").get<std::string>(), "2.0.0");
  EXPECT_EQ(json.at("boots").get<std::string>(), "ota_0");
  EXPECT_TRUE(json.at("trial").get<bool>());
  std::vector<std::string> checks;
  for (const Json& check : json.at("checks")) {
    EXPECT_TRUE(check.at("passed").get<bool>()) << check;
    EXPECT_FALSE(check.at("expected").get<std::string>().empty()) << check;
    checks.push_back(check.at("check").get<std::string>());
  }
  std::size_t at = 0;
  for (const char* wanted : {"no_update_slot", "bad_magic", "bad_chip_id", "chip_rev_too_low",
                             "secure_version_too_low", "bad_checksum", "signature_untrusted"}) {
    while (at < checks.size() && checks[at] != wanted) ++at;
    EXPECT_LT(at, checks.size()) << wanted;
  }
  EXPECT_EQ(Boots(), "factory") << "nothing was installed";
  MustUpdate(Next());
  EXPECT_EQ(Boots(), "ota_0");
}

TEST_F(Explain, RefusesWhatTheUpdateRefusesForTheSameReason) {
  Start({"--anti-rollback", "--signature", "on-update"});
  Must({"device", "efuse", "set-secure-version", device_, "1"});
  ExpectTheUpdatesReason(IdleFirmware("2.0.1", {"--secure-version", "1"}), "signature_missing");
  ExpectTheUpdatesReason(Signed(IdleFirmware("2.0.2", {"--secure-version", "1"}), {"b"}),
                         "signature_untrusted");
  ExpectTheUpdatesReason(Signed(IdleFirmware("2.0.3"), {"a"}), "secure_version_too_low");
  const std::string other = folder_ / "other.bin";
  Must({"image", "make", other, "--chip", "esp32c3", "--executable", "/bin/true"});
  ExpectTheUpdatesReason(other, "bad_chip_id");
  std::string damaged = FileText(Next());
  damaged[3000] = static_cast<char>(damaged[3000] ^ 1);
  WriteText(folder_ / "damaged.bin", damaged);
  ExpectTheUpdatesReason(folder_ / "damaged.bin", "bad_checksum");
  WriteText(folder_ / "cut.bin", damaged.substr(0, 2000));
  ExpectTheUpdatesReason(folder_ / "cut.bin", "truncated");
  WriteText(folder_ / "page.html", "<!DOCTYPE html>");
  ExpectTheUpdatesReason(folder_ / "page.html", "bad_magic");
}

TEST_F(Explain, OpensEncryptedImagesAsTheDeviceWould) {
  Start({"--rollback", "--signature", "on-update"});
  Must({"key", "new", "ecies", folder_ / "hmac.bin", "--public", folder_ / "pub.pem"});
  const std::string image = folder_ / "next.enc";
  Must({"image", "encrypt", Next(), folder_ / "pub.pem", image});
  ExpectTheUpdatesReason(image, "key_missing");
  EXPECT_EQ(Reason(Explained(image, {"--key", folder_ / "hmac.bin"})), "none");
  EXPECT_EQ(Run(image, {"--key", folder_ / "pub.pem"}).exit_code, 1);
  Must({"device", "efuse", "burn-key", device_, "BLOCK_KEY1", folder_ / "hmac.bin", "HMAC_UP"});
  EXPECT_EQ(Reason(Explained(image)), "none");
}

// The application would take it; the bootloader would not start it.
TEST_F(Explain, LooksAtTheNextBootToo) {
  MakeDevice({"--signature", "on-update"});
  Must({"device", "install", device_, Signed(IdleFirmware("1.0.0"), {"a"})});
  EXPECT_EQ(Reason(Explained(Next())), "none");
  ASSERT_EQ(Boot().exit_code, 0);
  std::string settings = FileText(device_ + "/device.json");
  const std::size_t at = settings.find("\"on-update\"");
  ASSERT_NE(at, std::string::npos);
  WriteText(device_ + "/device.json", settings.replace(at, 11, "\"on-boot\""));
  const Json json = Explained(Next());
  EXPECT_EQ(Reason(json), "signature_untrusted");
  EXPECT_TRUE(json.at("boots").is_null());
  EXPECT_THAT(json.at("message").get<std::string>(), HasSubstr("a device that trusts no key yet"));
}

TEST_F(Explain, TellsThatTheDeviceIsNotReady) {
  Start({"--rollback"});
  MustUpdate(Next());
  ASSERT_EQ(Boot({"--max-boots", "1"}).exit_code, 0);
  ExpectTheUpdatesReason(Next(), "running_unconfirmed");
}

TEST_F(Explain, TakesTheSlotThatIsNamed) {
  Start({});
  EXPECT_EQ(Explained(Next(), {"--slot", "ota_1"}).at("boots").get<std::string>(), "ota_1");
  EXPECT_EQ(Reason(Explained(Next(), {"--slot", "factory"})), "no_update_slot");
  const ToolRun run = Run(Next(), {"--slot", "ota_7"});
  EXPECT_EQ(run.exit_code, 1);
  EXPECT_THAT(run.err, HasSubstr("expected a slot named 'ota_7'"));
}

TEST_F(Explain, SpeaksToPeopleToo) {
  Start({"--rollback"});
  const ToolRun good = Run(Next());
  EXPECT_EQ(good.exit_code, 0);
  EXPECT_THAT(good.out, HasSubstr("ok     chip: expected "));
  EXPECT_THAT(good.out, HasSubstr("would take it: version 2.0.0 into ota_0"));
  const ToolRun bad = Run(folder_ / "ca.pem");
  EXPECT_EQ(bad.exit_code, 1);
  EXPECT_THAT(bad.out, HasSubstr("FAILED image magic: expected the byte 0xe9, found 0x2d"));
  EXPECT_THAT(bad.err, HasSubstr("does not begin like an ESP image"));
}

TEST_F(Explain, NeedsADeviceAndAnImage) {
  Start({});
  EXPECT_EQ(RunTool({"image", "explain", Next()}).exit_code, 2);
  EXPECT_EQ(RunTool({"image", "explain", Next(), "--device", folder_ / "none"}).exit_code, 1);
  EXPECT_EQ(Run(folder_ / "none.bin").exit_code, 1);
}

}  // namespace
}  // namespace updraft
