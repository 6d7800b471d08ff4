// SPDX-License-Identifier: Apache-2.0
// esp_timer.h: one thread waits for the next timer and calls back.
#include <esp_timer.h>
#include <pthread.h>

#include <chrono>
#include <condition_variable>
#include <cstdint>
#include <limits>
#include <memory>
#include <mutex>
#include <set>
#include <thread>

#include "esp/src/immortal.h"
#include "esp/src/no_memory.h"

// Guarded by Timers::mutex.
struct esp_timer {
  esp_timer_create_args_t args{};
  std::int64_t due = 0;  // microseconds since start; 0: not running
  std::int64_t period = 0;
};

namespace updraft::esp {
namespace {

using Clock = std::chrono::steady_clock;
const Clock::time_point g_start = Clock::now();

class Timers {
 public:
  static Timers& Instance() {
    static updraft::esp::Immortal<Timers> timers;
    return *timers;
  }

  esp_err_t Create(const esp_timer_create_args_t& args, esp_timer_handle_t* out) {
    const std::lock_guard lock(mutex_);
    auto timer = std::make_unique<esp_timer>(esp_timer{args, 0, 0});
    timers_.insert(timer.get());
    *out = timer.release();
    return ESP_OK;
  }

  // `running`: what the call demands; ESP_ERR_INVALID_STATE otherwise.
  template <typename Change>
  esp_err_t With(esp_timer_handle_t timer, bool running, Change change) {
    const std::lock_guard lock(mutex_);
    if (!timers_.contains(timer)) return ESP_ERR_INVALID_ARG;
    if ((timer->due != 0) != running) return ESP_ERR_INVALID_STATE;
    if (!started_) Start();
    change(*timer);
    changed_.notify_one();
    return ESP_OK;
  }

  esp_err_t Delete(esp_timer_handle_t timer) {
    const std::lock_guard lock(mutex_);
    if (!timers_.contains(timer)) return ESP_ERR_INVALID_ARG;
    if (timer->due != 0) return ESP_ERR_INVALID_STATE;
    timers_.erase(timer);
    delete timer;
    return ESP_OK;
  }

  template <typename Look>
  esp_err_t Ask(esp_timer_handle_t timer, Look look) {
    const std::lock_guard lock(mutex_);
    return timers_.contains(timer) ? look(*timer) : ESP_ERR_INVALID_ARG;
  }

  std::int64_t NextAlarm() {
    const std::lock_guard lock(mutex_);
    const esp_timer* const next = Next();
    return next != nullptr ? next->due : std::numeric_limits<std::int64_t>::max();
  }

 private:
  void Start() {
    std::thread thread([this] { Run(); });
    started_ = true;
    pthread_setname_np(thread.native_handle(), "esp_timer");
    thread.detach();
  }

  esp_timer* Next() const {
    esp_timer* next = nullptr;
    for (esp_timer* const timer : timers_) {
      if (timer->due != 0 && (next == nullptr || timer->due < next->due)) next = timer;
    }
    return next;
  }

  [[noreturn]] void Run() {
    std::unique_lock lock(mutex_);
    for (;;) {
      esp_timer* const next = Next();
      if (next == nullptr) {
        changed_.wait(lock);
        continue;
      }
      const std::int64_t now = esp_timer_get_time();
      if (next->due > now) {
        changed_.wait_until(lock, g_start + std::chrono::microseconds(next->due));
        continue;
      }
      const esp_timer_create_args_t args = next->args;
      Advance(*next, now);
      lock.unlock();
      args.callback(args.arg);
      lock.lock();
    }
  }

  static void Advance(esp_timer& timer, std::int64_t now) {
    if (timer.period == 0) {
      timer.due = 0;
      return;
    }
    timer.due += timer.period;
    if (timer.args.skip_unhandled_events && timer.due <= now) {
      timer.due += (now - timer.due) / timer.period * timer.period + timer.period;
    }
  }

  std::mutex mutex_;
  std::condition_variable changed_;
  std::set<esp_timer*> timers_;
  bool started_ = false;
};

// Sums of a caller's number and the time do not overflow.
std::int64_t Microseconds(std::uint64_t duration) {
  constexpr std::uint64_t kMost = std::numeric_limits<std::int64_t>::max() / 4;
  return static_cast<std::int64_t>(duration < kMost ? duration : kMost);
}
std::int64_t DueAfter(std::uint64_t duration) {
  return esp_timer_get_time() + Microseconds(duration) + 1;
}

constexpr std::uint64_t kShortestPeriod = 50;

}  // namespace
}  // namespace updraft::esp

