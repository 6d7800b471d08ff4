// SPDX-License-Identifier: Apache-2.0
// freertos/event_groups.h. Who is satisfied is settled when bits are set, for
// all that wait, before any bit is cleared.
#include <freertos/FreeRTOS.h>

#include <list>
#include <map>
#include <memory>

#include "esp/src/immortal.h"
#include "esp/src/no_memory.h"
#include "esp/src/rtos.h"

using updraft::esp::DeadlineAfter;
using updraft::esp::Kernel;
using updraft::esp::ObeyOthers;
using updraft::esp::RtosLock;

// Guarded by the kernel.
struct EventGroupDef_t {
  struct Waiter {
    EventBits_t bits = 0;
    bool all = false;
    bool clear = false;
    bool done = false;
    EventBits_t result = 0;
  };
  EventBits_t bits = 0;
  std::list<Waiter*> waiters{};
  std::condition_variable changed{};
  bool gone = false;
};

namespace {

using Group = EventGroupDef_t;
constexpr EventBits_t kUsable = 0x00FFFFFF;

std::map<EventGroupHandle_t, std::shared_ptr<Group>>& Groups() {
  static updraft::esp::Immortal<std::map<EventGroupHandle_t, std::shared_ptr<Group>>> groups;
  return *groups;
}

std::shared_ptr<Group> Find(EventGroupHandle_t handle) {
  const auto found = Groups().find(handle);
  return found != Groups().end() ? found->second : nullptr;
}

bool Satisfied(EventBits_t now, EventBits_t wanted, bool all) {
  return all ? (now & wanted) == wanted : (now & wanted) != 0;
}

void Set(Group& group, EventBits_t bits) {
  group.bits |= bits & kUsable;
  EventBits_t cleared = 0;
  for (Group::Waiter* const waiter : group.waiters) {
    if (waiter->done || !Satisfied(group.bits, waiter->bits, waiter->all)) continue;
    waiter->done = true;
    waiter->result = group.bits;
    if (waiter->clear) cleared |= waiter->bits;
  }
  group.bits &= ~cleared;
  group.changed.notify_all();
}

EventBits_t Wait(Group& group, RtosLock& lock, Group::Waiter waiter, TickType_t ticks) {
  if (Satisfied(group.bits, waiter.bits, waiter.all)) {
    const EventBits_t result = group.bits;
    if (waiter.clear) group.bits &= ~waiter.bits;
    return result;
  }
  if (ticks == 0) return group.bits;
  group.waiters.push_back(&waiter);
  updraft::esp::WaitUntil(lock, group.changed, DeadlineAfter(ticks),
                          [&] { return waiter.done || group.gone; });
  group.waiters.remove(&waiter);
  return waiter.done ? waiter.result : group.bits;
}

}  // namespace

EventGroupHandle_t xEventGroupCreate(void) try {
  auto group = std::make_shared<Group>();
  const RtosLock lock(Kernel());
  auto* const handle = group.get();
  Groups().emplace(handle, std::move(group));
  return handle;
}
UPDRAFT_NO_MEMORY(nullptr)

EventGroupHandle_t xEventGroupCreateStatic(StaticEventGroup_t* group) try {
  return group != nullptr ? xEventGroupCreate() : nullptr;
}
UPDRAFT_NO_MEMORY(nullptr)

void vEventGroupDelete(EventGroupHandle_t group) {
  const RtosLock lock(Kernel());
  const auto found = Find(group);
  if (found == nullptr) return;
  found->gone = true;
  found->changed.notify_all();
  Groups().erase(group);
}

EventBits_t xEventGroupWaitBits(EventGroupHandle_t group, EventBits_t bits,
                                BaseType_t clear_on_exit, BaseType_t wait_for_all,
                                TickType_t ticks) try {
  EventBits_t result = 0;
  {
    RtosLock lock(Kernel());
    const auto found = Find(group);
    if (found == nullptr || (bits & kUsable) == 0) return 0;
    result = Wait(
        *found, lock,
        {.bits = bits & kUsable, .all = wait_for_all != pdFALSE, .clear = clear_on_exit != pdFALSE},
        ticks);
  }
  if (ticks != 0) ObeyOthers();
  return result;
}
UPDRAFT_NO_MEMORY(0)

EventBits_t xEventGroupSetBits(EventGroupHandle_t group, EventBits_t bits) {
  const RtosLock lock(Kernel());
  const auto found = Find(group);
  if (found == nullptr) return 0;
  Set(*found, bits);
  return found->bits;
}

EventBits_t xEventGroupClearBits(EventGroupHandle_t group, EventBits_t bits) {
  const RtosLock lock(Kernel());
  const auto found = Find(group);
  if (found == nullptr) return 0;
  const EventBits_t before = found->bits;
  found->bits &= ~bits;
  return before;
}

EventBits_t xEventGroupGetBits(EventGroupHandle_t group) { return xEventGroupClearBits(group, 0); }

EventBits_t xEventGroupSync(EventGroupHandle_t group, EventBits_t set, EventBits_t wait_for,
                            TickType_t ticks) try {
  EventBits_t result = 0;
  {
    RtosLock lock(Kernel());
    const auto found = Find(group);
    if (found == nullptr || (wait_for & kUsable) == 0) return 0;
    const EventBits_t with_these = (found->bits | set) & kUsable;
    Set(*found, set);
    if (Satisfied(with_these, wait_for & kUsable, true)) {
      result = with_these;
      found->bits &= ~(wait_for & kUsable);
    } else {
      result = Wait(*found, lock, {.bits = wait_for & kUsable, .all = true, .clear = true}, ticks);
    }
  }
  if (ticks != 0) ObeyOthers();
  return result;
}
UPDRAFT_NO_MEMORY(0)

BaseType_t xEventGroupSetBitsFromISR(EventGroupHandle_t group, EventBits_t bits,
                                     BaseType_t* woken) {
  if (woken != nullptr) *woken = pdFALSE;
  xEventGroupSetBits(group, bits);
  return pdPASS;
}
BaseType_t xEventGroupClearBitsFromISR(EventGroupHandle_t group, EventBits_t bits) {
  xEventGroupClearBits(group, bits);
  return pdPASS;
}
EventBits_t xEventGroupGetBitsFromISR(EventGroupHandle_t group) {
  return xEventGroupGetBits(group);
}
