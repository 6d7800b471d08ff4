// SPDX-License-Identifier: Apache-2.0
// How the kernel is configured, as far as programs ask. Macros only.
#pragma once

#include <sdkconfig.h>

#define configTICK_RATE_HZ ((TickType_t)CONFIG_FREERTOS_HZ)
#define configMAX_PRIORITIES 25
#define configMINIMAL_STACK_SIZE 1536
#define configMAX_TASK_NAME_LEN 16
#define configTASK_NOTIFICATION_ARRAY_ENTRIES 3
#define configUSE_TIMERS 1
#define configUSE_MUTEXES 1
#define configUSE_TRACE_FACILITY 0
#define configNUM_CORES 1
#define configNUMBER_OF_CORES 1
#define configSTACK_DEPTH_TYPE uint32_t
#define configASSERT(condition) assert(condition)
