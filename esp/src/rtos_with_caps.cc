// SPDX-License-Identifier: Apache-2.0
// freertos/idf_additions.h: all memory of a host is alike.
#include <freertos/idf_additions.h>

// NOLINTBEGIN(misc-unused-parameters): which memory is meant does not matter here
BaseType_t xTaskCreateWithCaps(TaskFunction_t code, const char* name, configSTACK_DEPTH_TYPE stack,
                               void* parameters, UBaseType_t priority, TaskHandle_t* created_task,
                               UBaseType_t /*caps*/) {
  return xTaskCreate(code, name, stack, parameters, priority, created_task);
}
BaseType_t xTaskCreatePinnedToCoreWithCaps(TaskFunction_t code, const char* name,
                                           configSTACK_DEPTH_TYPE stack, void* parameters,
                                           UBaseType_t priority, TaskHandle_t* created_task,
                                           BaseType_t core_id, UBaseType_t /*caps*/) {
  return xTaskCreatePinnedToCore(code, name, stack, parameters, priority, created_task, core_id);
}
void vTaskDeleteWithCaps(TaskHandle_t task) { vTaskDelete(task); }

QueueHandle_t xQueueCreateWithCaps(UBaseType_t length, UBaseType_t item_size,
                                   UBaseType_t /*caps*/) {
  return xQueueCreate(length, item_size);
}
void vQueueDeleteWithCaps(QueueHandle_t queue) { vQueueDelete(queue); }

SemaphoreHandle_t xSemaphoreCreateBinaryWithCaps(UBaseType_t /*caps*/) {
  return xSemaphoreCreateBinary();
}
SemaphoreHandle_t xSemaphoreCreateCountingWithCaps(UBaseType_t max_count, UBaseType_t initial_count,
                                                   UBaseType_t /*caps*/) {
  return xSemaphoreCreateCounting(max_count, initial_count);
}
SemaphoreHandle_t xSemaphoreCreateMutexWithCaps(UBaseType_t /*caps*/) {
  return xSemaphoreCreateMutex();
}
SemaphoreHandle_t xSemaphoreCreateRecursiveMutexWithCaps(UBaseType_t /*caps*/) {
  return xSemaphoreCreateRecursiveMutex();
}
void vSemaphoreDeleteWithCaps(SemaphoreHandle_t semaphore) { vSemaphoreDelete(semaphore); }

EventGroupHandle_t xEventGroupCreateWithCaps(UBaseType_t /*caps*/) { return xEventGroupCreate(); }
void vEventGroupDeleteWithCaps(EventGroupHandle_t group) { vEventGroupDelete(group); }

StreamBufferHandle_t xStreamBufferCreateWithCaps(std::size_t size, std::size_t trigger,
                                                 UBaseType_t /*caps*/) {
  return xStreamBufferCreate(size, trigger);
}
void vStreamBufferDeleteWithCaps(StreamBufferHandle_t buffer) { vStreamBufferDelete(buffer); }
MessageBufferHandle_t xMessageBufferCreateWithCaps(std::size_t size, UBaseType_t /*caps*/) {
  return xMessageBufferCreate(size);
}
void vMessageBufferDeleteWithCaps(MessageBufferHandle_t buffer) { vMessageBufferDelete(buffer); }
// NOLINTEND(misc-unused-parameters)
