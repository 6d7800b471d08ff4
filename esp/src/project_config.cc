// SPDX-License-Identifier: Apache-2.0
// In a file of its own, so that a project's own takes its place.
#include "esp/src/project_config.h"

#include <sdkconfig.h>

// NOLINTNEXTLINE(readability-redundant-declaration): a definition cannot be weak itself
extern "C" const updraft_project_config_t updraft_project_config __attribute__((weak));
const updraft_project_config_t updraft_project_config = {
    .log_default_level = CONFIG_LOG_DEFAULT_LEVEL,
    .tick_rate_hz = CONFIG_FREERTOS_HZ,
    .event_queue_size = CONFIG_ESP_SYSTEM_EVENT_QUEUE_SIZE,
    .elf_sha256_characters = CONFIG_APP_RETRIEVE_LEN_ELF_SHA,
    .log_colors = 0,
    .http_event_post_timeout_ms = CONFIG_ESP_HTTP_CLIENT_EVENT_POST_TIMEOUT,
    .ota_event_post_timeout_ms = CONFIG_ESP_HTTPS_OTA_EVENT_POST_TIMEOUT,
    .signed_data_partitions = 0,
    .ota_allows_http = 0,
    .ota_stall_timeout_ms = CONFIG_UPDRAFT_HTTPS_OTA_STALL_TIMEOUT,
};
