// SPDX-License-Identifier: Apache-2.0
// esp_https_server.h.
#include <esp_https_server.h>
#include <esp_log.h>

#include "esp/src/http_server.h"
#include "esp/src/no_memory.h"
#include "esp/src/pem.h"

namespace updraft::esp {
namespace {

constexpr const char* kTag = "esp_https_server";

// ESP_ERR_INVALID_ARG, with a line in the log, for what is no certificate or key.
esp_err_t TakeIdentity(const httpd_ssl_config_t& config, ListenSettings& settings) {
  if (config.servercert == nullptr || config.prvtkey_pem == nullptr) {
    ESP_LOGE(kTag, "expected servercert and prvtkey_pem, found %s",
             config.servercert != nullptr ? "no key" : "no certificate");
    return ESP_ERR_INVALID_ARG;
  }
  const auto certificate = CertificatesAsPem(config.servercert, config.servercert_len);
  const auto key = PrivateKeyAsPem(config.prvtkey_pem, config.prvtkey_len);
  if (!certificate || !key) {
    ESP_LOGE(kTag, "%s: expected PEM with its NUL, or DER, found something else",
             certificate ? "prvtkey_pem" : "servercert");
    return ESP_ERR_INVALID_ARG;
  }
  settings.certificate_pem = *certificate;
  settings.key_pem = *key;
  if (config.cacert_pem == nullptr) return ESP_OK;
  const auto authorities = CertificatesAsPem(config.cacert_pem, config.cacert_len);
  if (!authorities) {
    ESP_LOGE(kTag, "cacert_pem: expected PEM with its NUL, or DER, found something else");
    return ESP_ERR_INVALID_ARG;
  }
  settings.client_authorities_pem = *authorities;
  return ESP_OK;
}

}  // namespace
}  // namespace updraft::esp

esp_err_t httpd_ssl_start(httpd_handle_t* handle, httpd_ssl_config_t* config) try {
  if (handle == nullptr || config == nullptr || config->httpd.max_open_sockets == 0) {
    return ESP_ERR_INVALID_ARG;
  }
  if (config->use_ecdsa_peripheral || config->use_secure_element) return ESP_ERR_NOT_SUPPORTED;
  updraft::esp::ListenSettings settings;
  settings.backlog = config->httpd.backlog_conn;
  settings.receive_timeout = std::chrono::seconds(config->httpd.recv_wait_timeout);
  settings.send_timeout = std::chrono::seconds(config->httpd.send_wait_timeout);
  const bool secure = config->transport_mode == HTTPD_SSL_TRANSPORT_SECURE;
  settings.port = secure ? config->port_secure : config->port_insecure;
  if (secure) {
    const esp_err_t error = updraft::esp::TakeIdentity(*config, settings);
    if (error != ESP_OK) return error;
  }
  return updraft::esp::StartHttpServer(config->httpd, settings, handle);
}
UPDRAFT_NO_MEMORY(ESP_ERR_NO_MEM)

esp_err_t httpd_ssl_stop(httpd_handle_t handle) { return httpd_stop(handle); }
