// SPDX-License-Identifier: Apache-2.0
// The device that the façade is bound to, one caller at a time: every call that
// touches flash holds a BoundDevice. Owned by esp/device_binding.h's caller.
#pragma once

#include <mutex>
#include <string>

#include "updraft/device.h"

#include "esp/device_binding.h"
#include "esp/src/guarded_flash.h"

namespace updraft::esp {

// Holds the device for its lifetime. May be nested. Before Bind() it holds
// nothing: operator bool is false.
class BoundDevice {
 public:
  BoundDevice();

  explicit operator bool() const { return device_ != nullptr; }
  // Only when it holds a device. Its flash refuses to touch the running slot.
  Device& operator*() const { return *device_; }
  Device* operator->() const { return device_; }
  GuardedFlash& flash() const;
  esp_reset_reason_t reset_reason() const;
  const std::string& identity() const;
  // May be nullptr; may be used when the device is held no more.
  Network* network() const;
  PrivateKeys* private_keys() const;
  ServerNetwork* server_network() const;
  DeepSleep* deep_sleep() const;
  WakeUp wake_up() const;

 private:
  std::unique_lock<std::recursive_mutex> lock_;
  Device* device_;
};

// Called by Bind and Unbind with the device held: what each file forgets.
void ForgetPartitions();
void ForgetUpdates();
void ForgetDecryptions();
void ForgetNvs();
void ForgetSleep();
void LoadDescription();

}  // namespace updraft::esp
