// SPDX-License-Identifier: Apache-2.0
// Encrypted images for an RSA key that the application never sees: on a chip the
// digital signature peripheral's, here the device's own (Device::keys).
#define CONFIG_PRE_ENCRYPTED_RSA_USE_DS 1
#include <esp_encrypted_img.h>
#include <esp_log.h>

#include "esp/src/bound_device.h"
#include "esp/src/decrypt_operation.h"
#include "esp/src/no_memory.h"

namespace updraft::esp {
namespace {

class PeripheralKey final : public DecryptionKey {
 public:
  explicit PeripheralKey(RsaPrivateKey* key) : key_(key) {}

  DecryptionKeys keys() override { return {.rsa = key_}; }
  bool Prepare(Bytes /*header*/) override {
    if (key_ != nullptr) return true;
    ESP_LOGE(kDecryptTag, "The device has no RSA key of its own");
    return false;
  }
  void OnOpened() override {}
  void Forget() override {}
  esp_err_t Export(std::vector<std::uint8_t>& /*der*/) override { return ESP_ERR_NOT_SUPPORTED; }

 private:
  RsaPrivateKey* key_;
};

}  // namespace
}  // namespace updraft::esp

esp_decrypt_handle_t esp_encrypted_img_decrypt_start(const esp_decrypt_cfg_t* cfg) try {
  if (cfg == nullptr || cfg->ds_data == nullptr) return nullptr;
  const updraft::esp::BoundDevice device;
  if (!device) return nullptr;
  return updraft::esp::StartDecryption(
      std::make_unique<updraft::esp::PeripheralKey>(device->keys.rsa));
}
UPDRAFT_NO_MEMORY(nullptr)