using updraft::esp::DueAfter;
using updraft::esp::Microseconds;
using updraft::esp::Timers;

esp_err_t esp_timer_early_init(void) { return ESP_OK; }
// The timers are always there.
esp_err_t esp_timer_init(void) { return ESP_ERR_INVALID_STATE; }
esp_err_t esp_timer_deinit(void) { return ESP_ERR_INVALID_STATE; }

esp_err_t esp_timer_create(const esp_timer_create_args_t* create_args,
                           esp_timer_handle_t* out_handle) try {
  if (create_args == nullptr || create_args->callback == nullptr || out_handle == nullptr ||
      create_args->dispatch_method >= ESP_TIMER_MAX) {
    return ESP_ERR_INVALID_ARG;
  }
  return Timers::Instance().Create(*create_args, out_handle);
}
UPDRAFT_NO_MEMORY(ESP_ERR_NO_MEM)

esp_err_t esp_timer_start_once(esp_timer_handle_t timer, std::uint64_t timeout_us) try {
  return Timers::Instance().With(timer, false, [&](esp_timer& own) {
    own.due = DueAfter(timeout_us);
    own.period = 0;
  });
}
UPDRAFT_NO_MEMORY(ESP_ERR_NO_MEM)

esp_err_t esp_timer_start_periodic(esp_timer_handle_t timer, std::uint64_t period) try {
  if (period < updraft::esp::kShortestPeriod) period = updraft::esp::kShortestPeriod;
  return Timers::Instance().With(timer, false, [&](esp_timer& own) {
    own.due = DueAfter(period);
    own.period = Microseconds(period);
  });
}
UPDRAFT_NO_MEMORY(ESP_ERR_NO_MEM)

esp_err_t esp_timer_restart(esp_timer_handle_t timer, std::uint64_t timeout_us) try {
  return Timers::Instance().With(timer, true, [&](esp_timer& own) {
    own.due = DueAfter(timeout_us);
    if (own.period != 0) own.period = Microseconds(timeout_us);
  });
}
UPDRAFT_NO_MEMORY(ESP_ERR_NO_MEM)

esp_err_t esp_timer_stop(esp_timer_handle_t timer) try {
  return Timers::Instance().With(timer, true, [](esp_timer& own) { own.due = 0; });
}
UPDRAFT_NO_MEMORY(ESP_ERR_NO_MEM)

esp_err_t esp_timer_delete(esp_timer_handle_t timer) { return Timers::Instance().Delete(timer); }

bool esp_timer_is_active(esp_timer_handle_t timer) {
  return Timers::Instance().Ask(timer, [](const esp_timer& own) {
    return own.due != 0 ? ESP_OK : ESP_FAIL;
  }) == ESP_OK;
}

esp_err_t esp_timer_get_period(esp_timer_handle_t timer, std::uint64_t* period) {
  if (period == nullptr) return ESP_ERR_INVALID_ARG;
  return Timers::Instance().Ask(timer, [&](const esp_timer& own) {
    *period = static_cast<std::uint64_t>(own.period);
    return ESP_OK;
  });
}

esp_err_t esp_timer_get_expiry_time(esp_timer_handle_t timer, std::uint64_t* expiry) {
  if (expiry == nullptr) return ESP_ERR_INVALID_ARG;
  return Timers::Instance().Ask(timer, [&](const esp_timer& own) {
    if (own.period != 0) return ESP_ERR_NOT_SUPPORTED;
    if (own.due == 0) return ESP_ERR_INVALID_STATE;
    *expiry = static_cast<std::uint64_t>(own.due);
    return ESP_OK;
  });
}

std::int64_t esp_timer_get_time(void) {
  using std::chrono::duration_cast;
  using std::chrono::microseconds;
  return duration_cast<microseconds>(updraft::esp::Clock::now() - updraft::esp::g_start).count();
}

std::int64_t esp_timer_get_next_alarm(void) { return Timers::Instance().NextAlarm(); }
