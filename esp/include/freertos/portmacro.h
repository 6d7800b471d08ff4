// SPDX-License-Identifier: Apache-2.0
// The kernel's types, and critical sections: one lock for all of them.
#pragma once

#include <assert.h>
#include <freertos/FreeRTOSConfig.h>
#include <limits.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

typedef int BaseType_t;
typedef unsigned int UBaseType_t;
typedef uint32_t TickType_t;
typedef uint8_t StackType_t;

typedef struct {
  uint32_t owner;
  uint32_t count;
} portMUX_TYPE;

#define portMAX_DELAY ((TickType_t)0xffffffffUL)
#define portTICK_PERIOD_MS ((TickType_t)(1000 / configTICK_RATE_HZ))
#define portTICK_RATE_MS portTICK_PERIOD_MS
#define portBYTE_ALIGNMENT 16
#define portNUM_PROCESSORS 1
#define portMUX_INITIALIZER_UNLOCKED \
  { 0xB33FFFFF, 0 }
#define portMUX_INITIALIZE(mux) \
  do {                          \
    (mux)->owner = 0xB33FFFFF;  \
    (mux)->count = 0;           \
  } while (0)
#define spinlock_initialize portMUX_INITIALIZE

void vPortEnterCritical(void);
void vPortExitCritical(void);
void vPortYield(void);
BaseType_t xPortInIsrContext(void);
BaseType_t xPortGetCoreID(void);

#define portENTER_CRITICAL(mux) ((void)(mux), vPortEnterCritical())
#define portEXIT_CRITICAL(mux) ((void)(mux), vPortExitCritical())
#define portENTER_CRITICAL_ISR portENTER_CRITICAL
#define portEXIT_CRITICAL_ISR portEXIT_CRITICAL
#define portENTER_CRITICAL_SAFE portENTER_CRITICAL
#define portEXIT_CRITICAL_SAFE portEXIT_CRITICAL
#define portYIELD vPortYield
#define portYIELD_FROM_ISR(...) ((void)0)
#define xPortGetFreeHeapSize esp_get_free_heap_size

#ifdef __cplusplus
}
#endif
