// SPDX-License-Identifier: Apache-2.0
// The example pre_encrypted_ota: what Espressif's tests expect of it (conformance E).
#include "tests/ota_examples/ota_example.h"

namespace updraft {
namespace {

using testing::AllOf;
using testing::HasSubstr;

using PreEncryptedOta = OtaExample;

std::string Encrypted(const TemporaryFolder& folder, const std::string& built,
                      const std::string& image) {
  WriteText(folder / "plain.bin", image);
  const ToolRun run = RunTool({"image", "encrypt", folder / "plain.bin",
                               built + "/rsa_key/private.pem", folder / "secure.bin"});
  EXPECT_EQ(run.exit_code, 0) << run.err;
  return FileText(folder / "secure.bin");
}

TEST_F(PreEncryptedOta, E1OpensAnEncryptedImage) {
  MakeDevice("pre_encrypted");
  const std::string secure = Encrypted(folder_, built_, Image("pre_encrypted_2.bin"));
  EXPECT_THAT(BootUntil("version 2.0.0 runs from ota_0", {Offer(secure), ""}),
              AllOf(HasSubstr("Magic Verified"), HasSubstr("Reading RSA private key"),
                    HasSubstr("upgrade successful. Rebooting")));
}

TEST_F(PreEncryptedOta, E2OpensItInParts) {
  MakeDevice("pre_encrypted_partial");
  const std::string secure = Encrypted(folder_, built_, Image("pre_encrypted_partial_2.bin"));
  BootUntil("version 2.0.0 runs from ota_0", {Offer(secure), ""});
}

TEST_F(PreEncryptedOta, E3RefusesADamagedTag) {
  MakeDevice("pre_encrypted");
  std::string secure = Encrypted(folder_, built_, Image("pre_encrypted_2.bin"));
  secure[410] = static_cast<char>(secure[410] ^ 1);
  BootUntil("ESP_HTTPS_OTA upgrade failed", {Offer(secure)});
  EXPECT_EQ(NextSlot(), "factory");
}

TEST_F(PreEncryptedOta, TheBuildMakesTheEncryptedImage) {
  const std::string secure = built_ + "/pre_encrypted/build/pre_encrypted_ota_secure.bin";
  const ToolRun run =
      RunTool({"image", "decrypt", secure, built_ + "/rsa_key/private.pem", folder_ / "plain.bin"});
  ASSERT_EQ(run.exit_code, 0) << run.err;
  EXPECT_EQ(FileText(folder_ / "plain.bin"),
            FileText(built_ + "/pre_encrypted/build/pre_encrypted_ota.bin"));
}

}  // namespace
}  // namespace updraft
