// SPDX-License-Identifier: Apache-2.0
// esp_sleep.h: what wakes the device, and both kinds of sleep.
#include <esp_log.h>
#include <esp_sleep.h>
#include <poll.h>
#include <unistd.h>

#include <algorithm>
#include <cstdlib>
#include <mutex>
#include <optional>
#include <vector>

#include "esp/sleep_binding.h"
#include "esp/src/bound_device.h"
#include "esp/src/gpio.h"
#include "esp/src/immortal.h"
#include "esp/src/no_memory.h"
#include "esp/src/rtos.h"

namespace updraft::esp {
namespace {

constexpr const char* kTag = "sleep";
// 48 bits of a clock of 32 kHz and more; nobody waits for that.
constexpr std::uint64_t kLongest = std::uint64_t{1} << 62;

struct Pins {
  std::uint64_t mask = 0;
  int mode = 0;
};

struct Sources {
  std::optional<std::uint64_t> timer_us{};
  std::optional<std::pair<gpio_num_t, int>> ext0{};
  Pins ext1{};
  Pins deep_gpio{};
  bool light_gpio = false;
  bool uart = false;
};

struct State {
  std::mutex mutex;
  Sources sources;
  std::optional<WakeUp> woken{};  // from light sleep; before: what the firmware was told
  std::vector<esp_deep_sleep_cb_t> hooks;
  esp_deep_sleep_wake_stub_fn_t stub = nullptr;
};

State& All() {
  static updraft::esp::Immortal<State> state;
  return *state;
}

constexpr std::uint64_t kEveryPin = (std::uint64_t{1} << GPIO_NUM_MAX) - 1;

bool ArePins(std::uint64_t mask) { return mask != 0 && (mask & ~kEveryPin) == 0; }

std::uint64_t PinsAt(std::uint64_t mask, int level) {
  std::uint64_t pins = 0;
  for (int number = 0; number < GPIO_NUM_MAX; ++number) {
    const std::uint64_t bit = std::uint64_t{1} << number;
    if ((mask & bit) != 0 && gpio_get_level(static_cast<gpio_num_t>(number)) == level) pins |= bit;
  }
  return pins;
}

// The pins that wake at once, 0 for none.
std::uint64_t Ext1Pins(const Pins& ext1) {
  if (ext1.mode == ESP_EXT1_WAKEUP_ANY_HIGH) return PinsAt(ext1.mask, 1);
  const BoundDevice device;
  const bool all = device && device->chip.family->name == "esp32";
  const std::uint64_t low = PinsAt(ext1.mask, 0);
  return !all || low == ext1.mask ? low : 0;
}

// What wakes the device before it sleeps.
std::optional<WakeUp> WakesAtOnce(const Sources& sources, bool deep) {
  if (sources.ext0.has_value() && gpio_get_level(sources.ext0->first) == sources.ext0->second) {
    return WakeUp{ESP_SLEEP_WAKEUP_EXT0, 0};
  }
  if (const std::uint64_t pins = Ext1Pins(sources.ext1); pins != 0) {
    return WakeUp{ESP_SLEEP_WAKEUP_EXT1, pins};
  }
  if (deep) {
    const std::uint64_t pins = PinsAt(sources.deep_gpio.mask, sources.deep_gpio.mode);
    if (pins != 0) return WakeUp{ESP_SLEEP_WAKEUP_GPIO, pins};
  } else if (sources.light_gpio && PinsWakeLightSleep()) {
    return WakeUp{ESP_SLEEP_WAKEUP_GPIO, 0};
  }
  return std::nullopt;
}

// Returns when the device cannot be switched off.
void SleepDeeply() {
  Sources sources;
  std::vector<esp_deep_sleep_cb_t> hooks;
  {
    const std::lock_guard lock(All().mutex);
    sources = All().sources;
    hooks = All().hooks;
  }
  for (const esp_deep_sleep_cb_t hook : hooks) hook();
  const BoundDevice device;
  if (!device || device.deep_sleep() == nullptr) return;
  static_cast<void>(device->flash->Sync());
  if (const auto at_once = WakesAtOnce(sources, true)) {
    device.deep_sleep()->Start(*at_once, 0);
  } else if (sources.timer_us.has_value()) {
    device.deep_sleep()->Start({ESP_SLEEP_WAKEUP_TIMER, 0}, sources.timer_us);
  } else {
    device.deep_sleep()->Start({}, std::nullopt);
  }
}

RtosClock::time_point DeadlineOf(const Sources& sources) {
  if (!sources.timer_us.has_value()) return RtosClock::time_point::max();
  const auto most = std::chrono::duration_cast<std::chrono::microseconds>(
      RtosClock::time_point::max() - RtosClock::now());
  const auto wanted = std::chrono::microseconds(*sources.timer_us);
  return wanted < most ? RtosClock::now() + wanted : RtosClock::time_point::max();
}

// True when standard input has something before the deadline.
bool AwaitInput(RtosClock::time_point deadline) {
  pollfd input{STDIN_FILENO, POLLIN, 0};
  for (;;) {
    int wait = -1;
    if (deadline != RtosClock::time_point::max()) {
      const auto left = std::chrono::ceil<std::chrono::milliseconds>(deadline - RtosClock::now());
      wait = static_cast<int>(std::clamp<std::int64_t>(left.count(), 0, 1'000'000));
    }
    if (poll(&input, 1, wait) > 0) return true;
    if (RtosClock::now() >= deadline) return false;
  }
}

WakeUp SleepLightly(const Sources& sources) {
  if (const auto at_once = WakesAtOnce(sources, false)) return *at_once;
  const auto deadline = DeadlineOf(sources);
  if (sources.uart) {
    const bool input = AwaitInput(deadline);
    return {static_cast<std::uint32_t>(input ? ESP_SLEEP_WAKEUP_UART : ESP_SLEEP_WAKEUP_TIMER), 0};
  }
  RtosLock lock(Kernel());
  WaitUntil(lock, CurrentTask().own, deadline, [] { return false; });
  return {ESP_SLEEP_WAKEUP_TIMER, 0};
}

WakeUp LastWakeUp() {
  {
    const std::lock_guard lock(All().mutex);
    if (All().woken.has_value()) return *All().woken;
  }
  return BoundDevice().wake_up();
}

// Whether it was there.
bool Disable(Sources& sources, esp_sleep_source_t source) {
  const Sources before = sources;
  switch (source) {
    case ESP_SLEEP_WAKEUP_ALL: sources = {}; return true;
    case ESP_SLEEP_WAKEUP_TIMER: sources.timer_us.reset(); return before.timer_us.has_value();
    case ESP_SLEEP_WAKEUP_EXT0: sources.ext0.reset(); return before.ext0.has_value();
    case ESP_SLEEP_WAKEUP_EXT1: sources.ext1 = {}; return before.ext1.mask != 0;
    case ESP_SLEEP_WAKEUP_GPIO:
      sources.light_gpio = false;
      sources.deep_gpio = {};
      return before.light_gpio || before.deep_gpio.mask != 0;
    case ESP_SLEEP_WAKEUP_UART: sources.uart = false; return before.uart;
    default: return false;
  }
}

esp_err_t SetExt1(std::uint64_t mask, esp_sleep_ext1_wakeup_mode_t mode, bool adds) {
  const bool known = mode == ESP_EXT1_WAKEUP_ANY_LOW || mode == ESP_EXT1_WAKEUP_ANY_HIGH;
  if (!ArePins(mask) || !known) return ESP_ERR_INVALID_ARG;
  const std::lock_guard lock(All().mutex);
  Pins& ext1 = All().sources.ext1;
  ext1 = {adds ? ext1.mask | mask : mask, mode};
  return ESP_OK;
}

}  // namespace

void ForgetSleep() {
  const std::lock_guard lock(All().mutex);
  All().sources = {};
  All().woken.reset();
}

}  // namespace updraft::esp

