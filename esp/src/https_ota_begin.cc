// SPDX-License-Identifier: Apache-2.0
// HttpsUpdate: everything up to the first byte.
#include <esp_flash_encrypt.h>
#include <esp_heap_caps.h>
#include <esp_log.h>

#include <algorithm>

#include "esp/src/bound_device.h"
#include "esp/src/https_ota.h"

namespace updraft::esp {
namespace {

constexpr const char* kTag = "esp_https_ota";
constexpr std::int64_t kUsualRequest = 65536;

int OrUsual(int value, int usual) { return value == 0 ? usual : value; }

// An update that goes on would have to know whether its file is encrypted.
bool MayBeEncrypted() {
  const BoundDevice device;
  return device && device->keys.any();
}

}  // namespace

HttpsUpdate::HttpsUpdate(const esp_https_ota_config_t& config)
    : config_(config),
      opener_(config.decrypt_cb, config.decrypt_user_ctx),
      partial_(config.partial_http_download),
      request_size_(config.max_http_request_size > 0 ? config.max_http_request_size
                                                     : kUsualRequest),
      encryption_header_(config.decrypt_cb != nullptr ? config.enc_img_header_size : 0) {
  const esp_http_client_config_t& http = *config.http_config;
  const int retries = http.max_authorization_retries;
  most_authorizations_ = retries == -1 ? 0 : OrUsual(retries, 10);
  most_redirects_ = OrUsual(http.max_redirection_count, 10);
  RefillAttempts();
  buffer_size_ = std::max(static_cast<std::size_t>(std::max(http.buffer_size, 0)), kOtaHeaderStage);
}

HttpsUpdate::~HttpsUpdate() { CleanUp(); }

// So many for each answer that is taken, not for all parts of a file together.
void HttpsUpdate::RefillAttempts() {
  authorizations_left_ = most_authorizations_;
  redirects_left_ = most_redirects_;
  if (client_ != nullptr) esp_http_client_reset_redirect_counter(client_);
}

void HttpsUpdate::CleanUp() {
  if (client_ != nullptr) {
    esp_http_client_close(client_);
    esp_http_client_cleanup(client_);
  }
  client_ = nullptr;
  heap_caps_free(buffer_);
  buffer_ = nullptr;
}

esp_err_t HttpsUpdate::MakeClient(const esp_http_client_config_t& config) {
  client_ = esp_http_client_init(&config);
  if (client_ == nullptr) {
    ESP_LOGE(kTag, "Failed to initialise HTTP connection");
    return ESP_FAIL;
  }
  if (config_.http_client_init_cb == nullptr) return ESP_OK;
  const esp_err_t error = config_.http_client_init_cb(client_);
  if (error != ESP_OK) ESP_LOGE(kTag, "http_client_init_cb returned 0x%x", error);
  return error;
}

esp_err_t HttpsUpdate::ReadLength(bool by_head) {
  const int status = esp_http_client_get_status_code(client_);
  status_ = status;
  if (status == HttpStatus_Ok) {
    image_length_ = esp_http_client_get_content_length(client_);
    return ESP_OK;
  }
  if (status == HttpStatus_NotModified) return ESP_ERR_HTTP_NOT_MODIFIED;
  if (by_head) return ESP_ERR_NOT_SUPPORTED;
  if (status == HttpStatus_PartialContent) {
    image_length_ = esp_http_client_get_content_range(client_);
    return ESP_OK;
  }
  bool again = false;
  const esp_err_t error = JudgeStatus(status, again);
  return error != ESP_OK ? error : ESP_FAIL;
}

// By HEAD, or, where that is refused, by the first byte.
esp_err_t HttpsUpdate::DiscoverLength() {
  esp_http_client_set_method(client_, HTTP_METHOD_HEAD);
  esp_err_t error = esp_http_client_perform(client_);
  if (error == ESP_OK) error = ReadLength(true);
  if (error == ESP_ERR_NOT_SUPPORTED) {
    esp_http_client_set_method(client_, HTTP_METHOD_GET);
    error = SetRange(0, 0);
    if (error == ESP_OK) error = esp_http_client_perform(client_);
    if (error == ESP_OK) error = ReadLength(false);
    esp_http_client_delete_header(client_, "Range");
  }
  if (error != ESP_OK) return error;
  if (image_length_ <= encryption_header_) {
    ESP_LOGE(kTag, "Failed to get image length from http response");
    return ESP_FAIL;
  }
  image_length_ = image_length_ - encryption_header_;
  esp_http_client_close(client_);
  esp_http_client_set_method(client_, HTTP_METHOD_GET);
  return ESP_OK;
}

// As ESP-IDF asks, to the byte: the end of the last range lies one past the file.
esp_err_t HttpsUpdate::SetFirstRange() {
  const std::int64_t first = written_;
  const std::int64_t length = image_length_;
  const std::int64_t end = length > request_size_ + first ? first + request_size_ - 1 : length;
  if (end - first >= length) return ESP_OK;
  return SetRange(first, end);
}

esp_err_t HttpsUpdate::RestartWithoutResumption() {
  ESP_LOGI(kTag, "Falling back to OTA without resumption and restarting download from beginning");
  resuming_ = false;
  written_ = 0;
  consumed_ = 0;
  range_first_ = 0;
  esp_http_client_close(client_);
  esp_http_client_delete_header(client_, "Range");
  if (partial_ && image_length_ > request_size_) {
    const esp_err_t error = SetRange(0, request_size_ - 1);
    if (error != ESP_OK) return error;
  }
  return Exchange();
}

esp_err_t HttpsUpdate::ConnectFirst() {
  esp_err_t error = ESP_OK;
  if (resuming_ && !partial_) error = SetRange(written_, std::nullopt);
  if (error == ESP_OK && partial_) error = DiscoverLength();
  if (error == ESP_OK && partial_) error = SetFirstRange();
  if (error == ESP_OK) {
    error = Exchange();
    if (error == ESP_ERR_HTTP_RANGE_NOT_SATISFIABLE && resuming_) {
      ESP_LOGW(kTag, "OTA resumption failed with err: %d.", error);
      error = RestartWithoutResumption();
    }
  }
  if (error != ESP_OK) {
    if (error != ESP_ERR_HTTP_NOT_MODIFIED) ESP_LOGE(kTag, "Failed to establish HTTP connection");
    return error;
  }
  PostOtaEvent(ESP_HTTPS_OTA_CONNECTED);
  if (partial_) return ESP_OK;
  const std::int64_t length = esp_http_client_get_content_length(client_);
  image_length_ = length;
  if (length >= 0) image_length_ = length >= encryption_header_ ? length - encryption_header_ : -1;
  return ESP_OK;
}

esp_err_t HttpsUpdate::ChoosePartitions() {
  ESP_LOGI(kTag, "Starting OTA...");
  const auto& wanted = config_.partition;
  staging_ = wanted.staging != nullptr ? esp_partition_verify(wanted.staging)
                                       : esp_ota_get_next_update_partition(nullptr);
  if (staging_ == nullptr) {
    ESP_LOGE(kTag, "%s",
             wanted.staging != nullptr ? "The staging partition is none of this device"
                                       : "Passive OTA partition not found");
    return ESP_FAIL;
  }
  ESP_LOGI(kTag, "Writing to <%s> partition at offset 0x%x", staging_->label,
           static_cast<unsigned>(staging_->address));
  final_ = wanted.final != nullptr ? esp_partition_verify(wanted.final) : staging_;
  if (final_ != nullptr) return ESP_OK;
  ESP_LOGE(kTag, "The final partition is none of this device");
  return ESP_FAIL;
}

bool HttpsUpdate::AllocateBuffer() {
  const std::uint32_t caps = config_.buffer_caps != 0 ? config_.buffer_caps : MALLOC_CAP_DEFAULT;
  void* const memory = heap_caps_malloc(buffer_size_, caps);
  buffer_ = static_cast<std::uint8_t*>(memory);
  if (buffer_ == nullptr) ESP_LOGE(kTag, "Couldn't allocate memory to upgrade data buffer");
  return buffer_ != nullptr;
}

esp_err_t HttpsUpdate::Begin() {
  const std::lock_guard lock(driven_);
  resuming_ = config_.ota_resumption;
  if (resuming_ && config_.ota_image_bytes_written >= kOtaHeaderStage) {
    if (MayBeEncrypted()) {
      ESP_LOGW(kTag, "This device has a key for encrypted images: the download starts anew");
    } else {
      const auto written = static_cast<std::int64_t>(config_.ota_image_bytes_written);
      written_ = esp_flash_encryption_enabled() ? written / 16 * 16 : written;
      consumed_ = written_;
    }
  }
  esp_err_t error = MakeClient(*config_.http_config);
  if (error == ESP_OK) error = ConnectFirst();
  if (error == ESP_OK) error = ChoosePartitions();
  if (error == ESP_OK && !AllocateBuffer()) error = ESP_ERR_NO_MEM;
  config_.http_config = nullptr;  // the program's; it may be gone from now on
  if (error != ESP_OK) {
    CleanUp();
    return error;
  }
  state_ = written_ > 0 ? State::kResume : State::kBegin;
  return ESP_OK;
}

}  // namespace updraft::esp
