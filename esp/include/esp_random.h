// SPDX-License-Identifier: Apache-2.0
// Random numbers, from the system's generator. Implemented in esp/src/random.cc.
#pragma once

#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

uint32_t esp_random(void);
void esp_fill_random(void* buf, size_t len);

#ifdef __cplusplus
}
#endif
