// SPDX-License-Identifier: Apache-2.0
// Queues of items that are copied in and out. Implemented in
// esp/src/rtos_queue.cc. A handle that is none, and NULL for an item of more
// than 0 bytes, are failures.
#pragma once

#include <freertos/projdefs.h>

#ifdef __cplusplus
extern "C" {
#endif

typedef struct QueueDefinition* QueueHandle_t;

QueueHandle_t xQueueCreate(UBaseType_t length, UBaseType_t item_size);
QueueHandle_t xQueueCreateStatic(UBaseType_t length, UBaseType_t item_size, uint8_t* storage,
                                 StaticQueue_t* queue);
void vQueueDelete(QueueHandle_t queue);
BaseType_t xQueueSend(QueueHandle_t queue, const void* item, TickType_t ticks);
BaseType_t xQueueSendToBack(QueueHandle_t queue, const void* item, TickType_t ticks);
BaseType_t xQueueSendToFront(QueueHandle_t queue, const void* item, TickType_t ticks);
// For a queue of one item: what is there is replaced.
BaseType_t xQueueOverwrite(QueueHandle_t queue, const void* item);
BaseType_t xQueueSendFromISR(QueueHandle_t queue, const void* item, BaseType_t* woken);
BaseType_t xQueueSendToBackFromISR(QueueHandle_t queue, const void* item, BaseType_t* woken);
BaseType_t xQueueSendToFrontFromISR(QueueHandle_t queue, const void* item, BaseType_t* woken);
BaseType_t xQueueOverwriteFromISR(QueueHandle_t queue, const void* item, BaseType_t* woken);
BaseType_t xQueueReceive(QueueHandle_t queue, void* item, TickType_t ticks);
BaseType_t xQueueReceiveFromISR(QueueHandle_t queue, void* item, BaseType_t* woken);
BaseType_t xQueuePeek(QueueHandle_t queue, void* item, TickType_t ticks);
BaseType_t xQueuePeekFromISR(QueueHandle_t queue, void* item);
BaseType_t xQueueReset(QueueHandle_t queue);
UBaseType_t uxQueueMessagesWaiting(QueueHandle_t queue);
UBaseType_t uxQueueMessagesWaitingFromISR(QueueHandle_t queue);
UBaseType_t uxQueueSpacesAvailable(QueueHandle_t queue);

#ifdef __cplusplus
}
#endif
