// SPDX-License-Identifier: Apache-2.0
// esp_event.h. Everything is guarded by the kernel's lock; handlers are called
// without it.
#include <esp_event.h>

#include <algorithm>
#include <cstdint>
#include <deque>
#include <list>
#include <map>
#include <memory>
#include <vector>

#include "esp/src/immortal.h"
#include "esp/src/no_memory.h"
#include "esp/src/own_events.h"
#include "esp/src/project_config.h"
#include "esp/src/rtos.h"

namespace updraft::esp {
namespace {

// What an interrupt can post: it cannot allocate.
constexpr std::size_t kInterruptData = sizeof(std::uint32_t);

struct Registration {
  esp_event_base_t base = nullptr;
  std::int32_t id = 0;
  esp_event_handler_t handler = nullptr;
  void* argument = nullptr;
  bool listed = true;
  std::uint64_t number = 0;  // in the order of registration, from 1

  bool Takes(esp_event_base_t event_base, std::int32_t event_id) const {
    return listed && (base == ESP_EVENT_ANY_BASE || base == event_base) &&
           (id == ESP_EVENT_ANY_ID || id == event_id);
  }
};

struct Event {
  esp_event_base_t base = nullptr;
  std::int32_t id = 0;
  std::vector<std::uint8_t> data;
};

struct Loop {
  std::string name;
  std::size_t capacity = 0;
  bool has_task = false;
  bool gone = false;
  std::deque<Event> events;
  std::list<std::shared_ptr<Registration>> registrations;  // by number
  std::uint64_t last_number = 0;
  tskTaskControlBlock* dispatcher = nullptr;  // who runs a handler now
  std::condition_variable changed;
};

using LoopPointer = std::shared_ptr<Loop>;

struct Loops {
  std::map<esp_event_loop_handle_t, LoopPointer> open;
  esp_event_loop_handle_t standard = nullptr;
};

Loops& All() {
  static updraft::esp::Immortal<Loops> loops;
  return *loops;
}

LoopPointer Find(esp_event_loop_handle_t handle) {
  const auto found = All().open.find(handle);
  return found != All().open.end() ? found->second : nullptr;
}

// Takes the first event and calls its handlers. The lock is held before and
// after, and released for each call.
void DispatchOne(const LoopPointer& loop, RtosLock& lock) {
  Event event = std::move(loop->events.front());
  loop->events.pop_front();
  // A handler may run its own loop.
  tskTaskControlBlock* const outer = loop->dispatcher;
  loop->dispatcher = &CurrentTask();
  loop->changed.notify_all();
  // Who registers meanwhile is for the next event. No list is copied: nothing here may
  // fail for want of memory.
  const std::uint64_t newest = loop->last_number;
  const auto after = [&](std::uint64_t number) -> std::shared_ptr<Registration> {
    for (const auto& registration : loop->registrations) {
      if (registration->number > newest) break;
      if (registration->number <= number) continue;
      if (registration->Takes(event.base, event.id)) return registration;
    }
    return nullptr;
  };
  for (auto registration = after(0); registration != nullptr;
       registration = after(registration->number)) {
    const esp_event_handler_t handler = registration->handler;
    void* const argument = registration->argument;
    lock.unlock();
    handler(argument, event.base, event.id, event.data.empty() ? nullptr : event.data.data());
    lock.lock();
    if (loop->gone) break;
  }
  loop->dispatcher = outer;
  loop->changed.notify_all();
}

// Whether the calling task may run a handler: there is one at a time. Of a handler
// that ended its own task nobody is told.
bool IsFree(const Loop& loop) {
  return loop.dispatcher == nullptr || loop.dispatcher == &CurrentTask() || !loop.dispatcher->alive;
}

void RunLoopTask(void* argument) {
  // Not on this stack: a handler may end the task.
  const std::unique_ptr<LoopPointer> owned(static_cast<LoopPointer*>(argument));
  const LoopPointer loop = *owned;
  RtosLock lock(Kernel());
  while (!loop->gone) {
    if (loop->events.empty()) {
      loop->changed.wait(lock);
    } else {
      DispatchOne(loop, lock);
    }
  }
}

esp_err_t Create(const esp_event_loop_args_t& args, esp_event_loop_handle_t* handle) {
  auto loop = std::make_shared<Loop>();
  loop->capacity = static_cast<std::size_t>(args.queue_size);
  loop->has_task = args.task_name != nullptr;
  loop->name = loop->has_task ? args.task_name : "";
  {
    const RtosLock lock(Kernel());
    *handle = loop.get();
    All().open.emplace(loop.get(), loop);
  }
  if (!loop->has_task) return ESP_OK;
  auto argument = std::make_unique<LoopPointer>(loop);
  if (xTaskCreate(&RunLoopTask, args.task_name, args.task_stack_size, argument.get(),
                  args.task_priority, nullptr) == pdPASS) {
    static_cast<void>(argument.release());  // the task's from now on
    return ESP_OK;
  }
  const RtosLock lock(Kernel());
  All().open.erase(*handle);
  *handle = nullptr;
  return ESP_FAIL;
}

// `again`: of a function that is there already only the argument is replaced,
// however it was registered.
esp_err_t Register(esp_event_loop_handle_t handle, const Registration& wanted, bool again,
                   esp_event_handler_instance_t* instance) {
  if (wanted.handler == nullptr) return ESP_ERR_INVALID_ARG;
  if (wanted.base == ESP_EVENT_ANY_BASE && wanted.id != ESP_EVENT_ANY_ID) {
    return ESP_ERR_INVALID_ARG;
  }
  const RtosLock lock(Kernel());
  const LoopPointer loop = Find(handle);
  if (loop == nullptr) return ESP_ERR_INVALID_ARG;
  for (const auto& known : loop->registrations) {
    const bool same =
        known->handler == wanted.handler && known->base == wanted.base && known->id == wanted.id;
    if (!again || !same) continue;
    known->argument = wanted.argument;
    return ESP_OK;
  }
  loop->registrations.push_back(std::make_shared<Registration>(wanted));
  loop->registrations.back()->number = ++loop->last_number;
  if (instance != nullptr) *instance = loop->registrations.back().get();
  return ESP_OK;
}

// By instance where there is one; else the first of that function, however it was
// registered.
esp_err_t Unregister(esp_event_loop_handle_t handle, esp_event_base_t base, std::int32_t id,
                     esp_event_handler_t handler, esp_event_handler_instance_t instance) {
  if (base == ESP_EVENT_ANY_BASE && id != ESP_EVENT_ANY_ID) return ESP_ERR_INVALID_ARG;
  RtosLock lock(Kernel());
  const LoopPointer loop = Find(handle);
  if (loop == nullptr) return ESP_ERR_INVALID_ARG;
  auto& all = loop->registrations;
  const auto found = std::find_if(all.begin(), all.end(), [&](const auto& known) {
    if (known->base != base || known->id != id) return false;
    return instance != nullptr ? known.get() == instance : known->handler == handler;
  });
  if (found == all.end()) return ESP_ERR_NOT_FOUND;
  (*found)->listed = false;
  all.erase(found);
  // Whoever goes on to free what the handler uses must not be overtaken by it.
  while (loop->dispatcher != nullptr && loop->dispatcher != &CurrentTask() && !loop->gone) {
    loop->changed.wait(lock);
  }
  return ESP_OK;
}

esp_err_t Post(esp_event_loop_handle_t handle, Event event, TickType_t ticks) {
  if (event.base == ESP_EVENT_ANY_BASE || event.id == ESP_EVENT_ANY_ID) return ESP_ERR_INVALID_ARG;
  bool posted = false;
  {
    RtosLock lock(Kernel());
    const LoopPointer loop = Find(handle);
    if (loop == nullptr) return ESP_ERR_INVALID_ARG;
    const bool own = loop->dispatcher == &CurrentTask();
    const auto room = [&] {
      // A loop without a task of its own is locked while it runs.
      const bool locked = !loop->has_task && loop->dispatcher != nullptr && !own;
      return loop->gone || (!locked && loop->events.size() < loop->capacity);
    };
    if (own) ticks = 0;
    posted = WaitUntil(lock, loop->changed, DeadlineAfter(ticks), room);
    if (posted && loop->gone) return ESP_ERR_INVALID_STATE;
    if (posted) {
      loop->events.push_back(std::move(event));
      loop->changed.notify_all();
    }
  }
  return posted ? ESP_OK : ESP_ERR_TIMEOUT;
}

Event MakeEvent(esp_event_base_t base, std::int32_t id, const void* data, std::size_t size) {
  Event event{base, id, {}};
  if (data != nullptr && size > 0) {
    const auto* const bytes = static_cast<const std::uint8_t*>(data);
    event.data.assign(bytes, bytes + size);
  }
  return event;
}

esp_event_loop_handle_t Standard() {
  const RtosLock lock(Kernel());
  return All().standard;
}

bool SomebodyTakes(esp_event_base_t base, std::int32_t id) {
  const RtosLock lock(Kernel());
  const LoopPointer loop = Find(All().standard);
  return loop != nullptr && std::any_of(loop->registrations.begin(), loop->registrations.end(),
                                        [&](const auto& known) { return known->Takes(base, id); });
}

}  // namespace

esp_err_t PostOwnEvent(esp_event_base_t base, std::int32_t id, const void* data, std::size_t size,
                       std::int32_t timeout_ms) {
  if (Standard() == nullptr) return ESP_ERR_INVALID_STATE;
  if (!SomebodyTakes(base, id)) return ESP_OK;
  const TickType_t ticks =
      timeout_ms < 0 ? portMAX_DELAY : pdMS_TO_TICKS(static_cast<TickType_t>(timeout_ms));
  return esp_event_post(base, id, data, size, ticks);
}

}  // namespace updraft::esp

