// SPDX-License-Identifier: Apache-2.0
// Routines of the chip's ROM. Implemented in esp/src/stand_ins.cc.
#pragma once

#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

void esp_rom_delay_us(uint32_t us);
int esp_rom_printf(const char* fmt, ...) __attribute__((format(printf, 1, 2)));
#define ets_printf esp_rom_printf
#define ets_delay_us esp_rom_delay_us

#ifdef __cplusplus
}
#endif
