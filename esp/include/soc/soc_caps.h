// SPDX-License-Identifier: Apache-2.0
// What the virtual chip can do, as far as update code asks. Macros only.
#pragma once

#define SOC_WIFI_SUPPORTED 1
#define SOC_EFUSE_SUPPORTED 1
#define SOC_SHA_SUPPORT_SHA256 1
#define SOC_SUPPORTS_SECURE_DL_MODE 1