using updraft::esp::All;
using updraft::esp::Find;
using updraft::esp::Kernel;
using updraft::esp::MakeEvent;
using updraft::esp::RtosLock;
using updraft::esp::Standard;

esp_err_t esp_event_loop_create(const esp_event_loop_args_t* event_loop_args,
                                esp_event_loop_handle_t* event_loop) try {
  if (event_loop_args == nullptr || event_loop == nullptr || event_loop_args->queue_size <= 0) {
    return ESP_ERR_INVALID_ARG;
  }
  return updraft::esp::Create(*event_loop_args, event_loop);
}
UPDRAFT_NO_MEMORY(ESP_ERR_NO_MEM)

esp_err_t esp_event_loop_delete(esp_event_loop_handle_t event_loop) {
  RtosLock lock(Kernel());
  const auto loop = Find(event_loop);
  if (loop == nullptr) return ESP_ERR_INVALID_ARG;
  loop->gone = true;
  loop->events.clear();
  for (const auto& registration : loop->registrations) registration->listed = false;
  loop->changed.notify_all();
  All().open.erase(event_loop);
  // What a handler uses may be freed after this; one may delete its own loop. A
  // handler that ends its own task tells nobody, so it is looked for.
  const tskTaskControlBlock& current = updraft::esp::CurrentTask();
  const auto rests = [&] { return updraft::esp::IsFree(*loop); };
  constexpr std::chrono::milliseconds kLook{20};
  while (!rests() && !current.deleted) {
    updraft::esp::WaitUntil(lock, loop->changed, updraft::esp::RtosClock::now() + kLook, rests);
  }
  lock.unlock();
  updraft::esp::ObeyOthers();
  return ESP_OK;
}

