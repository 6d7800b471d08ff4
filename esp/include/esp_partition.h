// SPDX-License-Identifier: Apache-2.0
// Finding, reading and writing the partitions of the device. Implemented in
// esp/src/partition*.cc. Pointers to partitions are valid until
// esp_partition_unload_all or, for external ones, their deregistration.
#pragma once

#include <esp_err.h>
#include <esp_flash.h>
#include <sdkconfig.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

typedef enum {
  ESP_PARTITION_TYPE_APP = 0x00,
  ESP_PARTITION_TYPE_DATA = 0x01,
  ESP_PARTITION_TYPE_BOOTLOADER = 0x02,
  ESP_PARTITION_TYPE_PARTITION_TABLE = 0x03,
  ESP_PARTITION_TYPE_ANY = 0xff,
} esp_partition_type_t;

typedef enum {
  ESP_PARTITION_SUBTYPE_BOOTLOADER_PRIMARY = 0x00,
  ESP_PARTITION_SUBTYPE_BOOTLOADER_OTA = 0x01,
  ESP_PARTITION_SUBTYPE_BOOTLOADER_RECOVERY = 0x02,

  ESP_PARTITION_SUBTYPE_PARTITION_TABLE_PRIMARY = 0x00,
  ESP_PARTITION_SUBTYPE_PARTITION_TABLE_OTA = 0x01,

  ESP_PARTITION_SUBTYPE_APP_FACTORY = 0x00,
  ESP_PARTITION_SUBTYPE_APP_OTA_MIN = 0x10,
  ESP_PARTITION_SUBTYPE_APP_OTA_0 = ESP_PARTITION_SUBTYPE_APP_OTA_MIN + 0,
  ESP_PARTITION_SUBTYPE_APP_OTA_1 = ESP_PARTITION_SUBTYPE_APP_OTA_MIN + 1,
  ESP_PARTITION_SUBTYPE_APP_OTA_2 = ESP_PARTITION_SUBTYPE_APP_OTA_MIN + 2,
  ESP_PARTITION_SUBTYPE_APP_OTA_3 = ESP_PARTITION_SUBTYPE_APP_OTA_MIN + 3,
  ESP_PARTITION_SUBTYPE_APP_OTA_4 = ESP_PARTITION_SUBTYPE_APP_OTA_MIN + 4,
  ESP_PARTITION_SUBTYPE_APP_OTA_5 = ESP_PARTITION_SUBTYPE_APP_OTA_MIN + 5,
  ESP_PARTITION_SUBTYPE_APP_OTA_6 = ESP_PARTITION_SUBTYPE_APP_OTA_MIN + 6,
  ESP_PARTITION_SUBTYPE_APP_OTA_7 = ESP_PARTITION_SUBTYPE_APP_OTA_MIN + 7,
  ESP_PARTITION_SUBTYPE_APP_OTA_8 = ESP_PARTITION_SUBTYPE_APP_OTA_MIN + 8,
  ESP_PARTITION_SUBTYPE_APP_OTA_9 = ESP_PARTITION_SUBTYPE_APP_OTA_MIN + 9,
  ESP_PARTITION_SUBTYPE_APP_OTA_10 = ESP_PARTITION_SUBTYPE_APP_OTA_MIN + 10,
  ESP_PARTITION_SUBTYPE_APP_OTA_11 = ESP_PARTITION_SUBTYPE_APP_OTA_MIN + 11,
  ESP_PARTITION_SUBTYPE_APP_OTA_12 = ESP_PARTITION_SUBTYPE_APP_OTA_MIN + 12,
  ESP_PARTITION_SUBTYPE_APP_OTA_13 = ESP_PARTITION_SUBTYPE_APP_OTA_MIN + 13,
  ESP_PARTITION_SUBTYPE_APP_OTA_14 = ESP_PARTITION_SUBTYPE_APP_OTA_MIN + 14,
  ESP_PARTITION_SUBTYPE_APP_OTA_15 = ESP_PARTITION_SUBTYPE_APP_OTA_MIN + 15,
  ESP_PARTITION_SUBTYPE_APP_OTA_MAX = ESP_PARTITION_SUBTYPE_APP_OTA_MIN + 16,
  ESP_PARTITION_SUBTYPE_APP_TEST = 0x20,
  ESP_PARTITION_SUBTYPE_APP_TEE_MIN = 0x30,
  ESP_PARTITION_SUBTYPE_APP_TEE_0 = ESP_PARTITION_SUBTYPE_APP_TEE_MIN + 0,
  ESP_PARTITION_SUBTYPE_APP_TEE_1 = ESP_PARTITION_SUBTYPE_APP_TEE_MIN + 1,
  ESP_PARTITION_SUBTYPE_APP_TEE_MAX = ESP_PARTITION_SUBTYPE_APP_TEE_1,

  ESP_PARTITION_SUBTYPE_DATA_OTA = 0x00,
  ESP_PARTITION_SUBTYPE_DATA_PHY = 0x01,
  ESP_PARTITION_SUBTYPE_DATA_NVS = 0x02,
  ESP_PARTITION_SUBTYPE_DATA_COREDUMP = 0x03,
  ESP_PARTITION_SUBTYPE_DATA_NVS_KEYS = 0x04,
  ESP_PARTITION_SUBTYPE_DATA_EFUSE_EM = 0x05,
  ESP_PARTITION_SUBTYPE_DATA_UNDEFINED = 0x06,
  ESP_PARTITION_SUBTYPE_DATA_ESPHTTPD = 0x80,
  ESP_PARTITION_SUBTYPE_DATA_FAT = 0x81,
  ESP_PARTITION_SUBTYPE_DATA_SPIFFS = 0x82,
  ESP_PARTITION_SUBTYPE_DATA_LITTLEFS = 0x83,
  ESP_PARTITION_SUBTYPE_DATA_TEE_OTA = 0x90,

  ESP_PARTITION_SUBTYPE_ANY = 0xff,
} esp_partition_subtype_t;

