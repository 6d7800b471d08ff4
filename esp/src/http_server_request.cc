// SPDX-License-Identifier: Apache-2.0
// esp_http_server.h: the calls with a request, as far as they read it.
#include <esp_http_server.h>
#include <strings.h>

#include <algorithm>
#include <string_view>

#include "esp/src/http_exchange.h"
#include "esp/src/no_memory.h"

namespace updraft::esp {
namespace {

// With its NUL; ESP_ERR_HTTPD_RESULT_TRUNC when only a part fits.
esp_err_t CopyText(std::string_view text, char* out, std::size_t size) {
  const std::size_t count = std::min(text.size(), size - 1);
  std::copy_n(text.begin(), count, out);
  out[count] = '\0';
  return count < text.size() ? ESP_ERR_HTTPD_RESULT_TRUNC : ESP_OK;
}

bool SameName(std::string_view a, std::string_view b) {
  return a.size() == b.size() && strncasecmp(a.data(), b.data(), a.size()) == 0;
}

// Cuts the next piece up to `separator` off the front of `rest`.
std::string_view NextPiece(std::string_view& rest, char separator) {
  const std::size_t end = std::min(rest.find(separator), rest.size());
  const std::string_view piece = rest.substr(0, end);
  rest.remove_prefix(std::min(end + 1, rest.size()));
  return piece;
}

}  // namespace
}  // namespace updraft::esp

using updraft::esp::CopyText;
using updraft::esp::ExchangeOf;

int httpd_req_recv(httpd_req_t* r, char* buf, std::size_t buf_len) {
  auto* const exchange = ExchangeOf(r);
  if (exchange == nullptr || buf == nullptr) return HTTPD_SOCK_ERR_INVALID;
  return exchange->ReceiveBody({reinterpret_cast<std::uint8_t*>(buf), buf_len});
}

int httpd_req_to_sockfd(httpd_req_t* r) {
  auto* const exchange = ExchangeOf(r);
  return exchange != nullptr ? exchange->stream().socket() : -1;
}

std::size_t httpd_req_get_hdr_value_len(httpd_req_t* r, const char* field) {
  auto* const exchange = ExchangeOf(r);
  if (exchange == nullptr || field == nullptr) return 0;
  const auto value = exchange->Header(field);
  return value ? value->size() : 0;
}

esp_err_t httpd_req_get_hdr_value_str(httpd_req_t* r, const char* field, char* val,
                                      std::size_t val_size) {
  auto* const exchange = ExchangeOf(r);
  if (exchange == nullptr || field == nullptr || val == nullptr || val_size == 0) {
    return ESP_ERR_INVALID_ARG;
  }
  const auto value = exchange->Header(field);
  return value ? CopyText(*value, val, val_size) : ESP_ERR_NOT_FOUND;
}

std::size_t httpd_req_get_url_query_len(httpd_req_t* r) {
  auto* const exchange = ExchangeOf(r);
  return exchange != nullptr ? exchange->query().size() : 0;
}

esp_err_t httpd_req_get_url_query_str(httpd_req_t* r, char* buf, std::size_t buf_len) {
  auto* const exchange = ExchangeOf(r);
  if (exchange == nullptr || buf == nullptr || buf_len == 0) return ESP_ERR_INVALID_ARG;
  if (exchange->query().empty()) return ESP_ERR_NOT_FOUND;
  return CopyText(exchange->query(), buf, buf_len);
}

esp_err_t httpd_query_key_value(const char* qry, const char* key, char* val,
                                std::size_t val_size) try {
  if (qry == nullptr || key == nullptr || val == nullptr || val_size == 0) {
    return ESP_ERR_INVALID_ARG;
  }
  for (std::string_view rest(qry); !rest.empty();) {
    const std::string_view pair = updraft::esp::NextPiece(rest, '&');
    const std::size_t equals = pair.find('=');
    if (equals == std::string_view::npos) continue;
    if (updraft::esp::SameName(pair.substr(0, equals), key)) {
      return CopyText(pair.substr(equals + 1), val, val_size);
    }
  }
  return ESP_ERR_NOT_FOUND;
}
UPDRAFT_NO_MEMORY(ESP_ERR_NO_MEM)

esp_err_t httpd_req_get_cookie_val(httpd_req_t* req, const char* cookie_name, char* val,
                                   std::size_t* val_size) try {
  auto* const exchange = ExchangeOf(req);
  if (exchange == nullptr || cookie_name == nullptr || val == nullptr || val_size == nullptr ||
      *val_size == 0) {
    return ESP_ERR_INVALID_ARG;
  }
  const auto cookies = exchange->Header("Cookie");
  std::string_view rest = cookies.value_or(std::string_view());
  while (!rest.empty()) {
    std::string_view pair = updraft::esp::NextPiece(rest, ';');
    pair.remove_prefix(std::min(pair.find_first_not_of(' '), pair.size()));
    const std::size_t equals = pair.find('=');
    if (equals == std::string_view::npos || pair.substr(0, equals) != cookie_name) continue;
    const std::string_view value = pair.substr(equals + 1);
    const esp_err_t error = CopyText(value, val, *val_size);
    *val_size = value.size() + 1;
    return error;
  }
  return ESP_ERR_NOT_FOUND;
}
UPDRAFT_NO_MEMORY(ESP_ERR_NO_MEM)
