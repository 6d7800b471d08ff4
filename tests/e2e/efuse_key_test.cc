// SPDX-License-Identifier: Apache-2.0
// The device's own key of encrypted images: burnt into eFuse, used by the tool
// and by the firmware, never given on a command line.
#include "tests/e2e/device_with_server.h"

namespace updraft {
namespace {

using testing::HasSubstr;

class EfuseKey : public DeviceWithServer {
 protected:
  EfuseKey() {
    MakeDevice({"--rollback"});
    Must({"device", "install", device_, Firmware("1.0.0")});
    Must({"key", "new", "ecies", folder_ / "hmac.bin", "--public", folder_ / "pub.pem"});
  }
  std::string Encrypted(const std::string& image, const std::string& key = "pub.pem") {
    Must({"image", "encrypt", image, folder_ / key, image + ".enc"});
    return image + ".enc";
  }
  // A wrong key is known by the first byte of what it opens, which one in 256 makes
  // that of an image: another reason is given then, and another encryption judged.
  void ExpectKeyMismatch(const std::string& image, const std::string& key = "pub.pem") {
    std::string reason;
    for (int attempts = 0; attempts < 4 && reason != "key_mismatch"; ++attempts) {
      reason = ReasonOfRefusal(Encrypted(image, key));
    }
    EXPECT_EQ(reason, "key_mismatch") << last_message_;
  }
  void Burn(const std::string& block, const std::string& purpose) {
    Must({"device", "efuse", "burn-key", device_, block, folder_ / "hmac.bin", purpose});
  }
};

TEST_F(EfuseKey, OpensWhatTheToolDownloadsWithoutAKeyGiven) {
  Burn("BLOCK_KEY2", "HMAC_UP");
  MustUpdate(Encrypted(Firmware("2.0.0")));
  EXPECT_EQ(Boots(), "ota_0");
}

TEST_F(EfuseKey, OpensWhatTheFirmwareDownloads) {
  Burn("BLOCK_KEY0", "HMAC_UP");
  Offer(Encrypted(Firmware("2.0.0")));
  const ToolRun run = Boot();
  EXPECT_EQ(run.exit_code, 0) << run.err;
  EXPECT_THAT(run.out, HasSubstr("self_update 2.0.0 runs from ota_0"));
  EXPECT_EQ(State("ota_0"), "valid");
}

TEST_F(EfuseKey, TellsThatTheBlockIsEmpty) {
  ExpectRefused(Encrypted(Firmware("2.0.0")), "key_missing");
  EXPECT_THAT(last_message_, HasSubstr("ecies-p256"));
  EXPECT_THAT(last_message_, HasSubstr("eFuse"));
  const ToolRun run = Boot();
  EXPECT_THAT(run.out, HasSubstr("no update: key_missing"));
  EXPECT_EQ(Boots(), "factory");
}

TEST_F(EfuseKey, TakesNoBlockOfAnotherPurpose) {
  Burn("BLOCK_KEY0", "HMAC_DOWN_ALL");
  Burn("BLOCK_KEY1", "USER");
  ExpectRefused(Encrypted(Firmware("2.0.0")), "key_missing");
}

TEST_F(EfuseKey, TellsThatTheImageIsForAnotherDevice) {
  Must({"key", "new", "ecies", folder_ / "hmac.bin", "--force"});
  Burn("BLOCK_KEY0", "HMAC_UP");
  ExpectKeyMismatch(Firmware("2.0.0"));
  EXPECT_EQ(Boots(), "factory");
}

TEST_F(EfuseKey, TellsAnImageForAnRsaKeyApart) {
  Burn("BLOCK_KEY0", "HMAC_UP");
  Must({"key", "new", "rsa-3072", folder_ / "rsa.pem"});
  const std::string image = Firmware("2.0.0");
  Must({"image", "encrypt", image, folder_ / "rsa.pem", image + ".rsa"});
  ExpectRefused(image + ".rsa", "key_mismatch");
  EXPECT_EQ(Update({"--key", folder_ / "rsa.pem"}).exit_code, 0);
}

TEST_F(EfuseKey, LetsAKeyThatIsGivenGoFirst) {
  Must({"key", "new", "ecies", folder_ / "other.bin", "--public", folder_ / "other.pem"});
  Burn("BLOCK_KEY0", "HMAC_UP");
  ExpectKeyMismatch(Firmware("2.0.0"), "other.pem");
  EXPECT_EQ(Update({"--key", folder_ / "other.bin"}).exit_code, 0);
}

TEST_F(EfuseKey, InstallsAnEncryptedImage) {
  const std::string image = Encrypted(Firmware("2.0.0"));
  EXPECT_EQ(RunTool({"device", "install", device_, image, "--slot", "ota_1"}).exit_code, 1);
  Burn("BLOCK_KEY0", "HMAC_UP");
  Must({"device", "install", device_, image, "--slot", "ota_1"});
  EXPECT_EQ(Boots(), "ota_1");
}

TEST_F(EfuseKey, TakesPlainImagesAsBefore) {
  Burn("BLOCK_KEY0", "HMAC_UP");
  MustUpdate(Firmware("2.0.0"));
  EXPECT_EQ(Boots(), "ota_0");
}

}  // namespace
}  // namespace updraft
