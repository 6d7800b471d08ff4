// SPDX-License-Identifier: Apache-2.0
// esp_efuse.h, esp_flash_encrypt.h.
#include <esp_efuse.h>
#include <esp_flash_encrypt.h>

#include "esp/src/bound_device.h"
#include "esp/src/err.h"

using updraft::esp::BoundDevice;

std::uint32_t esp_efuse_read_secure_version(void) {
  const BoundDevice device;
  if (!device) return 0;
  const auto version = device->efuse->ReadSecureVersion();
  return version ? *version : 0;
}

bool esp_efuse_check_secure_version(std::uint32_t secure_version) {
  return secure_version >= esp_efuse_read_secure_version();
}

esp_err_t esp_efuse_update_secure_version(std::uint32_t secure_version) {
  const BoundDevice device;
  if (!device) return ESP_ERR_INVALID_STATE;
  const updraft::Status status = device->efuse->BurnSecureVersion(secure_version);
  return status.code() == updraft::Code::kDowngrade ? ESP_FAIL : updraft::esp::ErrorOf(status);
}

bool esp_efuse_is_flash_encryption_enabled(void) { return false; }
bool esp_flash_encryption_enabled(void) { return false; }
esp_flash_enc_mode_t esp_get_flash_encryption_mode(void) { return ESP_FLASH_ENC_MODE_DISABLED; }
std::uint32_t esp_efuse_get_pkg_ver(void) { return 0; }

esp_err_t esp_efuse_set_recovery_bootloader_offset(std::uint32_t offset) {
  static_cast<void>(offset);
  return ESP_ERR_NOT_SUPPORTED;
}

bool esp_efuse_get_digest_revoke(unsigned num_digest) {
  const BoundDevice device;
  if (!device) return false;
  const auto revoked = device->efuse->IsDigestRevoked(num_digest);
  return revoked && *revoked;
}

esp_err_t esp_secure_boot_read_key_digests(esp_secure_boot_key_digests_t* trusted_key_digests) {
  const BoundDevice device;
  if (trusted_key_digests == nullptr || !device) return ESP_FAIL;
  *trusted_key_digests = {};
  bool found = false;
  const updraft::TrustedKeys& keys = device->trusted_keys;
  for (std::size_t slot = 0; slot < updraft::TrustedKeys::kSlots; ++slot) {
    if (!keys.At(slot).has_value() || keys.revoked(slot)) continue;
    trusted_key_digests->key_digests[slot] = keys.At(slot)->data();
    found = true;
  }
  return found ? ESP_OK : ESP_FAIL;
}
