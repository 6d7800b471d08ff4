// SPDX-License-Identifier: Apache-2.0
#include "esp/src/http_session.h"

#include <esp_log.h>

#include <algorithm>
#include <array>
#include <cerrno>

#include "esp/src/bound_device.h"
#include "esp/src/own_events.h"
#include "esp/src/project_config.h"
#include "esp/src/tls_errors.h"
#include "esp/src/tls_trust.h"
#include "src/http/grammar.h"

ESP_EVENT_DEFINE_BASE(ESP_HTTP_CLIENT_EVENT);

namespace updraft::esp {
namespace {

constexpr const char* kTag = "HTTP_CLIENT";

constexpr std::array<std::string_view, HTTP_METHOD_MAX> kMethods{
    "GET",    "POST",      "PUT",         "PATCH",     "DELETE", "HEAD",
    "NOTIFY", "SUBSCRIBE", "UNSUBSCRIBE", "OPTIONS",   "COPY",   "MOVE",
    "LOCK",   "UNLOCK",    "PROPFIND",    "PROPPATCH", "MKCOL",  "REPORT"};

// What errno and esp-tls say of a failure of the network.
struct Reason {
  int error = 0;
  esp_err_t tls = ESP_FAIL;
};

Reason ReasonOf(Status status, bool connecting) {
  if (status.code() != Code::kNetwork) return {ENOMEM, ESP_FAIL};
  switch (static_cast<NetworkFailure>(status.detail())) {
    case NetworkFailure::kResolve: return {EHOSTUNREACH, ESP_ERR_ESP_TLS_CANNOT_RESOLVE_HOSTNAME};
    case NetworkFailure::kConnect: return {ECONNREFUSED, ESP_ERR_ESP_TLS_FAILED_CONNECT_TO_HOST};
    case NetworkFailure::kTls: return {ECONNABORTED, ESP_ERR_MBEDTLS_SSL_HANDSHAKE_FAILED};
    case NetworkFailure::kTimeout:
      return {connecting ? EINPROGRESS : EAGAIN, ESP_ERR_ESP_TLS_CONNECTION_TIMEOUT};
    case NetworkFailure::kReset: return {ECONNRESET, ESP_ERR_ESP_TLS_TCP_CLOSED_FIN};
    case NetworkFailure::kBadResponse: return {EBADMSG, ESP_FAIL};
    default: return {EIO, ESP_FAIL};
  }
}

// In what is no URL nobody knows where a password ends: what stands before the last '@'
// is left out, and what follows '?'.
void LogWrongUrl(std::string_view url) {
  const std::size_t scheme_end = url.find("://");
  const std::string_view scheme =
      scheme_end != std::string_view::npos ? url.substr(0, scheme_end + 3) : std::string_view{};
  std::string_view rest = url.substr(scheme.size());
  const std::size_t at = rest.find_last_of('@');
  if (at != std::string_view::npos) rest.remove_prefix(at);
  const std::string_view shown = rest.substr(0, rest.find('?'));
  ESP_LOGE(kTag, "Error parse url %.*s%s%.*s%s", static_cast<int>(scheme.size()), scheme.data(),
           at != std::string_view::npos ? "..." : "", static_cast<int>(shown.size()), shown.data(),
           shown.size() < rest.size() ? "?..." : "");
}

}  // namespace

HttpSession::HttpSession(std::unique_ptr<HttpSettings> settings) : settings_(std::move(settings)) {}

HttpSession::~HttpSession() {
  Wipe(authentication_room_);
  HttpSettings& settings = *settings_;
  std::string* const password = settings.password.has_value() ? &*settings.password : nullptr;
  for (std::string* secret : {&settings.connection.key_pem, &settings.connection.key_password,
                              password, settings.headers.Find("Authorization")}) {
    if (secret == nullptr) continue;
    Wipe(MutableBytes(reinterpret_cast<std::uint8_t*>(secret->data()), secret->size()));
  }
}

void HttpSession::Tell(esp_http_client_event_id_t id, void* data, int size,
                       HttpHeaders::Field* header) {
  if (settings_->event_handler == nullptr) return;
  esp_http_client_event_t event{
      .event_id = id,
      .client = handle_,
      .data = data,
      .data_len = size,
      .user_data = settings_->user_data,
      .header_key = header != nullptr ? header->first.data() : nullptr,
      .header_value = header != nullptr ? header->second.data() : nullptr};
  settings_->event_handler(&event);
}

void HttpSession::Post(esp_http_client_event_id_t id, const void* payload, std::size_t size) {
  const esp_err_t error = PostOwnEvent(ESP_HTTP_CLIENT_EVENT, id, payload, size,
                                       updraft_project_config.http_event_post_timeout_ms);
  if (error == ESP_OK) return;
  ESP_LOGE(kTag, "Failed to post http_client event: %d, error: %s", static_cast<int>(id),
           esp_err_to_name(error));
}

void HttpSession::Dispatch(esp_http_client_event_id_t id, void* data, int size,
                           HttpHeaders::Field* header) {
  Tell(id, data, size, header);
  if (id != HTTP_EVENT_ON_DATA) return Post(id, &handle_, sizeof(void*));
  const esp_http_client_on_data_t progress{.client = handle_, .data_process = received_};
  Post(id, &progress, sizeof progress);
}

void HttpSession::DispatchData(MutableBytes data) {
  received_ += static_cast<std::int64_t>(data.size());
  Dispatch(HTTP_EVENT_ON_DATA, data.data(), static_cast<int>(data.size()));
}

void HttpSession::Fail(Status status, bool connecting) {
  const Reason reason = ReasonOf(status, connecting);
  failure_ = status;
  errno_ = reason.error;
  errno = reason.error;
  tls_error_ = {.last_error = reason.tls, .esp_tls_error_code = 0, .esp_tls_flags = 0};
  if (connecting) {
    Describe(stream_->tls_fault(), settings_->trust == ServerTrust::kSystem, &tls_error_);
  }
  const std::string text(stream_ != nullptr ? stream_->connection().failure_text() : "");
  if (!text.empty()) ESP_LOGD(kTag, "%s", text.c_str());
}

void HttpSession::SetPostField(const char* data, int length) {
  RequestChanged();
  post_data_ = data;
  post_length_ = data != nullptr ? length : 0;
}

void HttpSession::SetTimeout(std::chrono::milliseconds timeout) {
  settings_->connection.timeout = timeout;
  if (stream_ != nullptr) stream_->SetTimeout(timeout);
}

esp_err_t HttpSession::SetUrl(std::string_view url) {
  const auto parsed = ParseTarget(url, &settings_->target);
  if (!parsed) {
    LogWrongUrl(url);
    return ESP_ERR_INVALID_ARG;
  }
  RequestChanged();
  HttpSettings& settings = *settings_;
  const bool other_host = !http::EqualsIgnoringCase(parsed->target.host, settings.target.host);
  if (other_host) {
    settings.headers.Remove("Authorization");
    settings.user.reset();
    settings.password.reset();
    if (authentication_ != nullptr) authentication_->Forget();
  }
  if (other_host || parsed->target.port != settings.target.port) {
    settings.headers.Set("Host", parsed->target.HostField());
  }
  settings.target = parsed->target;
  if (parsed->user.has_value()) {
    settings.user = parsed->user;
    settings.password = parsed->password;
  }
  // The rest of an answer may still be read; its connection ends with it.
  if (is_complete() || !has_head_) {
    if (!IsOpenForTarget()) Close();
  }
  return ESP_OK;
}

bool HttpSession::IsOpenForTarget() const {
  return stream_ != nullptr && stream_->connection().is_open() &&
         connected_to_.scheme == settings_->target.scheme &&
         connected_to_.port == settings_->target.port &&
         http::EqualsIgnoringCase(connected_to_.host, settings_->target.host);
}

// After an answer, or before the first request of a connection.
bool HttpSession::MayKeepConnection() const {
  if (state_ == HTTP_STATE_CONNECTED) return true;
  return is_complete() && parser_->head().keep_alive && !surplus_;
}

void HttpSession::DropStream() {
  if (stream_ != nullptr) stream_->connection().Close();
  // What came with the head and was not read is lost.
  if (!early_.empty()) body_failure_ = NetworkFailure::kReset;
  early_ = {};
}

void HttpSession::Close() {
  if (state_ < HTTP_STATE_CONNECTED) {
    state_ = HTTP_STATE_INIT;
    return;
  }
  DropStream();
  state_ = HTTP_STATE_INIT;
  Dispatch(HTTP_EVENT_DISCONNECTED, &tls_error_, 0);
}

esp_err_t HttpSession::Cancel() {
  if (state_ < HTTP_STATE_CONNECTED) return ESP_ERR_INVALID_STATE;
  DropStream();
  state_ = HTTP_STATE_INIT;
  has_head_ = false;
  return Connect();
}

esp_err_t HttpSession::RefuseTls(esp_err_t fault, const char* why) {
  ESP_LOGE(kTag, "%s", why);
  tls_error_ = {.last_error = fault, .esp_tls_error_code = 0, .esp_tls_flags = 0};
  if (fault == ESP_ERR_MBEDTLS_X509_CRT_PARSE_FAILED) {
    tls_error_.esp_tls_error_code = kMbedtlsBadCertificate;
  } else if (fault == ESP_ERR_MBEDTLS_PK_PARSE_KEY_FAILED) {
    tls_error_.esp_tls_error_code = kMbedtlsBadKey;
  }
  errno_ = ECONNABORTED;
  errno = errno_;
  return ESP_ERR_HTTP_CONNECT;
}

std::optional<ConnectionSettings> HttpSession::SettingsOfConnection() {
  const HttpSettings& settings = *settings_;
  ConnectionSettings connection = settings.connection;
  if (!settings.target.is_https()) return connection;
  if (settings.tls_fault != ESP_OK) {
    RefuseTls(settings.tls_fault, "A certificate or key of the configuration is not readable");
    return std::nullopt;
  }
  if (settings.trust == ServerTrust::kGlobalStore) {
    connection.trusted_pem = GlobalStore();
    if (connection.trusted_pem.empty()) {
      RefuseTls(ESP_ERR_MBEDTLS_SSL_SETUP_FAILED, "global_ca_store is set but empty");
      return std::nullopt;
    }
  }
  if (settings.trust == ServerTrust::kSystem) connection.authorities = BundleAuthorities();
  if (settings.trust == ServerTrust::kNone) {
    RefuseTls(ESP_ERR_MBEDTLS_SSL_SETUP_FAILED,
              "No server verification option set in esp_tls_cfg_t structure. Check esp_tls API "
              "reference");
    return std::nullopt;
  }
  return connection;
}

esp_err_t HttpSession::ConnectStream() {
  Network* const network = BoundDevice().network();
  auto connection = SettingsOfConnection();
  if (!connection) return ESP_ERR_HTTP_CONNECT;
  // The trust may have changed since the last one, but sessions are worth keeping.
  const bool keep = stream_ != nullptr && connected_to_.scheme == settings_->target.scheme &&
                    settings_->trust != ServerTrust::kGlobalStore;
  if (!keep) stream_ = network != nullptr ? network->MakeStream(std::move(*connection)) : nullptr;
  if (stream_ == nullptr) {
    ESP_LOGE(kTag, "No network is bound to this firmware");
    return ESP_ERR_HTTP_CONNECT;
  }
  connected_to_ = settings_->target;
  const Status status = stream_->connection().Connect(connected_to_.endpoint());
  if (status.ok()) return ESP_OK;
  Fail(status, true);
  const std::string text(stream_->connection().failure_text());
  if (tls_error_.esp_tls_error_code != 0) {
    ESP_LOGE("esp-tls-mbedtls", "mbedtls_ssl_handshake returned -0x%04X",
             static_cast<unsigned>(tls_error_.esp_tls_error_code));
  }
  if (tls_error_.esp_tls_flags != 0) {
    ESP_LOGI("esp-tls-mbedtls", "Failed to verify peer certificate!");
  }
  ESP_LOGE("esp-tls", "%s:%u: %s", connected_to_.host.c_str(), connected_to_.port, text.c_str());
  ESP_LOGE(kTag, "Connection failed, sock < 0");
  return ESP_ERR_HTTP_CONNECT;
}

esp_err_t HttpSession::Connect() {
  if (state_ >= HTTP_STATE_CONNECTED) {
    if (MayKeepConnection() && IsOpenForTarget()) {
      reused_ = used_;
      state_ = HTTP_STATE_CONNECTED;
      return ESP_OK;
    }
    Close();
  }
  const HttpSettings& settings = *settings_;
  if (!settings.target.is_spoken()) {
    ESP_LOGE(kTag, "No transport found for scheme %s", settings.target.scheme.c_str());
    return ESP_ERR_HTTP_INVALID_TRANSPORT;
  }
  if (settings.asynchronous && settings.target.is_https() && !announced_) {
    announced_ = true;
    state_ = HTTP_STATE_CONNECTING;
    return ESP_ERR_HTTP_CONNECTING;
  }
  used_ = reused_ = false;
  const esp_err_t error = ConnectStream();
  if (error != ESP_OK) {
    state_ = HTTP_STATE_INIT;
    return error;
  }
  state_ = HTTP_STATE_CONNECTED;
  Dispatch(HTTP_EVENT_ON_CONNECTED);
  return ESP_OK;
}

esp_err_t HttpSession::Prepare() {
  again_ = false;
  changed_ = false;
  const esp_err_t error = Connect();
  last_status_ = 0;
  has_head_ = false;
  chunked_ = false;
  surplus_ = false;
  has_body_ = false;
  received_ = 0;
  body_failure_ = kOk;
  early_ = {};
  decoder_ = BodyDecoder();
  kept_texts_.clear();
  return error;
}

// Basic goes with the first request already, Digest answers a challenge.
void HttpSession::SetAuthorization() {
  HttpSettings& settings = *settings_;
  if (settings.authentication == HTTP_AUTH_TYPE_NONE || !settings.user.has_value()) return;
  const std::string password = settings.password.value_or("");
  const Credentials credentials{*settings.user, password};
  std::vector<std::uint8_t> room(8192);
  Result<std::string_view> value = Status(Code::kInvalidState, Stage::kFetch);
  const BoundDevice device;
  if (settings.authentication == HTTP_AUTH_TYPE_BASIC) {
    value = WriteBasicCredentials(credentials, room);
  } else if (authentication_ != nullptr &&
             authentication_->scheme() != AuthenticationScheme::kNone) {
    value = authentication_->Write(kMethods[static_cast<std::size_t>(settings.method)],
                                   settings.target.Url(), room);
  } else {
    return;
  }
  if (value) {
    settings.headers.Set("Authorization", *value);
  } else {
    ESP_LOGE(kTag, "user and password cannot be sent");
  }
  Wipe(room);
}

void HttpSession::SetBodyHeaders(int body_length) {
  HttpSettings& settings = *settings_;
  const esp_http_client_method_t method = settings.method;
  const bool always =
      method != HTTP_METHOD_GET && method != HTTP_METHOD_HEAD && method != HTTP_METHOD_DELETE;
  settings.headers.Remove("Content-Length");
  settings.headers.Remove("Transfer-Encoding");
  if (body_length < 0) {
    settings.headers.Set("Transfer-Encoding", "chunked");
  } else if (body_length > 0 || always) {
    settings.headers.Set("Content-Length", std::to_string(body_length));
  }
}

bool HttpSession::WriteFirstLine(std::string& line) const {
  line = kMethods[static_cast<std::size_t>(settings_->method)];
  line += " " + settings_->target.PathAndQuery() + " HTTP/1.1\r\n";
  return line.size() < settings_->transmit_buffer;
}

esp_err_t HttpSession::SendText(std::string_view text) {
  const Status status = stream_->connection().Send(AsBytes(text));
  if (status.ok()) return ESP_OK;
  Fail(status, false);
  return ESP_ERR_HTTP_WRITE_DATA;
}

// In portions of the transmit buffer, as ESP-IDF sends them.
esp_err_t HttpSession::SendFields(std::string portion) {
  const std::size_t most = settings_->transmit_buffer;
  for (const auto& [name, value] : settings_->headers.fields()) {
    if (name.size() + value.size() + 4 + 2 >= most) {
      ESP_LOGE(kTag,
               "Header \"%s\" is too long for buffer_size_tx: expected at most %u bytes, "
               "found %u",
               name.c_str(), static_cast<unsigned>(most - 3),
               static_cast<unsigned>(name.size() + value.size() + 4));
      return ESP_ERR_HTTP_HEADER_TOO_LONG;
    }
  }
  const auto send = [&]() {
    const esp_err_t error = SendText(portion);
    Wipe(MutableBytes(reinterpret_cast<std::uint8_t*>(portion.data()), portion.size()));
    portion.clear();
    return error;
  };
  for (const auto& [name, value] : settings_->headers.fields()) {
    if (portion.size() + name.size() + value.size() + 4 + 2 >= most) {
      const esp_err_t error = send();
      if (error != ESP_OK) return error;
    }
    portion.append(name).append(": ").append(value).append("\r\n");
  }
  portion += "\r\n";
  return send();
}

esp_err_t HttpSession::SendHead(int body_length) {
  if (state_ < HTTP_STATE_CONNECTED || stream_ == nullptr) return ESP_ERR_INVALID_STATE;
  has_body_ = body_length != 0;
  SetAuthorization();
  SetBodyHeaders(body_length);
  std::string first_line;
  if (!WriteFirstLine(first_line)) {
    ESP_LOGE(kTag, "Out of buffer");
    return ESP_FAIL;
  }
  if (head_buffer_.empty()) head_buffer_.resize(std::size_t{32} * 1024);
  parser_.emplace(head_buffer_);
  parser_->Start(settings_->method == HTTP_METHOD_HEAD);
  used_ = true;
  const esp_err_t error = SendFields(std::move(first_line));
  if (error == ESP_ERR_HTTP_WRITE_DATA && MayAskAgain(failure_) && AskAgain().ok()) return ESP_OK;
  if (error != ESP_OK) return error;
  state_ = HTTP_STATE_REQ_COMPLETE_HEADER;
  Dispatch(HTTP_EVENT_HEADERS_SENT);
  return ESP_OK;
}

esp_err_t HttpSession::Open(int body_length) {
  esp_err_t error = Prepare();
  if (error == ESP_OK) error = SendHead(body_length);
  if (error != ESP_OK) DispatchError();
  return error;
}

int HttpSession::Write(std::string_view data) {
  if (state_ < HTTP_STATE_REQ_COMPLETE_HEADER || state_ > HTTP_STATE_REQ_COMPLETE_DATA) return -1;
  return SendText(data) == ESP_OK ? static_cast<int>(data.size()) : -1;
}

}  // namespace updraft::esp
