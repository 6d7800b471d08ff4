// SPDX-License-Identifier: Apache-2.0
// esp_encrypted_img.h with RSA: the rows of section F of the conformance cases, and
// what is written of each call in the specification.
#include <gtest/gtest.h>

#include <random>
#include <thread>

#include "testing/encryption_keys.h"
#include "tests/facade/encrypted_facade.h"

namespace updraft {
namespace {

class EncryptedImgRsa : public EncryptedFacade {
 protected:
  EncryptedImgRsa() {
    std::mt19937 random(11);
    for (std::uint8_t& byte : plain_) byte = static_cast<std::uint8_t>(random());
    plain_[0] = 0x45;  // no image: whatever is in it is opened
  }

  static Rsa3072PublicKey PublicHalf(std::string_view pem) {
    const auto parsed = ParseKeyFile(AsBytes(pem));
    return std::get<std::unique_ptr<KeyFile>>(parsed)->rsa_public;
  }
  Buffer Encrypt(const Buffer& plain) {
    return EncryptForTest(crypto_, PublicHalf(kTestRsaKeyPem), plain);
  }
  // An embedded text file ends with a NUL, which counts.
  static esp_decrypt_handle_t StartWith(const std::string& key) {
    esp_decrypt_cfg_t config{};
    config.rsa_priv_key = key.c_str();
    config.rsa_priv_key_len = key.size() + 1;
    return esp_encrypted_img_decrypt_start(&config);
  }
  static esp_decrypt_handle_t Start() { return StartWith(std::string(kTestRsaKeyPem)); }