#define ESP_PARTITION_SUBTYPE_OTA(i) \
  ((esp_partition_subtype_t)(ESP_PARTITION_SUBTYPE_APP_OTA_MIN + ((i)&0xf)))

typedef enum {
  ESP_PARTITION_MMAP_DATA = 0,
  ESP_PARTITION_MMAP_INST = 1,
  ESP_PARTITION_MMAP_BLOCKS_WRITE = 2,
} esp_partition_mmap_memory_t;
typedef esp_partition_mmap_memory_t esp_partition_mmap_flag_t;

typedef uint32_t esp_partition_mmap_handle_t;
typedef struct esp_partition_iterator_opaque_* esp_partition_iterator_t;

typedef struct {
  esp_flash_t* flash_chip;
  esp_partition_type_t type;
  esp_partition_subtype_t subtype;
  uint32_t address;
  uint32_t size;
  uint32_t erase_size;
  char label[17];
  bool encrypted;
  bool readonly;
} esp_partition_t;

// In the order of the table, external ones last. NULL when nothing fits, with
// the table unreadable, or for any type with a certain subtype; the _err forms
// say which: ESP_ERR_NOT_FOUND, the table's error, ESP_ERR_INVALID_ARG.
esp_partition_iterator_t esp_partition_find(esp_partition_type_t type,
                                            esp_partition_subtype_t subtype, const char* label);
esp_err_t esp_partition_find_err(esp_partition_type_t type, esp_partition_subtype_t subtype,
                                 const char* label, esp_partition_iterator_t* it);
const esp_partition_t* esp_partition_find_first(esp_partition_type_t type,
                                                esp_partition_subtype_t subtype, const char* label);
esp_err_t esp_partition_find_first_err(esp_partition_type_t type, esp_partition_subtype_t subtype,
                                       const char* label, const esp_partition_t** partition);
// NULL for NULL and for an iterator that was released.
const esp_partition_t* esp_partition_get(esp_partition_iterator_t iterator);
// At the end the iterator is released and NULL returned.
esp_partition_iterator_t esp_partition_next(esp_partition_iterator_t iterator);
void esp_partition_iterator_release(esp_partition_iterator_t iterator);

// The list's own partition that is equal in all but its flags; NULL for none.
const esp_partition_t* esp_partition_verify(const esp_partition_t* partition);
esp_err_t esp_partition_verify_err(const esp_partition_t* partition,
                                   const esp_partition_t** out_partition);

// ESP_ERR_INVALID_ARG (NULL, offset past the end), ESP_ERR_INVALID_SIZE (too
// long), ESP_ERR_NOT_ALLOWED (read-only), ESP_ERR_FLASH_OP_FAIL.
esp_err_t esp_partition_read(const esp_partition_t* partition, size_t src_offset, void* dst,
                             size_t size);
esp_err_t esp_partition_read_raw(const esp_partition_t* partition, size_t src_offset, void* dst,
                                 size_t size);
// Only clears bits: a 1 over a 0 is ESP_ERR_FLASH_OP_FAIL.
esp_err_t esp_partition_write(const esp_partition_t* partition, size_t dst_offset, const void* src,
                              size_t size);
esp_err_t esp_partition_write_raw(const esp_partition_t* partition, size_t dst_offset,
                                  const void* src, size_t size);
// Offset and size are multiples of 4096.
esp_err_t esp_partition_erase_range(const esp_partition_t* partition, size_t offset, size_t size);

// A view of the flash as it is at this moment; free it with its handle.
esp_err_t esp_partition_mmap(const esp_partition_t* partition, size_t offset, size_t size,
                             esp_partition_mmap_memory_t memory, const void** out_ptr,
                             esp_partition_mmap_handle_t* out_handle);
void esp_partition_munmap(esp_partition_mmap_handle_t handle);

// Looks at address, size and type only. Of an application or bootloader: the
// digest in the image, proven; of other types the digest of all bytes.
esp_err_t esp_partition_get_sha256(const esp_partition_t* partition, uint8_t* sha_256);
bool esp_partition_check_identity(const esp_partition_t* partition_1,
                                  const esp_partition_t* partition_2);
// `size` SIZE_MAX: to the end of `src`.
esp_err_t esp_partition_copy(const esp_partition_t* dest_part, uint32_t dest_offset,
                             const esp_partition_t* src_part, uint32_t src_offset, size_t size);

// ESP_ERR_INVALID_ARG when it overlaps another, ESP_ERR_INVALID_SIZE when it
// does not lie within the flash.
esp_err_t esp_partition_register_external(esp_flash_t* flash_chip, size_t offset, size_t size,
                                          const char* label, esp_partition_type_t type,
                                          esp_partition_subtype_t subtype,
                                          const esp_partition_t** out_partition);
esp_err_t esp_partition_deregister_external(const esp_partition_t* partition);
void esp_partition_unload_all(void);
uint32_t esp_partition_get_main_flash_sector_size(void);
// Whether a region may be written: not where bootloader, table or the running
// application lie.
bool esp_partition_is_flash_region_writable(size_t addr, size_t size);
bool esp_partition_main_flash_region_safe(size_t addr, size_t size);

#ifdef __cplusplus
}
#endif
