// SPDX-License-Identifier: Apache-2.0
// Queues of items that are copied in and out. Implemented in
// esp/src/rtos_queue.cc, sets in rtos_queue_set.cc. A handle that is none, and NULL
// for an item of more than 0 bytes, are failures.
#pragma once

#include <freertos/projdefs.h>

#ifdef __cplusplus
extern "C" {
#endif

typedef struct QueueDefinition* QueueHandle_t;
typedef struct QueueDefinition* QueueSetHandle_t;
typedef struct QueueDefinition* QueueSetMemberHandle_t;

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
BaseType_t xQueueIsQueueEmptyFromISR(QueueHandle_t queue);
BaseType_t xQueueIsQueueFullFromISR(QueueHandle_t queue);

// Waiting for several queues and semaphores at once. `length` is how much all
// members hold together: an event beyond that is lost.
QueueSetHandle_t xQueueCreateSet(UBaseType_t length);
// pdFAIL for a member that is not empty, or of a set already.
BaseType_t xQueueAddToSet(QueueSetMemberHandle_t member, QueueSetHandle_t set);
// pdFAIL for a member that is not empty, or not of this set.
BaseType_t xQueueRemoveFromSet(QueueSetMemberHandle_t member, QueueSetHandle_t set);
// A member with something in it, to be received once; NULL when there was none.
QueueSetMemberHandle_t xQueueSelectFromSet(QueueSetHandle_t set, TickType_t ticks);
QueueSetMemberHandle_t xQueueSelectFromSetFromISR(QueueSetHandle_t set);

#ifdef __cplusplus
}
#endif
