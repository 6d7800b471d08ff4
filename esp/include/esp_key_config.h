// SPDX-License-Identifier: Apache-2.0
// Where a private key comes from. Keys in a PSA key store are not there:
// ESP_KEY_SOURCE_PSA is refused when a connection is made.
#pragma once

#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

typedef enum {
  ESP_KEY_FORMAT_AUTO = 0,
  ESP_KEY_FORMAT_PEM,
  ESP_KEY_FORMAT_DER,
  ESP_KEY_FORMAT_RAW,
} esp_key_format_t;

typedef enum {
  ESP_KEY_SOURCE_NONE = 0,
  ESP_KEY_SOURCE_BUFFER,
  ESP_KEY_SOURCE_PSA,
} esp_key_source_t;

typedef struct esp_key_config {
  esp_key_source_t source;
  union {
    struct {
      const void* data;
      size_t len;  // bytes; of PEM with its NUL
      const char* password;
      size_t password_len;
      esp_key_format_t format;
    } buffer;
    struct {
      uint32_t key_id;
    } psa;
  };
} esp_key_config_t;

#ifdef __cplusplus
}
#endif
