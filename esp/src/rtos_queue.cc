// SPDX-License-Identifier: Apache-2.0
// freertos/queue.h and semphr.h: a semaphore is a queue of nothing.
#include "esp/src/rtos_queue.h"

#include <freertos/FreeRTOS.h>

#include <cstring>
#include <map>

#include "esp/src/immortal.h"
#include "esp/src/no_memory.h"

using updraft::esp::CurrentTask;
using updraft::esp::DeadlineAfter;
using updraft::esp::Kernel;
using updraft::esp::ObeyOthers;
using updraft::esp::RtosLock;

namespace {

using Queue = QueueDefinition;
using Kind = Queue::Kind;
enum class End : std::uint8_t { kFront, kBack, kOverwrite };

std::map<QueueHandle_t, std::shared_ptr<Queue>>& Queues() {
  static updraft::esp::Immortal<std::map<QueueHandle_t, std::shared_ptr<Queue>>> queues;
  return *queues;
}

using updraft::esp::FindQueue;

QueueHandle_t Make(Kind kind, std::size_t length, std::size_t item_size, std::size_t filled) try {
  if (length == 0 || filled > length || item_size > SIZE_MAX / 2 / length) return nullptr;
  auto queue = std::make_shared<Queue>();
  queue->kind = kind;
  queue->length = length;
  queue->item_size = item_size;
  queue->items.resize(filled);
  const RtosLock lock(Kernel());
  auto* const handle = queue.get();
  Queues().emplace(handle, std::move(queue));
  return handle;
}
UPDRAFT_NO_MEMORY(nullptr)

bool IsMutex(const Queue& queue) {
  return queue.kind == Kind::kMutex || queue.kind == Kind::kRecursiveMutex;
}

void Put(Queue& queue, const void* item, End end) {
  const auto* const bytes = static_cast<const std::uint8_t*>(item);
  std::vector<std::uint8_t> copy;
  if (queue.item_size > 0) copy.assign(bytes, bytes + queue.item_size);
  const bool replaces = end == End::kOverwrite && queue.items.size() >= queue.length;
  if (replaces) queue.items.pop_back();
  if (end == End::kFront) {
    queue.items.push_front(std::move(copy));
  } else {
    queue.items.push_back(std::move(copy));
  }
  queue.changed.notify_all();
  if (!replaces) updraft::esp::TellQueueSet(queue.set, &queue);
}

BaseType_t Send(QueueHandle_t handle, const void* item, TickType_t ticks, End end) {
  bool sent = false;
  {
    RtosLock lock(Kernel());
    const auto queue = FindQueue(handle);
    if (queue == nullptr || (item == nullptr && queue->item_size > 0)) return pdFAIL;
    const auto room = [&] {
      return queue->gone || end == End::kOverwrite || queue->items.size() < queue->length;
    };
    sent = updraft::esp::WaitUntil(lock, queue->changed, DeadlineAfter(ticks), room) &&
           !queue->gone && !CurrentTask().deleted;
    if (sent) Put(*queue, item, end);
  }
  if (ticks != 0) ObeyOthers();
  return sent ? pdPASS : errQUEUE_FULL;
}

BaseType_t Receive(QueueHandle_t handle, void* item, TickType_t ticks, bool keep) {
  bool received = false;
  {
    RtosLock lock(Kernel());
    const auto queue = FindQueue(handle);
    if (queue == nullptr || (item == nullptr && queue->item_size > 0)) return pdFAIL;
    const auto any = [&] { return queue->gone || !queue->items.empty(); };
    received = updraft::esp::WaitUntil(lock, queue->changed, DeadlineAfter(ticks), any) &&
               !queue->gone && !CurrentTask().deleted;
    if (received) {
      if (queue->item_size > 0) {
        std::memcpy(item, queue->items.front().data(), queue->item_size);
      }
      if (!keep) queue->items.pop_front();
      if (!keep && IsMutex(*queue)) queue->holder = &CurrentTask();
      queue->changed.notify_all();
    }
  }
  if (ticks != 0) ObeyOthers();
  return received ? pdPASS : errQUEUE_EMPTY;
}

BaseType_t Give(SemaphoreHandle_t handle) try {
  const RtosLock lock(Kernel());
  const auto queue = FindQueue(handle);
  if (queue == nullptr || queue->kind == Kind::kQueue || queue->kind == Kind::kSet) return pdFAIL;
  if (queue->items.size() >= queue->length) return pdFAIL;
  if (IsMutex(*queue) && queue->holder != &CurrentTask()) return pdFAIL;
  queue->holder = nullptr;
  Put(*queue, nullptr, End::kBack);
  return pdPASS;
}
UPDRAFT_NO_MEMORY(pdFAIL)

void Clear(BaseType_t* woken) {
  if (woken != nullptr) *woken = pdFALSE;
}

}  // namespace

