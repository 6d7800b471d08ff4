// SPDX-License-Identifier: Apache-2.0
// Where code and data lie on a chip. On Linux only RTC data lie in places of their
// own, which rtc_memory.cc keeps: RTC_NOINIT data over every reset, RTC_DATA over
// deep sleep. Pointers in them are worth nothing in the next firmware.
#pragma once

#include <esp_bit_defs.h>

#define IRAM_ATTR
#define DRAM_ATTR
#define IRAM_DATA_ATTR
#define COREDUMP_DRAM_ATTR
#define COREDUMP_RTC_DATA_ATTR
#define COREDUMP_RTC_FAST_ATTR
#define DMA_ATTR __attribute__((aligned(4)))
#define WORD_ALIGNED_ATTR __attribute__((aligned(4)))
#define FORCE_INLINE_ATTR static inline __attribute__((always_inline))
#define FORCE_INLINE static inline __attribute__((always_inline))
#define DRAM_STR(str) (str)
#define NOINLINE_ATTR __attribute__((noinline))
#define FLAG_ATTR(TYPE)
#define EXT_RAM_BSS_ATTR
#define EXT_RAM_ATTR
#define EXT_RAM_NOINIT_ATTR
#define RTC_IRAM_ATTR
// Initialized at every start but after deep sleep.
#define RTC_DATA_ATTR __attribute__((section("rtc_data")))
#define RTC_SLOW_ATTR RTC_DATA_ATTR
#define RTC_FAST_ATTR RTC_DATA_ATTR
#define RTC_RODATA_ATTR
#define __NOINIT_ATTR
// Keeps its content over everything but a power-on; undefined after that.
#define RTC_NOINIT_ATTR __attribute__((section("rtc_noinit")))

#ifndef __deprecated
#define __deprecated(...)
#endif
#define IDF_DEPRECATED(reason) __attribute__((deprecated(reason)))
