// SPDX-License-Identifier: Apache-2.0
// ESP-IDF's HTTP server: handlers by URI and method, called one at a time in the
// server's task. Implemented in esp/src/http_server*.cc. Not there: WebSockets,
// asynchronous handlers, overrides of a session's socket calls.
#pragma once

#include <esp_err.h>
#include <freertos/FreeRTOS.h>
#include <limits.h>
#include <sdkconfig.h>
#include <stdbool.h>
#include <stdint.h>
#include <string.h>
#include <sys/types.h>

#ifdef __cplusplus
extern "C" {
#endif

#define ESP_ERR_HTTPD_BASE 0xb000
#define ESP_ERR_HTTPD_HANDLERS_FULL (ESP_ERR_HTTPD_BASE + 1)
#define ESP_ERR_HTTPD_HANDLER_EXISTS (ESP_ERR_HTTPD_BASE + 2)
#define ESP_ERR_HTTPD_INVALID_REQ (ESP_ERR_HTTPD_BASE + 3)
#define ESP_ERR_HTTPD_RESULT_TRUNC (ESP_ERR_HTTPD_BASE + 4)
#define ESP_ERR_HTTPD_RESP_HDR (ESP_ERR_HTTPD_BASE + 5)
#define ESP_ERR_HTTPD_RESP_SEND (ESP_ERR_HTTPD_BASE + 6)
#define ESP_ERR_HTTPD_ALLOC_MEM (ESP_ERR_HTTPD_BASE + 7)
#define ESP_ERR_HTTPD_TASK (ESP_ERR_HTTPD_BASE + 8)

#define HTTPD_SOCK_ERR_FAIL (-1)
#define HTTPD_SOCK_ERR_INVALID (-2)
#define HTTPD_SOCK_ERR_TIMEOUT (-3)

// Fixed: the library has one httpd_req_t.
#define HTTPD_MAX_URI_LEN 512
#define HTTPD_MAX_REQ_HDR_LEN 8192

#define HTTPD_RESP_USE_STRLEN (-1)

#define HTTPD_200 "200 OK"
#define HTTPD_204 "204 No Content"
#define HTTPD_207 "207 Multi-Status"
#define HTTPD_400 "400 Bad Request"
#define HTTPD_404 "404 Not Found"
#define HTTPD_408 "408 Request Timeout"
#define HTTPD_500 "500 Internal Server Error"

#define HTTPD_TYPE_JSON "application/json"
#define HTTPD_TYPE_TEXT "text/html"
#define HTTPD_TYPE_OCTET "application/octet-stream"

enum http_method {
  HTTP_DELETE = 0,
  HTTP_GET = 1,
  HTTP_HEAD = 2,
  HTTP_POST = 3,
  HTTP_PUT = 4,
  HTTP_CONNECT = 5,
  HTTP_OPTIONS = 6,
  HTTP_TRACE = 7,
  HTTP_COPY = 8,
  HTTP_LOCK = 9,
  HTTP_MKCOL = 10,
  HTTP_MOVE = 11,
  HTTP_PROPFIND = 12,
  HTTP_PROPPATCH = 13,
  HTTP_SEARCH = 14,
  HTTP_UNLOCK = 15,
  HTTP_PATCH = 28,
};
typedef enum http_method httpd_method_t;
#define HTTP_ANY INT_MAX

typedef void* httpd_handle_t;
typedef void (*httpd_free_ctx_fn_t)(void* ctx);
typedef esp_err_t (*httpd_open_func_t)(httpd_handle_t hd, int sockfd);
typedef void (*httpd_close_func_t)(httpd_handle_t hd, int sockfd);
typedef bool (*httpd_uri_match_func_t)(const char* reference_uri, const char* uri_to_match,
                                       size_t match_upto);
typedef void (*httpd_work_fn_t)(void* arg);

typedef struct httpd_config {
  unsigned task_priority;
  size_t stack_size;
  BaseType_t core_id;
  uint32_t task_caps;
  uint16_t server_port;  // 0: any; the log tells which
  uint16_t ctrl_port;    // not used
  uint16_t max_open_sockets;
  uint16_t max_uri_handlers;
  uint16_t max_resp_headers;
  uint16_t backlog_conn;
  bool lru_purge_enable;       // when all sockets are open, the longest idle one goes
  uint16_t recv_wait_timeout;  // seconds
  uint16_t send_wait_timeout;  // seconds
  void* global_user_ctx;
  httpd_free_ctx_fn_t global_user_ctx_free_fn;
  void* global_transport_ctx;
  httpd_free_ctx_fn_t global_transport_ctx_free_fn;
  bool enable_so_linger;
  int linger_timeout;
  bool keep_alive_enable;
  int keep_alive_idle;
  int keep_alive_interval;
  int keep_alive_count;
  httpd_open_func_t open_fn;            // ESP_OK, or the connection is closed
  httpd_close_func_t close_fn;          // the server closes the socket itself, afterwards
  httpd_uri_match_func_t uri_match_fn;  // NULL: equal
} httpd_config_t;

#define HTTPD_DEFAULT_CONFIG()                                                                  \
  {                                                                                             \
    .task_priority = tskIDLE_PRIORITY + 5, .stack_size = 4096, .core_id = tskNO_AFFINITY,       \
    .task_caps = 0, .server_port = 80, .ctrl_port = 32768, .max_open_sockets = 7,               \
    .max_uri_handlers = 8, .max_resp_headers = 8, .backlog_conn = 5, .lru_purge_enable = false, \
    .recv_wait_timeout = 5, .send_wait_timeout = 5, .global_user_ctx = NULL,                    \
    .global_user_ctx_free_fn = NULL, .global_transport_ctx = NULL,                              \
    .global_transport_ctx_free_fn = NULL, .enable_so_linger = false, .linger_timeout = 0,       \
    .keep_alive_enable = false, .keep_alive_idle = 0, .keep_alive_interval = 0,                 \
    .keep_alive_count = 0, .open_fn = NULL, .close_fn = NULL, .uri_match_fn = NULL              \
  }

typedef struct httpd_req {
  httpd_handle_t handle;
  int method;  // httpd_method_t
  const char uri[HTTPD_MAX_URI_LEN + 1];
  size_t content_len;            // bytes of the body
  void* aux;                     // the server's
  void* user_ctx;                // of the handler
  void* sess_ctx;                // of the connection: what a handler puts here stays there
  httpd_free_ctx_fn_t free_ctx;  // frees it; NULL: free()
  bool ignore_sess_ctx_changes;
} httpd_req_t;

typedef struct httpd_uri {
  const char* uri;
  httpd_method_t method;
  esp_err_t (*handler)(httpd_req_t* r);  // other than ESP_OK: the connection is closed
  void* user_ctx;
} httpd_uri_t;

typedef enum {
  HTTPD_500_INTERNAL_SERVER_ERROR = 0,
  HTTPD_501_METHOD_NOT_IMPLEMENTED,
  HTTPD_505_VERSION_NOT_SUPPORTED,
  HTTPD_400_BAD_REQUEST,
  HTTPD_401_UNAUTHORIZED,
  HTTPD_403_FORBIDDEN,
  HTTPD_404_NOT_FOUND,
  HTTPD_405_METHOD_NOT_ALLOWED,
  HTTPD_408_REQ_TIMEOUT,
  HTTPD_411_LENGTH_REQUIRED,
  HTTPD_413_CONTENT_TOO_LARGE,
  HTTPD_414_URI_TOO_LONG,
  HTTPD_431_REQ_HDR_FIELDS_TOO_LARGE,
  HTTPD_ERR_CODE_MAX
} httpd_err_code_t;
typedef esp_err_t (*httpd_err_handler_func_t)(httpd_req_t* req, httpd_err_code_t error);

// ESP_ERR_INVALID_ARG, ESP_FAIL when the port is not to be had, ESP_ERR_HTTPD_TASK.
esp_err_t httpd_start(httpd_handle_t* handle, const httpd_config_t* config);
// Returns when the handler under way has. Not from a handler: ESP_ERR_INVALID_STATE.
esp_err_t httpd_stop(httpd_handle_t handle);

// ESP_ERR_HTTPD_HANDLER_EXISTS, ESP_ERR_HTTPD_HANDLERS_FULL. All is copied.
esp_err_t httpd_register_uri_handler(httpd_handle_t handle, const httpd_uri_t* uri_handler);
esp_err_t httpd_unregister_uri_handler(httpd_handle_t handle, const char* uri,
                                       httpd_method_t method);
esp_err_t httpd_unregister_uri(httpd_handle_t handle, const char* uri);
// NULL: the default again, which answers and closes the connection.
esp_err_t httpd_register_err_handler(httpd_handle_t handle, httpd_err_code_t error,
                                     httpd_err_handler_func_t handler_fn);
// "*" at the end of the reference matches anything, "?" before it also nothing.
bool httpd_uri_match_wildcard(const char* uri_template, const char* uri_to_match,
                              size_t match_upto);
// Calls `work` in the server's task.
esp_err_t httpd_queue_work(httpd_handle_t handle, httpd_work_fn_t work, void* arg);
void* httpd_get_global_user_ctx(httpd_handle_t handle);
void* httpd_get_global_transport_ctx(httpd_handle_t handle);
esp_err_t httpd_sess_trigger_close(httpd_handle_t handle, int sockfd);

// The next bytes of the body: 0 when there are no more, or HTTPD_SOCK_ERR_*.
int httpd_req_recv(httpd_req_t* r, char* buf, size_t buf_len);
int httpd_req_to_sockfd(httpd_req_t* r);
// 0 when there is none.
size_t httpd_req_get_hdr_value_len(httpd_req_t* r, const char* field);
// ESP_ERR_NOT_FOUND; ESP_ERR_HTTPD_RESULT_TRUNC: what fits is there, with its NUL.
esp_err_t httpd_req_get_hdr_value_str(httpd_req_t* r, const char* field, char* val,
                                      size_t val_size);
size_t httpd_req_get_url_query_len(httpd_req_t* r);
esp_err_t httpd_req_get_url_query_str(httpd_req_t* r, char* buf, size_t buf_len);
// As it is in the URL, not decoded.
esp_err_t httpd_query_key_value(const char* qry, const char* key, char* val, size_t val_size);
// `val_size`: in: the size of `val`, out: bytes of the value with its NUL.
esp_err_t httpd_req_get_cookie_val(httpd_req_t* req, const char* cookie_name, char* val,
                                   size_t* val_size);

// One answer for each request; then ESP_ERR_HTTPD_RESP_SEND.
esp_err_t httpd_resp_send(httpd_req_t* r, const char* buf, ssize_t buf_len);
// The last piece is empty.
esp_err_t httpd_resp_send_chunk(httpd_req_t* r, const char* buf, ssize_t buf_len);
// Before the first byte is sent. Line ends in a value are ESP_ERR_INVALID_ARG.
esp_err_t httpd_resp_set_status(httpd_req_t* r, const char* status);
esp_err_t httpd_resp_set_type(httpd_req_t* r, const char* type);
esp_err_t httpd_resp_set_hdr(httpd_req_t* r, const char* field, const char* value);
// `msg` NULL: what the code means.
esp_err_t httpd_resp_send_err(httpd_req_t* req, httpd_err_code_t error, const char* msg);
esp_err_t httpd_resp_send_custom_err(httpd_req_t* req, const char* status, const char* msg);

static inline esp_err_t httpd_resp_sendstr(httpd_req_t* r, const char* str) {
  return httpd_resp_send(r, str, (str == NULL) ? 0 : HTTPD_RESP_USE_STRLEN);
}
static inline esp_err_t httpd_resp_sendstr_chunk(httpd_req_t* r, const char* str) {
  return httpd_resp_send_chunk(r, str, (str == NULL) ? 0 : HTTPD_RESP_USE_STRLEN);
}
static inline esp_err_t httpd_resp_send_404(httpd_req_t* r) {
  return httpd_resp_send_err(r, HTTPD_404_NOT_FOUND, NULL);
}
static inline esp_err_t httpd_resp_send_408(httpd_req_t* r) {
  return httpd_resp_send_err(r, HTTPD_408_REQ_TIMEOUT, NULL);
}
static inline esp_err_t httpd_resp_send_500(httpd_req_t* r) {
  return httpd_resp_send_err(r, HTTPD_500_INTERNAL_SERVER_ERROR, NULL);
}

#ifdef __cplusplus
}
#endif
