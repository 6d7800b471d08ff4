// SPDX-License-Identifier: Apache-2.0
// esp_secure_boot.h: who signed what runs, and whether an image is of a trusted key.
#include <esp_partition.h>
#include <esp_secure_boot.h>
#include <gmock/gmock.h>

#include <algorithm>
#include <cstring>
#include <string>

#include "updraft/signature.h"

#include "ports/host/signer_openssl.h"
#include "tests/facade/facade_device.h"

namespace updraft {
namespace {

using testing::HasSubstr;

class SecureBoot : public Facade, public testing::WithParamInterface<SignatureScheme> {
 protected:
  std::vector<std::uint8_t> Sign(const std::vector<const SignatureKey*>& keys,
                                 const std::string& version) {
    auto signing = ImageSigning::Open(MakeImage(version), ImageSigning::Existing::kRefuse, crypto_);
    for (const auto* key : keys) EXPECT_TRUE(signing->Add(*key).ok());
    return signing->Finish();
  }
  // What the chip holds from now on; the first key is in slot 0.
  void Trust(const std::vector<const SignatureKey*>& keys) {
    esp::Unbind();
    Device& device = test_device_.device();
    device.policy.signature = SignaturePolicy::kOnBoot;
    for (std::size_t slot = 0; slot < keys.size(); ++slot) {
      ASSERT_TRUE(device.trusted_keys.Set(slot, Digest(*keys[slot])).ok());
    }
    Bind();
  }
  // The image as a program has it: where, and how long without the sector.
  std::uint32_t Put(const char* label, const std::vector<std::uint8_t>& image) {
    const auto* const slot = Find(label);
    EXPECT_EQ(esp_partition_erase_range(slot, 0, slot->size), ESP_OK);
    EXPECT_EQ(esp_partition_write(slot, 0, image.data(), image.size()), ESP_OK);
    return slot->address;
  }
  void Run(const std::vector<std::uint8_t>& image) {
    esp::Unbind();
    test_device_.Install("factory", image);
    test_device_.SetRunning("factory");
    Bind();
  }
  Sha256Digest Digest(const SignatureKey& key) { return *KeyDigest(crypto_, key.block_key()); }
  bool HoldsDigest(const std::uint8_t* bytes, const SignatureKey& key) {
    return std::memcmp(bytes, Digest(key).data(), 32) == 0;
  }
  static std::uint32_t SignedLength(const std::vector<std::uint8_t>& image) {
    return static_cast<std::uint32_t>(image.size() - kSignatureSectorSize);
  }

