// SPDX-License-Identifier: Apache-2.0
// What a client was configured with, copied out of esp_http_client_config_t: the
// program may free its own. Used by http_session.cc.
#pragma once

#include <esp_http_client.h>
#include <esp_tls_errors.h>

#include <chrono>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>

#include "esp/network_binding.h"
#include "esp/src/http_headers.h"
#include "esp/src/http_target.h"

namespace updraft::esp {

enum class ServerTrust : std::uint8_t { kNone, kSystem, kGlobalStore, kCertificates };

struct HttpSettings {
  HttpTarget target{};
  HttpHeaders headers{};
  std::optional<std::string> user{};
  std::optional<std::string> password{};
  esp_http_client_auth_type_t authentication = HTTP_AUTH_TYPE_NONE;
  ServerTrust trust = ServerTrust::kNone;
  // What a damaged certificate or key is told as when a connection is made; ESP_OK.
  esp_err_t tls_fault = ESP_OK;
  // Without the global store, which is asked when a connection is made.
  ConnectionSettings connection{};
  esp_http_client_method_t method = HTTP_METHOD_GET;
  http_event_handle_cb event_handler = nullptr;
  void* user_data = nullptr;
  bool follows_redirects = true;
  bool asynchronous = false;
  int max_redirects = 10;
  int max_authorizations = 10;
  std::size_t receive_buffer = DEFAULT_HTTP_BUF_SIZE;
  std::size_t transmit_buffer = DEFAULT_HTTP_BUF_SIZE;
};

// nullptr when it cannot be: no host and no URL, or one that is none.
std::unique_ptr<HttpSettings> MakeHttpSettings(const esp_http_client_config_t& config);

}  // namespace updraft::esp
