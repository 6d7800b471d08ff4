// SPDX-License-Identifier: Apache-2.0
// freertos/timers.h over esp_timer.h: callbacks run in the task of that.
#include <esp_timer.h>
#include <freertos/FreeRTOS.h>
#include <freertos/timers.h>

#include <map>
#include <memory>
#include <mutex>
#include <string>

#include "esp/src/immortal.h"
#include "esp/src/no_memory.h"
#include "esp/src/project_config.h"

struct tmrTimerControl {
  std::string name;
  TickType_t period = 0;
  bool reload = false;
  void* id = nullptr;
  TimerCallbackFunction_t callback = nullptr;
  esp_timer_handle_t timer = nullptr;
};

namespace {

using Timer = tmrTimerControl;

struct Registry {
  std::mutex mutex;
  std::map<TimerHandle_t, std::shared_ptr<Timer>> timers;
};

Registry& All() {
  static updraft::esp::Immortal<Registry> registry;
  return *registry;
}

std::shared_ptr<Timer> Find(TimerHandle_t handle) {
  const std::lock_guard lock(All().mutex);
  const auto found = All().timers.find(handle);
  return found != All().timers.end() ? found->second : nullptr;
}

void Fire(void* argument) {
  auto* const handle = static_cast<TimerHandle_t>(argument);
  // It may have been deleted while it fired.
  if (const auto timer = Find(handle); timer != nullptr) timer->callback(handle);
}

BaseType_t Restart(const Timer& timer) {
  const std::uint64_t us =
      timer.period * std::uint64_t{1'000'000} / updraft_project_config.tick_rate_hz;
  static_cast<void>(esp_timer_stop(timer.timer));
  const esp_err_t error = timer.reload ? esp_timer_start_periodic(timer.timer, us)
                                       : esp_timer_start_once(timer.timer, us);
  return error == ESP_OK ? pdPASS : pdFAIL;
}

void Clear(BaseType_t* woken) {
  if (woken != nullptr) *woken = pdFALSE;
}

}  // namespace

TimerHandle_t xTimerCreate(const char* name, TickType_t period, BaseType_t auto_reload, void* id,
                           TimerCallbackFunction_t callback) try {
  if (period == 0 || callback == nullptr) return nullptr;
  auto timer = std::make_shared<Timer>();
  timer->name = name != nullptr ? name : "";
  timer->period = period;
  timer->reload = auto_reload != pdFALSE;
  timer->id = id;
  timer->callback = callback;
  const esp_timer_create_args_t args{.callback = &Fire,
                                     .arg = timer.get(),
                                     .dispatch_method = ESP_TIMER_TASK,
                                     .name = timer->name.c_str(),
                                     .skip_unhandled_events = false};
  if (esp_timer_create(&args, &timer->timer) != ESP_OK) return nullptr;
  const std::lock_guard lock(All().mutex);
  auto* const handle = timer.get();
  All().timers.emplace(handle, std::move(timer));
  return handle;
}
UPDRAFT_NO_MEMORY(nullptr)

TimerHandle_t xTimerCreateStatic(const char* name, TickType_t period, BaseType_t auto_reload,
                                 void* id, TimerCallbackFunction_t callback,
                                 StaticTimer_t* timer) try {
  return timer != nullptr ? xTimerCreate(name, period, auto_reload, id, callback) : nullptr;
}
UPDRAFT_NO_MEMORY(nullptr)

BaseType_t xTimerStart(TimerHandle_t timer, TickType_t ticks) try {
  static_cast<void>(ticks);
  const auto found = Find(timer);
  return found != nullptr ? Restart(*found) : pdFAIL;
}
UPDRAFT_NO_MEMORY(pdFAIL)
BaseType_t xTimerReset(TimerHandle_t timer, TickType_t ticks) { return xTimerStart(timer, ticks); }

BaseType_t xTimerStop(TimerHandle_t timer, TickType_t ticks) try {
  static_cast<void>(ticks);
  const auto found = Find(timer);
  if (found == nullptr) return pdFAIL;
  static_cast<void>(esp_timer_stop(found->timer));
  return pdPASS;
}
UPDRAFT_NO_MEMORY(pdFAIL)

BaseType_t xTimerDelete(TimerHandle_t timer, TickType_t ticks) try {
  if (xTimerStop(timer, ticks) != pdPASS) return pdFAIL;
  const std::lock_guard lock(All().mutex);
  const auto found = All().timers.find(timer);
  if (found == All().timers.end()) return pdFAIL;
  static_cast<void>(esp_timer_delete(found->second->timer));
  All().timers.erase(found);
  return pdPASS;
}
UPDRAFT_NO_MEMORY(pdFAIL)

BaseType_t xTimerChangePeriod(TimerHandle_t timer, TickType_t period, TickType_t ticks) try {
  static_cast<void>(ticks);
  const auto found = Find(timer);
  if (found == nullptr || period == 0) return pdFAIL;
  found->period = period;
  return Restart(*found);
}
UPDRAFT_NO_MEMORY(pdFAIL)

BaseType_t xTimerStartFromISR(TimerHandle_t timer, BaseType_t* woken) try {
  Clear(woken);
  return xTimerStart(timer, 0);
}
UPDRAFT_NO_MEMORY(pdFAIL)
BaseType_t xTimerStopFromISR(TimerHandle_t timer, BaseType_t* woken) try {
  Clear(woken);
  return xTimerStop(timer, 0);
}
UPDRAFT_NO_MEMORY(pdFAIL)
BaseType_t xTimerResetFromISR(TimerHandle_t timer, BaseType_t* woken) try {
  Clear(woken);
  return xTimerReset(timer, 0);
}
UPDRAFT_NO_MEMORY(pdFAIL)

BaseType_t xTimerIsTimerActive(TimerHandle_t timer) {
  const auto found = Find(timer);
  return found != nullptr && esp_timer_is_active(found->timer) ? pdTRUE : pdFALSE;
}
void* pvTimerGetTimerID(TimerHandle_t timer) {
  const auto found = Find(timer);
  return found != nullptr ? found->id : nullptr;
}
void vTimerSetTimerID(TimerHandle_t timer, void* id) {
  if (const auto found = Find(timer); found != nullptr) found->id = id;
}
const char* pcTimerGetName(TimerHandle_t timer) {
  const auto found = Find(timer);
  return found != nullptr ? found->name.c_str() : nullptr;
}
TickType_t xTimerGetPeriod(TimerHandle_t timer) {
  const auto found = Find(timer);
  return found != nullptr ? found->period : 0;
}