  Result<SignatureKey> key_ = SignatureKey::Generate(GetParam());
  Result<SignatureKey> other_ = SignatureKey::Generate(GetParam());
};

TEST_P(SecureBoot, AsksWhoSignedTheRunningApplication) {
  esp_image_sig_public_key_digests_t digests{};
  digests.num_digests = 7;
  EXPECT_EQ(esp_secure_boot_get_signature_blocks_for_running_app(true, &digests),
            ESP_ERR_NOT_FOUND);
  EXPECT_EQ(digests.num_digests, 0u);
  Run(Sign({&*key_, &*other_}, "1.0.0"));
  EXPECT_EQ(esp_secure_boot_get_signature_blocks_for_running_app(true, &digests), ESP_OK);
  EXPECT_EQ(digests.num_digests, 1u);  // an ESP32 looks at one block
  EXPECT_TRUE(HoldsDigest(digests.key_digests[0], *key_));
  digests.key_digests[0][0] = 9;
  EXPECT_EQ(esp_secure_boot_get_signature_blocks_for_running_app(false, &digests), ESP_OK);
  EXPECT_EQ(digests.num_digests, 1u);
  EXPECT_EQ(digests.key_digests[0][0], 0);
  EXPECT_EQ(esp_secure_boot_get_signature_blocks_for_running_app(true, nullptr),
            ESP_ERR_INVALID_ARG);
}

TEST_P(SecureBoot, TrustsTheSignerOfTheRunningApplicationWithoutSecureBoot) {
  const auto good = Sign({&*key_}, "2.0.0");
  const std::uint32_t address = Put("ota_0", good);
  EXPECT_EQ(esp_secure_boot_verify_signature(address, SignedLength(good)), ESP_FAIL);
  Run(Sign({&*key_}, "1.0.0"));
  testing::internal::CaptureStdout();
  EXPECT_EQ(esp_secure_boot_verify_signature(address, SignedLength(good)), ESP_OK);
  const std::string log = testing::internal::GetCapturedStdout();
  EXPECT_THAT(log, HasSubstr("Take trusted digest key(s) from running app"));
  EXPECT_THAT(log, HasSubstr("#0 app key digest == #0 trusted key digest"));
  EXPECT_THAT(log, HasSubstr("Signature verified successfully!"));
  // The length of the image itself is rounded up.
  EXPECT_EQ(esp_secure_boot_verify_signature(address, SignedLength(good) - 1), ESP_OK);
  EXPECT_EQ(esp_secure_boot_verify_signature(address, SignedLength(good) - 4096),
            ESP_ERR_IMAGE_INVALID);
  const auto foreign = Sign({&*other_}, "2.0.0");
  EXPECT_EQ(esp_secure_boot_verify_signature(Put("ota_0", foreign), SignedLength(foreign)),
            ESP_ERR_IMAGE_INVALID);
  auto changed = good;
  changed[100] ^= 1;
  EXPECT_EQ(esp_secure_boot_verify_signature(Put("ota_0", changed), SignedLength(changed)),
            ESP_ERR_IMAGE_INVALID);
  EXPECT_EQ(esp_secure_boot_verify_signature(0xFFFFF000, 4096), ESP_FAIL);
}

TEST_P(SecureBoot, JudgesASectorOverADigestThatTheProgramHas) {
  Trust({&*key_});
  const auto image = Sign({&*key_}, "2.0.0");
  ets_secure_boot_signature_t sector{};
  std::memcpy(&sector, image.data() + SignedLength(image), sizeof sector);
  EXPECT_EQ(sector.block[0].magic_byte, ETS_SECURE_BOOT_V2_SIGNATURE_MAGIC);
  Hash hash(crypto_);
  std::array<std::uint8_t, 32> digest{};
  ASSERT_TRUE(hash.Start(HashKind::kSha256).ok());
  ASSERT_TRUE(hash.Update(Bytes(image).first(SignedLength(image))).ok());
  ASSERT_TRUE(hash.Finish(digest).ok());
  std::array<std::uint8_t, 32> verified;
  verified.fill(0xAA);
  EXPECT_EQ(esp_secure_boot_verify_sbv2_signature_block(&sector, digest.data(), verified.data()),
            ESP_OK);
  EXPECT_EQ(verified, (std::array<std::uint8_t, 32>{}));
  EXPECT_EQ(esp_secure_boot_verify_rsa_signature_block(&sector, digest.data(), verified.data()),
            ESP_OK);
  digest[0] ^= 1;
  EXPECT_EQ(esp_secure_boot_verify_sbv2_signature_block(&sector, digest.data(), verified.data()),
            ESP_ERR_IMAGE_INVALID);
  digest[0] ^= 1;
  sector.block[0].block_crc ^= 1;
  EXPECT_EQ(esp_secure_boot_verify_sbv2_signature_block(&sector, digest.data(), verified.data()),
            ESP_ERR_IMAGE_INVALID);
  for (const int missing : {0, 1, 2}) {
    EXPECT_EQ(esp_secure_boot_verify_sbv2_signature_block(missing == 0 ? nullptr : &sector,
                                                          missing == 1 ? nullptr : digest.data(),
                                                          missing == 2 ? nullptr : verified.data()),
              ESP_ERR_INVALID_ARG);
  }
}

TEST_P(SecureBoot, ReadsTheTrustedDigestsAndAsksAboutOneSlot) {
  esp_secure_boot_key_digests_t digests{};
  EXPECT_EQ(esp_secure_boot_read_key_digests(nullptr), ESP_FAIL);
  EXPECT_EQ(esp_secure_boot_read_key_digests(&digests), ESP_FAIL);
  EXPECT_FALSE(esp_secure_boot_enabled());
  EXPECT_FALSE(esp_secure_boot_cfg_verify_release_mode());
  Trust({&*key_, &*other_});
  EXPECT_TRUE(esp_secure_boot_enabled());
  EXPECT_TRUE(esp_secure_boot_cfg_verify_release_mode());
  ASSERT_EQ(esp_secure_boot_read_key_digests(&digests), ESP_OK);
  EXPECT_TRUE(HoldsDigest(static_cast<const std::uint8_t*>(digests.key_digests[1]), *other_));
  EXPECT_EQ(digests.key_digests[2], nullptr);
  EXPECT_FALSE(esp_efuse_get_digest_revoke(0));
  EXPECT_FALSE(esp_efuse_get_digest_revoke(3));

  const auto* const slot = Find("ota_0");
  esp_partition_pos_t place{.offset = Put("ota_0", Sign({&*key_}, "2.0.0")), .size = slot->size};
  EXPECT_EQ(esp_secure_boot_verify_with_efuse_digest_index(0, &place), ESP_OK);
  EXPECT_EQ(esp_secure_boot_verify_with_efuse_digest_index(-1, &place), ESP_ERR_INVALID_ARG);
  EXPECT_EQ(esp_secure_boot_verify_with_efuse_digest_index(3, &place), ESP_ERR_INVALID_ARG);
  EXPECT_EQ(esp_secure_boot_verify_with_efuse_digest_index(0, nullptr), ESP_ERR_INVALID_ARG);
  auto changed = Sign({&*key_}, "2.0.0");
  changed[100] ^= 1;
  Put("ota_0", changed);
  EXPECT_EQ(esp_secure_boot_verify_with_efuse_digest_index(0, &place), ESP_FAIL);
  Put("ota_0", Sign({&*other_}, "2.0.0"));
  EXPECT_EQ(esp_secure_boot_verify_with_efuse_digest_index(0, &place), ESP_FAIL);
  esp::Unbind();
  ASSERT_TRUE(test_device_.device().efuse->RevokeDigest(0).ok());
  ASSERT_TRUE(test_device_.device().trusted_keys.Revoke(0).ok());
  Bind();
  EXPECT_TRUE(esp_efuse_get_digest_revoke(0));
  Put("ota_0", Sign({&*key_}, "2.0.0"));
  EXPECT_EQ(esp_secure_boot_verify_with_efuse_digest_index(0, &place), ESP_FAIL);
  ASSERT_EQ(esp_secure_boot_read_key_digests(&digests), ESP_OK);
  EXPECT_EQ(digests.key_digests[0], nullptr);
}

INSTANTIATE_TEST_SUITE_P(Schemes, SecureBoot,
                         testing::Values(SignatureScheme::kRsa3072, SignatureScheme::kEcdsaP256),
                         [](const auto& given) {
                           return std::string(given.param == SignatureScheme::kRsa3072 ? "Rsa"
                                                                                       : "P256");
                         });

}  // namespace
}  // namespace updraft