esp_err_t esp_event_loop_create_default(void) try {
  if (Standard() != nullptr) return ESP_ERR_INVALID_STATE;
  const esp_event_loop_args_t args{
      .queue_size = static_cast<std::int32_t>(updraft_project_config.event_queue_size),
      .task_name = "sys_evt",
      .task_priority = 20,
      .task_stack_size = 0,
      .task_core_id = 0};
  esp_event_loop_handle_t handle = nullptr;
  const esp_err_t error = esp_event_loop_create(&args, &handle);
  if (error != ESP_OK) return error;
  const RtosLock lock(Kernel());
  All().standard = handle;
  return ESP_OK;
}
UPDRAFT_NO_MEMORY(ESP_ERR_NO_MEM)

esp_err_t esp_event_loop_delete_default(void) {
  auto* const handle = Standard();
  if (handle == nullptr) return ESP_ERR_INVALID_STATE;
  {
    const RtosLock lock(Kernel());
    All().standard = nullptr;
  }
  return esp_event_loop_delete(handle);
}

esp_err_t esp_event_loop_run(esp_event_loop_handle_t event_loop, TickType_t ticks_to_run) try {
  const auto deadline = updraft::esp::DeadlineAfter(ticks_to_run);
  {
    RtosLock lock(Kernel());
    const auto loop = Find(event_loop);
    if (loop == nullptr) return ESP_ERR_INVALID_ARG;
    if (loop->has_task) return ESP_ERR_INVALID_STATE;
    const auto ready = [&] {
      return loop->gone || (!loop->events.empty() && updraft::esp::IsFree(*loop));
    };
    while (updraft::esp::WaitUntil(lock, loop->changed, deadline, ready)) {
      if (loop->gone) break;
      updraft::esp::DispatchOne(loop, lock);
      if (updraft::esp::RtosClock::now() >= deadline) break;
    }
  }
  updraft::esp::ObeyOthers();
  return ESP_OK;
}
UPDRAFT_NO_MEMORY(ESP_ERR_NO_MEM)