namespace updraft::esp {

std::shared_ptr<QueueDefinition> FindQueue(QueueHandle_t handle) {
  const auto found = Queues().find(handle);
  return found != Queues().end() ? found->second : nullptr;
}

QueueSetHandle_t MakeQueueSet(std::size_t length) {
  return Make(Kind::kSet, length, sizeof(QueueSetMemberHandle_t), 0);
}

}  // namespace updraft::esp

QueueHandle_t xQueueCreate(UBaseType_t length, UBaseType_t item_size) {
  return Make(Kind::kQueue, length, item_size, 0);
}
// NOLINTNEXTLINE(readability-non-const-parameter): the kernel's own signature
QueueHandle_t xQueueCreateStatic(UBaseType_t length, UBaseType_t item_size, std::uint8_t* storage,
                                 StaticQueue_t* queue) {
  if (queue == nullptr || (storage == nullptr) != (item_size == 0)) return nullptr;
  return xQueueCreate(length, item_size);
}

void vQueueDelete(QueueHandle_t queue) {
  const RtosLock lock(Kernel());
  const auto found = FindQueue(queue);
  if (found == nullptr) return;
  found->gone = true;
  found->changed.notify_all();
  Queues().erase(queue);
}

BaseType_t xQueueSend(QueueHandle_t queue, const void* item, TickType_t ticks) try {
  return Send(queue, item, ticks, End::kBack);
}
UPDRAFT_NO_MEMORY(pdFAIL)
BaseType_t xQueueSendToBack(QueueHandle_t queue, const void* item, TickType_t ticks) try {
  return Send(queue, item, ticks, End::kBack);
}
UPDRAFT_NO_MEMORY(pdFAIL)
BaseType_t xQueueSendToFront(QueueHandle_t queue, const void* item, TickType_t ticks) try {
  return Send(queue, item, ticks, End::kFront);
}
UPDRAFT_NO_MEMORY(pdFAIL)
BaseType_t xQueueOverwrite(QueueHandle_t queue, const void* item) try {
  return Send(queue, item, 0, End::kOverwrite);
}
UPDRAFT_NO_MEMORY(pdFAIL)
BaseType_t xQueueSendFromISR(QueueHandle_t queue, const void* item, BaseType_t* woken) try {
  Clear(woken);
  return Send(queue, item, 0, End::kBack);
}
UPDRAFT_NO_MEMORY(pdFAIL)
BaseType_t xQueueSendToBackFromISR(QueueHandle_t queue, const void* item, BaseType_t* woken) {
  return xQueueSendFromISR(queue, item, woken);
}
BaseType_t xQueueSendToFrontFromISR(QueueHandle_t queue, const void* item, BaseType_t* woken) try {
  Clear(woken);
  return Send(queue, item, 0, End::kFront);
}
UPDRAFT_NO_MEMORY(pdFAIL)
BaseType_t xQueueOverwriteFromISR(QueueHandle_t queue, const void* item, BaseType_t* woken) try {
  Clear(woken);
  return xQueueOverwrite(queue, item);
}
UPDRAFT_NO_MEMORY(pdFAIL)
BaseType_t xQueueReceive(QueueHandle_t queue, void* item, TickType_t ticks) {
  return Receive(queue, item, ticks, false);
}
BaseType_t xQueueReceiveFromISR(QueueHandle_t queue, void* item, BaseType_t* woken) {
  Clear(woken);
  return Receive(queue, item, 0, false);
}
BaseType_t xQueuePeek(QueueHandle_t queue, void* item, TickType_t ticks) {
  return Receive(queue, item, ticks, true);
}
BaseType_t xQueuePeekFromISR(QueueHandle_t queue, void* item) {
  return Receive(queue, item, 0, true);
}

BaseType_t xQueueReset(QueueHandle_t queue) {
  const RtosLock lock(Kernel());
  const auto found = FindQueue(queue);
  if (found == nullptr) return pdFAIL;
  found->items.clear();
  found->changed.notify_all();
  return pdPASS;
}

UBaseType_t uxQueueMessagesWaiting(QueueHandle_t queue) {
  const RtosLock lock(Kernel());
  const auto found = FindQueue(queue);
  return found != nullptr ? static_cast<UBaseType_t>(found->items.size()) : 0;
}
UBaseType_t uxQueueMessagesWaitingFromISR(QueueHandle_t queue) {
  return uxQueueMessagesWaiting(queue);
}
UBaseType_t uxQueueSpacesAvailable(QueueHandle_t queue) {
  const RtosLock lock(Kernel());
  const auto found = FindQueue(queue);
  return found != nullptr ? static_cast<UBaseType_t>(found->length - found->items.size()) : 0;
}

