// SPDX-License-Identifier: Apache-2.0
// The kernel, with all of it, as programs expect of this one header.
#pragma once

#include <assert.h>
#include <esp_heap_caps.h>
#include <esp_system.h>
#include <freertos/projdefs.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#ifdef __cplusplus
extern "C" {
#endif

// Where a program keeps an object itself; the kernel needs no room of theirs.
typedef struct {
  void* unused[8];
} StaticTask_t;
typedef StaticTask_t StaticQueue_t;
typedef StaticTask_t StaticSemaphore_t;
typedef StaticTask_t StaticEventGroup_t;
typedef StaticTask_t StaticTimer_t;

void* pvPortMalloc(size_t size);
void vPortFree(void* memory);

#ifdef __cplusplus
}
#endif

#include <freertos/event_groups.h>
#include <freertos/queue.h>
#include <freertos/semphr.h>
#include <freertos/task.h>