esp_err_t esp_event_handler_register_with(esp_event_loop_handle_t event_loop,
                                          esp_event_base_t event_base, std::int32_t event_id,
                                          esp_event_handler_t event_handler,
                                          void* event_handler_arg) try {
  return updraft::esp::Register(
      event_loop, {event_base, event_id, event_handler, event_handler_arg}, true, nullptr);
}
UPDRAFT_NO_MEMORY(ESP_ERR_NO_MEM)

esp_err_t esp_event_handler_register(esp_event_base_t event_base, std::int32_t event_id,
                                     esp_event_handler_t event_handler,
                                     void* event_handler_arg) try {
  auto* const loop = Standard();
  if (loop == nullptr) return ESP_ERR_INVALID_STATE;
  return esp_event_handler_register_with(loop, event_base, event_id, event_handler,
                                         event_handler_arg);
}
UPDRAFT_NO_MEMORY(ESP_ERR_NO_MEM)

esp_err_t esp_event_handler_instance_register_with(esp_event_loop_handle_t event_loop,
                                                   esp_event_base_t event_base,
                                                   std::int32_t event_id,
                                                   esp_event_handler_t event_handler,
                                                   void* event_handler_arg,
                                                   esp_event_handler_instance_t* instance) try {
  return updraft::esp::Register(
      event_loop, {event_base, event_id, event_handler, event_handler_arg}, false, instance);
}
UPDRAFT_NO_MEMORY(ESP_ERR_NO_MEM)

esp_err_t esp_event_handler_instance_register(esp_event_base_t event_base, std::int32_t event_id,
                                              esp_event_handler_t event_handler,
                                              void* event_handler_arg,
                                              esp_event_handler_instance_t* instance) try {
  auto* const loop = Standard();
  if (loop == nullptr) return ESP_ERR_INVALID_STATE;
  return esp_event_handler_instance_register_with(loop, event_base, event_id, event_handler,
                                                  event_handler_arg, instance);
}
UPDRAFT_NO_MEMORY(ESP_ERR_NO_MEM)

