// SPDX-License-Identifier: Apache-2.0
// freertos/task.h, first half: making tasks, ending them, time.
#include <freertos/FreeRTOS.h>
#include <pthread.h>
#include <sched.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <cstdlib>
#include <cstring>
#include <memory>
#include <mutex>
#include <new>
#include <set>
#include <string_view>
#include <thread>

#include "esp/src/immortal.h"
#include "esp/src/main_task.h"
#include "esp/src/no_memory.h"
#include "esp/src/project_config.h"
#include "esp/src/rtos.h"

namespace updraft::esp {
namespace {

// Programs size stacks for a chip's small frames.
constexpr std::size_t kStack = std::size_t{1} << 20;

const RtosClock::time_point g_start = RtosClock::now();
thread_local tskTaskControlBlock* g_current = nullptr;

std::set<tskTaskControlBlock*>& Tasks() {
  static updraft::esp::Immortal<std::set<tskTaskControlBlock*>> tasks;
  return *tasks;
}

// The task of a handle, the calling one for NULL; nullptr when there is none.
// Holds the kernel.
tskTaskControlBlock* Find(TaskHandle_t handle) {
  if (handle == nullptr) return g_current;
  return Tasks().contains(handle) && handle->alive ? handle : nullptr;
}

tskTaskControlBlock* NewTask(const char* name, UBaseType_t priority) {
  auto made = std::make_unique<tskTaskControlBlock>();
  if (name != nullptr) std::strncpy(made->name.data(), name, made->name.size() - 1);
  made->priority = std::min<UBaseType_t>(priority, configMAX_PRIORITIES - 1);
  const RtosLock lock(Kernel());
  Tasks().insert(made.get());
  return made.release();
}

void* RunTask(void* argument) {
  auto* const task = static_cast<tskTaskControlBlock*>(argument);
  g_current = task;
  pthread_setname_np(pthread_self(), task->name.data());
  if (setjmp(task->end) == 0) {  // NOLINT(cert-err52-cpp): a task ends without unwinding
    task->has_end = true;
    task->code(task->parameters);
  }
  const RtosLock lock(Kernel());
  task->alive = false;
  return nullptr;
}

bool StartThread(tskTaskControlBlock* task, std::size_t stack) {
  pthread_attr_t attributes;
  if (pthread_attr_init(&attributes) != 0) return false;
  pthread_t thread{};
  const bool started = pthread_attr_setstacksize(&attributes, std::max(stack, kStack)) == 0 &&
                       pthread_attr_setdetachstate(&attributes, PTHREAD_CREATE_DETACHED) == 0 &&
                       pthread_create(&thread, &attributes, &RunTask, task) == 0;
  pthread_attr_destroy(&attributes);
  return started;
}

void Wake(tskTaskControlBlock& task) {
  task.own.notify_all();
  if (task.waits_on != nullptr) task.waits_on->notify_all();
}

std::recursive_mutex& Critical() {
  static updraft::esp::Immortal<std::recursive_mutex> mutex;
  return *mutex;
}

}  // namespace

std::mutex& Kernel() {
  static updraft::esp::Immortal<std::mutex> mutex;
  return *mutex;
}

tskTaskControlBlock& CurrentTask() {
  if (g_current == nullptr) {
    g_current = new (std::nothrow) tskTaskControlBlock();
    if (g_current == nullptr) std::abort();  // a thread that the kernel did not make
    std::strncpy(g_current->name.data(), "thread", g_current->name.size() - 1);
    // What lives as long as the process, and is found there.
    static std::atomic<tskTaskControlBlock*> last{nullptr};
    g_current->before = last.exchange(g_current);
  }
  return *g_current;
}

RtosClock::time_point DeadlineAfter(TickType_t ticks) {
  if (ticks == portMAX_DELAY) return RtosClock::time_point::max();
  const std::uint64_t rate = updraft_project_config.tick_rate_hz;
  return RtosClock::now() + std::chrono::microseconds(ticks * std::uint64_t{1'000'000} / rate);
}

void EndTask() {
  tskTaskControlBlock& task = CurrentTask();
  if (task.has_end) std::longjmp(task.end, 1);  // NOLINT(cert-err52-cpp)
  // A thread that the kernel did not make: there is nowhere to go.
  for (;;) pause();
}

void ObeyOthers() {
  tskTaskControlBlock& task = CurrentTask();
  bool ends = false;
  {
    RtosLock lock(Kernel());
    while (task.suspended && !task.deleted) task.own.wait(lock);
    ends = task.deleted;
  }
  if (ends) EndTask();
}

void RunMainTask(void (*app_main)()) {
  static void (*main_function)() = nullptr;
  main_function = app_main;
  xTaskCreate([](void*) { main_function(); }, "main", 0, nullptr, 1, nullptr);
  for (;;) pause();
}

}  // namespace updraft::esp

