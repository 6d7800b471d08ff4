// SPDX-License-Identifier: Apache-2.0
// Updates of devices that ask who signed the header of an encrypted image: before
// the first flash operation, and again when the body has come.
#include <gmock/gmock.h>

#include "updraft/key_derivation.h"

#include "ports/host/key_file.h"
#include "src/encrypted/key_wrap.h"
#include "testing/test_encryption.h"
#include "tests/e2e/protected_update.h"

namespace updraft {
namespace {

using Json = nlohmann::json;
using testing::HasSubstr;

using Image = std::vector<std::uint8_t>;

class SignedHeader : public ProtectedUpdate {
 protected:
  SignedHeader() {
    NewDevice({"--demand-signed-header", "--header-key", "signer.pub"});
    Tool({"image", "encrypt", "new.bin", "hmac.bin", "e.bin", "--sign-key", "signer.pem"});
  }

  Json Update(const std::string& name) {
    return ProtectedUpdate::Update(name, {"--key", "hmac.bin"});
  }
};

TEST_F(SignedHeader, OfATrustedKeyIsTaken) {
  const Json report = Update("e.bin");
  EXPECT_EQ(report.value("result", ""), "updated") << error_;
  EXPECT_EQ(Boots(), "ota_0");
}

TEST_F(SignedHeader, ForgedIsRefusedWithoutAFlashOperation) {
  for (const std::size_t at : {4U, 70U, 390U, 410U, 430U, 450U, 511U}) {
    Image forged = ReadImage("e.bin");
    forged[at] ^= 0x40;
    WriteImage("forged.bin", forged);
    ExpectUntouched(Update("forged.bin"), "header_signature_bad");
    EXPECT_THAT(error_, HasSubstr("header"));
  }
}

TEST_F(SignedHeader, OfAStrangerMissingOrPlainIsRefusedWithoutAFlashOperation) {
  Tool({"key", "new", "sign-p256", "stranger.pem"});
  Tool({"image", "encrypt", "new.bin", "hmac.bin", "s.bin", "--sign-key", "stranger.pem"});
  ExpectUntouched(Update("s.bin"), "header_signature_bad");
  Tool({"image", "encrypt", "new.bin", "hmac.bin", "u.bin"});
  ExpectUntouched(Update("u.bin"), "header_signature_bad");
  ExpectUntouched(Update("new.bin"), "header_signature_bad");
}

// Somebody who knows the AES key gives the authentic header another body, for which
// the tag is right; all that the image proves about itself is right too.
TEST_F(SignedHeader, WithAnotherBodyNeverBoots) {
  const Image file = ReadImage("e.bin");
  const auto key_file = std::move(std::get<0>(ParseKeyFile(ReadImage("hmac.bin"))));
  HmacSha256 hmac(crypto_);
  ASSERT_EQ(hmac.SetKey(key_file->secret.bytes()), kOk);
  HmacDerivedKey derived(crypto_, hmac);
  std::array<std::uint8_t, kAes256KeySize> aes_key{};
  const auto header = ParseEncryptedHeader(
      std::span<const std::uint8_t, kEncryptedHeaderSize>(file.data(), kEncryptedHeaderSize));
  ASSERT_EQ(UnwrapEcies(derived, crypto_, header.key_block, aes_key), kOk);
  WriteImage("forged.bin", ForgeBody(crypto_, aes_key, file, AlignUp(image_size_, 16)));
  Tool({"image", "decrypt", "forged.bin", "hmac.bin", "d.bin"});
  const Json report = Update("forged.bin");
  EXPECT_EQ(report.value("result", ""), "refused");
  EXPECT_EQ(report.value("reason", ""), "header_signature_bad");
  EXPECT_GT(report.value("flash_operations", 0), 0);
  EXPECT_EQ(Boots(), "factory");
  const Json info = Json::parse(Tool({"device", "info", "device", "--json"}).out);
  EXPECT_FALSE(info.at("slots").at(1).at("valid").get<bool>());
}

TEST_F(ProtectedUpdate, ADeviceThatDemandsASignedHeaderAndHasNoKeyRefuses) {
  NewDevice({"--demand-signed-header"});
  Tool({"image", "encrypt", "new.bin", "hmac.bin", "e.bin", "--sign-key", "signer.pem"});
  ExpectUntouched(Update("e.bin", {"--key", "hmac.bin"}), "header_signature_bad");
  EXPECT_THAT(error_, HasSubstr("none on this device"));
}

TEST_F(ProtectedUpdate, ADeviceThatKnowsNothingOfSignedHeadersTakesThem) {
  NewDevice({});
  Tool({"image", "encrypt", "new.bin", "hmac.bin", "e.bin", "--sign-key", "signer.pem"});
  EXPECT_EQ(Update("e.bin", {"--key", "hmac.bin"}).value("result", ""), "updated");
}

}  // namespace
}  // namespace updraft
