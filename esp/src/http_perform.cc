// SPDX-License-Identifier: Apache-2.0
// HttpSession: whole exchanges, redirects and authentication.
#include <esp_log.h>

#include <algorithm>
#include <cerrno>

#include "esp/src/bound_device.h"
#include "esp/src/http_session.h"
#include "src/http/grammar.h"

namespace updraft::esp {
namespace {

constexpr const char* kTag = "HTTP_CLIENT";
constexpr std::size_t kMostPiece = 65536;

bool IsRedirect(int status) {
  return status == HttpStatus_MovedPermanently || status == HttpStatus_Found ||
         status == HttpStatus_SeeOther || status == HttpStatus_TemporaryRedirect ||
         status == HttpStatus_PermanentRedirect;
}

}  // namespace

esp_err_t HttpSession::SetRedirection() {
  const HeaderFields* const headers = response_headers();
  const auto location = headers != nullptr ? headers->Find("Location") : std::nullopt;
  if (!location || location->empty()) {
    ESP_LOGE(kTag, "Redirect without a Location");
    return ESP_ERR_INVALID_ARG;
  }
  // As it is resolved, not as it is spelled.
  const auto target = ParseTarget(*location, &settings_->target);
  if (settings_->target.is_https() && target.has_value() && !target->target.is_https()) {
    ESP_LOGE(kTag, "Redirect from https to %.*s refused", static_cast<int>(location->size()),
             location->data());
    return ESP_ERR_HTTP_REDIRECT_DOWNGRADE;
  }
  const esp_err_t error = SetUrl(std::string(*location));
  if (error != ESP_OK) return error;
  ++repeats_;
  again_ = true;
  return ESP_OK;
}

esp_err_t HttpSession::SetChallenge(std::string_view challenge) {
  // In the form in which the parser hands fields out.
  const std::string line = "WWW-Authenticate: " + std::string(challenge) + "\r\n";
  if (!http::IsFieldText(challenge)) return ESP_ERR_INVALID_ARG;
  ChallengeObstacle obstacle;
  const auto chosen = ChooseChallenge(HeaderFields(line), true, obstacle);
  if (!chosen) {
    ESP_LOGE(kTag, "Authentication: expected %.*s, found %.*s",
             static_cast<int>(obstacle.expected.size()), obstacle.expected.data(),
             static_cast<int>(obstacle.found.size()), obstacle.found.data());
    return ESP_ERR_NOT_SUPPORTED;
  }
  settings_->authentication =
      chosen->scheme == AuthenticationScheme::kBasic ? HTTP_AUTH_TYPE_BASIC : HTTP_AUTH_TYPE_DIGEST;
  if (chosen->scheme != AuthenticationScheme::kDigest || !settings_->user.has_value()) {
    return ESP_OK;
  }
  const BoundDevice device;
  if (!device) return ESP_ERR_INVALID_STATE;
  if (authentication_ == nullptr) {
    authentication_ = std::make_unique<Authentication>(*device->crypto, authentication_room_);
  }
  const std::string password = settings_->password.value_or("");
  const Status status = authentication_->Begin(*chosen, {*settings_->user, password});
  return status.ok() ? ESP_OK : ESP_ERR_NOT_SUPPORTED;
}

esp_err_t HttpSession::AddAuthorization() {
  const HeaderFields* const headers = response_headers();
  if (headers == nullptr) return ESP_ERR_INVALID_STATE;
  if (repeats_ >= settings_->max_authorizations) {
    ESP_LOGE(kTag, "Error, reached max_authorization_retries count=%d", repeats_);
    return ESP_FAIL;
  }
  if (headers->Count("WWW-Authenticate") == 0) {
    ESP_LOGW(kTag,
             "This request requires authentication, but does not provide header information "
             "for that");
    return ESP_ERR_NOT_SUPPORTED;
  }
  // Several challenges become one list, which the grammar allows.
  std::string challenges;
  for (const HeaderField& field : *headers) {
    if (!http::EqualsIgnoringCase(field.name, "WWW-Authenticate")) continue;
    if (!challenges.empty()) challenges += ", ";
    challenges += field.value;
  }
  const esp_err_t error = SetChallenge(challenges);
  if (error != ESP_OK) return error;
  ++repeats_;
  again_ = true;
  return ESP_OK;
}

esp_err_t HttpSession::SendPostData() {
  const std::string_view data(post_data_ != nullptr ? post_data_ : "",
                              static_cast<std::size_t>(post_length_));
  if (data.empty() || Write(data) == post_length_) return ESP_OK;
  return ESP_ERR_HTTP_WRITE_DATA;
}

esp_err_t HttpSession::HeadError() const {
  return errno_ == ENOTCONN && parser_->untouched() ? ESP_ERR_HTTP_CONNECTION_CLOSED
                                                    : ESP_ERR_HTTP_FETCH_HEADER;
}

esp_err_t HttpSession::JudgeHead() {
  const int status = parser_->head().status;
  if (status >= 200 && status < 300) repeats_ = 0;
  if (status == HttpStatus_Unauthorized) {
    // An answer of 401 is an answer; the program may look at it.
    static_cast<void>(AddAuthorization());
    return ESP_OK;
  }
  if (!IsRedirect(status)) return ESP_OK;
  if (repeats_ >= settings_->max_redirects) {
    ESP_LOGE(kTag, "Error, reach max_redirection_count count=%d", repeats_);
    return ESP_ERR_HTTP_MAX_REDIRECT;
  }
  const esp_http_client_redirect_event_data_t event{.client = handle_, .status_code = status};
  Post(HTTP_EVENT_REDIRECT, &event, sizeof event);
  if (settings_->follows_redirects) return SetRedirection();
  Tell(HTTP_EVENT_REDIRECT);
  return ESP_OK;
}

esp_err_t HttpSession::ReceiveBody() {
  std::vector<char> piece(std::min(settings_->receive_buffer, kMostPiece));
  while (!is_complete()) {
    const int count = Read(piece.data(), static_cast<int>(piece.size()));
    if (count > 0) continue;
    if (count == 0) break;
    if (count == -ESP_ERR_HTTP_EAGAIN) return ESP_ERR_HTTP_READ_TIMEOUT;
    return failure_.code() == Code::kTruncated ? ESP_ERR_HTTP_CONNECTION_CLOSED
                                               : ESP_ERR_HTTP_INCOMPLETE_DATA;
  }
  return ESP_OK;
}

bool HttpSession::AwaitsHead() const {
  return state_ == HTTP_STATE_REQ_COMPLETE_DATA && !changed_ && IsOpenForTarget();
}

esp_err_t HttpSession::SendRequest() {
  esp_err_t error = Prepare();
  if (error == ESP_ERR_HTTP_CONNECTING) return ESP_ERR_HTTP_EAGAIN;
  if (error == ESP_OK) error = SendHead(post_length_);
  if (error == ESP_OK) error = SendPostData();
  if (error != ESP_OK) DispatchError();
  return error;
}

esp_err_t HttpSession::PerformOnce() {
  // Who asks twice may have ordered twice.
  esp_err_t error = AwaitsHead() ? ESP_OK : SendRequest();
  if (error != ESP_OK) return error;
  const std::int64_t fetched = FetchHeaders();
  if (fetched == -ESP_ERR_HTTP_EAGAIN) return ESP_ERR_HTTP_EAGAIN;
  if (fetched < 0) {
    error = HeadError();
    DispatchError();
    Close();
    return error;
  }
  error = JudgeHead();
  if (error != ESP_OK) DispatchError();
  // What follows a redirect or a challenge may be cut; it is not what was asked for.
  const esp_err_t received = error == ESP_OK ? ReceiveBody() : ESP_OK;
  if (error == ESP_OK && !again_) error = received;
  if (error != ESP_OK) {
    Close();
    return error;
  }
  Dispatch(HTTP_EVENT_ON_FINISH);
  if (is_complete() && parser_->head().keep_alive && !surplus_) {
    state_ = HTTP_STATE_CONNECTED;
  } else {
    Close();
  }
  return ESP_OK;
}

esp_err_t HttpSession::Perform() {
  esp_err_t error = ESP_OK;
  do {
    error = PerformOnce();
  } while (error == ESP_OK && again_);
  return error;
}

}  // namespace updraft::esp
