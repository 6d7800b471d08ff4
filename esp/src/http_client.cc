// SPDX-License-Identifier: Apache-2.0
// esp_http_client.h over HttpSession. A call that finds no client does nothing.
#include <esp_http_client.h>
#include <esp_tls.h>

#include <algorithm>
#include <cstdint>
#include <cstdio>
#include <cstring>
#include <optional>
#include <string>
#include <utility>

#include "esp/src/handle_table.h"
#include "esp/src/http_session.h"
#include "esp/src/immortal.h"
#include "esp/src/no_memory.h"

namespace updraft::esp {
namespace {

HandleTable<HttpSession, esp_http_client_handle_t>& Clients() {
  static updraft::esp::Immortal<HandleTable<HttpSession, esp_http_client_handle_t>> clients;
  return *clients;
}

void GiveText(std::optional<std::string>& text, char** value) {
  *value = text.has_value() ? text->data() : nullptr;
}

void TakeText(std::optional<std::string>& text, const char* value) {
  // `value` may be what GiveText gave.
  std::optional<std::string> copy;
  if (value != nullptr) copy.emplace(value);
  text = std::move(copy);
}

int AsInt(std::int64_t number) {
  return static_cast<int>(std::clamp<std::int64_t>(number, INT32_MIN, INT32_MAX));
}

}  // namespace
}  // namespace updraft::esp

using updraft::esp::Clients;

// The client of a call, or what the call returns without one.
#define UPDRAFT_CLIENT(none)                   \
  const auto session = Clients().Find(client); \
  if (session == nullptr) return none

esp_http_client_handle_t esp_http_client_init(const esp_http_client_config_t* config) try {
  if (config == nullptr) return nullptr;
  auto settings = updraft::esp::MakeHttpSettings(*config);
  if (settings == nullptr) return nullptr;
  auto session = std::make_shared<updraft::esp::HttpSession>(std::move(settings));
  auto* const handle = Clients().Add(session);
  session->SetHandle(handle);
  return handle;
}
UPDRAFT_NO_MEMORY(nullptr)

esp_err_t esp_http_client_cleanup(esp_http_client_handle_t client) try {
  const auto session = Clients().Find(client);
  if (session == nullptr) return ESP_FAIL;
  // Its last event may still ask the client.
  session->Close();
  Clients().Take(client);
  return ESP_OK;
}
UPDRAFT_NO_MEMORY(ESP_ERR_NO_MEM)

esp_err_t esp_http_client_perform(esp_http_client_handle_t client) try {
  UPDRAFT_CLIENT(ESP_ERR_INVALID_ARG);
  return session->Perform();
}
UPDRAFT_NO_MEMORY(ESP_ERR_NO_MEM)

esp_err_t esp_http_client_prepare(esp_http_client_handle_t client) try {
  UPDRAFT_CLIENT(ESP_ERR_INVALID_ARG);
  return session->Prepare();
}
UPDRAFT_NO_MEMORY(ESP_ERR_NO_MEM)

esp_err_t esp_http_client_request_send(esp_http_client_handle_t client, int write_len) try {
  UPDRAFT_CLIENT(ESP_ERR_INVALID_ARG);
  const esp_err_t error = session->SendHead(write_len);
  return error;
}
UPDRAFT_NO_MEMORY(ESP_ERR_NO_MEM)

esp_err_t esp_http_client_cancel_request(esp_http_client_handle_t client) try {
  UPDRAFT_CLIENT(ESP_ERR_INVALID_ARG);
  return session->Cancel();
}
UPDRAFT_NO_MEMORY(ESP_ERR_NO_MEM)

esp_err_t esp_http_client_set_url(esp_http_client_handle_t client, const char* url) try {
  UPDRAFT_CLIENT(ESP_ERR_INVALID_ARG);
  return url != nullptr ? session->SetUrl(url) : ESP_ERR_INVALID_ARG;
}
UPDRAFT_NO_MEMORY(ESP_ERR_NO_MEM)

esp_err_t esp_http_client_set_post_field(esp_http_client_handle_t client, const char* data,
                                         int len) try {
  UPDRAFT_CLIENT(ESP_ERR_INVALID_ARG);
  if (data != nullptr && len < 0) return ESP_ERR_INVALID_ARG;
  session->SetPostField(data, len);
  auto& headers = session->settings().headers;
  if (data == nullptr) {
    headers.Remove("Content-Type");
  } else if (headers.Find("Content-Type") == nullptr) {
    headers.Set("Content-Type", "application/x-www-form-urlencoded");
  }
  return ESP_OK;
}
UPDRAFT_NO_MEMORY(ESP_ERR_NO_MEM)

