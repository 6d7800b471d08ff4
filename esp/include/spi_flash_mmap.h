// SPDX-License-Identifier: Apache-2.0
// Sizes of flash under their older names; access is esp_flash.h's.
#pragma once

#include <esp_err.h>
#include <esp_flash.h>

#define SPI_FLASH_SEC_SIZE 4096
#define SPI_FLASH_MMU_PAGE_SIZE 0x10000

typedef enum { SPI_FLASH_MMAP_DATA, SPI_FLASH_MMAP_INST } spi_flash_mmap_memory_t;
typedef uint32_t spi_flash_mmap_handle_t;

#ifdef __cplusplus
extern "C" {
#endif

// A handle of esp_partition_mmap, by its older name.
void spi_flash_munmap(spi_flash_mmap_handle_t handle);

#ifdef __cplusplus
}
#endif
