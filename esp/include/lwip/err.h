// SPDX-License-Identifier: Apache-2.0
// lwIP's error type. Types only.
#pragma once

#include <stdint.h>

typedef int8_t err_t;
#define ERR_OK 0
#define ERR_MEM -1