using updraft::esp::CurrentTask;
using updraft::esp::Find;
using updraft::esp::Kernel;
using updraft::esp::ObeyOthers;
using updraft::esp::RtosLock;

BaseType_t xTaskCreate(TaskFunction_t code, const char* name, std::uint32_t stack_depth,
                       void* parameters, UBaseType_t priority, TaskHandle_t* created_task) try {
  if (created_task != nullptr) *created_task = nullptr;
  if (code == nullptr) return pdFAIL;
  tskTaskControlBlock* const task = updraft::esp::NewTask(name, priority);
  task->code = code;
  task->parameters = parameters;
  // The task may look at its own handle before this returns.
  if (created_task != nullptr) *created_task = task;
  if (updraft::esp::StartThread(task, stack_depth)) return pdPASS;
  if (created_task != nullptr) *created_task = nullptr;
  const RtosLock lock(Kernel());
  task->alive = false;
  return errCOULD_NOT_ALLOCATE_REQUIRED_MEMORY;
}
UPDRAFT_NO_MEMORY(pdFAIL)

BaseType_t xTaskCreatePinnedToCore(TaskFunction_t code, const char* name, std::uint32_t stack_depth,
                                   void* parameters, UBaseType_t priority,
                                   TaskHandle_t* created_task, BaseType_t core_id) try {
  static_cast<void>(core_id);
  return xTaskCreate(code, name, stack_depth, parameters, priority, created_task);
}
UPDRAFT_NO_MEMORY(pdFAIL)

// NOLINTBEGIN(readability-non-const-parameter): as FreeRTOS declares them
TaskHandle_t xTaskCreateStatic(TaskFunction_t code, const char* name, std::uint32_t stack_depth,
                               void* parameters, UBaseType_t priority, StackType_t* stack,
                               StaticTask_t* task) try {
  if (stack == nullptr || task == nullptr) return nullptr;
  TaskHandle_t created = nullptr;
  xTaskCreate(code, name, stack_depth, parameters, priority, &created);
  return created;
}
UPDRAFT_NO_MEMORY(nullptr)

TaskHandle_t xTaskCreateStaticPinnedToCore(TaskFunction_t code, const char* name,
                                           std::uint32_t stack_depth, void* parameters,
                                           UBaseType_t priority, StackType_t* stack,
                                           StaticTask_t* task, BaseType_t core_id) try {
  static_cast<void>(core_id);
  return xTaskCreateStatic(code, name, stack_depth, parameters, priority, stack, task);
}
UPDRAFT_NO_MEMORY(nullptr)
// NOLINTEND(readability-non-const-parameter)

void vTaskDelete(TaskHandle_t task) {
  const tskTaskControlBlock& current = CurrentTask();
  if (task == nullptr || task == &current) updraft::esp::EndTask();
  const RtosLock lock(Kernel());
  tskTaskControlBlock* const other = Find(task);
  if (other == nullptr) return;
  other->deleted = true;
  updraft::esp::Wake(*other);
}

void vTaskDelay(TickType_t ticks) {
  tskTaskControlBlock& task = CurrentTask();
  {
    RtosLock lock(Kernel());
    task.delay_aborted = false;
    updraft::esp::WaitUntil(lock, task.own, updraft::esp::DeadlineAfter(ticks),
                            [&] { return task.delay_aborted; });
  }
  if (ticks == 0) sched_yield();
  ObeyOthers();
}

BaseType_t xTaskDelayUntil(TickType_t* previous_wake_time, TickType_t increment) {
  if (previous_wake_time == nullptr || increment == 0) return pdFALSE;
  const TickType_t wake = *previous_wake_time + increment;
  *previous_wake_time = wake;
  const TickType_t left = wake - xTaskGetTickCount();
  // More than half of the range is the past.
  if (left == 0 || left > portMAX_DELAY / 2) return pdFALSE;
  vTaskDelay(left);
  return pdTRUE;
}

BaseType_t xTaskAbortDelay(TaskHandle_t task) {
  const RtosLock lock(Kernel());
  tskTaskControlBlock* const other = task != nullptr ? Find(task) : nullptr;
  if (other == nullptr || other->waits_on != &other->own) return pdFAIL;
  other->delay_aborted = true;
  updraft::esp::Wake(*other);
  return pdPASS;
}

