// SPDX-License-Identifier: Apache-2.0
// esp_https_ota on devices that want their images signed (conformance C4 to C7).
#include <gmock/gmock.h>

#include "updraft/signature.h"

#include "ports/host/signer_openssl.h"
#include "tests/facade/https_ota_facade.h"

namespace updraft {
namespace {

using testing::AllOf;
using testing::HasSubstr;
using testing::Not;

class HttpsOtaSigned : public HttpsOtaFacade, public testing::WithParamInterface<SignatureScheme> {
 protected:
  HttpsOtaSigned() {
    esp::Unbind();
    Device& device = test_device_.device();
    device.policy.signature = SignaturePolicy::kOnUpdate;
    const auto digest = KeyDigest(crypto_, key_->block_key());
    EXPECT_TRUE(device.trusted_keys.Set(0, *digest).ok());
    Bind();
  }
  std::vector<std::uint8_t> Sign(const SignatureKey& key) {
    auto signing = ImageSigning::Open(MakeImage("2.0.0"), ImageSigning::Existing::kRefuse, crypto_);
    EXPECT_TRUE(signing->Add(key).ok());
    return signing->Finish();
  }
  // What it printed, and its error.
  std::string UpdateTo(const std::vector<std::uint8_t>& image, esp_err_t expected) {
    Serve("signed.bin", image);
    testing::internal::CaptureStdout();
    EXPECT_EQ(Update(), expected);
    return testing::internal::GetCapturedStdout();
  }

  Result<SignatureKey> key_ = SignatureKey::Generate(GetParam());
};

TEST_P(HttpsOtaSigned, C5AndC6TakeTheImageOfATrustedKey) {
  EXPECT_THAT(
      UpdateTo(Sign(*key_), ESP_OK),
      AllOf(HasSubstr("Writing to <ota_0> partition at offset 0x30000"),
            HasSubstr("Verifying image signature..."),
            HasSubstr("Signature verified successfully!"), Not(HasSubstr("signature bad"))));
  EXPECT_EQ(BootLabel(), "ota_0");
}

TEST_P(HttpsOtaSigned, C7RefusesAnUnsignedImageAndAForeignKey) {
  const auto foreign = SignatureKey::Generate(GetParam());
  for (const auto& image : {MakeImage("2.0.0"), Sign(*foreign)}) {
    EXPECT_THAT(UpdateTo(image, ESP_ERR_OTA_VALIDATE_FAILED),
                AllOf(HasSubstr("Secure boot signature verification failed"),
                      HasSubstr("image valid, signature bad")));
    EXPECT_EQ(BootLabel(), "factory");
  }
}

// ota_0 is signed by two keys and runs.
TEST_P(HttpsOtaSigned, RevokesAKeyOnlyWhereAnotherStillVouchesForWhatRuns) {
  const auto revoke = [](int index) {
    return esp_ota_revoke_secure_boot_public_key(
        static_cast<esp_ota_secure_boot_public_key_index_t>(index));
  };
  EXPECT_EQ(revoke(0), ESP_FAIL);  // no Secure Boot
  esp::Unbind();
  Device& device = test_device_.device();
  device.policy.signature = SignaturePolicy::kOnBoot;
  const auto second = SignatureKey::Generate(GetParam());
  ASSERT_TRUE(device.trusted_keys.Set(1, *KeyDigest(crypto_, second->block_key())).ok());
  auto signing = ImageSigning::Open(MakeImage("2.0.0"), ImageSigning::Existing::kRefuse, crypto_);
  ASSERT_TRUE(signing->Add(*key_).ok());
  ASSERT_TRUE(signing->Add(*second).ok());
  Bind();
  ASSERT_EQ(Facade::Update(Find("ota_0"), signing->Finish()), ESP_OK);
  EXPECT_EQ(Boot(), "ota_0");
  EXPECT_EQ(revoke(3), ESP_ERR_INVALID_ARG);
  EXPECT_EQ(revoke(0), ESP_FAIL);  // on trial
  ASSERT_EQ(esp_ota_mark_app_valid_cancel_rollback(), ESP_OK);
  EXPECT_EQ(revoke(0), ESP_OK);
  EXPECT_TRUE(*device.efuse->IsDigestRevoked(0));
  EXPECT_EQ(revoke(0), ESP_OK);
  EXPECT_EQ(revoke(1), ESP_FAIL);  // nobody would vouch any more
  EXPECT_FALSE(*device.efuse->IsDigestRevoked(1));
}

INSTANTIATE_TEST_SUITE_P(Schemes, HttpsOtaSigned,
                         testing::Values(SignatureScheme::kRsa3072, SignatureScheme::kEcdsaP256),
                         [](const auto& given) {
                           return std::string(given.param == SignatureScheme::kRsa3072 ? "Rsa"
                                                                                       : "P256");
                         });

}  // namespace
}  // namespace updraft