int esp_http_client_get_post_field(esp_http_client_handle_t client, char** data) {
  UPDRAFT_CLIENT(0);
  if (data == nullptr) return 0;
  *data = const_cast<char*>(session->post_data());
  return session->post_length();
}

esp_err_t esp_http_client_set_header(esp_http_client_handle_t client, const char* key,
                                     const char* value) try {
  UPDRAFT_CLIENT(ESP_ERR_INVALID_ARG);
  if (key == nullptr) return ESP_ERR_INVALID_ARG;
  auto& headers = session->settings().headers;
  session->RequestChanged();
  if (value == nullptr) return headers.Remove(key) ? ESP_OK : ESP_ERR_NOT_FOUND;
  return headers.Set(key, value) ? ESP_OK : ESP_ERR_INVALID_ARG;
}
UPDRAFT_NO_MEMORY(ESP_ERR_NO_MEM)

esp_err_t esp_http_client_get_header(esp_http_client_handle_t client, const char* key,
                                     char** value) {
  UPDRAFT_CLIENT(ESP_ERR_INVALID_ARG);
  if (key == nullptr || value == nullptr) return ESP_ERR_INVALID_ARG;
  std::string* const found = session->settings().headers.Find(key);
  *value = found != nullptr ? found->data() : nullptr;
  return found != nullptr ? ESP_OK : ESP_ERR_NOT_FOUND;
}

esp_err_t esp_http_client_get_response_header(esp_http_client_handle_t client, const char* key,
                                              char** value) try {
  UPDRAFT_CLIENT(ESP_ERR_INVALID_ARG);
  if (key == nullptr || value == nullptr) return ESP_ERR_INVALID_ARG;
  *value = nullptr;
  const updraft::HeaderFields* const headers = session->response_headers();
  const auto found = headers != nullptr ? headers->Find(key) : std::nullopt;
  if (!found) return ESP_ERR_NOT_FOUND;
  *value = session->KeepText(*found);
  return ESP_OK;
}
UPDRAFT_NO_MEMORY(ESP_ERR_NO_MEM)

esp_err_t esp_http_client_delete_header(esp_http_client_handle_t client, const char* key) {
  return esp_http_client_set_header(client, key, nullptr);
}

esp_err_t esp_http_client_delete_all_headers(esp_http_client_handle_t client) {
  UPDRAFT_CLIENT(ESP_ERR_INVALID_ARG);
  session->RequestChanged();
  session->settings().headers.Clear();
  return ESP_OK;
}

esp_err_t esp_http_client_get_username(esp_http_client_handle_t client, char** value) {
  UPDRAFT_CLIENT(ESP_ERR_INVALID_ARG);
  if (value == nullptr) return ESP_ERR_INVALID_ARG;
  updraft::esp::GiveText(session->settings().user, value);
  return ESP_OK;
}

esp_err_t esp_http_client_set_username(esp_http_client_handle_t client, const char* username) try {
  UPDRAFT_CLIENT(ESP_ERR_INVALID_ARG);
  updraft::esp::TakeText(session->settings().user, username);
  return ESP_OK;
}
UPDRAFT_NO_MEMORY(ESP_ERR_NO_MEM)

esp_err_t esp_http_client_get_password(esp_http_client_handle_t client, char** value) {
  UPDRAFT_CLIENT(ESP_ERR_INVALID_ARG);
  if (value == nullptr) return ESP_ERR_INVALID_ARG;
  updraft::esp::GiveText(session->settings().password, value);
  return ESP_OK;
}

esp_err_t esp_http_client_set_password(esp_http_client_handle_t client, const char* password) try {
  UPDRAFT_CLIENT(ESP_ERR_INVALID_ARG);
  updraft::esp::TakeText(session->settings().password, password);
  return ESP_OK;
}
UPDRAFT_NO_MEMORY(ESP_ERR_NO_MEM)

esp_err_t esp_http_client_set_authtype(esp_http_client_handle_t client,
                                       esp_http_client_auth_type_t auth_type) {
  UPDRAFT_CLIENT(ESP_ERR_INVALID_ARG);
  session->settings().authentication = auth_type;
  return ESP_OK;
}

esp_err_t esp_http_client_get_user_data(esp_http_client_handle_t client, void** data) {
  UPDRAFT_CLIENT(ESP_ERR_INVALID_ARG);
  if (data == nullptr) return ESP_ERR_INVALID_ARG;
  *data = session->settings().user_data;
  return ESP_OK;
}

