// SPDX-License-Identifier: Apache-2.0
// esp_http_server.h: the calls that answer a request.
#include <esp_http_server.h>

#include <array>
#include <string_view>

#include "esp/src/http_exchange.h"
#include "esp/src/http_server.h"
#include "esp/src/no_memory.h"

namespace updraft::esp {
namespace {

constexpr std::array<HttpFault, HTTPD_ERR_CODE_MAX> kFaults{{
    {"500 Internal Server Error", "Server has encountered an unexpected error"},
    {"501 Method Not Implemented", "Server does not support this method"},
    {"505 Version Not Supported", "HTTP version not supported by server"},
    {"400 Bad Request", "Bad request syntax"},
    {"401 Unauthorized", "No permission -- see authorization schemes"},
    {"403 Forbidden", "Request forbidden -- authorization will not help"},
    {"404 Not Found", "Nothing matches the given URI"},
    {"405 Method Not Allowed", "Specified method is invalid for this resource"},
    {"408 Request Timeout", "Server closed this connection"},
    {"411 Length Required", "Client must specify Content-Length"},
    {"413 Content Too Large", "Content is too large"},
    {"414 URI Too Long", "URI is too long"},
    {"431 Request Header Fields Too Large", "Header fields are too long"},
}};

// The bytes of `text`, whose length may be left to its NUL.
std::string_view TextOf(const char* text, ssize_t size) {
  if (text == nullptr) return {};
  return size == HTTPD_RESP_USE_STRLEN ? std::string_view(text)
                                       : std::string_view(text, static_cast<std::size_t>(size));
}

esp_err_t SendError(HttpExchange& exchange, const char* status, std::string_view message) {
  esp_err_t error = exchange.SetStatus(status);
  if (error == ESP_OK) error = exchange.SetType(HTTPD_TYPE_TEXT);
  return error == ESP_OK ? exchange.Send(message) : error;
}

}  // namespace

const HttpFault& FaultOf(httpd_err_code_t error) {
  return kFaults[static_cast<std::size_t>(error)];
}

}  // namespace updraft::esp

using updraft::esp::ExchangeOf;
using updraft::esp::TextOf;

esp_err_t httpd_resp_send(httpd_req_t* r, const char* buf, ssize_t buf_len) try {
  auto* const exchange = ExchangeOf(r);
  if (exchange == nullptr || buf_len < HTTPD_RESP_USE_STRLEN) return ESP_ERR_INVALID_ARG;
  return exchange->Send(TextOf(buf, buf_len));
}
UPDRAFT_NO_MEMORY(ESP_ERR_NO_MEM)

esp_err_t httpd_resp_send_chunk(httpd_req_t* r, const char* buf, ssize_t buf_len) try {
  auto* const exchange = ExchangeOf(r);
  if (exchange == nullptr || buf_len < HTTPD_RESP_USE_STRLEN) return ESP_ERR_INVALID_ARG;
  return exchange->SendChunk(TextOf(buf, buf_len));
}
UPDRAFT_NO_MEMORY(ESP_ERR_NO_MEM)

esp_err_t httpd_resp_set_status(httpd_req_t* r, const char* status) try {
  auto* const exchange = ExchangeOf(r);
  if (exchange == nullptr || status == nullptr) return ESP_ERR_INVALID_ARG;
  return exchange->SetStatus(status);
}
UPDRAFT_NO_MEMORY(ESP_ERR_NO_MEM)

esp_err_t httpd_resp_set_type(httpd_req_t* r, const char* type) try {
  auto* const exchange = ExchangeOf(r);
  if (exchange == nullptr || type == nullptr) return ESP_ERR_INVALID_ARG;
  return exchange->SetType(type);
}
UPDRAFT_NO_MEMORY(ESP_ERR_NO_MEM)

esp_err_t httpd_resp_set_hdr(httpd_req_t* r, const char* field, const char* value) try {
  auto* const exchange = ExchangeOf(r);
  if (exchange == nullptr || field == nullptr || value == nullptr) return ESP_ERR_INVALID_ARG;
  return exchange->AddHeader(field, value);
}
UPDRAFT_NO_MEMORY(ESP_ERR_NO_MEM)

esp_err_t httpd_resp_send_err(httpd_req_t* req, httpd_err_code_t error, const char* msg) try {
  auto* const exchange = ExchangeOf(req);
  if (exchange == nullptr) return ESP_ERR_INVALID_ARG;
  const bool known = error >= HTTPD_500_INTERNAL_SERVER_ERROR && error < HTTPD_ERR_CODE_MAX;
  const auto& fault = updraft::esp::FaultOf(known ? error : HTTPD_500_INTERNAL_SERVER_ERROR);
  return updraft::esp::SendError(*exchange, fault.status, msg != nullptr ? msg : fault.message);
}
UPDRAFT_NO_MEMORY(ESP_ERR_NO_MEM)

esp_err_t httpd_resp_send_custom_err(httpd_req_t* req, const char* status, const char* msg) try {
  auto* const exchange = ExchangeOf(req);
  if (exchange == nullptr || status == nullptr || msg == nullptr) return ESP_ERR_INVALID_ARG;
  return updraft::esp::SendError(*exchange, status, msg);
}
UPDRAFT_NO_MEMORY(ESP_ERR_NO_MEM)
