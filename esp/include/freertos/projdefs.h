// SPDX-License-Identifier: Apache-2.0
// The kernel's words for yes and no, and for durations. Macros only.
#pragma once

#include <freertos/portmacro.h>

typedef void (*TaskFunction_t)(void*);

#define pdFALSE ((BaseType_t)0)
#define pdTRUE ((BaseType_t)1)
#define pdPASS (pdTRUE)
#define pdFAIL (pdFALSE)
#define errQUEUE_EMPTY ((BaseType_t)0)
#define errQUEUE_FULL ((BaseType_t)0)
#define errCOULD_NOT_ALLOCATE_REQUIRED_MEMORY (-1)

#define pdMS_TO_TICKS(milliseconds) \
  ((TickType_t)(((uint64_t)(milliseconds) * (uint64_t)configTICK_RATE_HZ) / (uint64_t)1000U))
#define pdTICKS_TO_MS(ticks) \
  ((TickType_t)(((uint64_t)(ticks) * (uint64_t)1000U) / (uint64_t)configTICK_RATE_HZ))

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
typedef StaticTask_t StaticStreamBuffer_t;

void* pvPortMalloc(size_t size);
void vPortFree(void* memory);

#ifdef __cplusplus
}
#endif
