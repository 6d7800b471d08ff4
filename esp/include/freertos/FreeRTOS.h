// SPDX-License-Identifier: Apache-2.0
// The kernel, with all of it, as programs expect of this one header.
#pragma once

#include <assert.h>
#include <esp_heap_caps.h>
#include <esp_system.h>
#include <freertos/event_groups.h>
#include <freertos/projdefs.h>
#include <freertos/queue.h>
#include <freertos/semphr.h>
#include <freertos/task.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
