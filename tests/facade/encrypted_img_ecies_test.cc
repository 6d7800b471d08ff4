// SPDX-License-Identifier: Apache-2.0
// esp_encrypted_img.h as a project with CONFIG_PRE_ENCRYPTED_OTA_USE_ECIES has it.
#define CONFIG_PRE_ENCRYPTED_OTA_USE_ECIES 1
#include <esp_https_ota.h>
#include <gtest/gtest.h>

#include <numeric>

#include "updraft/key_derivation.h"

#include "testing/encryption_keys.h"
#include "tests/facade/encrypted_facade.h"
#include "tests/facade/http_peer.h"

namespace updraft {
namespace {

class EncryptedImgEcies : public EncryptedFacade {
 protected:
  static constexpr int kId = 2;

  EncryptedImgEcies() { std::iota(hmac_key_.begin(), hmac_key_.end(), std::uint8_t{0}); }

  static esp_decrypt_handle_t StartWith(int id) {
    const esp_decrypt_cfg_t config{.hmac_key_id = id};
    return esp_encrypted_img_decrypt_start(&config);
  }
  P256Point Point() {
    HmacSha256 hmac(crypto_);
    EXPECT_EQ(hmac.SetKey(hmac_key_), kOk);
    HmacDerivedKey derived(crypto_, hmac);
    P256Point point{};
    EXPECT_EQ(derived.PublicKey(point), kOk);
    return point;
  }

