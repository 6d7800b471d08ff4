// SPDX-License-Identifier: Apache-2.0
// What ESP-IDF adds to the kernel; it stands in task.h.
#pragma once

#include <freertos/FreeRTOS.h>
