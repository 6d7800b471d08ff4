// SPDX-License-Identifier: Apache-2.0
// Software timers, over esp_timer. Implemented in esp/src/rtos_timers.cc.
#pragma once

#include <freertos/projdefs.h>

#ifdef __cplusplus
extern "C" {
#endif

typedef struct tmrTimerControl* TimerHandle_t;
typedef void (*TimerCallbackFunction_t)(TimerHandle_t timer);

// NULL for a period of 0 or without a callback.
TimerHandle_t xTimerCreate(const char* name, TickType_t period, BaseType_t auto_reload, void* id,
                           TimerCallbackFunction_t callback);
TimerHandle_t xTimerCreateStatic(const char* name, TickType_t period, BaseType_t auto_reload,
                                 void* id, TimerCallbackFunction_t callback, StaticTimer_t* timer);
BaseType_t xTimerStart(TimerHandle_t timer, TickType_t ticks);
BaseType_t xTimerStop(TimerHandle_t timer, TickType_t ticks);
BaseType_t xTimerReset(TimerHandle_t timer, TickType_t ticks);
BaseType_t xTimerDelete(TimerHandle_t timer, TickType_t ticks);
BaseType_t xTimerChangePeriod(TimerHandle_t timer, TickType_t period, TickType_t ticks);
BaseType_t xTimerStartFromISR(TimerHandle_t timer, BaseType_t* woken);
BaseType_t xTimerStopFromISR(TimerHandle_t timer, BaseType_t* woken);
BaseType_t xTimerResetFromISR(TimerHandle_t timer, BaseType_t* woken);
BaseType_t xTimerIsTimerActive(TimerHandle_t timer);
void* pvTimerGetTimerID(TimerHandle_t timer);
void vTimerSetTimerID(TimerHandle_t timer, void* id);
const char* pcTimerGetName(TimerHandle_t timer);
TickType_t xTimerGetPeriod(TimerHandle_t timer);

#ifdef __cplusplus
}
#endif