  Buffer hmac_key_ = Buffer(32);
  Buffer plain_ = Buffer(1000, 0x5A);
};

TEST_F(EncryptedImgEcies, OpensWhatIsForTheKeyInEfuse) {
  BurnHmacKey(kId, hmac_key_);
  const Buffer file = EncryptForTest(crypto_, Point(), plain_);
  for (const std::size_t chunk : {std::size_t{1}, std::size_t{512}, SIZE_MAX}) {
    const CapturedLog log;
    ExpectOpens(StartWith(kId), file, plain_, [&] { return chunk; });
    EXPECT_TRUE(CapturedLog::Tells(
        {"Magic Verified", "ECC key derived successfully", "GCM key derived successfully"}));
  }
}

esp_err_t DecryptByHandle(decrypt_cb_arg_t* args, void* handle) {
  pre_enc_decrypt_arg_t inner{};
  inner.data_in = args->data_in;
  inner.data_in_len = args->data_in_len;
  const esp_err_t error = esp_encrypted_img_decrypt_data(handle, &inner);
  if (error != ESP_OK && error != ESP_ERR_NOT_FINISHED) return error;
  args->data_out = inner.data_out;
  args->data_out_len = inner.data_out_len;
  return ESP_OK;
}

TEST_F(EncryptedImgEcies, E4IsTheCallbackOfAnUpdate) {
  BurnHmacKey(kId, hmac_key_);
  const Buffer file = EncryptForTest(crypto_, Point(), MakeImage("2.0.0"));
  const HttpPeer peer(OkAnswer(std::string(file.begin(), file.end())));
  const std::string url = peer.url();
  esp_http_client_config_t http{};
  http.url = url.c_str();
  http.crt_bundle_attach = [](void*) { return ESP_OK; };
  esp_decrypt_handle_t const opener = StartWith(kId);
  esp_https_ota_config_t config{};
  config.http_config = &http;
  config.decrypt_cb = &DecryptByHandle;
  config.decrypt_user_ctx = opener;
  config.enc_img_header_size = esp_encrypted_img_get_header_size();
  EXPECT_EQ(esp_https_ota(&config), ESP_OK);
  EXPECT_EQ(esp_encrypted_img_decrypt_end(opener), ESP_OK);
  EXPECT_STREQ(esp_ota_get_boot_partition()->label, "ota_0");
}

// The vector of encrypted-image.md, 4.1.
TEST_F(EncryptedImgEcies, OpensTheFileOfTheSpecification) {
  BurnHmacKey(kId, hmac_key_);
  Buffer file = FromHex(
      "cfb688077cf27b188d034f7e8a52380304b51ac3c08969e277f21b35a60b48fc47669978"
      "07775510db8ed040293d9ac69f7430dbba7dade63ce982299e04b79d227873d1"
      "202122232425262728292a2b2c2d2e2f303132333435363738393a3b3c3d3e3f");
  file.resize(388);
  for (const char* const field :
       {"000102030405060708090a0b0c0d0e0f", "12000000", "5384f9347918ae665ac33bed07184f37"}) {
    const Buffer bytes = FromHex(field);
    file.insert(file.end(), bytes.begin(), bytes.end());
  }
  file.resize(512);
  const Buffer body = FromHex("286dd22167e8f60198bfe06e35205551a869");
  file.insert(file.end(), body.begin(), body.end());
  const Decrypted result = Feed(StartWith(kId), file);
  EXPECT_EQ(result.end, ESP_OK);
  EXPECT_EQ(std::string(result.plain.begin(), result.plain.end()), "Updraft test image");
}

TEST_F(EncryptedImgEcies, F8RefusesAnIdWithoutAKeyOfItsPurpose) {
  BurnHmacKey(kId, hmac_key_);
  BurnHmacKey(3, hmac_key_, KeyPurpose::kUser);
  for (const int id : {-1, 6, 7, 100, INT32_MIN, INT32_MAX, 0, 3}) {
    EXPECT_EQ(StartWith(id), nullptr) << id;
  }
  EXPECT_EQ(esp_encrypted_img_decrypt_start(nullptr), nullptr);
  esp_decrypt_handle_t handle = StartWith(kId);
  EXPECT_NE(handle, nullptr);
  EXPECT_EQ(esp_encrypted_img_decrypt_abort(handle), ESP_OK);
}

TEST_F(EncryptedImgEcies, F9TheKeyIsDerivedWhenItsBlockIsWhole) {
  BurnHmacKey(kId, hmac_key_);
  const Buffer file = EncryptForTest(crypto_, Point(), plain_);
  esp_decrypt_handle_t handle = StartWith(kId);
  const CapturedLog log;
  EXPECT_EQ(FeedOnce(handle, Bytes(file).first(388)), ESP_ERR_NOT_FINISHED);
  EXPECT_TRUE(CapturedLog::Tells({"ECC key derived successfully"}));
  EXPECT_EQ(esp_encrypted_img_decrypt_abort(handle), ESP_OK);
}

TEST_F(EncryptedImgEcies, APointThatIsNoneFailsWhenItsBlockIsWhole) {
  BurnHmacKey(kId, hmac_key_);
  const Buffer file = EncryptForTest(crypto_, Point(), plain_);
  Buffer zero = file;
  std::fill(zero.begin() + 4, zero.begin() + 68, std::uint8_t{0});
  Buffer off = file;
  off[67] ^= 1;
  for (const Buffer& wrong : {zero, off}) {
    ExpectFailsAtKeyBlock(StartWith(kId), wrong);
  }
}

TEST_F(EncryptedImgEcies, AFileForAnotherDeviceFailsInDecryptEnd) {
  const Buffer file = EncryptForTest(crypto_, Point(), plain_);
  hmac_key_[0] = 9;
  BurnHmacKey(kId, hmac_key_);
  const Decrypted result = Feed(StartWith(kId), file);
  EXPECT_EQ(result.last, ESP_OK);
  EXPECT_EQ(result.end, ESP_FAIL);
}

TEST_F(EncryptedImgEcies, F12ExportsASubjectPublicKeyInfoAtAnyTime) {
  BurnHmacKey(kId, hmac_key_);
  esp_decrypt_handle_t handle = StartWith(kId);
  const Buffer der = Export(handle);
  EXPECT_EQ(ToHex(der),
            "3059301306072a8648ce3d020106082a8648ce3d030107034200"
            "04b4cd4644bb80dd7710a492e6bb986f785fe2ec1267b8d52328110c1e81a6eff0"
            "dcf55c0f46950c2444196cea7ae152db76dd51204c697c406e4585a86ae1ac89");
  EXPECT_EQ(FeedOnce(handle, EncryptForTest(crypto_, Point(), plain_)), ESP_OK);
  EXPECT_EQ(Export(handle), der);
  EXPECT_EQ(esp_encrypted_img_decrypt_end(handle), ESP_OK);
}

TEST_F(EncryptedImgEcies, TheHeaderHasTheFieldsOfTheScheme) {
  EXPECT_EQ(SERVER_ECC_KEY_LEN + KDF_SALT_SIZE + RESERVED_SIZE, ENC_GCM_KEY_SIZE);
  EXPECT_EQ(RESERVED_SIZE, 288);
  EXPECT_EQ(ESP_ERR_ENCRYPTED_IMAGE_HMAC_KEY_NOT_FOUND, 1);
}

TEST_F(EncryptedImgEcies, VectorsEndAsTheVendorsDeviceCodeEnds) {
  UPDRAFT_NEEDS_VECTORS();
  std::map<std::string, int> blocks;
  const auto start = [&](const std::string& key) -> esp_decrypt_handle_t {
    if (!key.ends_with("hmac_key.bin")) return nullptr;
    const auto [block, is_new] = blocks.try_emplace(key, static_cast<int>(blocks.size()));
    if (is_new) BurnHmacKey(static_cast<std::size_t>(block->second), VectorBytes(key));
    return StartWith(block->second);
  };
  EXPECT_GE(ExpectVectors("encrypted_image", start, false), 40);
  EXPECT_GE(ExpectVectors("damaged_encrypted_image", start, false), 80);
}

}  // namespace
}  // namespace updraft
