// SPDX-License-Identifier: Apache-2.0
// Whether the device wants signed images. Implemented in esp/src/efuse.cc.
#pragma once

#include <esp_err.h>
#include <esp_image_format.h>
#include <stdbool.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

bool esp_secure_boot_enabled(void);

#ifdef __cplusplus
}
#endif