  Buffer plain_ = Buffer(2000);
};

TEST_F(EncryptedImgRsa, F1OneCallDecryptsTheWholeImage) {
  const CapturedLog log;
  ExpectOpens(Start(), Encrypt(plain_), plain_, [] { return SIZE_MAX; });
  EXPECT_TRUE(CapturedLog::Tells({"Magic Verified", "Reading RSA private key"}));
}

TEST_F(EncryptedImgRsa, F2OneByteACallDecryptsTheSame) {
  ExpectOpens(Start(), Encrypt(plain_), plain_, [] { return 1; });
}

TEST_F(EncryptedImgRsa, F3RandomChunksDecryptTheSame) {
  std::mt19937 random(5);
  ExpectOpens(Start(), Encrypt(plain_), plain_, [&] { return 1 + random() % 16; });
  for (const std::size_t chunk : {15U, 16U, 17U, 511U, 512U, 513U, 1023U, 1024U, 1025U}) {
    ExpectOpens(Start(), Encrypt(plain_), plain_, [&] { return chunk; });
  }
}

TEST_F(EncryptedImgRsa, EverySizeOfPayloadEndsWithEspOk) {
  for (const std::size_t size : {0U, 1U, 15U, 16U, 17U, 511U, 512U}) {
    const Buffer plain(plain_.begin(), plain_.begin() + static_cast<std::ptrdiff_t>(size));
    for (const std::size_t chunk : {1U, 7U, 512U, 4096U}) {
      ExpectOpens(Start(), Encrypt(plain), plain, [&] { return chunk; });
    }
  }
}

TEST_F(EncryptedImgRsa, F4AWrongMagicFailsAtItsLastByte) {
  for (std::size_t at = 0; at < 4; ++at) {
    Buffer file = Encrypt(plain_);
    file[at] ^= 1;
    const CapturedLog log;
    esp_decrypt_handle_t handle = Start();
    EXPECT_EQ(FeedOnce(handle, Bytes(file).first(1)), ESP_ERR_NOT_FINISHED);
    EXPECT_EQ(FeedOnce(handle, Bytes(file).subspan(1, 3)), ESP_FAIL);
    EXPECT_EQ(FeedOnce(handle, Bytes(file).subspan(4)), ESP_FAIL);
    EXPECT_FALSE(esp_encrypted_img_is_complete_data_received(handle));
    EXPECT_EQ(esp_encrypted_img_decrypt_end(handle), ESP_FAIL);
    EXPECT_TRUE(CapturedLog::Tells({"Magic Verification failed"}));
  }
}

// Differs on purpose from F5: whether the padding was right is not to be had, so a
// damaged key block fails where a damaged body fails.
TEST_F(EncryptedImgRsa, F5ADamagedKeyBlockFailsInDecryptEnd) {
  Buffer file = Encrypt(plain_);
  file[100] ^= 1;
  const CapturedLog log;
  const Decrypted result = Feed(Start(), file);
  EXPECT_EQ(result.end, ESP_FAIL);
  EXPECT_NE(result.plain, plain_);
  EXPECT_TRUE(CapturedLog::Tells({"Invalid Auth"}));
}

TEST_F(EncryptedImgRsa, F5AKeyThatIsNoneFailsWhenTheKeyBlockIsWhole) {
  const Buffer file = Encrypt(plain_);
  const auto public_pem = PublicPem(PublicHalf(kTestRsaKeyPem));
  for (const std::string& pem :
       {std::string("garbage"), *public_pem, std::string(kSmallRsaKeyPem),
        std::string(kTestEcKeyPem), std::string(kLockedKeyPem), std::string(31, 'k')}) {
    SCOPED_TRACE(pem);
    const CapturedLog log;
    ExpectFailsAtKeyBlock(StartWith(pem), file);
    EXPECT_TRUE(CapturedLog::Tells({"Reading RSA private key", "rsa_priv_key: expected"}));
  }
}

TEST_F(EncryptedImgRsa, AnotherKeyFailsInDecryptEnd) {
  EXPECT_EQ(Feed(StartWith(std::string(kOtherRsaKeyPem)), Encrypt(plain_)).end, ESP_FAIL);
}

TEST_F(EncryptedImgRsa, F6AnImageWithoutItsLastByteIsNotComplete) {
  Buffer file = Encrypt(plain_);
  file.pop_back();
  esp_decrypt_handle_t handle = Start();
  EXPECT_EQ(FeedOnce(handle, file), ESP_ERR_NOT_FINISHED);
  EXPECT_FALSE(esp_encrypted_img_is_complete_data_received(handle));
  EXPECT_EQ(esp_encrypted_img_decrypt_abort(handle), ESP_OK);

  const CapturedLog log;
  EXPECT_EQ(Feed(Start(), file).end, ESP_FAIL);
  EXPECT_EQ(Feed(Start(), Buffer(file.begin(), file.begin() + 511)).end, ESP_FAIL);
  EXPECT_TRUE(CapturedLog::Tells({"Invalid operation: expected 2000 bytes", "found 1999",
                                  "Decryption process not completed successfully"}));
}

TEST_F(EncryptedImgRsa, F7AnAbortRightAfterTheStartIsOk) {
  esp_decrypt_handle_t handle = Start();
  EXPECT_TRUE(esp_encrypted_img_is_complete_data_received(handle)) << "as in ESP-IDF";
  EXPECT_EQ(esp_encrypted_img_decrypt_abort(handle), ESP_OK);
  EXPECT_EQ(esp_encrypted_img_decrypt_end(Start()), ESP_FAIL);
}

TEST_F(EncryptedImgRsa, F10NullIsRefusedAndNothingIsTouched) {
  esp_decrypt_handle_t handle = Start();
  std::uint8_t byte = 0;
  std::uint8_t* key = &byte;
  std::size_t size = 77;
  EXPECT_EQ(esp_encrypted_img_export_public_key(nullptr, &key, &size), ESP_ERR_INVALID_ARG);
  EXPECT_EQ(esp_encrypted_img_export_public_key(handle, nullptr, &size), ESP_ERR_INVALID_ARG);
  EXPECT_EQ(esp_encrypted_img_export_public_key(handle, &key, nullptr), ESP_ERR_INVALID_ARG);
  EXPECT_EQ(key, &byte);
  EXPECT_EQ(size, 77U);

  pre_enc_decrypt_arg_t args{};
  args.data_out_len = 5;
  EXPECT_EQ(esp_encrypted_img_decrypt_data(handle, &args), ESP_ERR_INVALID_ARG);
  EXPECT_EQ(esp_encrypted_img_decrypt_data(handle, nullptr), ESP_ERR_INVALID_ARG);
  args.data_in = "";
  EXPECT_EQ(esp_encrypted_img_decrypt_data(nullptr, &args), ESP_ERR_INVALID_ARG);
  EXPECT_EQ(args.data_out_len, 5U);
  EXPECT_EQ(esp_encrypted_img_decrypt_end(nullptr), ESP_ERR_INVALID_ARG);
  EXPECT_EQ(esp_encrypted_img_decrypt_abort(nullptr), ESP_ERR_INVALID_ARG);
  EXPECT_FALSE(esp_encrypted_img_is_complete_data_received(nullptr));
  EXPECT_EQ(esp_encrypted_img_decrypt_abort(handle), ESP_OK);
}

TEST_F(EncryptedImgRsa, StartRefusesAMissingKey) {
  esp_decrypt_cfg_t config{};
  EXPECT_EQ(esp_encrypted_img_decrypt_start(nullptr), nullptr);
  EXPECT_EQ(esp_encrypted_img_decrypt_start(&config), nullptr);
  config.rsa_priv_key_len = 10;
  EXPECT_EQ(esp_encrypted_img_decrypt_start(&config), nullptr);
  config.rsa_priv_key = "key";
  config.rsa_priv_key_len = 0;
  EXPECT_EQ(esp_encrypted_img_decrypt_start(&config), nullptr);
  esp::Unbind();
  EXPECT_EQ(Start(), nullptr) << "there is no device";
}

TEST_F(EncryptedImgRsa, TheOldNameOfTheKeyIsTheSameMember) {
  const std::string pem(kTestRsaKeyPem);
  esp_decrypt_cfg_t config{};
  config.rsa_pub_key = pem.c_str();
  config.rsa_pub_key_len = pem.size();  // without the NUL
  ExpectOpens(esp_encrypted_img_decrypt_start(&config), Encrypt(plain_), plain_,
              [] { return 600; });
}

TEST_F(EncryptedImgRsa, TheKeyIsCopiedAndMayBePkcs8) {
  const Buffer file = EncryptForTest(crypto_, PublicHalf(kOtherRsaKeyPem), plain_);
  auto pem = std::make_unique<std::string>(kOtherRsaKeyPem);
  esp_decrypt_handle_t handle = StartWith(*pem);
  std::fill(pem->begin(), pem->end(), 'x');
  pem.reset();
  ExpectOpens(handle, file, plain_, [] { return 1000; });
}

TEST_F(EncryptedImgRsa, F11ExportsAnRsaPublicKeyUntilTheKeyIsUsed) {
  esp_decrypt_handle_t handle = Start();
  const Buffer der = Export(handle);
  ASSERT_EQ(der.size(), 398U);
  const Rsa3072PublicKey half = PublicHalf(kTestRsaKeyPem);
  EXPECT_EQ(ToHex(Bytes(der).first(9)), "3082018a0282018100");
  EXPECT_TRUE(std::equal(half.modulus.begin(), half.modulus.end(), der.begin() + 9));
  EXPECT_EQ(ToHex(Bytes(der).last(5)), "0203010001");

  EXPECT_EQ(FeedOnce(handle, Bytes(Encrypt(plain_)).first(387)), ESP_ERR_NOT_FINISHED);
  EXPECT_EQ(Export(handle), der);
  EXPECT_EQ(FeedOnce(handle, Bytes(Encrypt(plain_)).first(1)), ESP_ERR_NOT_FINISHED);
  std::uint8_t* key = nullptr;
  std::size_t size = 0;
  EXPECT_EQ(esp_encrypted_img_export_public_key(handle, &key, &size), ESP_ERR_INVALID_ARG);
  EXPECT_EQ(esp_encrypted_img_decrypt_abort(handle), ESP_OK);

  handle = StartWith("garbage");
  EXPECT_EQ(esp_encrypted_img_export_public_key(handle, &key, &size), ESP_FAIL);
  EXPECT_EQ(FeedOnce(handle, AsBytes("wrong")), ESP_FAIL);
  EXPECT_EQ(esp_encrypted_img_export_public_key(handle, &key, &size), ESP_ERR_INVALID_ARG);
  EXPECT_EQ(esp_encrypted_img_decrypt_abort(handle), ESP_OK);
}

TEST_F(EncryptedImgRsa, AnEndedHandleIsRefusedEverywhere) {
  esp_decrypt_handle_t handle = Start();
  EXPECT_EQ(esp_encrypted_img_decrypt_end(handle), ESP_FAIL);
  EXPECT_EQ(esp_encrypted_img_decrypt_abort(handle), ESP_ERR_INVALID_ARG);
  EXPECT_EQ(esp_encrypted_img_decrypt_end(handle), ESP_ERR_INVALID_ARG);
  EXPECT_EQ(FeedOnce(handle, AsBytes("data")), ESP_ERR_INVALID_ARG);
  EXPECT_FALSE(esp_encrypted_img_is_complete_data_received(handle));
  std::uint8_t* key = nullptr;
  std::size_t size = 0;
  EXPECT_EQ(esp_encrypted_img_export_public_key(handle, &key, &size), ESP_ERR_INVALID_ARG);
  esp_decrypt_handle_t next = Start();
  EXPECT_NE(next, handle);
  EXPECT_EQ(esp_encrypted_img_decrypt_abort(next), ESP_OK);
}

TEST_F(EncryptedImgRsa, WhatIsBehindTheImageIsNeverOk) {
  Buffer file = Encrypt(plain_);
  file.push_back(0);
  const CapturedLog log;
  Decrypted result = Feed(Start(), file);
  EXPECT_EQ(result.last, ESP_FAIL);
  EXPECT_EQ(result.end, ESP_FAIL);
  result = Feed(Start(), file, file.size() - 1);
  EXPECT_EQ(result.last, ESP_FAIL) << "after ESP_OK for all that belongs to it";
  EXPECT_FALSE(result.complete);
  EXPECT_EQ(result.end, ESP_FAIL);
  EXPECT_TRUE(CapturedLog::Tells({"Invalid operation: the image ends 1 bytes earlier"}));
}

TEST_F(EncryptedImgRsa, AnyChangedByteThatCountsFailsInTheEnd) {
  const Buffer file = Encrypt(Buffer(plain_.begin(), plain_.begin() + 40));
  for (const std::size_t at : {388U, 403U, 404U, 407U, 408U, 423U, 512U, 551U}) {
    Buffer wrong = file;
    wrong[at] ^= 1;
    const Decrypted result = Feed(Start(), wrong, 16);
    EXPECT_EQ(result.end, ESP_FAIL) << at;
  }
  Buffer reserved = file;
  reserved[424] = 0xFF;
  EXPECT_EQ(Feed(Start(), reserved, 16).end, ESP_OK);
}

TEST_F(EncryptedImgRsa, OutputIsTheCallersBufferReallocated) {
  const Buffer file = Encrypt(Buffer(plain_.begin(), plain_.begin() + 40));
  esp_decrypt_handle_t handle = Start();
  pre_enc_decrypt_arg_t args{};
  args.data_out = static_cast<char*>(std::malloc(3));
  char* const mine = args.data_out;
  args.data_out_len = 3;
  const auto feed = [&](std::size_t from, std::size_t count) {
    args.data_in = reinterpret_cast<const char*>(file.data()) + from;
    args.data_in_len = count;
    return esp_encrypted_img_decrypt_data(handle, &args);
  };
  EXPECT_EQ(feed(0, 511), ESP_ERR_NOT_FINISHED);
  EXPECT_EQ(args.data_out, mine) << "the header touches nothing";
  EXPECT_EQ(args.data_out_len, 3U);
  EXPECT_EQ(feed(511, 1 + 15), ESP_ERR_NOT_FINISHED);
  EXPECT_EQ(args.data_out_len, 0U) << "no whole block yet";
  EXPECT_EQ(feed(527, 2), ESP_ERR_NOT_FINISHED);
  EXPECT_EQ(args.data_out_len, 16U);
  EXPECT_TRUE(std::equal(plain_.begin(), plain_.begin() + 16, args.data_out,
                         [](std::uint8_t a, char b) { return static_cast<char>(a) == b; }));
  EXPECT_EQ(feed(529, 0), ESP_ERR_NOT_FINISHED) << "no data are legal";
  EXPECT_EQ(args.data_out_len, 0U);
  EXPECT_EQ(feed(529, 23), ESP_OK);
  EXPECT_EQ(args.data_out_len, 24U);
  EXPECT_EQ(feed(552, 0), ESP_OK);
  EXPECT_EQ(args.data_out_len, 0U);
  std::free(args.data_out);
  EXPECT_EQ(esp_encrypted_img_decrypt_end(handle), ESP_OK);
}

TEST_F(EncryptedImgRsa, AnEmptyImageGivesBackNoBuffer) {
  const Buffer file = Encrypt({});
  esp_decrypt_handle_t handle = Start();
  pre_enc_decrypt_arg_t args{};
  args.data_in = reinterpret_cast<const char*>(file.data());
  args.data_in_len = file.size();
  args.data_out = static_cast<char*>(std::malloc(3));
  args.data_out_len = 3;
  EXPECT_EQ(esp_encrypted_img_decrypt_data(handle, &args), ESP_OK);
  EXPECT_EQ(args.data_out, nullptr);
  EXPECT_EQ(args.data_out_len, 0U);
  EXPECT_EQ(esp_encrypted_img_decrypt_end(handle), ESP_OK);
}

TEST_F(EncryptedImgRsa, ALengthThatNobodyHasIsNeverAllocated) {
  Buffer file = Encrypt(plain_);
  StoreLe32(file.data() + 404, 0xFFFFFFFF);
  EXPECT_EQ(FeedOnce(Start(), file), ESP_ERR_NOT_FINISHED);
}

TEST_F(EncryptedImgRsa, AskingWhileAnotherTaskEndsIsSafe) {
  const Buffer file = Encrypt(plain_);
  for (int round = 0; round < 20; ++round) {
    esp_decrypt_handle_t handle = Start();
    std::thread asking([handle] {
      while (FeedOnce(handle, AsBytes("")) != ESP_ERR_INVALID_ARG) {
        esp_encrypted_img_is_complete_data_received(handle);
      }
    });
    EXPECT_EQ(Feed(handle, file, 100).end, ESP_OK);
    asking.join();
  }
}

TEST_F(EncryptedImgRsa, ADeviceThatDemandsSignedHeadersTakesNoOther) {
  test_device_.device().policy.signed_header = true;
  const auto signer = ParseKeyFile(AsBytes(kTestEcKeyPem));
  const P256Point& point = std::get<std::unique_ptr<KeyFile>>(signer)->point;
  ASSERT_EQ(test_device_.device().header_keys.Add(point), kOk);
  Bind();
  EXPECT_EQ(Feed(Start(), Encrypt(plain_)).last, ESP_FAIL);
}

TEST_F(EncryptedImgRsa, TheHeaderHas512Bytes) {
  EXPECT_EQ(esp_encrypted_img_get_header_size(), 512);
  EXPECT_EQ(MAGIC_SIZE + ENC_GCM_KEY_SIZE + IV_SIZE + BIN_SIZE_DATA + AUTH_SIZE + RESERVED_HEADER,
            512);
}

class EncryptedImgRsaVectors : public EncryptedImgRsa {
 protected:
  void SetUp() override { UPDRAFT_NEEDS_VECTORS(); }
  static std::string KeyText(const std::string& key) {
    const Buffer bytes = VectorBytes(key);
    return {bytes.begin(), bytes.end()};
  }
  static esp_decrypt_handle_t StartVector(const std::string& key) {
    return key.ends_with(".pem") ? StartWith(KeyText(key)) : nullptr;
  }
};

TEST_F(EncryptedImgRsaVectors, EndAsTheVendorsDeviceCodeEnds) {
  EXPECT_GE(ExpectVectors("encrypted_image", &StartVector, true), 40);
  EXPECT_GE(ExpectVectors("damaged_encrypted_image", &StartVector, true), 80);
}

TEST_F(EncryptedImgRsaVectors, TheVendorsSampleImageOpens) {
  const Decrypted result =
      Feed(StartWith(KeyText("vendor/test_rsa_private_key.pem")), VectorBytes("vendor/image.bin"));
  EXPECT_EQ(result.end, ESP_OK);
  EXPECT_EQ(std::string(result.plain.begin(), result.plain.begin() + 18), "EspressifEspressif");
}

TEST_F(EncryptedImgRsaVectors, ExportedKeysAreTheVendors) {
  int seen = 0;
  for (const nlohmann::json& entry : VectorsOf("test_key")) {
    const nlohmann::json& expect = entry.at("expect");
    if (!expect.contains("device_exported_public_key_sha256")) continue;
    esp_decrypt_handle_t handle = StartWith(KeyText(entry.at("file")));
    EXPECT_EQ(ToHex(*Sha256(crypto_, Export(handle))),
              expect.at("device_exported_public_key_sha256").get<std::string>());
    EXPECT_EQ(esp_encrypted_img_decrypt_abort(handle), ESP_OK);
    ++seen;
  }
  EXPECT_GE(seen, 2);
}

}  // namespace
}  // namespace updraft
