// SPDX-License-Identifier: Apache-2.0
// esp_https_ota.h over HttpsUpdate: handles, arguments, and the update in one call.
#include "esp/src/https_ota.h"

#include <esp_log.h>

#include <array>
#include <memory>

#include "esp/src/handle_table.h"
#include "esp/src/immortal.h"
#include "esp/src/no_memory.h"
#include "esp/src/own_events.h"
#include "esp/src/project_config.h"

ESP_EVENT_DEFINE_BASE(ESP_HTTPS_OTA_EVENT);

namespace updraft::esp {
namespace {

constexpr const char* kTag = "esp_https_ota";

using Updates = HandleTable<HttpsUpdate, esp_https_ota_handle_t>;

Updates& All() {
  static updraft::esp::Immortal<Updates> updates;
  return *updates;
}

bool VerifiesServer(const esp_http_client_config_t& config) {
  return config.cert_pem != nullptr || config.use_global_ca_store ||
         config.crt_bundle_attach != nullptr;
}

esp_err_t JudgeConfig(const esp_https_ota_config_t& config) {
  if (!VerifiesServer(*config.http_config)) {
    if (updraft_project_config.ota_allows_http == 0) {
      ESP_LOGE(kTag, "No option for server verification is enabled in esp_http_client config.");
      return ESP_ERR_INVALID_ARG;
    }
    ESP_LOGW(kTag,
             "Continuing with insecure option because CONFIG_ESP_HTTPS_OTA_ALLOW_HTTP is set.");
  }
  const bool opens = config.decrypt_cb != nullptr;
  return opens && config.ota_resumption ? ESP_ERR_NOT_SUPPORTED : ESP_OK;
}

esp_err_t Begin(const esp_https_ota_config_t* config, esp_https_ota_handle_t* handle) {
  PostOtaEvent(ESP_HTTPS_OTA_START);
  if (handle != nullptr) *handle = nullptr;
  if (handle == nullptr || config == nullptr || config->http_config == nullptr) {
    ESP_LOGE(kTag, "esp_https_ota_begin: Invalid argument");
    return ESP_ERR_INVALID_ARG;
  }
  esp_err_t error = JudgeConfig(*config);
  if (error != ESP_OK) return error;
  const auto update = std::make_shared<HttpsUpdate>(*config);
  error = update->Begin();
  if (error == ESP_OK) *handle = All().Add(update);
  return error;
}

constexpr std::array kEventNames{"ESP_HTTPS_OTA_START",
                                 "ESP_HTTPS_OTA_CONNECTED",
                                 "ESP_HTTPS_OTA_GET_IMG_DESC",
                                 "ESP_HTTPS_OTA_VERIFY_CHIP_ID",
                                 "ESP_HTTPS_OTA_VERIFY_CHIP_REVISION",
                                 "ESP_HTTPS_OTA_DECRYPT_CB",
                                 "ESP_HTTPS_OTA_WRITE_FLASH",
                                 "ESP_HTTPS_OTA_UPDATE_BOOT_PARTITION",
                                 "ESP_HTTPS_OTA_FINISH",
                                 "ESP_HTTPS_OTA_ABORT"};

}  // namespace

void PostOtaEvent(esp_https_ota_event_t event, const void* data, std::size_t size) {
  if (PostOwnEvent(ESP_HTTPS_OTA_EVENT, event, data, size,
                   updraft_project_config.ota_event_post_timeout_ms) == ESP_OK) {
    return;
  }
  ESP_LOGE(kTag, "Failed to post https_ota event: %s",
           kEventNames[static_cast<std::size_t>(event)]);
}

}  // namespace updraft::esp

using updraft::esp::All;
using updraft::esp::kTag;
using updraft::esp::PostOtaEvent;

esp_err_t esp_https_ota_begin(const esp_https_ota_config_t* ota_config,
                              esp_https_ota_handle_t* handle) try {
  return updraft::esp::Begin(ota_config, handle);
}
UPDRAFT_NO_MEMORY(ESP_ERR_NO_MEM)

