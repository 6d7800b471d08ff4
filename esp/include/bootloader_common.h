// SPDX-License-Identifier: Apache-2.0
// What bootloader and application share in ESP-IDF, as far as applications call
// it. Implemented in esp/src/image_format.cc.
#pragma once

#include <esp_app_desc.h>
#include <esp_err.h>
#include <esp_flash_partitions.h>
#include <esp_image_format.h>

#ifdef __cplusplus
extern "C" {
#endif

// Chip id and revisions of the header against the device. ESP_OK, ESP_FAIL.
esp_err_t bootloader_common_check_chip_validity(const esp_image_header_t* img_hdr,
                                                esp_image_type type);
esp_err_t bootloader_common_get_partition_description(const esp_partition_pos_t* partition,
                                                      esp_app_desc_t* app_desc);
// `part_type`: PART_TYPE_APP, PART_TYPE_BOOTLOADER or another.
esp_err_t bootloader_common_get_sha256_of_partition(uint32_t address, uint32_t size, int part_type,
                                                    uint8_t* out_sha_256);
uint32_t bootloader_common_ota_select_crc(const esp_ota_select_entry_t* s);
bool bootloader_common_ota_select_valid(const esp_ota_select_entry_t* s);
bool bootloader_common_ota_select_invalid(const esp_ota_select_entry_t* s);
int bootloader_common_get_active_otadata(esp_ota_select_entry_t* two_otadata);
// Whole labels of a list that commas and blanks separate.
bool bootloader_common_label_search(const char* list, const char* label);

#ifdef __cplusplus
}
#endif
