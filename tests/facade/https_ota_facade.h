// SPDX-License-Identifier: Apache-2.0
// A device that updates itself by esp_https_ota from a real server, and what its event
// loop was told. The fixture of the tests of esp_https_ota.
#pragma once

#include <esp_https_ota.h>
#include <esp_ota_ops.h>

#include <atomic>
#include <fstream>
#include <memory>
#include <optional>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "server/file_server.h"
#include "testing/temporary_folder.h"
#include "tests/facade/http_peer.h"

namespace updraft {

inline constexpr const char* kOtaEventNames[] = {"start",    "connected", "describe", "chip",
                                                 "revision", "decrypt",   "write",    "select",
                                                 "finish",   "abort"};

class HttpsOtaFacade : public Facade {
 protected:
  HttpsOtaFacade() {
    EXPECT_EQ(esp_event_loop_create_default(), ESP_OK);
    EXPECT_EQ(esp_event_handler_register(ESP_HTTPS_OTA_EVENT, ESP_EVENT_ANY_ID, &Note, this),
              ESP_OK);
    Start({});
  }
  ~HttpsOtaFacade() override { esp_event_loop_delete_default(); }

  void Start(FileServerOptions options) {
    options.root = folder_.path();
    server_.emplace(std::move(options));
    ASSERT_TRUE(server_->Start().ok());
    pem_ = server_->ca_pem();
    Serve("new.bin", MakeImage("2.0.0"));
  }
  void Serve(const std::string& name, const std::vector<std::uint8_t>& bytes) {
    std::ofstream(folder_ / name, std::ios::binary)
        .write(reinterpret_cast<const char*>(bytes.data()),
               static_cast<std::streamsize>(bytes.size()));
    url_ = server_->url() + name;
    http_ = {.url = url_.c_str(), .cert_pem = pem_.c_str()};
    config_.http_config = &http_;
    size_ = bytes.size();
  }
  void Play(FaultRule rule) { ASSERT_TRUE(server_->SetScript({.rules = {std::move(rule)}}).ok()); }

  // Until it ends, one way or the other.
  static esp_err_t PerformAll(esp_https_ota_handle_t handle) {
    esp_err_t error = ESP_OK;
    do {
      error = esp_https_ota_perform(handle);
    } while (error == ESP_ERR_HTTPS_OTA_IN_PROGRESS);
    return error;
  }
  // begin, perform..., finish or abort; the first error.
  esp_err_t Update() {
    esp_https_ota_handle_t handle = nullptr;
    esp_err_t error = esp_https_ota_begin(&config_, &handle);
    if (error != ESP_OK) return error;
    error = PerformAll(handle);
    if (error == ESP_OK) return esp_https_ota_finish(handle);
    esp_https_ota_abort(handle);
    return error;
  }
  // What the loop was told, once it has told all.
  std::vector<std::string> Events() {
    esp_event_loop_delete_default();
    EXPECT_EQ(esp_event_loop_create_default(), ESP_OK);
    return events_;
  }
  static std::string BootLabel() { return esp_ota_get_boot_partition()->label; }

  static void Note(void* self, esp_event_base_t, std::int32_t id, void* data) {
    auto& test = *static_cast<HttpsOtaFacade*>(self);
    std::string name = kOtaEventNames[id];
    if (id == ESP_HTTPS_OTA_VERIFY_CHIP_ID) {
      name += " " + std::to_string(*static_cast<std::uint16_t*>(data));
    }
    if (id == ESP_HTTPS_OTA_WRITE_FLASH) {
      test.writes_.push_back(*static_cast<int*>(data));
      if (!test.events_.empty() && test.events_.back() == "write") return;
    }
    if (id == ESP_HTTPS_OTA_UPDATE_BOOT_PARTITION) {
      name += " " + std::to_string(*static_cast<esp_partition_subtype_t*>(data));
    }
    test.events_.push_back(name);
    ++test.told_;
    if (id == ESP_HTTPS_OTA_FINISH || id == ESP_HTTPS_OTA_ABORT) test.ended_ = true;
  }

  TemporaryFolder folder_;
  std::optional<FileServer> server_;
  std::string pem_;
  std::string url_;
  std::size_t size_ = 0;
  esp_http_client_config_t http_{};
  esp_https_ota_config_t config_{};
  std::vector<std::string> events_;
  std::vector<int> writes_;
  std::atomic<bool> ended_{false};
  std::atomic<int> told_{0};  // events; the vectors are the loop's until it is gone
};

}  // namespace updraft
