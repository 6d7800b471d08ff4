// SPDX-License-Identifier: Apache-2.0
// Encrypted images for the key that is derived from an eFuse block of purpose HMAC_UP.
#define CONFIG_PRE_ENCRYPTED_OTA_USE_ECIES 1
#include <esp_encrypted_img.h>
#include <esp_log.h>

#include <algorithm>
#include <array>

#include "esp/key_binding.h"
#include "esp/src/bound_device.h"
#include "esp/src/decrypt_operation.h"
#include "esp/src/no_memory.h"

namespace updraft::esp {
namespace {

// SubjectPublicKeyInfo of an uncompressed point on P-256 (RFC 5480), up to X.
constexpr std::array<std::uint8_t, 27> kPointInfo{
    0x30, 0x59, 0x30, 0x13, 0x06, 0x07, 0x2A, 0x86, 0x48, 0xCE, 0x3D, 0x02, 0x01, 0x06,
    0x08, 0x2A, 0x86, 0x48, 0xCE, 0x3D, 0x03, 0x01, 0x07, 0x03, 0x42, 0x00, 0x04};

class EfuseKey final : public DecryptionKey {
 public:
  EfuseKey(Crypto& crypto, std::shared_ptr<HmacKey> hmac)
      : crypto_(&crypto), hmac_(std::move(hmac)), derived_(crypto, *hmac_) {}

  DecryptionKeys keys() override { return {.ecies = &derived_}; }
  bool Prepare(Bytes header) override;
  void OnOpened() override { ESP_LOGI(kDecryptTag, "GCM key derived successfully"); }
  void Forget() override {}
  esp_err_t Export(std::vector<std::uint8_t>& der) override;

 private:
  Crypto* crypto_;
  std::shared_ptr<HmacKey> hmac_;
  HmacDerivedKey derived_;
};

bool EfuseKey::Prepare(Bytes header) {
  P256Point point{};
  if (!derived_.PublicKey(point).ok()) {
    ESP_LOGE(kDecryptTag, "The eFuse block of the HMAC key gives no key for encrypted images");
    return false;
  }
  ESP_LOGI(kDecryptTag, "ECC key derived successfully");
  std::ranges::copy(header.subspan(MAGIC_SIZE, kP256PointSize), point.begin());
  const auto on_curve = crypto_->P256IsOnCurve(point);
  if (on_curve && *on_curve) return true;
  ESP_LOGE(kDecryptTag,
           "Expected a point on P-256 in the header, found none: the file is for an RSA key, or "
           "damaged");
  return false;
}

esp_err_t EfuseKey::Export(std::vector<std::uint8_t>& der) {
  P256Point point{};
  if (!derived_.PublicKey(point).ok()) return ESP_FAIL;
  der.assign(kPointInfo.begin(), kPointInfo.end());
  der.insert(der.end(), point.begin(), point.end());
  return ESP_OK;
}

std::unique_ptr<DecryptionKey> KeyInBlock(int id) {
  const BoundDevice device;
  PrivateKeys* const keys = device.private_keys();
  if (!device || keys == nullptr) return nullptr;
  if (id < 0 || id >= static_cast<int>(kEfuseKeyBlocks)) {
    ESP_LOGE(kDecryptTag, "hmac_key_id: expected 0 to %d, found %d",
             static_cast<int>(kEfuseKeyBlocks) - 1, id);
    return nullptr;
  }
  const auto block = device->efuse->ReadKeyBlock(static_cast<std::size_t>(id));
  if (!block || !block->burnt || block->purpose != KeyPurpose::kHmacUp) {
    ESP_LOGE(kDecryptTag, "Expected a key of purpose HMAC_UP in the eFuse block KEY%d, found none",
             id);
    return nullptr;
  }
  return std::make_unique<EfuseKey>(*device->crypto, keys->Hmac(static_cast<std::size_t>(id)));
}

}  // namespace
}  // namespace updraft::esp

esp_decrypt_handle_t esp_encrypted_img_decrypt_start(const esp_decrypt_cfg_t* cfg) try {
  if (cfg == nullptr) return nullptr;
  auto key = updraft::esp::KeyInBlock(cfg->hmac_key_id);
  return key != nullptr ? updraft::esp::StartDecryption(std::move(key)) : nullptr;
}
UPDRAFT_NO_MEMORY(nullptr)
