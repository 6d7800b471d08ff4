// SPDX-License-Identifier: Apache-2.0
// Which device the façade works on. The program binds one before app_main runs
// (esp/host/main.cc; tests bind a device in memory); nothing is owned.
#pragma once

#include <esp_system.h>

#include <string>

#include "updraft/device.h"

#include "esp/sleep_binding.h"

namespace updraft::esp {

class Network;
class PrivateKeys;
class ServerNetwork;

struct Firmware {
  Device* device = nullptr;
  // nullptr: esp_http_client connects to nobody.
  Network* network = nullptr;
  // nullptr: esp_http_server listens to nobody.
  ServerNetwork* server_network = nullptr;
  // nullptr: esp_encrypted_img opens nothing.
  PrivateKeys* private_keys = nullptr;
  // nullptr: the device cannot sleep deeply.
  DeepSleep* deep_sleep = nullptr;
  esp_reset_reason_t reset_reason = ESP_RST_POWERON;
  // With ESP_RST_DEEPSLEEP.
  WakeUp wake_up{};
  // What tells this device from others: its MAC address is made from it.
  std::string identity{};
};

// Until Unbind. What an earlier device left (partitions, handles) is forgotten.
// No other thread is inside the façade meanwhile.
void Bind(const Firmware& firmware);
void Unbind();

}  // namespace updraft::esp