esp_err_t esp_https_ota_perform(esp_https_ota_handle_t https_ota_handle) try {
  const auto update = All().Find(https_ota_handle);
  if (update != nullptr) return update->Perform();
  ESP_LOGE(kTag, "esp_https_ota_perform: Invalid argument");
  return ESP_ERR_INVALID_ARG;
}
UPDRAFT_NO_MEMORY(ESP_ERR_NO_MEM)

bool esp_https_ota_is_complete_data_received(esp_https_ota_handle_t https_ota_handle) {
  const auto update = All().Find(https_ota_handle);
  return update != nullptr && update->is_complete();
}

esp_err_t esp_https_ota_finish(esp_https_ota_handle_t https_ota_handle) try {
  const auto update = All().Take(https_ota_handle);
  if (update == nullptr) return ESP_ERR_INVALID_ARG;
  const esp_err_t error = update->Finish();
  PostOtaEvent(ESP_HTTPS_OTA_FINISH);
  return error;
}
UPDRAFT_NO_MEMORY(ESP_ERR_NO_MEM)

esp_err_t esp_https_ota_abort(esp_https_ota_handle_t https_ota_handle) try {
  PostOtaEvent(ESP_HTTPS_OTA_ABORT);
  const auto update = All().Take(https_ota_handle);
  return update != nullptr ? update->Abort() : ESP_ERR_INVALID_ARG;
}
UPDRAFT_NO_MEMORY(ESP_ERR_NO_MEM)

esp_err_t esp_https_ota_get_img_desc(esp_https_ota_handle_t https_ota_handle,
                                     esp_app_desc_t* new_app_info) try {
  const auto update = All().Find(https_ota_handle);
  if (update != nullptr) return update->GetDescription(new_app_info, sizeof *new_app_info);
  PostOtaEvent(ESP_HTTPS_OTA_GET_IMG_DESC);
  return ESP_ERR_INVALID_ARG;
}
UPDRAFT_NO_MEMORY(ESP_ERR_NO_MEM)

esp_err_t esp_https_ota_get_bootloader_img_desc(esp_https_ota_handle_t https_ota_handle,
                                                esp_bootloader_desc_t* new_img_info) try {
  const auto update = All().Find(https_ota_handle);
  if (update != nullptr) return update->GetDescription(new_img_info, sizeof *new_img_info);
  PostOtaEvent(ESP_HTTPS_OTA_GET_IMG_DESC);
  return ESP_ERR_INVALID_ARG;
}
UPDRAFT_NO_MEMORY(ESP_ERR_NO_MEM)

int esp_https_ota_get_image_len_read(esp_https_ota_handle_t https_ota_handle) {
  const auto update = All().Find(https_ota_handle);
  return update != nullptr ? update->image_length_read() : -1;
}

int esp_https_ota_get_status_code(esp_https_ota_handle_t https_ota_handle) {
  const auto update = All().Find(https_ota_handle);
  return update != nullptr ? update->status() : -1;
}

int esp_https_ota_get_image_size(esp_https_ota_handle_t https_ota_handle) {
  const auto update = All().Find(https_ota_handle);
  return update != nullptr ? update->image_size() : -1;
}

esp_err_t esp_https_ota(const esp_https_ota_config_t* ota_config) try {
  if (ota_config == nullptr || ota_config->http_config == nullptr) {
    ESP_LOGE(kTag, "esp_https_ota: Invalid argument");
    return ESP_ERR_INVALID_ARG;
  }
  if (ota_config->ota_resumption) {
    ESP_LOGE(kTag, "OTA resumption is not supported by esp_https_ota");
    return ESP_ERR_NOT_SUPPORTED;
  }
  esp_https_ota_handle_t handle = nullptr;
  esp_err_t error = esp_https_ota_begin(ota_config, &handle);
  if (error != ESP_OK) return error;
  do {
    error = esp_https_ota_perform(handle);
  } while (error == ESP_ERR_HTTPS_OTA_IN_PROGRESS);
  if (error != ESP_OK) {
    esp_https_ota_abort(handle);
    return error;
  }
  return esp_https_ota_finish(handle);
}
UPDRAFT_NO_MEMORY(ESP_ERR_NO_MEM)