esp_err_t esp_http_client_set_user_data(esp_http_client_handle_t client, void* data) {
  UPDRAFT_CLIENT(ESP_ERR_INVALID_ARG);
  session->settings().user_data = data;
  return ESP_OK;
}

esp_err_t esp_http_client_set_event_handler(esp_http_client_handle_t client,
                                            http_event_handle_cb event_handler) {
  UPDRAFT_CLIENT(ESP_ERR_INVALID_ARG);
  session->settings().event_handler = event_handler;
  return ESP_OK;
}

int esp_http_client_get_errno(esp_http_client_handle_t client) {
  UPDRAFT_CLIENT(-1);
  return session->last_errno();
}

esp_err_t esp_http_client_get_and_clear_last_tls_error(esp_http_client_handle_t client,
                                                       int* esp_tls_error_code,
                                                       int* esp_tls_flags) {
  UPDRAFT_CLIENT(ESP_ERR_INVALID_ARG);
  return esp_tls_get_and_clear_last_error(&session->tls_error(), esp_tls_error_code, esp_tls_flags);
}

esp_err_t esp_http_client_set_method(esp_http_client_handle_t client,
                                     esp_http_client_method_t method) {
  UPDRAFT_CLIENT(ESP_ERR_INVALID_ARG);
  if (method < HTTP_METHOD_GET || method >= HTTP_METHOD_MAX) return ESP_ERR_INVALID_ARG;
  session->RequestChanged();
  session->settings().method = method;
  return ESP_OK;
}

esp_err_t esp_http_client_set_timeout_ms(esp_http_client_handle_t client, int timeout_ms) {
  UPDRAFT_CLIENT(ESP_ERR_INVALID_ARG);
  if (timeout_ms <= 0) return ESP_ERR_INVALID_ARG;
  session->SetTimeout(std::chrono::milliseconds(timeout_ms));
  return ESP_OK;
}

esp_err_t esp_http_client_open(esp_http_client_handle_t client, int write_len) try {
  UPDRAFT_CLIENT(ESP_ERR_INVALID_ARG);
  return session->Open(write_len);
}
UPDRAFT_NO_MEMORY(ESP_ERR_NO_MEM)

int esp_http_client_write(esp_http_client_handle_t client, const char* buffer, int len) try {
  UPDRAFT_CLIENT(-1);
  if (buffer == nullptr || len < 0) return -1;
  return session->Write({buffer, static_cast<std::size_t>(len)});
}
UPDRAFT_NO_MEMORY(ESP_FAIL)

int esp_http_client_chunk_write_begin(esp_http_client_handle_t client, const int len) try {
  UPDRAFT_CLIENT(-1);
  if (len <= 0) return -1;
  char line[16];
  const int size = std::snprintf(line, sizeof line, "%x\r\n", static_cast<unsigned>(len));
  return session->Write({line, static_cast<std::size_t>(size)});
}
UPDRAFT_NO_MEMORY(ESP_FAIL)

int esp_http_client_chunk_write_end(esp_http_client_handle_t client, bool last_chunk) try {
  UPDRAFT_CLIENT(-1);
  return session->Write(last_chunk ? "\r\n0\r\n\r\n" : "\r\n");
}
UPDRAFT_NO_MEMORY(ESP_FAIL)

std::int64_t esp_http_client_fetch_headers(esp_http_client_handle_t client) try {
  UPDRAFT_CLIENT(ESP_FAIL);
  return session->FetchHeaders();
}
UPDRAFT_NO_MEMORY(ESP_FAIL)

bool esp_http_client_is_chunked_response(esp_http_client_handle_t client) {
  UPDRAFT_CLIENT(false);
  return session->is_chunked();
}

int esp_http_client_read(esp_http_client_handle_t client, char* buffer, int len) try {
  UPDRAFT_CLIENT(-1);
  if (buffer == nullptr || len < 0) return -1;
  return session->Read(buffer, len);
}
UPDRAFT_NO_MEMORY(ESP_FAIL)

int esp_http_client_read_response(esp_http_client_handle_t client, char* buffer, int len) try {
  UPDRAFT_CLIENT(-1);
  if (buffer == nullptr || len < 0) return -1;
  return session->ReadAll(buffer, len);
}
UPDRAFT_NO_MEMORY(ESP_FAIL)

esp_err_t esp_http_client_flush_response(esp_http_client_handle_t client, int* len) try {
  UPDRAFT_CLIENT(ESP_ERR_INVALID_ARG);
  const std::int64_t dropped = session->Flush();
  if (len != nullptr) *len = updraft::esp::AsInt(std::max<std::int64_t>(dropped, 0));
  return dropped >= 0 ? ESP_OK : ESP_FAIL;
}
UPDRAFT_NO_MEMORY(ESP_ERR_NO_MEM)

