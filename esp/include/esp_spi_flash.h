// SPDX-License-Identifier: Apache-2.0
// The raw flash access of ESP-IDF 4. Implemented in esp/src/stand_ins.cc.
#pragma once

#include <esp_err.h>
#include <spi_flash_mmap.h>
#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

esp_err_t spi_flash_erase_sector(size_t sector);
esp_err_t spi_flash_erase_range(size_t start_address, size_t size);
esp_err_t spi_flash_write(size_t dest_addr, const void* src, size_t size);
esp_err_t spi_flash_read(size_t src_addr, void* dest, size_t size);
size_t spi_flash_get_chip_size(void);

#ifdef __cplusplus
}
#endif
