// SPDX-License-Identifier: Apache-2.0
// esp_encrypted_img.h as a project with CONFIG_PRE_ENCRYPTED_RSA_USE_DS has it: the
// device's own RSA key stands for the one behind the peripheral.
#define CONFIG_PRE_ENCRYPTED_RSA_USE_DS 1
#include <gtest/gtest.h>

#include "testing/encryption_keys.h"
#include "tests/facade/encrypted_facade.h"

namespace updraft {
namespace {

class EncryptedImgDs : public EncryptedFacade {
 protected:
  EncryptedImgDs() : parsed_(ParseKeyFile(AsBytes(kTestRsaKeyPem))) {}

  KeyFile& key() { return *std::get<std::unique_ptr<KeyFile>>(parsed_); }
  esp_decrypt_handle_t Start() {
    int data = 0;
    const esp_decrypt_cfg_t config{.ds_data = &data};
    return esp_encrypted_img_decrypt_start(&config);
  }

  KeyFileOrFault parsed_;
  Buffer plain_ = Buffer(1000, 0x5A);
};

TEST_F(EncryptedImgDs, F14OpensWithTheDevicesOwnKey) {
  test_device_.device().keys.rsa = key().rsa_private.get();
  Bind();
  ExpectOpens(Start(), EncryptForTest(crypto_, key().rsa_public, plain_), plain_,
              [] { return 388; });
}

TEST_F(EncryptedImgDs, ADeviceWithoutAKeyFailsWhenTheKeyBlockIsWhole) {
  ExpectFailsAtKeyBlock(Start(), EncryptForTest(crypto_, key().rsa_public, plain_));
}

TEST_F(EncryptedImgDs, F13ExportsNothing) {
  esp_decrypt_handle_t handle = Start();
  std::uint8_t byte = 0;
  std::uint8_t* der = &byte;
  std::size_t size = 7;
  EXPECT_EQ(esp_encrypted_img_export_public_key(handle, &der, &size), ESP_ERR_NOT_SUPPORTED);
  EXPECT_EQ(der, nullptr);
  EXPECT_EQ(size, 0U);
  EXPECT_EQ(esp_encrypted_img_decrypt_abort(handle), ESP_OK);
}

TEST_F(EncryptedImgDs, StartRefusesNoData) {
  const esp_decrypt_cfg_t config{.ds_data = nullptr};
  EXPECT_EQ(esp_encrypted_img_decrypt_start(&config), nullptr);
  EXPECT_EQ(esp_encrypted_img_decrypt_start(nullptr), nullptr);
}

}  // namespace
}  // namespace updraft
