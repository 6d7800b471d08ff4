// SPDX-License-Identifier: Apache-2.0
// The ESP-IDF release that the façade announces: 5.5.4 unless the project's
// configuration (CONFIG_UPDRAFT_IDF_VERSION_*) says otherwise.
#pragma once

#include <sdkconfig.h>

#ifndef CONFIG_UPDRAFT_IDF_VERSION_MAJOR
#define CONFIG_UPDRAFT_IDF_VERSION_MAJOR 5
#define CONFIG_UPDRAFT_IDF_VERSION_MINOR 5
#define CONFIG_UPDRAFT_IDF_VERSION_PATCH 4
#endif

#define ESP_IDF_VERSION_MAJOR CONFIG_UPDRAFT_IDF_VERSION_MAJOR
#define ESP_IDF_VERSION_MINOR CONFIG_UPDRAFT_IDF_VERSION_MINOR
#define ESP_IDF_VERSION_PATCH CONFIG_UPDRAFT_IDF_VERSION_PATCH

#define ESP_IDF_VERSION_VAL(major, minor, patch) (((major) << 16) | ((minor) << 8) | (patch))
#define ESP_IDF_VERSION \
  ESP_IDF_VERSION_VAL(ESP_IDF_VERSION_MAJOR, ESP_IDF_VERSION_MINOR, ESP_IDF_VERSION_PATCH)

#ifdef __cplusplus
extern "C" {
#endif

// "v5.5.4".
const char* esp_get_idf_version(void);

#ifdef __cplusplus
}
#endif