void vTaskSuspend(TaskHandle_t task) {
  tskTaskControlBlock& current = CurrentTask();
  {
    const RtosLock lock(Kernel());
    tskTaskControlBlock* const other = task == nullptr ? &current : Find(task);
    if (other == nullptr) return;
    other->suspended = true;
  }
  ObeyOthers();
}

void vTaskResume(TaskHandle_t task) {
  const RtosLock lock(Kernel());
  tskTaskControlBlock* const other = task != nullptr ? Find(task) : nullptr;
  if (other == nullptr) return;
  other->suspended = false;
  updraft::esp::Wake(*other);
}

BaseType_t xTaskResumeFromISR(TaskHandle_t task) {
  vTaskResume(task);
  return pdFALSE;
}

void vTaskSuspendAll(void) { vPortEnterCritical(); }
BaseType_t xTaskResumeAll(void) {
  vPortExitCritical();
  return pdFALSE;
}

TickType_t xTaskGetTickCount(void) {
  using std::chrono::duration_cast;
  using std::chrono::microseconds;
  const auto passed = updraft::esp::RtosClock::now() - updraft::esp::g_start;
  const auto us = static_cast<std::uint64_t>(duration_cast<microseconds>(passed).count());
  return static_cast<TickType_t>(us * updraft_project_config.tick_rate_hz / 1'000'000);
}

TickType_t xTaskGetTickCountFromISR(void) { return xTaskGetTickCount(); }
TaskHandle_t xTaskGetCurrentTaskHandle(void) { return &CurrentTask(); }

TaskHandle_t xTaskGetHandle(const char* name) {
  if (name == nullptr) return nullptr;
  const RtosLock lock(Kernel());
  for (tskTaskControlBlock* const task : updraft::esp::Tasks()) {
    if (task->alive && name == std::string_view(task->name.data())) return task;
  }
  return nullptr;
}

char* pcTaskGetName(TaskHandle_t task) {
  CurrentTask();
  const RtosLock lock(Kernel());
  tskTaskControlBlock* const found = Find(task);
  return found != nullptr ? found->name.data() : nullptr;
}

eTaskState eTaskGetState(TaskHandle_t task) {
  const tskTaskControlBlock& current = CurrentTask();
  const RtosLock lock(Kernel());
  if (task == nullptr || !updraft::esp::Tasks().contains(task)) return eInvalid;
  // Not while it still runs to its end: what it uses may be freed from then on.
  if (!task->alive) return eDeleted;
  if (task == &current) return eRunning;
  if (task->suspended) return eSuspended;
  return task->waits_on != nullptr ? eBlocked : eReady;
}

UBaseType_t uxTaskPriorityGet(TaskHandle_t task) {
  CurrentTask();
  const RtosLock lock(Kernel());
  const tskTaskControlBlock* const found = Find(task);
  return found != nullptr ? found->priority : 0;
}

void vTaskPrioritySet(TaskHandle_t task, UBaseType_t priority) {
  CurrentTask();
  const RtosLock lock(Kernel());
  tskTaskControlBlock* const found = Find(task);
  if (found != nullptr) found->priority = std::min<UBaseType_t>(priority, configMAX_PRIORITIES - 1);
}

// Nobody comes near the end of a stack of a host.
UBaseType_t uxTaskGetStackHighWaterMark(TaskHandle_t task) {
  static_cast<void>(task);
  return 2048;
}

UBaseType_t uxTaskGetNumberOfTasks(void) {
  const RtosLock lock(Kernel());
  const auto& tasks = updraft::esp::Tasks();
  return static_cast<UBaseType_t>(
      std::count_if(tasks.begin(), tasks.end(), [](const auto* task) { return task->alive; }));
}

BaseType_t xTaskGetCoreID(TaskHandle_t task) {
  static_cast<void>(task);
  return 0;
}

void vPortEnterCritical(void) { updraft::esp::Critical().lock(); }
void vPortExitCritical(void) { updraft::esp::Critical().unlock(); }
void vPortYield(void) {
  sched_yield();
  ObeyOthers();
}
BaseType_t xPortInIsrContext(void) { return pdFALSE; }
BaseType_t xPortGetCoreID(void) { return 0; }

// NOLINTBEGIN(cppcoreguidelines-no-malloc)
void* pvPortMalloc(std::size_t size) { return std::malloc(size); }
void vPortFree(void* memory) { std::free(memory); }
// NOLINTEND(cppcoreguidelines-no-malloc)
