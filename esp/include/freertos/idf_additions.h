// SPDX-License-Identifier: Apache-2.0
// What ESP-IDF adds to the kernel: objects in memory of one's choice. A host has
// one kind; the rest is as without. Implemented in esp/src/rtos_with_caps.cc.
#pragma once

#include <freertos/FreeRTOS.h>
#include <freertos/message_buffer.h>
#include <freertos/stream_buffer.h>

#ifdef __cplusplus
extern "C" {
#endif

BaseType_t xTaskCreateWithCaps(TaskFunction_t code, const char* name, configSTACK_DEPTH_TYPE stack,
                               void* parameters, UBaseType_t priority, TaskHandle_t* created_task,
                               UBaseType_t caps);
BaseType_t xTaskCreatePinnedToCoreWithCaps(TaskFunction_t code, const char* name,
                                           configSTACK_DEPTH_TYPE stack, void* parameters,
                                           UBaseType_t priority, TaskHandle_t* created_task,
                                           BaseType_t core_id, UBaseType_t caps);
void vTaskDeleteWithCaps(TaskHandle_t task);
QueueHandle_t xQueueCreateWithCaps(UBaseType_t length, UBaseType_t item_size, UBaseType_t caps);
void vQueueDeleteWithCaps(QueueHandle_t queue);
SemaphoreHandle_t xSemaphoreCreateBinaryWithCaps(UBaseType_t caps);
SemaphoreHandle_t xSemaphoreCreateCountingWithCaps(UBaseType_t max_count, UBaseType_t initial_count,
                                                   UBaseType_t caps);
SemaphoreHandle_t xSemaphoreCreateMutexWithCaps(UBaseType_t caps);
SemaphoreHandle_t xSemaphoreCreateRecursiveMutexWithCaps(UBaseType_t caps);
void vSemaphoreDeleteWithCaps(SemaphoreHandle_t semaphore);
EventGroupHandle_t xEventGroupCreateWithCaps(UBaseType_t caps);
void vEventGroupDeleteWithCaps(EventGroupHandle_t group);
StreamBufferHandle_t xStreamBufferCreateWithCaps(size_t size, size_t trigger, UBaseType_t caps);
void vStreamBufferDeleteWithCaps(StreamBufferHandle_t buffer);
MessageBufferHandle_t xMessageBufferCreateWithCaps(size_t size, UBaseType_t caps);
void vMessageBufferDeleteWithCaps(MessageBufferHandle_t buffer);

#ifdef __cplusplus
}
#endif
