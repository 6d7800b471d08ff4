// SPDX-License-Identifier: Apache-2.0
// The description in a bootloader image. Read by esp_ota_ops.h.
#pragma once

#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

#define ESP_BOOTLOADER_DESC_MAGIC_BYTE (80)

typedef struct {
  uint8_t magic_byte;
  uint8_t reserved[2];
  uint8_t secure_version;
  uint32_t version;
  char idf_ver[32];
  char date_time[24];
  uint8_t reserved2[16];
} esp_bootloader_desc_t;

// Describes the virtual device's own bootloader; static.
const esp_bootloader_desc_t* esp_bootloader_get_description(void);

#ifdef __cplusplus
}
#endif
