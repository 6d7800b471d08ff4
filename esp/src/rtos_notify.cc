// SPDX-License-Identifier: Apache-2.0
// freertos/task.h, second half: notifications.
#include <freertos/FreeRTOS.h>

#include "esp/src/rtos.h"

using updraft::esp::CurrentTask;
using updraft::esp::DeadlineAfter;
using updraft::esp::Kernel;
using updraft::esp::ObeyOthers;
using updraft::esp::RtosLock;

namespace {

// NULL is a failure for whom one notifies, the calling task elsewhere.
tskTaskControlBlock::Notification* Slot(TaskHandle_t task, UBaseType_t index) {
  if (index >= configTASK_NOTIFICATION_ARRAY_ENTRIES) return nullptr;
  tskTaskControlBlock& target = task != nullptr ? *task : CurrentTask();
  return &target.notifications[index];
}

void Clear(BaseType_t* woken) {
  if (woken != nullptr) *woken = pdFALSE;
}

}  // namespace

BaseType_t xTaskNotifyIndexed(TaskHandle_t task, UBaseType_t index, std::uint32_t value,
                              eNotifyAction action) {
  if (task == nullptr || eTaskGetState(task) == eInvalid) return pdFAIL;
  const RtosLock lock(Kernel());
  auto* const slot = Slot(task, index);
  if (slot == nullptr) return pdFAIL;
  if (action == eSetValueWithoutOverwrite && slot->pending) return pdFAIL;
  switch (action) {
    case eNoAction: break;
    case eSetBits: slot->value |= value; break;
    case eIncrement: ++slot->value; break;
    case eSetValueWithOverwrite:
    case eSetValueWithoutOverwrite: slot->value = value; break;
  }
  slot->pending = true;
  task->own.notify_all();
  return pdPASS;
}

BaseType_t xTaskNotifyWaitIndexed(UBaseType_t index, std::uint32_t clear_on_entry,
                                  std::uint32_t clear_on_exit, std::uint32_t* value,
                                  TickType_t ticks) {
  bool notified = false;
  {
    RtosLock lock(Kernel());
    auto* const slot = Slot(nullptr, index);
    if (slot == nullptr) return pdFALSE;
    if (!slot->pending) slot->value &= ~clear_on_entry;
    notified = updraft::esp::WaitUntil(lock, CurrentTask().own, DeadlineAfter(ticks),
                                       [&] { return slot->pending; });
    if (value != nullptr) *value = slot->value;
    if (notified) slot->value &= ~clear_on_exit;
    slot->pending = false;
  }
  ObeyOthers();
  return notified ? pdTRUE : pdFALSE;
}

std::uint32_t ulTaskNotifyTakeIndexed(UBaseType_t index, BaseType_t clear_on_exit,
                                      TickType_t ticks) {
  std::uint32_t value = 0;
  {
    RtosLock lock(Kernel());
    auto* const slot = Slot(nullptr, index);
    if (slot == nullptr) return 0;
    updraft::esp::WaitUntil(lock, CurrentTask().own, DeadlineAfter(ticks),
                            [&] { return slot->value != 0; });
    value = slot->value;
    if (value != 0) slot->value = clear_on_exit != pdFALSE ? 0 : value - 1;
    slot->pending = false;
  }
  ObeyOthers();
  return value;
}

BaseType_t xTaskNotifyStateClearIndexed(TaskHandle_t task, UBaseType_t index) {
  if (task != nullptr && eTaskGetState(task) == eInvalid) return pdFAIL;
  const RtosLock lock(Kernel());
  auto* const slot = Slot(task, index);
  if (slot == nullptr || !slot->pending) return pdFAIL;
  slot->pending = false;
  return pdPASS;
}

std::uint32_t ulTaskNotifyValueClearIndexed(TaskHandle_t task, UBaseType_t index,
                                            std::uint32_t bits) {
  if (task != nullptr && eTaskGetState(task) == eInvalid) return 0;
  const RtosLock lock(Kernel());
  auto* const slot = Slot(task, index);
  if (slot == nullptr) return 0;
  const std::uint32_t value = slot->value;
  slot->value &= ~bits;
  return value;
}

BaseType_t xTaskNotify(TaskHandle_t task, std::uint32_t value, eNotifyAction action) {
  return xTaskNotifyIndexed(task, tskDEFAULT_INDEX_TO_NOTIFY, value, action);
}
BaseType_t xTaskNotifyFromISR(TaskHandle_t task, std::uint32_t value, eNotifyAction action,
                              BaseType_t* woken) {
  Clear(woken);
  return xTaskNotify(task, value, action);
}
BaseType_t xTaskNotifyGive(TaskHandle_t task) { return xTaskNotify(task, 0, eIncrement); }
void vTaskNotifyGiveFromISR(TaskHandle_t task, BaseType_t* woken) {
  Clear(woken);
  xTaskNotifyGive(task);
}
BaseType_t xTaskNotifyWait(std::uint32_t clear_on_entry, std::uint32_t clear_on_exit,
                           std::uint32_t* value, TickType_t ticks) {
  return xTaskNotifyWaitIndexed(tskDEFAULT_INDEX_TO_NOTIFY, clear_on_entry, clear_on_exit, value,
                                ticks);
}
std::uint32_t ulTaskNotifyTake(BaseType_t clear_on_exit, TickType_t ticks) {
  return ulTaskNotifyTakeIndexed(tskDEFAULT_INDEX_TO_NOTIFY, clear_on_exit, ticks);
}
BaseType_t xTaskNotifyStateClear(TaskHandle_t task) {
  return xTaskNotifyStateClearIndexed(task, tskDEFAULT_INDEX_TO_NOTIFY);
}
std::uint32_t ulTaskNotifyValueClear(TaskHandle_t task, std::uint32_t bits) {
  return ulTaskNotifyValueClearIndexed(task, tskDEFAULT_INDEX_TO_NOTIFY, bits);
}
