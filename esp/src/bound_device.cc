// SPDX-License-Identifier: Apache-2.0
#include "esp/src/bound_device.h"

#include <optional>

#include "esp/src/immortal.h"

namespace updraft::esp {
namespace {

struct Binding {
  explicit Binding(const Firmware& bound)
      : firmware(bound), flash(*bound.device->flash, bound.device->running), device(*bound.device) {
    device.flash = &flash;
  }
  Firmware firmware;
  GuardedFlash flash;
  Device device;
};

// Never destroyed: tasks may call in until the process is gone.
std::recursive_mutex& Mutex() {
  static updraft::esp::Immortal<std::recursive_mutex> mutex;
  return *mutex;
}
std::optional<Binding>& Current() {
  static updraft::esp::Immortal<std::optional<Binding>> current;
  return *current;
}

void Forget() {
  ForgetUpdates();
  ForgetDecryptions();
  ForgetNvs();
  ForgetSleep();
  ForgetPartitions();
}

}  // namespace

BoundDevice::BoundDevice() : lock_(Mutex()), device_(Current() ? &Current()->device : nullptr) {}

GuardedFlash& BoundDevice::flash() const { return Current()->flash; }
esp_reset_reason_t BoundDevice::reset_reason() const {
  return Current() ? Current()->firmware.reset_reason : ESP_RST_UNKNOWN;
}
const std::string& BoundDevice::identity() const {
  static const std::string none;
  return Current() ? Current()->firmware.identity : none;
}
PrivateKeys* BoundDevice::private_keys() const {
  return Current() ? Current()->firmware.private_keys : nullptr;
}
ServerNetwork* BoundDevice::server_network() const {
  return Current() ? Current()->firmware.server_network : nullptr;
}
DeepSleep* BoundDevice::deep_sleep() const {
  return Current() ? Current()->firmware.deep_sleep : nullptr;
}
WakeUp BoundDevice::wake_up() const { return Current() ? Current()->firmware.wake_up : WakeUp{}; }
Network* BoundDevice::network() const { return Current() ? Current()->firmware.network : nullptr; }

void Bind(const Firmware& firmware) {
  const std::unique_lock lock(Mutex());
  Forget();
  Current().emplace(firmware);
  LoadDescription();
}

void Unbind() {
  const std::unique_lock lock(Mutex());
  Forget();
  Current().reset();
}

}  // namespace updraft::esp
