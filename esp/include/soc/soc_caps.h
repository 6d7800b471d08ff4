// SPDX-License-Identifier: Apache-2.0
// What the virtual chip can do, as far as update code asks. Macros only.
#pragma once

#include <sdkconfig.h>

#define SOC_WIFI_SUPPORTED 1
#define SOC_EFUSE_SUPPORTED 1
#define SOC_SHA_SUPPORT_SHA256 1
#define SOC_SUPPORTS_SECURE_DL_MODE 1
#if defined(CONFIG_IDF_TARGET_ESP32) || defined(CONFIG_IDF_TARGET_ESP32C2)
#define SOC_EFUSE_SECURE_BOOT_KEY_DIGESTS 1
#else
#define SOC_EFUSE_SECURE_BOOT_KEY_DIGESTS 3
#define SOC_SUPPORT_SECURE_BOOT_REVOKE_KEY 1
#endif