BaseType_t xQueueIsQueueEmptyFromISR(QueueHandle_t queue) {
  return uxQueueMessagesWaiting(queue) == 0 ? pdTRUE : pdFALSE;
}
BaseType_t xQueueIsQueueFullFromISR(QueueHandle_t queue) {
  return uxQueueSpacesAvailable(queue) == 0 ? pdTRUE : pdFALSE;
}

SemaphoreHandle_t xSemaphoreCreateBinary(void) { return Make(Kind::kSemaphore, 1, 0, 0); }
SemaphoreHandle_t xSemaphoreCreateBinaryStatic(StaticSemaphore_t* semaphore) {
  return semaphore != nullptr ? xSemaphoreCreateBinary() : nullptr;
}
SemaphoreHandle_t xSemaphoreCreateCounting(UBaseType_t max_count, UBaseType_t initial_count) {
  return Make(Kind::kSemaphore, max_count, 0, initial_count);
}
SemaphoreHandle_t xSemaphoreCreateCountingStatic(UBaseType_t max_count, UBaseType_t initial_count,
                                                 StaticSemaphore_t* semaphore) {
  return semaphore != nullptr ? xSemaphoreCreateCounting(max_count, initial_count) : nullptr;
}
SemaphoreHandle_t xSemaphoreCreateMutex(void) { return Make(Kind::kMutex, 1, 0, 1); }
SemaphoreHandle_t xSemaphoreCreateMutexStatic(StaticSemaphore_t* semaphore) {
  return semaphore != nullptr ? xSemaphoreCreateMutex() : nullptr;
}
SemaphoreHandle_t xSemaphoreCreateRecursiveMutex(void) {
  return Make(Kind::kRecursiveMutex, 1, 0, 1);
}
SemaphoreHandle_t xSemaphoreCreateRecursiveMutexStatic(StaticSemaphore_t* semaphore) {
  return semaphore != nullptr ? xSemaphoreCreateRecursiveMutex() : nullptr;
}
void vSemaphoreDelete(SemaphoreHandle_t semaphore) { vQueueDelete(semaphore); }

BaseType_t xSemaphoreTake(SemaphoreHandle_t semaphore, TickType_t ticks) {
  return Receive(semaphore, nullptr, ticks, false);
}
BaseType_t xSemaphoreTakeFromISR(SemaphoreHandle_t semaphore, BaseType_t* woken) {
  Clear(woken);
  return Receive(semaphore, nullptr, 0, false);
}
BaseType_t xSemaphoreGive(SemaphoreHandle_t semaphore) { return Give(semaphore); }
BaseType_t xSemaphoreGiveFromISR(SemaphoreHandle_t semaphore, BaseType_t* woken) try {
  Clear(woken);
  return Give(semaphore);
}
UPDRAFT_NO_MEMORY(pdFAIL)

BaseType_t xSemaphoreTakeRecursive(SemaphoreHandle_t semaphore, TickType_t ticks) {
  {
    const RtosLock lock(Kernel());
    const auto queue = FindQueue(semaphore);
    if (queue == nullptr || queue->kind != Kind::kRecursiveMutex) return pdFAIL;
    if (queue->holder == &CurrentTask()) {
      ++queue->depth;
      return pdPASS;
    }
  }
  return Receive(semaphore, nullptr, ticks, false);
}

BaseType_t xSemaphoreGiveRecursive(SemaphoreHandle_t semaphore) try {
  {
    const RtosLock lock(Kernel());
    const auto queue = FindQueue(semaphore);
    if (queue == nullptr || queue->kind != Kind::kRecursiveMutex) return pdFAIL;
    if (queue->holder != &CurrentTask()) return pdFAIL;
    if (queue->depth > 0) {
      --queue->depth;
      return pdPASS;
    }
  }
  return Give(semaphore);
}
UPDRAFT_NO_MEMORY(pdFAIL)

UBaseType_t uxSemaphoreGetCount(SemaphoreHandle_t semaphore) {
  return uxQueueMessagesWaiting(semaphore);
}
TaskHandle_t xSemaphoreGetMutexHolder(SemaphoreHandle_t semaphore) {
  const RtosLock lock(Kernel());
  const auto queue = FindQueue(semaphore);
  return queue != nullptr ? queue->holder : nullptr;
}
