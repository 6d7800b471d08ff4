// SPDX-License-Identifier: Apache-2.0
// The kernel under FreeRTOS's names: one lock, tasks that are threads, waits that
// end by time or because their task is deleted. Shared by rtos_*.cc and
// main_task.h.
#pragma once

#include <freertos/FreeRTOS.h>

#include <array>
#include <chrono>
#include <condition_variable>
#include <csetjmp>
#include <cstdint>
#include <mutex>

// Guarded by Kernel(). Never freed: a handle may be kept for ever.
struct tskTaskControlBlock {
  std::array<char, configMAX_TASK_NAME_LEN> name{};  // ends with a NUL
  UBaseType_t priority = 0;
  TaskFunction_t code = nullptr;
  void* parameters = nullptr;
  bool alive = true;
  bool deleted = false;  // it ends at its next call that may block
  bool suspended = false;
  bool delay_aborted = false;
  std::condition_variable* waits_on = nullptr;
  std::condition_variable own;  // delays, notifications, suspension

  struct Notification {
    std::uint32_t value = 0;
    bool pending = false;
  };
  std::array<Notification, configTASK_NOTIFICATION_ARRAY_ENTRIES> notifications{};

  // Where the thread goes when the task ends in the middle of something.
  std::jmp_buf end{};
  bool has_end = false;

  tskTaskControlBlock* before = nullptr;  // of a thread that the kernel did not make
};

namespace updraft::esp {

using RtosClock = std::chrono::steady_clock;
using RtosLock = std::unique_lock<std::mutex>;

std::mutex& Kernel();

// The calling thread's task; a thread that is none becomes one.
tskTaskControlBlock& CurrentTask();

// When a wait of so many ticks that starts now is over; never for portMAX_DELAY.
RtosClock::time_point DeadlineAfter(TickType_t ticks);

// Ends the calling task if another has deleted it, and rests while it is
// suspended. Holds no lock; no object on the caller's stack is destroyed.
void ObeyOthers();
[[noreturn]] void EndTask();

// Waits on `changed` until `done()`, the deadline, or the task's deletion.
// Returns done(). After unlocking, call ObeyOthers().
template <typename Done>
bool WaitUntil(RtosLock& lock, std::condition_variable& changed, RtosClock::time_point deadline,
               Done done) {
  tskTaskControlBlock& task = CurrentTask();
  task.waits_on = &changed;
  while (!done() && !task.deleted) {
    if (deadline == RtosClock::time_point::max()) {
      changed.wait(lock);
    } else if (changed.wait_until(lock, deadline) == std::cv_status::timeout) {
      break;
    }
  }
  task.waits_on = nullptr;
  return done();
}

}  // namespace updraft::esp
