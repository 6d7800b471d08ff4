// SPDX-License-Identifier: Apache-2.0
// A device in memory with the façade bound to it, that boots as the bootloader
// does. The fixture of the tests in this folder.
#pragma once

#include <esp_ota_ops.h>
#include <gtest/gtest.h>

#include <array>
#include <string>
#include <string_view>
#include <vector>

#include "updraft/boot.h"
#include "updraft/slot_prover.h"

#include "esp/device_binding.h"
#include "esp/host/host_network.h"
#include "esp/host/socket_server.h"
#include "ports/host/crypto_openssl.h"
#include "testing/test_device.h"
#include "testing/test_image.h"

namespace updraft {

class Facade : public testing::Test {
 protected:
  // nvs, otadata, factory, ota_0, ota_1, test; version 1.0.0 in factory, running.
  explicit Facade(const TestLayout& layout = {.factory = true, .ota_slots = 2, .test = true})
      : test_device_(crypto_, layout) {
    test_device_.device().policy.rollback = true;
    if (layout.factory) {
      test_device_.Install("factory", image_);
      test_device_.SetRunning("factory");
    }
    Bind();
  }
  ~Facade() override { esp::Unbind(); }

  void Bind(esp_reset_reason_t reason = ESP_RST_POWERON) {
    esp::Bind({.device = &test_device_.device(),
               .network = &network_,
               .server_network = &server_network_,
               .private_keys = private_keys_,
               .reset_reason = reason,
               .identity = "test"});
  }

  // Restarts: the bootloader chooses, and what it starts is running then. Empty
  // when nothing boots.
  std::string Boot() {
    esp::Unbind();
    Device& device = test_device_.device();
    std::array<std::uint8_t, 4096> buffer{};
    const auto view = ViewForBoot(device, NoObserver());
    if (!view) return {};
    SlotProver prover(device, buffer, NoObserver(), AskedBy::kBootloader);
    const BootDecision decision = Choose(*view, prover);
    EXPECT_TRUE(Apply(device, *view, decision).ok());
    if (!decision.boots) return {};
    device.running = *view->SlotAt(*decision.boots);
    Bind(ESP_RST_SW);
    return std::string(device.running->label());
  }

  static const esp_partition_t* Find(const char* label) {
    return esp_partition_find_first(ESP_PARTITION_TYPE_ANY, ESP_PARTITION_SUBTYPE_ANY, label);
  }

  std::vector<std::uint8_t> MakeImage(const std::string& version, std::uint32_t secure = 0) {
    TestImage made;
    made.version = version;
    made.secure_version = secure;
    return made.WithRamSegment(9000).Build(crypto_);
  }

  // begin, write, end, set_boot; the first error.
  static esp_err_t Update(const esp_partition_t* slot, const std::vector<std::uint8_t>& bytes,
                          std::size_t size = OTA_SIZE_UNKNOWN) {
    esp_ota_handle_t handle = 0;
    esp_err_t error = esp_ota_begin(slot, size, &handle);
    if (error == ESP_OK) error = esp_ota_write(handle, bytes.data(), bytes.size());
    if (error == ESP_OK) error = esp_ota_end(handle);
    return error == ESP_OK ? esp_ota_set_boot_partition(slot) : error;
  }

  static esp_ota_img_states_t StateOf(const char* label) {
    esp_ota_img_states_t state = ESP_OTA_IMG_UNDEFINED;
    EXPECT_EQ(esp_ota_get_state_partition(Find(label), &state), ESP_OK);
    return state;
  }

  esp::HostNetwork network_;
  esp::SocketServer server_network_;
  esp::PrivateKeys* private_keys_ = nullptr;  // of who opens encrypted images
  OpensslCrypto crypto_;
  TestDevice test_device_;
  std::vector<std::uint8_t> image_ = MakeImage("1.0.0");
};

}  // namespace updraft