using updraft::esp::All;
using updraft::esp::ArePins;

esp_err_t esp_sleep_disable_wakeup_source(esp_sleep_source_t source) {
  const std::lock_guard lock(All().mutex);
  return updraft::esp::Disable(All().sources, source) ? ESP_OK : ESP_ERR_INVALID_STATE;
}

esp_err_t esp_sleep_enable_timer_wakeup(std::uint64_t time_in_us) {
  if (time_in_us > updraft::esp::kLongest) return ESP_ERR_INVALID_ARG;
  const std::lock_guard lock(All().mutex);
  All().sources.timer_us = time_in_us;
  return ESP_OK;
}

esp_err_t esp_sleep_enable_ext0_wakeup(gpio_num_t gpio_num, int level) {
  if (!esp_sleep_is_valid_wakeup_gpio(gpio_num) || (level != 0 && level != 1)) {
    return ESP_ERR_INVALID_ARG;
  }
  const std::lock_guard lock(All().mutex);
  All().sources.ext0 = {gpio_num, level};
  return ESP_OK;
}

esp_err_t esp_sleep_enable_ext1_wakeup(std::uint64_t io_mask,
                                       esp_sleep_ext1_wakeup_mode_t level_mode) {
  return updraft::esp::SetExt1(io_mask, level_mode, false);
}
esp_err_t esp_sleep_enable_ext1_wakeup_io(std::uint64_t io_mask,
                                          esp_sleep_ext1_wakeup_mode_t level_mode) {
  return updraft::esp::SetExt1(io_mask, level_mode, true);
}
esp_err_t esp_sleep_disable_ext1_wakeup_io(std::uint64_t io_mask) {
  if (io_mask != 0 && !ArePins(io_mask)) return ESP_ERR_INVALID_ARG;
  const std::lock_guard lock(All().mutex);
  All().sources.ext1.mask &= io_mask == 0 ? 0 : ~io_mask;
  return ESP_OK;
}

