// SPDX-License-Identifier: Apache-2.0
// Tasks are POSIX threads. Implemented in esp/src/rtos_task.cc. A task that
// another deletes or suspends ends or rests at its next call that may block;
// nothing is unwound, as on a chip. A handle that is none is ignored.
#pragma once

#include <freertos/projdefs.h>

#ifdef __cplusplus
extern "C" {
#endif

typedef struct tskTaskControlBlock* TaskHandle_t;

typedef enum {
  eRunning = 0,
  eReady,
  eBlocked,
  eSuspended,
  eDeleted,
  eInvalid,
} eTaskState;

typedef enum {
  eNoAction = 0,
  eSetBits,
  eIncrement,
  eSetValueWithOverwrite,
  eSetValueWithoutOverwrite,
} eNotifyAction;

#define tskIDLE_PRIORITY ((UBaseType_t)0U)
#define tskNO_AFFINITY ((BaseType_t)0x7FFFFFFF)
#define tskDEFAULT_INDEX_TO_NOTIFY ((UBaseType_t)0)

BaseType_t xTaskCreate(TaskFunction_t code, const char* name, uint32_t stack_depth,
                       void* parameters, UBaseType_t priority, TaskHandle_t* created_task);
BaseType_t xTaskCreatePinnedToCore(TaskFunction_t code, const char* name, uint32_t stack_depth,
                                   void* parameters, UBaseType_t priority,
                                   TaskHandle_t* created_task, BaseType_t core_id);
TaskHandle_t xTaskCreateStatic(TaskFunction_t code, const char* name, uint32_t stack_depth,
                               void* parameters, UBaseType_t priority, StackType_t* stack,
                               StaticTask_t* task);
TaskHandle_t xTaskCreateStaticPinnedToCore(TaskFunction_t code, const char* name,
                                           uint32_t stack_depth, void* parameters,
                                           UBaseType_t priority, StackType_t* stack,
                                           StaticTask_t* task, BaseType_t core_id);
// NULL: the calling task; then it does not return.
void vTaskDelete(TaskHandle_t task);
void vTaskDelay(TickType_t ticks);
BaseType_t xTaskDelayUntil(TickType_t* previous_wake_time, TickType_t increment);
#define vTaskDelayUntil(previous, increment) ((void)xTaskDelayUntil(previous, increment))
void vTaskSuspend(TaskHandle_t task);
void vTaskResume(TaskHandle_t task);
BaseType_t xTaskResumeFromISR(TaskHandle_t task);
BaseType_t xTaskAbortDelay(TaskHandle_t task);
void vTaskSuspendAll(void);
BaseType_t xTaskResumeAll(void);

TickType_t xTaskGetTickCount(void);
TickType_t xTaskGetTickCountFromISR(void);
TaskHandle_t xTaskGetCurrentTaskHandle(void);
TaskHandle_t xTaskGetHandle(const char* name);
char* pcTaskGetName(TaskHandle_t task);
#define pcTaskGetTaskName pcTaskGetName
eTaskState eTaskGetState(TaskHandle_t task);
UBaseType_t uxTaskPriorityGet(TaskHandle_t task);
void vTaskPrioritySet(TaskHandle_t task, UBaseType_t priority);
UBaseType_t uxTaskGetStackHighWaterMark(TaskHandle_t task);
UBaseType_t uxTaskGetNumberOfTasks(void);
BaseType_t xTaskGetCoreID(TaskHandle_t task);
#define xTaskGetAffinity xTaskGetCoreID

BaseType_t xTaskNotifyIndexed(TaskHandle_t task, UBaseType_t index, uint32_t value,
                              eNotifyAction action);
BaseType_t xTaskNotifyWaitIndexed(UBaseType_t index, uint32_t clear_on_entry,
                                  uint32_t clear_on_exit, uint32_t* value, TickType_t ticks);
uint32_t ulTaskNotifyTakeIndexed(UBaseType_t index, BaseType_t clear_on_exit, TickType_t ticks);
BaseType_t xTaskNotifyStateClearIndexed(TaskHandle_t task, UBaseType_t index);
uint32_t ulTaskNotifyValueClearIndexed(TaskHandle_t task, UBaseType_t index, uint32_t bits);

BaseType_t xTaskNotify(TaskHandle_t task, uint32_t value, eNotifyAction action);
BaseType_t xTaskNotifyFromISR(TaskHandle_t task, uint32_t value, eNotifyAction action,
                              BaseType_t* woken);
BaseType_t xTaskNotifyGive(TaskHandle_t task);
void vTaskNotifyGiveFromISR(TaskHandle_t task, BaseType_t* woken);
BaseType_t xTaskNotifyWait(uint32_t clear_on_entry, uint32_t clear_on_exit, uint32_t* value,
                           TickType_t ticks);
uint32_t ulTaskNotifyTake(BaseType_t clear_on_exit, TickType_t ticks);
BaseType_t xTaskNotifyStateClear(TaskHandle_t task);
uint32_t ulTaskNotifyValueClear(TaskHandle_t task, uint32_t bits);

#define taskYIELD vPortYield
#define taskENTER_CRITICAL portENTER_CRITICAL
#define taskEXIT_CRITICAL portEXIT_CRITICAL
#define taskENTER_CRITICAL_ISR portENTER_CRITICAL
#define taskEXIT_CRITICAL_ISR portEXIT_CRITICAL
#define taskDISABLE_INTERRUPTS vPortEnterCritical
#define taskENABLE_INTERRUPTS vPortExitCritical

#ifdef __cplusplus
}
#endif
