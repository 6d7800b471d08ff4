// SPDX-License-Identifier: Apache-2.0
// ESP-IDF's words for what one tells the compiler. Nothing is implemented.
#pragma once

#ifndef likely
#define likely(x) __builtin_expect(!!(x), 1)
#endif
#ifndef unlikely
#define unlikely(x) __builtin_expect(!!(x), 0)
#endif

#define ESP_COMPILER_DIAGNOSTIC_PUSH_IGNORE(warning)
#define ESP_COMPILER_DIAGNOSTIC_POP(warning)

#define ESP_COMPILER_DESIGNATED_INIT_AGGREGATE_TYPE_EMPTY(name)
#define ESP_COMPILER_DESIGNATED_INIT_AGGREGATE_TYPE_STR(member, value) .member = value
