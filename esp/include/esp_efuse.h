// SPDX-License-Identifier: Apache-2.0
// The eFuses of the device, as far as updates need them. Implemented in
// esp/src/efuse.cc.
#pragma once

#include <esp_err.h>
#include <sdkconfig.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

#define ESP_ERR_EFUSE 0x1600
#define ESP_OK_EFUSE_CNT (ESP_ERR_EFUSE + 0x01)
#define ESP_ERR_EFUSE_CNT_IS_FULL (ESP_ERR_EFUSE + 0x02)
#define ESP_ERR_EFUSE_REPEATED_PROG (ESP_ERR_EFUSE + 0x03)
#define ESP_ERR_CODING (ESP_ERR_EFUSE + 0x04)
#define ESP_ERR_NOT_ENOUGH_UNUSED_KEY_BLOCKS (ESP_ERR_EFUSE + 0x05)
#define ESP_ERR_DAMAGED_READING (ESP_ERR_EFUSE + 0x06)

uint32_t esp_efuse_read_secure_version(void);
bool esp_efuse_check_secure_version(uint32_t secure_version);
// ESP_ERR_INVALID_ARG when the field is narrower, ESP_FAIL when more is burnt.
esp_err_t esp_efuse_update_secure_version(uint32_t secure_version);
bool esp_efuse_is_flash_encryption_enabled(void);
// Major * 100 + minor.
uint32_t esp_efuse_get_pkg_ver(void);
esp_err_t esp_efuse_set_recovery_bootloader_offset(uint32_t offset);

// The digests of the keys that Secure Boot trusts, 32 bytes each and the device's;
// NULL where none is burnt or it is revoked.
typedef struct {
  const void* key_digests[3];
} esp_secure_boot_key_digests_t;

// ESP_FAIL when there is none.
esp_err_t esp_secure_boot_read_key_digests(esp_secure_boot_key_digests_t* trusted_key_digests);
bool esp_efuse_get_digest_revoke(unsigned num_digest);

#ifdef __cplusplus
}
#endif