int esp_http_client_get_status_code(esp_http_client_handle_t client) {
  UPDRAFT_CLIENT(-1);
  return session->status();
}

std::int64_t esp_http_client_get_content_length(esp_http_client_handle_t client) {
  UPDRAFT_CLIENT(-1);
  return session->content_length();
}

std::int64_t esp_http_client_get_content_range(esp_http_client_handle_t client) {
  UPDRAFT_CLIENT(-1);
  return session->file_length();
}

esp_err_t esp_http_client_close(esp_http_client_handle_t client) try {
  UPDRAFT_CLIENT(ESP_ERR_INVALID_ARG);
  session->Close();
  return ESP_OK;
}
UPDRAFT_NO_MEMORY(ESP_ERR_NO_MEM)

esp_err_t esp_http_client_clear_response_buffer(esp_http_client_handle_t client) {
  UPDRAFT_CLIENT(ESP_ERR_INVALID_ARG);
  session->DropReceived();
  return ESP_OK;
}

esp_http_client_transport_t esp_http_client_get_transport_type(esp_http_client_handle_t client) {
  UPDRAFT_CLIENT(HTTP_TRANSPORT_UNKNOWN);
  const auto& target = session->settings().target;
  if (!target.is_spoken()) return HTTP_TRANSPORT_UNKNOWN;
  return target.is_https() ? HTTP_TRANSPORT_OVER_SSL : HTTP_TRANSPORT_OVER_TCP;
}

esp_err_t esp_http_client_set_redirection(esp_http_client_handle_t client) try {
  UPDRAFT_CLIENT(ESP_ERR_INVALID_ARG);
  return session->SetRedirection();
}
UPDRAFT_NO_MEMORY(ESP_ERR_NO_MEM)

esp_err_t esp_http_client_reset_redirect_counter(esp_http_client_handle_t client) {
  UPDRAFT_CLIENT(ESP_ERR_INVALID_ARG);
  session->ResetRedirects();
  return ESP_OK;
}

esp_err_t esp_http_client_set_auth_data(esp_http_client_handle_t client, const char* auth_data,
                                        int len) try {
  UPDRAFT_CLIENT(ESP_ERR_INVALID_ARG);
  if (auth_data == nullptr || len <= 0) return ESP_ERR_INVALID_ARG;
  return session->SetChallenge({auth_data, strnlen(auth_data, static_cast<std::size_t>(len))});
}
UPDRAFT_NO_MEMORY(ESP_ERR_NO_MEM)

esp_err_t esp_http_client_add_auth(esp_http_client_handle_t client) try {
  UPDRAFT_CLIENT(ESP_ERR_INVALID_ARG);
  return session->AddAuthorization();
}
UPDRAFT_NO_MEMORY(ESP_ERR_NO_MEM)

bool esp_http_client_is_complete_data_received(esp_http_client_handle_t client) {
  UPDRAFT_CLIENT(false);
  return session->is_complete();
}

esp_err_t esp_http_client_get_url(esp_http_client_handle_t client, char* url, const int len) try {
  UPDRAFT_CLIENT(ESP_ERR_INVALID_ARG);
  if (url == nullptr || len <= 0) return ESP_ERR_INVALID_ARG;
  const std::string text = session->settings().target.Url();
  if (text.size() >= static_cast<std::size_t>(len)) return ESP_ERR_INVALID_ARG;
  std::memcpy(url, text.c_str(), text.size() + 1);
  return ESP_OK;
}
UPDRAFT_NO_MEMORY(ESP_ERR_NO_MEM)

esp_err_t esp_http_client_get_chunk_length(esp_http_client_handle_t client, int* len) {
  UPDRAFT_CLIENT(ESP_ERR_INVALID_ARG);
  if (len == nullptr) return ESP_ERR_INVALID_ARG;
  if (session->decoder().chunk_left() == 0) return ESP_FAIL;
  *len = updraft::esp::AsInt(static_cast<std::int64_t>(session->decoder().chunk_left()));
  return ESP_OK;
}

esp_http_state_t esp_http_client_get_state(esp_http_client_handle_t client) {
  UPDRAFT_CLIENT(HTTP_STATE_UNINIT);
  return session->state();
}

bool esp_http_client_is_persistent_connection(esp_http_client_handle_t client) {
  UPDRAFT_CLIENT(false);
  return session->is_persistent();
}

int esp_http_client_get_socket(esp_http_client_handle_t client) {
  UPDRAFT_CLIENT(-1);
  return session->socket();
}
