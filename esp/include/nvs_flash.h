// SPDX-License-Identifier: Apache-2.0
// Taking partitions into use for nvs.h. Implemented in esp/src/nvs_flash.cc.
#pragma once

#include <esp_err.h>
#include <esp_partition.h>
#include <nvs.h>

#ifdef __cplusplus
extern "C" {
#endif

// ESP_ERR_NOT_FOUND without the partition, ESP_ERR_NVS_NO_FREE_PAGES and
// ESP_ERR_NVS_NEW_VERSION_FOUND, which programs answer with an erase.
esp_err_t nvs_flash_init(void);
esp_err_t nvs_flash_init_partition(const char* partition_label);
esp_err_t nvs_flash_init_partition_ptr(const esp_partition_t* partition);
esp_err_t nvs_flash_deinit(void);
esp_err_t nvs_flash_deinit_partition(const char* partition_label);
// Closes what is open on it, and does not take it into use again.
esp_err_t nvs_flash_erase(void);
esp_err_t nvs_flash_erase_partition(const char* part_name);
esp_err_t nvs_flash_erase_partition_ptr(const esp_partition_t* partition);

#ifdef __cplusplus
}
#endif