esp_err_t esp_event_handler_unregister_with(esp_event_loop_handle_t event_loop,
                                            esp_event_base_t event_base, std::int32_t event_id,
                                            esp_event_handler_t event_handler) {
  return updraft::esp::Unregister(event_loop, event_base, event_id, event_handler, nullptr);
}

esp_err_t esp_event_handler_unregister(esp_event_base_t event_base, std::int32_t event_id,
                                       esp_event_handler_t event_handler) {
  auto* const loop = Standard();
  if (loop == nullptr) return ESP_ERR_INVALID_STATE;
  return esp_event_handler_unregister_with(loop, event_base, event_id, event_handler);
}

esp_err_t esp_event_handler_instance_unregister_with(esp_event_loop_handle_t event_loop,
                                                     esp_event_base_t event_base,
                                                     std::int32_t event_id,
                                                     esp_event_handler_instance_t instance) {
  if (instance == nullptr) return ESP_ERR_INVALID_ARG;
  return updraft::esp::Unregister(event_loop, event_base, event_id, nullptr, instance);
}

esp_err_t esp_event_handler_instance_unregister(esp_event_base_t event_base, std::int32_t event_id,
                                                esp_event_handler_instance_t instance) {
  auto* const loop = Standard();
  if (loop == nullptr) return ESP_ERR_INVALID_STATE;
  return esp_event_handler_instance_unregister_with(loop, event_base, event_id, instance);
}

esp_err_t esp_event_post_to(esp_event_loop_handle_t event_loop, esp_event_base_t event_base,
                            std::int32_t event_id, const void* event_data,
                            std::size_t event_data_size, TickType_t ticks_to_wait) try {
  return updraft::esp::Post(
      event_loop, MakeEvent(event_base, event_id, event_data, event_data_size), ticks_to_wait);
}
UPDRAFT_NO_MEMORY(ESP_ERR_NO_MEM)

esp_err_t esp_event_post(esp_event_base_t event_base, std::int32_t event_id, const void* event_data,
                         std::size_t event_data_size, TickType_t ticks_to_wait) try {
  auto* const loop = Standard();
  if (loop == nullptr) return ESP_ERR_INVALID_STATE;
  return esp_event_post_to(loop, event_base, event_id, event_data, event_data_size, ticks_to_wait);
}
UPDRAFT_NO_MEMORY(ESP_ERR_NO_MEM)

esp_err_t esp_event_isr_post_to(esp_event_loop_handle_t event_loop, esp_event_base_t event_base,
                                std::int32_t event_id, const void* event_data,
                                std::size_t event_data_size, BaseType_t* task_unblocked) try {
  if (task_unblocked != nullptr) *task_unblocked = pdFALSE;
  if (event_data_size > updraft::esp::kInterruptData) return ESP_ERR_INVALID_ARG;
  const esp_err_t error =
      esp_event_post_to(event_loop, event_base, event_id, event_data, event_data_size, 0);
  return error == ESP_ERR_TIMEOUT ? ESP_FAIL : error;
}
UPDRAFT_NO_MEMORY(ESP_ERR_NO_MEM)

esp_err_t esp_event_isr_post(esp_event_base_t event_base, std::int32_t event_id,
                             const void* event_data, std::size_t event_data_size,
                             BaseType_t* task_unblocked) try {
  auto* const loop = Standard();
  if (loop == nullptr) return ESP_ERR_INVALID_STATE;
  return esp_event_isr_post_to(loop, event_base, event_id, event_data, event_data_size,
                               task_unblocked);
}
UPDRAFT_NO_MEMORY(ESP_ERR_NO_MEM)

esp_err_t esp_event_dump(FILE* file) {
  if (file == nullptr) return ESP_ERR_INVALID_ARG;
  const RtosLock lock(Kernel());
  for (const auto& [handle, loop] : All().open) {
    std::fprintf(file, "LOOP %s: %zu handlers, %zu events waiting\n",
                 loop->name.empty() ? "without a task" : loop->name.c_str(),
                 loop->registrations.size(), loop->events.size());
  }
  return ESP_OK;
}