esp_err_t esp_deep_sleep_enable_gpio_wakeup(std::uint64_t gpio_pin_mask,
                                            esp_deepsleep_gpio_wake_up_mode_t mode) {
  const bool known = mode == ESP_GPIO_WAKEUP_GPIO_LOW || mode == ESP_GPIO_WAKEUP_GPIO_HIGH;
  if (!ArePins(gpio_pin_mask) || !known) return ESP_ERR_INVALID_ARG;
  const std::lock_guard lock(All().mutex);
  All().sources.deep_gpio = {gpio_pin_mask, mode};
  return ESP_OK;
}

esp_err_t esp_sleep_enable_gpio_wakeup(void) {
  const std::lock_guard lock(All().mutex);
  All().sources.light_gpio = true;
  return ESP_OK;
}

esp_err_t esp_sleep_enable_touchpad_wakeup(void) { return ESP_ERR_NOT_SUPPORTED; }
esp_err_t esp_sleep_enable_ulp_wakeup(void) { return ESP_ERR_NOT_SUPPORTED; }
esp_err_t esp_sleep_enable_wifi_wakeup(void) { return ESP_ERR_NOT_SUPPORTED; }
esp_err_t esp_sleep_disable_wifi_wakeup(void) { return ESP_ERR_NOT_SUPPORTED; }
esp_err_t esp_sleep_enable_bt_wakeup(void) { return ESP_ERR_NOT_SUPPORTED; }
esp_err_t esp_sleep_disable_bt_wakeup(void) { return ESP_ERR_NOT_SUPPORTED; }

esp_err_t esp_sleep_enable_uart_wakeup(int uart_num) {
  if (uart_num != 0) return ESP_ERR_INVALID_ARG;
  const std::lock_guard lock(All().mutex);
  All().sources.uart = true;
  return ESP_OK;
}

bool esp_sleep_is_valid_wakeup_gpio(gpio_num_t gpio_num) {
  return gpio_num >= 0 && gpio_num < GPIO_NUM_MAX;
}

