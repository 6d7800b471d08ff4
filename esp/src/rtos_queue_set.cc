// SPDX-License-Identifier: Apache-2.0
// freertos/queue.h, queue sets: a set is a queue of the handles in which there is
// something.
#include <freertos/FreeRTOS.h>

#include <array>
#include <bit>

#include "esp/src/rtos_queue.h"

using updraft::esp::FindQueue;
using updraft::esp::Kernel;
using updraft::esp::RtosLock;

namespace updraft::esp {

void TellQueueSet(QueueSetHandle_t set, QueueSetMemberHandle_t member) {
  const auto found = FindQueue(set);
  if (found == nullptr || found->kind != QueueDefinition::Kind::kSet) return;
  if (found->items.size() >= found->length) return;
  const auto bytes = std::bit_cast<std::array<std::uint8_t, sizeof(void*)>>(member);
  found->items.emplace_back(bytes.begin(), bytes.end());
  found->changed.notify_all();
}

}  // namespace updraft::esp

QueueSetHandle_t xQueueCreateSet(UBaseType_t length) { return updraft::esp::MakeQueueSet(length); }

BaseType_t xQueueAddToSet(QueueSetMemberHandle_t member, QueueSetHandle_t set) {
  const RtosLock lock(Kernel());
  const auto own = FindQueue(member);
  const auto wanted = FindQueue(set);
  if (own == nullptr || own->kind == QueueDefinition::Kind::kSet) return pdFAIL;
  if (wanted == nullptr || wanted->kind != QueueDefinition::Kind::kSet) return pdFAIL;
  if (FindQueue(own->set) != nullptr || !own->items.empty()) return pdFAIL;
  own->set = set;
  return pdPASS;
}

BaseType_t xQueueRemoveFromSet(QueueSetMemberHandle_t member, QueueSetHandle_t set) {
  const RtosLock lock(Kernel());
  const auto own = FindQueue(member);
  if (own == nullptr || set == nullptr || own->set != set || !own->items.empty()) return pdFAIL;
  own->set = nullptr;
  return pdPASS;
}

QueueSetMemberHandle_t xQueueSelectFromSet(QueueSetHandle_t set, TickType_t ticks) {
  {
    const RtosLock lock(Kernel());
    const auto found = FindQueue(set);
    if (found == nullptr || found->kind != QueueDefinition::Kind::kSet) return nullptr;
  }
  QueueSetMemberHandle_t member = nullptr;
  return xQueueReceive(set, &member, ticks) == pdTRUE ? member : nullptr;
}

QueueSetMemberHandle_t xQueueSelectFromSetFromISR(QueueSetHandle_t set) {
  return xQueueSelectFromSet(set, 0);
}
