// SPDX-License-Identifier: Apache-2.0
// Assertions at compile time. Nothing is implemented.
#pragma once

#include <assert.h>

#ifdef __cplusplus
#define ESP_STATIC_ASSERT(condition, ...) static_assert(condition, "" __VA_ARGS__)
#else
#define ESP_STATIC_ASSERT(condition, ...) _Static_assert(condition, "" __VA_ARGS__)
#endif
