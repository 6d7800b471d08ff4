// SPDX-License-Identifier: Apache-2.0
// What the façade must know at run time of the sdkconfig that a project was
// compiled with. A project's build defines it (esp/cmake/project_config.c.in);
// without one the values of default_config/sdkconfig.h hold.
#pragma once

#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

struct updraft_project_config_t {
  uint32_t log_default_level;
  uint32_t tick_rate_hz;
  uint32_t event_queue_size;
  uint32_t elf_sha256_characters;
  uint32_t log_colors;
  int32_t http_event_post_timeout_ms;  // -1: for ever
  int32_t ota_event_post_timeout_ms;   // likewise
  uint32_t signed_data_partitions;     // CONFIG_SECURE_SIGNED_DATA_PARTITION
  uint32_t ota_allows_http;            // updates without verification of the server
  uint32_t ota_stall_timeout_ms;       // CONFIG_UPDRAFT_HTTPS_OTA_STALL_TIMEOUT; 0: never
};

extern const struct updraft_project_config_t updraft_project_config;

#ifdef __cplusplus
}
#endif
