// SPDX-License-Identifier: Apache-2.0
// HttpsUpdate: one request after another, until an answer can be taken.
#include <esp_log.h>

#include <algorithm>
#include <array>
#include <string>

#include "esp/src/https_ota.h"
#include "src/http/range.h"

namespace updraft::esp {
namespace {

constexpr const char* kTag = "esp_https_ota";
// The body of an answer that is not taken: a page for people. A longer one costs its
// connection.
constexpr int kMostDropped = 65536;

}  // namespace

esp_err_t HttpsUpdate::SetRange(std::int64_t first, std::optional<std::int64_t> last) {
  std::string value = "bytes=" + std::to_string(first) + "-";
  if (last.has_value()) value += std::to_string(*last);
  range_first_ = first;
  return esp_http_client_set_header(client_, "Range", value.c_str());
}

esp_err_t HttpsUpdate::SendRequest() {
  char* body = nullptr;
  const int length = esp_http_client_get_post_field(client_, &body);
  const esp_err_t error = esp_http_client_open(client_, length);
  if (error != ESP_OK) {
    ESP_LOGE(kTag, "Failed to open HTTP connection: %s", esp_err_to_name(error));
    return error;
  }
  for (int sent = 0; sent < length;) {
    const int count = esp_http_client_write(client_, body + sent, length - sent);
    if (count <= 0) {
      ESP_LOGE(kTag, "Write failed");
      return ESP_FAIL;
    }
    sent += count;
  }
  const std::int64_t fetched = esp_http_client_fetch_headers(client_);
  return fetched < 0 ? static_cast<esp_err_t>(fetched) : ESP_OK;
}

void HttpsUpdate::DropBody() {
  std::array<char, 1024> piece{};
  for (int dropped = 0; !esp_http_client_is_complete_data_received(client_);) {
    const int count = esp_http_client_read(client_, piece.data(), piece.size());
    dropped += std::max(count, 0);
    if (count <= 0 || dropped > kMostDropped) {
      esp_http_client_close(client_);
      return;
    }
  }
}

esp_err_t HttpsUpdate::Redirect() {
  if (redirects_left_-- <= 0) {
    ESP_LOGE(kTag, "Too many redirects");
    return ESP_ERR_HTTP_MAX_REDIRECT;
  }
  const esp_err_t error = esp_http_client_set_redirection(client_);
  if (error != ESP_OK) ESP_LOGE(kTag, "URL redirection Failed");
  return error;
}

esp_err_t HttpsUpdate::Authorize() {
  if (authorizations_left_ == 0) {
    ESP_LOGE(kTag, "Reached max_authorization_retries (%d)", HttpStatus_Unauthorized);
    return ESP_FAIL;
  }
  --authorizations_left_;
  const esp_err_t error = esp_http_client_add_auth(client_);
  if (error != ESP_OK) ESP_LOGE(kTag, "Authorization Failed");
  return error;
}

esp_err_t HttpsUpdate::JudgeStatus(int status, bool& again) {
  switch (status) {
    case HttpStatus_MovedPermanently:
    case HttpStatus_Found:
    case HttpStatus_SeeOther:
    case HttpStatus_TemporaryRedirect:
    case HttpStatus_PermanentRedirect: again = true; return Redirect();
    case HttpStatus_Unauthorized: again = true; return Authorize();
    case HttpStatus_NotModified:
      ESP_LOGI(kTag, "OTA image not modified since last request (status code: %d)", status);
      return ESP_ERR_HTTP_NOT_MODIFIED;
    case HttpStatus_RangeNotSatisfiable: return ESP_ERR_HTTP_RANGE_NOT_SATISFIABLE;
    case HttpStatus_NotFound:
    case HttpStatus_Forbidden: ESP_LOGE(kTag, "File not found(%d)", status); return ESP_FAIL;
    default: break;
  }
  if (status >= HttpStatus_InternalError) {
    ESP_LOGE(kTag, "Server error (%d)", status);
    return ESP_FAIL;
  }
  if (status >= HttpStatus_BadRequest) {
    ESP_LOGE(kTag, "Client error (%d)", status);
    return ESP_FAIL;
  }
  return JudgeRange(status);
}

// What is not the range that was asked for must not be written behind what is there.
esp_err_t HttpsUpdate::JudgeRange(int status) {
  const bool partial_content = status == HttpStatus_PartialContent;
  char* value = nullptr;
  std::optional<std::int64_t> first;
  if (partial_content &&
      esp_http_client_get_response_header(client_, "Content-Range", &value) == ESP_OK) {
    const auto range = http::ParseContentRange(value);
    if (range && range->satisfied) first = static_cast<std::int64_t>(range->first);
    const std::int64_t file = image_length_ + encryption_header_;
    if (partial_ && range && range->total && static_cast<std::int64_t>(*range->total) != file) {
      ESP_LOGE(kTag, "The server has another file now: expected %lld bytes, found %lld",
               static_cast<long long>(file), static_cast<long long>(*range->total));
      return ESP_FAIL;
    }
  }
  const bool expected = partial_content && first == range_first_;
  if (resuming_ && !partial_ && !expected) {
    ESP_LOGW(kTag, "Server ignored the requested Range header");
    return ESP_ERR_HTTP_RANGE_NOT_SATISFIABLE;
  }
  if (range_first_ == 0 && (!partial_content || !first.has_value() || *first == 0)) return ESP_OK;
  if (expected) return ESP_OK;
  if (resuming_ && state_ == State::kBegin) return ESP_ERR_HTTP_RANGE_NOT_SATISFIABLE;
  ESP_LOGE(kTag,
           "Server ignored the requested Range header: expected byte %lld and status 206, "
           "found status %d",
           static_cast<long long>(range_first_), status);
  return ESP_FAIL;
}

esp_err_t HttpsUpdate::Exchange() {
  for (;;) {
    esp_err_t error = SendRequest();
    if (error != ESP_OK) return error;
    const int status = esp_http_client_get_status_code(client_);
    status_ = status;
    bool again = false;
    error = JudgeStatus(status, again);
    if (error != ESP_OK) return error;
    if (!again) {
      consumed_before_ = consumed_;
      RefillAttempts();
      return ESP_OK;
    }
    DropBody();
  }
}

esp_err_t HttpsUpdate::RequestNextRange() {
  if (consumed_ == consumed_before_) {
    ESP_LOGE(kTag, "The server sends nothing for the range from byte %lld",
             static_cast<long long>(consumed_));
    return ESP_FAIL;
  }
  if (!esp_http_client_is_persistent_connection(client_)) esp_http_client_close(client_);
  const std::int64_t left = image_length_ + encryption_header_ - consumed_;
  const auto last =
      left > request_size_ ? std::optional(consumed_ + request_size_ - 1) : std::nullopt;
  esp_err_t error = SetRange(consumed_, last);
  if (error == ESP_OK) error = Exchange();
  if (error == ESP_OK) return ESP_ERR_HTTPS_OTA_IN_PROGRESS;
  ESP_LOGE(kTag, "Failed to establish HTTP connection");
  return ESP_FAIL;
}

}  // namespace updraft::esp
