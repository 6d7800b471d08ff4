// SPDX-License-Identifier: Apache-2.0
// The HTTP server over TLS. Implemented in esp/src/https_server.cc.
#pragma once

#include <esp_err.h>
#include <esp_http_server.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

typedef enum {
  HTTPD_SSL_TRANSPORT_SECURE,
  HTTPD_SSL_TRANSPORT_INSECURE,
} httpd_ssl_transport_mode_t;

// Certificates and key are PEM with its NUL, or DER; they are copied.
struct httpd_ssl_config {
  httpd_config_t httpd;
  const uint8_t* servercert;  // and what leads to its authority
  size_t servercert_len;
  const uint8_t* cacert_pem;  // whose clients are let in; NULL: all
  size_t cacert_len;
  const uint8_t* prvtkey_pem;
  size_t prvtkey_len;
  bool use_ecdsa_peripheral;  // ESP_ERR_NOT_SUPPORTED
  bool use_secure_element;    // ESP_ERR_NOT_SUPPORTED
  httpd_ssl_transport_mode_t transport_mode;
  uint16_t port_secure;
  uint16_t port_insecure;
  bool session_tickets;
  void* ssl_userdata;
  const char** alpn_protos;  // not used
};
typedef struct httpd_ssl_config httpd_ssl_config_t;

#define HTTPD_SSL_CONFIG_DEFAULT()                                                                 \
  {                                                                                                \
    .httpd = {.task_priority = tskIDLE_PRIORITY + 5,                                               \
              .stack_size = 10240,                                                                 \
              .core_id = tskNO_AFFINITY,                                                           \
              .task_caps = 0,                                                                      \
              .server_port = 0,                                                                    \
              .ctrl_port = 32769,                                                                  \
              .max_open_sockets = 4,                                                               \
              .max_uri_handlers = 8,                                                               \
              .max_resp_headers = 8,                                                               \
              .backlog_conn = 5,                                                                   \
              .lru_purge_enable = true,                                                            \
              .recv_wait_timeout = 5,                                                              \
              .send_wait_timeout = 5,                                                              \
              .global_user_ctx = NULL,                                                             \
              .global_user_ctx_free_fn = NULL,                                                     \
              .global_transport_ctx = NULL,                                                        \
              .global_transport_ctx_free_fn = NULL,                                                \
              .enable_so_linger = false,                                                           \
              .linger_timeout = 0,                                                                 \
              .keep_alive_enable = false,                                                          \
              .keep_alive_idle = 0,                                                                \
              .keep_alive_interval = 0,                                                            \
              .keep_alive_count = 0,                                                               \
              .open_fn = NULL,                                                                     \
              .close_fn = NULL,                                                                    \
              .uri_match_fn = NULL},                                                               \
    .servercert = NULL, .servercert_len = 0, .cacert_pem = NULL, .cacert_len = 0,                  \
    .prvtkey_pem = NULL, .prvtkey_len = 0, .use_ecdsa_peripheral = false,                          \
    .use_secure_element = false, .transport_mode = HTTPD_SSL_TRANSPORT_SECURE, .port_secure = 443, \
    .port_insecure = 80, .session_tickets = false, .ssl_userdata = NULL, .alpn_protos = NULL       \
  }

// As httpd_start; ESP_ERR_INVALID_ARG when certificate or key is missing or none.
esp_err_t httpd_ssl_start(httpd_handle_t* handle, httpd_ssl_config_t* config);
esp_err_t httpd_ssl_stop(httpd_handle_t handle);

#ifdef __cplusplus
}
#endif
