// SPDX-License-Identifier: Apache-2.0
// Raw access to the device's one flash chip. Implemented in esp/src/flash.cc.
#pragma once

#include <esp_err.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

#define ESP_ERR_FLASH_OP_FAIL (ESP_ERR_FLASH_BASE + 1)
#define ESP_ERR_FLASH_OP_TIMEOUT (ESP_ERR_FLASH_BASE + 2)
#define ESP_ERR_FLASH_NOT_INITIALISED (ESP_ERR_FLASH_BASE + 3)
#define ESP_ERR_FLASH_UNSUPPORTED_HOST (ESP_ERR_FLASH_BASE + 4)
#define ESP_ERR_FLASH_UNSUPPORTED_CHIP (ESP_ERR_FLASH_BASE + 5)
#define ESP_ERR_FLASH_PROTECTED (ESP_ERR_FLASH_BASE + 6)
#define ESP_ERR_FLASH_NO_RESPONSE ESP_ERR_INVALID_RESPONSE
#define ESP_ERR_FLASH_SIZE_NOT_MATCH (ESP_ERR_FLASH_BASE + 7)

typedef struct esp_flash_t esp_flash_t;

// The chip; every call takes NULL for it. Another chip: ESP_ERR_INVALID_ARG.
extern esp_flash_t* esp_flash_default_chip;

esp_err_t esp_flash_get_size(esp_flash_t* chip, uint32_t* out_size);
esp_err_t esp_flash_get_physical_size(esp_flash_t* chip, uint32_t* flash_size);
esp_err_t esp_flash_read_id(esp_flash_t* chip, uint32_t* out_id);
esp_err_t esp_flash_read(esp_flash_t* chip, void* buffer, uint32_t address, uint32_t length);
esp_err_t esp_flash_write(esp_flash_t* chip, const void* buffer, uint32_t address, uint32_t length);
// Start and length are multiples of 4096.
esp_err_t esp_flash_erase_region(esp_flash_t* chip, uint32_t start, uint32_t len);

#ifdef __cplusplus
}
#endif
