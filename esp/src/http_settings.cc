// SPDX-License-Identifier: Apache-2.0
#include "esp/src/http_settings.h"

#include <esp_log.h>
#include <net/if.h>

#include <cstring>
#include <utility>

#include "esp/src/pem.h"

namespace updraft::esp {
namespace {

constexpr const char* kTag = "HTTP_CLIENT";
constexpr const char* kUserAgent = "ESP32 HTTP Client/1.0";
constexpr std::chrono::milliseconds kUsualTimeout{5000};

std::string_view TextOf(const char* text) { return text != nullptr ? text : ""; }

std::optional<std::string> OptionalText(const char* text) {
  return text != nullptr ? std::optional<std::string>(text) : std::nullopt;
}

int OrUsual(int value, int usual) { return value == 0 ? usual : value; }

std::size_t BufferOf(int size) {
  return size > 0 ? static_cast<std::size_t>(size) : DEFAULT_HTTP_BUF_SIZE;
}

// Host and path go before a URL, as ESP-IDF says; so does its order of members.
std::optional<ParsedTarget> TargetOf(const esp_http_client_config_t& config) {
  std::optional<ParsedTarget> target;
  if (config.url != nullptr) target = ParseTarget(config.url, nullptr);
  if (config.url == nullptr && config.host != nullptr && config.path != nullptr) {
    target = MakeTarget(config.transport_type == HTTP_TRANSPORT_OVER_SSL, config.host, config.port,
                        config.path, TextOf(config.query));
  }
  return target;
}

// As ESP-IDF names a host that stands beside a URL.
std::string HostFieldOf(std::string_view host, int port) {
  std::string field(host);
  if (host.find(':') != std::string_view::npos && host.front() != '[') field = "[" + field + "]";
  if (port > 0 && port != 80 && port != 443) field += ":" + std::to_string(port);
  return field;
}

// The first damage found is what the connection fails with.
void Note(HttpSettings& settings, esp_err_t fault) {
  if (settings.tls_fault == ESP_OK) settings.tls_fault = fault;
}

void TakeTrust(const esp_http_client_config_t& config, HttpSettings& settings) {
  if (config.crt_bundle_attach != nullptr) {
    settings.trust = ServerTrust::kSystem;
  } else if (config.use_global_ca_store) {
    settings.trust = ServerTrust::kGlobalStore;
  } else if (config.cert_pem != nullptr) {
    settings.trust = ServerTrust::kCertificates;
    auto pem = CertificatesAsPem(config.cert_pem, config.cert_len);
    if (!pem) Note(settings, ESP_ERR_MBEDTLS_X509_CRT_PARSE_FAILED);
    settings.connection.trusted_pem = std::move(pem).value_or("");
  }
}

void TakeClientKey(const esp_http_client_config_t& config, HttpSettings& settings) {
  ConnectionSettings& connection = settings.connection;
  std::optional<std::string> pem;
  std::string_view password(
      config.client_key_password != nullptr ? config.client_key_password : "",
      config.client_key_password != nullptr ? config.client_key_password_len : 0);
  const esp_key_config_t* const key = config.client_key;
  if (key != nullptr && key->source == ESP_KEY_SOURCE_BUFFER) {
    pem = PrivateKeyAsPem(key->buffer.data, key->buffer.len);
    if (key->buffer.password != nullptr) {
      password = {key->buffer.password, key->buffer.password_len};
    }
  } else if (key != nullptr && key->source == ESP_KEY_SOURCE_PSA) {
    ESP_LOGE(kTag, "Keys of a PSA key store are not supported here, give the key in a buffer");
  } else if (config.client_key_pem != nullptr) {
    pem = PrivateKeyAsPem(config.client_key_pem, config.client_key_len);
  } else {
    return;
  }
  if (!pem) Note(settings, ESP_ERR_MBEDTLS_PK_PARSE_KEY_FAILED);
  connection.key_pem = std::move(pem).value_or("");
  connection.key_password = password;
}

void TakeClient(const esp_http_client_config_t& config, HttpSettings& settings) {
  TakeClientKey(config, settings);
  if (config.ds_data != nullptr) {
    ESP_LOGE(kTag, "The digital signature peripheral is not supported here");
    Note(settings, ESP_ERR_MBEDTLS_PK_PARSE_KEY_FAILED);
  }
  if (config.client_cert_pem == nullptr) return;
  auto pem = CertificatesAsPem(config.client_cert_pem, config.client_cert_len);
  if (!pem) Note(settings, ESP_ERR_MBEDTLS_X509_CRT_PARSE_FAILED);
  settings.connection.certificate_pem = std::move(pem).value_or("");
}

bool TakeConnection(const esp_http_client_config_t& config, HttpSettings& settings) {
  ConnectionSettings& connection = settings.connection;
  connection.skip_name_check = config.skip_cert_common_name_check;
  connection.verified_name = TextOf(config.common_name);
  if (config.tls_version == ESP_HTTP_CLIENT_TLS_VER_TLS_1_2) {
    connection.versions = TlsVersions::kOnly12;
  } else if (config.tls_version == ESP_HTTP_CLIENT_TLS_VER_TLS_1_3) {
    connection.versions = TlsVersions::kOnly13;
  }
  switch (config.addr_type) {
    case HTTP_ADDR_TYPE_UNSPEC: break;
    case HTTP_ADDR_TYPE_INET: connection.family = AddressFamily::kIpv4; break;
    case HTTP_ADDR_TYPE_INET6: connection.family = AddressFamily::kIpv6; break;
    default: return false;
  }
  if (config.alpn_protos != nullptr) {
    for (const char** name = config.alpn_protos; *name != nullptr; ++name) {
      connection.protocols.emplace_back(*name);
    }
  }
  if (config.if_name != nullptr) {
    const char* const name = config.if_name->ifr_name;
    connection.interface_name.assign(name, strnlen(name, IFNAMSIZ));
  }
  connection.keep_alive = config.keep_alive_enable;
  connection.keep_alive_idle = std::chrono::seconds(OrUsual(config.keep_alive_idle, 5));
  connection.keep_alive_interval = std::chrono::seconds(OrUsual(config.keep_alive_interval, 5));
  connection.keep_alive_count = OrUsual(config.keep_alive_count, 3);
  connection.timeout =
      config.timeout_ms > 0 ? std::chrono::milliseconds(config.timeout_ms) : kUsualTimeout;
  return config.transport == nullptr;
}

}  // namespace

std::unique_ptr<HttpSettings> MakeHttpSettings(const esp_http_client_config_t& config) {
  std::optional<ParsedTarget> target = TargetOf(config);
  if (!target) {
    ESP_LOGE(kTag, "config should have either URL or host & path");
    return nullptr;
  }
  auto settings = std::make_unique<HttpSettings>();
  settings->target = target->target;
  settings->user = target->user.has_value() ? target->user : OptionalText(config.username);
  settings->password = target->user.has_value() ? target->password : OptionalText(config.password);
  settings->authentication = config.auth_type;
  const bool both = config.host != nullptr && config.path != nullptr && config.url != nullptr;
  const std::string host =
      both ? HostFieldOf(config.host, config.port) : settings->target.HostField();
  const bool sound =
      settings->headers.Set("User-Agent",
                            config.user_agent != nullptr ? config.user_agent : kUserAgent) &&
      settings->headers.Set("Host", host) && TakeConnection(config, *settings) &&
      config.method >= HTTP_METHOD_GET && config.method < HTTP_METHOD_MAX;
  if (!sound) return nullptr;
  TakeTrust(config, *settings);
  TakeClient(config, *settings);
  settings->method = config.method;
  settings->event_handler = config.event_handler;
  settings->user_data = config.user_data;
  settings->follows_redirects = !config.disable_auto_redirect;
  settings->asynchronous = config.is_async;
  settings->max_redirects = OrUsual(config.max_redirection_count, 10);
  settings->max_authorizations =
      config.max_authorization_retries == -1 ? 0 : OrUsual(config.max_authorization_retries, 10);
  settings->receive_buffer = BufferOf(config.buffer_size);
  settings->transmit_buffer = BufferOf(config.buffer_size_tx);
  return settings;
}

}  // namespace updraft::esp