std::uint64_t esp_sleep_get_ext1_wakeup_status(void) {
  const auto woken = updraft::esp::LastWakeUp();
  return woken.cause == ESP_SLEEP_WAKEUP_EXT1 ? woken.pins : 0;
}
std::uint64_t esp_sleep_get_gpio_wakeup_status(void) {
  const auto woken = updraft::esp::LastWakeUp();
  return woken.cause == ESP_SLEEP_WAKEUP_GPIO ? woken.pins : 0;
}
esp_sleep_wakeup_cause_t esp_sleep_get_wakeup_cause(void) {
  return static_cast<esp_sleep_wakeup_cause_t>(updraft::esp::LastWakeUp().cause);
}
std::uint32_t esp_sleep_get_wakeup_causes(void) {
  return std::uint32_t{1} << updraft::esp::LastWakeUp().cause;
}

esp_err_t esp_sleep_pd_config(esp_sleep_pd_domain_t domain, esp_sleep_pd_option_t option) {
  const bool known = domain >= 0 && domain < ESP_PD_DOMAIN_MAX && option >= ESP_PD_OPTION_OFF &&
                     option <= ESP_PD_OPTION_AUTO;
  return known ? ESP_OK : ESP_ERR_INVALID_ARG;
}

esp_err_t esp_deep_sleep_try_to_start(void) try {
  updraft::esp::SleepDeeply();
  return ESP_ERR_SLEEP_REJECT;
}
UPDRAFT_NO_MEMORY(ESP_ERR_NO_MEM)
esp_err_t esp_deep_sleep_try(std::uint64_t time_in_us) try {
  const esp_err_t error = esp_sleep_enable_timer_wakeup(time_in_us);
  return error == ESP_OK ? esp_deep_sleep_try_to_start() : error;
}
UPDRAFT_NO_MEMORY(ESP_ERR_NO_MEM)

void esp_deep_sleep_start(void) try {
  updraft::esp::SleepDeeply();
  ESP_LOGE(updraft::esp::kTag, "the device cannot be switched off; it restarts");
  esp_restart();
} catch (const std::bad_alloc&) {
  updraft::esp::TellNoMemory(__func__);
  std::abort();  // as on a chip: it never returns
}
void esp_deep_sleep(std::uint64_t time_in_us) try {
  esp_sleep_enable_timer_wakeup(std::min(time_in_us, updraft::esp::kLongest));
  esp_deep_sleep_start();
} catch (const std::bad_alloc&) {
  updraft::esp::TellNoMemory(__func__);
  std::abort();  // as on a chip: it never returns
}

esp_err_t esp_deep_sleep_register_hook(esp_deep_sleep_cb_t new_dslp_cb) try {
  if (new_dslp_cb == nullptr) return ESP_ERR_INVALID_ARG;
  const std::lock_guard lock(All().mutex);
  auto& hooks = All().hooks;
  if (std::find(hooks.begin(), hooks.end(), new_dslp_cb) == hooks.end()) {
    hooks.push_back(new_dslp_cb);
  }
  return ESP_OK;
}
UPDRAFT_NO_MEMORY(ESP_ERR_NO_MEM)
void esp_deep_sleep_deregister_hook(esp_deep_sleep_cb_t old_dslp_cb) {
  const std::lock_guard lock(All().mutex);
  std::erase(All().hooks, old_dslp_cb);
}

void esp_set_deep_sleep_wake_stub(esp_deep_sleep_wake_stub_fn_t new_stub) {
  const std::lock_guard lock(All().mutex);
  All().stub = new_stub;
}
esp_deep_sleep_wake_stub_fn_t esp_get_deep_sleep_wake_stub(void) {
  const std::lock_guard lock(All().mutex);
  return All().stub;
}
void esp_default_wake_deep_sleep(void) {}

esp_err_t esp_light_sleep_start(void) try {
  updraft::esp::Sources sources;
  {
    const std::lock_guard lock(All().mutex);
    sources = All().sources;
  }
  const updraft::esp::WakeUp woken = updraft::esp::SleepLightly(sources);
  {
    const std::lock_guard lock(All().mutex);
    All().woken = woken;
  }
  updraft::esp::ObeyOthers();
  return ESP_OK;
}
UPDRAFT_NO_MEMORY(ESP_ERR_NO_MEM)
