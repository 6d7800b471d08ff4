// SPDX-License-Identifier: Apache-2.0
// Proving an image in flash. Implemented in esp/src/image_format.cc over the
// bootloader's own proof.
#pragma once

#include <esp_app_format.h>
#include <esp_err.h>
#include <esp_flash_partitions.h>
#include <stdbool.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

#define ESP_ERR_IMAGE_BASE 0x2000
#define ESP_ERR_IMAGE_FLASH_FAIL (ESP_ERR_IMAGE_BASE + 1)
#define ESP_ERR_IMAGE_INVALID (ESP_ERR_IMAGE_BASE + 2)

#define ESP_IMAGE_HASH_LEN 32

// In bytes; 0 for a value that is none.
int esp_image_get_flash_size(esp_image_flash_size_t app_flash_size);

typedef enum {
  ESP_IMAGE_BOOTLOADER,
  ESP_IMAGE_APPLICATION,
} esp_image_type;

typedef enum {
  ESP_IMAGE_VERIFY,
  ESP_IMAGE_VERIFY_SILENT,
} esp_image_load_mode_t;

typedef struct {
  uint32_t start_addr;
  esp_image_header_t image;
  esp_image_segment_header_t segments[ESP_IMAGE_MAX_SEGMENTS];
  uint32_t segment_data[ESP_IMAGE_MAX_SEGMENTS];
  uint32_t image_len;
  uint8_t image_digest[32];
  uint32_t secure_version;
  uint32_t mmu_page_size;
} esp_image_metadata_t;

// An image at the bootloader's offset is judged as a bootloader.
// ESP_ERR_INVALID_ARG, ESP_ERR_IMAGE_INVALID, ESP_FAIL (chip, revision).
esp_err_t esp_image_verify(esp_image_load_mode_t mode, const esp_partition_pos_t* part,
                           esp_image_metadata_t* data);
// By the headers alone: neither chip, checksum nor digest are judged.
esp_err_t esp_image_get_metadata(const esp_partition_pos_t* part, esp_image_metadata_t* metadata);
esp_err_t esp_image_verify_bootloader(uint32_t* length);
esp_err_t esp_image_verify_bootloader_data(esp_image_metadata_t* data);

#ifdef __cplusplus
}
#endif
