// SPDX-License-Identifier: Apache-2.0
// ESP-IDF's HTTP client, over Updraft's parser and the host's TLS. Implemented in
// esp/src/http_*.cc. One task at a time uses a client; a handle that is none, or no
// more, is an error. Blocking: a wait ends after timeout_ms. What differs from
// ESP-IDF on purpose stands in docs/esp-idf.md.
#pragma once

#include <errno.h>  // as of lwIP's sockets: programs read it after a read
#include <esp_err.h>
#include <esp_event.h>
#include <esp_key_config.h>
#include <freertos/FreeRTOS.h>
#include <sdkconfig.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/socket.h>

#ifdef __cplusplus
extern "C" {
#endif

#define DEFAULT_HTTP_BUF_SIZE (512)

ESP_EVENT_DECLARE_BASE(ESP_HTTP_CLIENT_EVENT);

typedef struct esp_http_client* esp_http_client_handle_t;
typedef struct esp_http_client_event* esp_http_client_event_handle_t;

typedef enum {
  HTTP_EVENT_ERROR = 0,
  HTTP_EVENT_ON_CONNECTED,  // set_header still changes this request
  HTTP_EVENT_HEADERS_SENT,
  HTTP_EVENT_HEADER_SENT = HTTP_EVENT_HEADERS_SENT,
  HTTP_EVENT_ON_HEADER,
  HTTP_EVENT_ON_HEADERS_COMPLETE,
  HTTP_EVENT_ON_STATUS_CODE,  // data: int
  HTTP_EVENT_ON_DATA,         // each byte of the body once
  HTTP_EVENT_ON_FINISH,       // from perform only
  HTTP_EVENT_DISCONNECTED,    // data: esp_tls_error_handle_t, as of ERROR
  HTTP_EVENT_REDIRECT,
} esp_http_client_event_id_t;

typedef struct esp_http_client_on_data {
  esp_http_client_handle_t client;
  int64_t data_process;  // bytes of this body, these included
} esp_http_client_on_data_t;

typedef struct esp_http_client_redirect_event_data {
  esp_http_client_handle_t client;
  int status_code;
} esp_http_client_redirect_event_data_t;

typedef struct esp_http_client_event {
  esp_http_client_event_id_t event_id;
  esp_http_client_handle_t client;
  void* data;
  int data_len;
  void* user_data;
  char* header_key;
  char* header_value;
} esp_http_client_event_t;

typedef enum {
  HTTP_TRANSPORT_UNKNOWN = 0x0,
  HTTP_TRANSPORT_OVER_TCP,
  HTTP_TRANSPORT_OVER_SSL,
} esp_http_client_transport_t;

typedef enum {
  ESP_HTTP_CLIENT_TLS_VER_ANY = 0,
  ESP_HTTP_CLIENT_TLS_VER_TLS_1_2 = 1,
  ESP_HTTP_CLIENT_TLS_VER_TLS_1_3 = 2,
  ESP_HTTP_CLIENT_TLS_VER_MAX = 3,
} esp_http_client_proto_ver_t;

// Its return value is not looked at. It may call any function with the client but
// perform, read and cleanup.
typedef esp_err_t (*http_event_handle_cb)(esp_http_client_event_t* evt);

typedef enum {
  HTTP_METHOD_GET = 0,
  HTTP_METHOD_POST,
  HTTP_METHOD_PUT,
  HTTP_METHOD_PATCH,
  HTTP_METHOD_DELETE,
  HTTP_METHOD_HEAD,
  HTTP_METHOD_NOTIFY,
  HTTP_METHOD_SUBSCRIBE,
  HTTP_METHOD_UNSUBSCRIBE,
  HTTP_METHOD_OPTIONS,
  HTTP_METHOD_COPY,
  HTTP_METHOD_MOVE,
  HTTP_METHOD_LOCK,
  HTTP_METHOD_UNLOCK,
  HTTP_METHOD_PROPFIND,
  HTTP_METHOD_PROPPATCH,
  HTTP_METHOD_MKCOL,
  HTTP_METHOD_REPORT,
  HTTP_METHOD_MAX,
} esp_http_client_method_t;

typedef enum {
  HTTP_AUTH_TYPE_NONE = 0,
  HTTP_AUTH_TYPE_BASIC,
  HTTP_AUTH_TYPE_DIGEST,
} esp_http_client_auth_type_t;

typedef enum {
  HTTP_ADDR_TYPE_UNSPEC = AF_UNSPEC,
  HTTP_ADDR_TYPE_INET = AF_INET,
  HTTP_ADDR_TYPE_INET6 = AF_INET6,
} esp_http_client_addr_type_t;

typedef enum {
  HTTP_TLS_DYN_BUF_NONE = 0,
  HTTP_TLS_DYN_BUF_RX_STATIC,
  HTTP_TLS_DYN_BUF_STRATEGY_MAX,
} esp_http_client_tls_dyn_buf_strategy_t;

typedef enum {
  HTTP_STATE_UNINIT = 0,
  HTTP_STATE_INIT,
  HTTP_STATE_CONNECTING,
  HTTP_STATE_CONNECTED,
  HTTP_STATE_REQ_COMPLETE_HEADER,
  HTTP_STATE_REQ_COMPLETE_DATA,
  HTTP_STATE_RES_COMPLETE_HEADER,
  HTTP_STATE_RES_ON_DATA_START,
  HTTP_STATE_RES_COMPLETE_DATA,
  HTTP_STATE_CLOSE,
} esp_http_state_t;

struct ifreq;
struct esp_transport_item_t;

// Zero or NULL is the default. Strings, certificates and keys are copied at init.
// Members that ESP-IDF has by an option are always here.
typedef struct {
  const char* url;  // goes before host, port, path, query
  const char* host;
  int port;  // 0: 80 or 443
  const char* username;
  const char* password;
  esp_http_client_auth_type_t auth_type;
  const char* path;
  const char* query;
  union {
    const char* cert_pem;  // who is trusted; one or several certificates
    const char* cert_der;
  };
  size_t cert_len;  // bytes, of PEM with its NUL; 0: PEM that ends with a NUL
  union {
    const char* client_cert_pem;
    const char* client_cert_der;
  };
  size_t client_cert_len;
  const char* client_key_pem;  // or DER
  size_t client_key_len;
  const esp_key_config_t* client_key;  // goes before client_key_pem
  const char* client_key_password;
  size_t client_key_password_len;
  esp_http_client_proto_ver_t tls_version;
  const char* user_agent;  // NULL: "ESP32 HTTP Client/1.0"
  esp_http_client_method_t method;
  int timeout_ms;  // of connecting, and of each wait for a byte; 0: 5000
  bool disable_auto_redirect;
  int max_redirection_count;      // 0: 10
  int max_authorization_retries;  // 0: 10; -1: none
  http_event_handle_cb event_handler;
  esp_http_client_transport_t transport_type;
  int buffer_size;     // bytes of a body in one event at most; 0: 512
  int buffer_size_tx;  // the request line and each header line must fit; 0: 512
  void* user_data;
  bool is_async;  // https: the first call says that it is not done
  bool use_global_ca_store;
  bool skip_cert_common_name_check;
  const char* common_name;  // verified, and told to the server, instead of the host
  esp_err_t (*crt_bundle_attach)(void* conf);  // any function: the system's authorities
  bool keep_alive_enable;
  int keep_alive_idle;      // seconds; 0: 5
  int keep_alive_interval;  // seconds; 0: 5
  int keep_alive_count;     // 0: 3
  struct ifreq* if_name;
  const char** alpn_protos;                // ends with NULL
  void* ds_data;                           // refused when a connection is made
  bool save_client_session;                // sessions are always kept
  struct esp_transport_item_t* transport;  // refused at init
  esp_http_client_addr_type_t addr_type;
  esp_http_client_tls_dyn_buf_strategy_t tls_dyn_buf_strategy;  // without effect
} esp_http_client_config_t;

typedef enum {
  HttpStatus_Ok = 200,
  HttpStatus_PartialContent = 206,
  HttpStatus_MultipleChoices = 300,
  HttpStatus_MovedPermanently = 301,
  HttpStatus_Found = 302,
  HttpStatus_SeeOther = 303,
  HttpStatus_NotModified = 304,
  HttpStatus_TemporaryRedirect = 307,
  HttpStatus_PermanentRedirect = 308,
  HttpStatus_BadRequest = 400,
  HttpStatus_Unauthorized = 401,
  HttpStatus_Forbidden = 403,
  HttpStatus_NotFound = 404,
  HttpStatus_RangeNotSatisfiable = 416,
  HttpStatus_InternalError = 500,
} HttpStatus_Code;

#define ESP_ERR_HTTP_BASE (0x7000)
#define ESP_ERR_HTTP_MAX_REDIRECT (ESP_ERR_HTTP_BASE + 1)
#define ESP_ERR_HTTP_CONNECT (ESP_ERR_HTTP_BASE + 2)
#define ESP_ERR_HTTP_WRITE_DATA (ESP_ERR_HTTP_BASE + 3)
#define ESP_ERR_HTTP_FETCH_HEADER (ESP_ERR_HTTP_BASE + 4)
#define ESP_ERR_HTTP_INVALID_TRANSPORT (ESP_ERR_HTTP_BASE + 5)
#define ESP_ERR_HTTP_CONNECTING (ESP_ERR_HTTP_BASE + 6)
#define ESP_ERR_HTTP_EAGAIN (ESP_ERR_HTTP_BASE + 7)
#define ESP_ERR_HTTP_CONNECTION_CLOSED (ESP_ERR_HTTP_BASE + 8)
#define ESP_ERR_HTTP_NOT_MODIFIED (ESP_ERR_HTTP_BASE + 9)
#define ESP_ERR_HTTP_RANGE_NOT_SATISFIABLE (ESP_ERR_HTTP_BASE + 10)
#define ESP_ERR_HTTP_READ_TIMEOUT (ESP_ERR_HTTP_BASE + 11)
#define ESP_ERR_HTTP_INCOMPLETE_DATA (ESP_ERR_HTTP_BASE + 12)
#define ESP_ERR_HTTP_REDIRECT_DOWNGRADE (ESP_ERR_HTTP_BASE + 13)
#define ESP_ERR_HTTP_HEADER_TOO_LONG (ESP_ERR_HTTP_BASE + 14)

// Connects to nobody yet. NULL: neither a url nor host and path, a url that is none,
// a header or a transport that cannot be, no memory.
esp_http_client_handle_t esp_http_client_init(const esp_http_client_config_t* config);

// A whole exchange, redirects and authentication included. A status of 400 or more is
// no error. The codes from ESP_ERR_HTTP_MAX_REDIRECT on, ESP_FAIL.
esp_err_t esp_http_client_perform(esp_http_client_handle_t client);
// A new request may begin: connects and forgets the last answer.
esp_err_t esp_http_client_prepare(esp_http_client_handle_t client);
// Sends request line and headers over the connection that there is.
esp_err_t esp_http_client_request_send(esp_http_client_handle_t client, int write_len);
// Closes and connects again. ESP_ERR_INVALID_STATE when nothing is open.
esp_err_t esp_http_client_cancel_request(esp_http_client_handle_t client);

// Absolute, or relative to what is set. Another host takes with it Authorization,
// user and password. ESP_ERR_INVALID_ARG when it is none; nothing has changed then.
esp_err_t esp_http_client_set_url(esp_http_client_handle_t client, const char* url);
// `data` is not copied. It does not change the method.
esp_err_t esp_http_client_set_post_field(esp_http_client_handle_t client, const char* data,
                                         int len);
// Returns its length, 0 when there is none.
int esp_http_client_get_post_field(esp_http_client_handle_t client, char** data);
// NULL deletes; ESP_ERR_NOT_FOUND when there is nothing to delete;
// ESP_ERR_INVALID_ARG for what cannot stand in a header.
esp_err_t esp_http_client_set_header(esp_http_client_handle_t client, const char* key,
                                     const char* value);
// *value is the client's; ESP_ERR_NOT_FOUND and NULL when there is none.
esp_err_t esp_http_client_get_header(esp_http_client_handle_t client, const char* key,
                                     char** value);
// Of the last answer; valid until the next request.
esp_err_t esp_http_client_get_response_header(esp_http_client_handle_t client, const char* key,
                                              char** value);
esp_err_t esp_http_client_get_username(esp_http_client_handle_t client, char** value);
esp_err_t esp_http_client_set_username(esp_http_client_handle_t client, const char* username);
esp_err_t esp_http_client_get_password(esp_http_client_handle_t client, char** value);
esp_err_t esp_http_client_set_password(esp_http_client_handle_t client, const char* password);
esp_err_t esp_http_client_set_authtype(esp_http_client_handle_t client,
                                       esp_http_client_auth_type_t auth_type);
esp_err_t esp_http_client_get_user_data(esp_http_client_handle_t client, void** data);
esp_err_t esp_http_client_set_user_data(esp_http_client_handle_t client, void* data);
esp_err_t esp_http_client_set_event_handler(esp_http_client_handle_t client,
                                            http_event_handle_cb event_handler);
// Of the last failure: an errno; -1 for no client.
int esp_http_client_get_errno(esp_http_client_handle_t client);
esp_err_t esp_http_client_get_and_clear_last_tls_error(esp_http_client_handle_t client,
                                                       int* esp_tls_error_code, int* esp_tls_flags);
esp_err_t esp_http_client_set_method(esp_http_client_handle_t client,
                                     esp_http_client_method_t method);
esp_err_t esp_http_client_set_timeout_ms(esp_http_client_handle_t client, int timeout_ms);
esp_err_t esp_http_client_delete_header(esp_http_client_handle_t client, const char* key);
esp_err_t esp_http_client_delete_all_headers(esp_http_client_handle_t client);

// Connects and sends the head; `write_len` bytes of body follow (-1: chunked, the
// caller writes the chunks).
esp_err_t esp_http_client_open(esp_http_client_handle_t client, int write_len);
// Bytes sent; -1 when it failed.
int esp_http_client_write(esp_http_client_handle_t client, const char* buffer, int len);
int esp_http_client_chunk_write_begin(esp_http_client_handle_t client, const int len);
int esp_http_client_chunk_write_end(esp_http_client_handle_t client, bool last_chunk);
// Content-Length; 0 when there is none, or the body is chunked; ESP_FAIL; after a
// time-out -ESP_ERR_HTTP_EAGAIN, and it may be called again.
int64_t esp_http_client_fetch_headers(esp_http_client_handle_t client);
bool esp_http_client_is_chunked_response(esp_http_client_handle_t client);
// Fills the buffer as far as the body goes. 0 at its end; -ESP_ERR_HTTP_EAGAIN when
// nothing came in time; -1.
int esp_http_client_read(esp_http_client_handle_t client, char* buffer, int len);
int esp_http_client_read_response(esp_http_client_handle_t client, char* buffer, int len);
// Drops the rest of the body; *len, if not NULL, is its length.
esp_err_t esp_http_client_flush_response(esp_http_client_handle_t client, int* len);
int esp_http_client_get_status_code(esp_http_client_handle_t client);
// -1 when the answer named none.
int64_t esp_http_client_get_content_length(esp_http_client_handle_t client);
// The length of the whole file that a Content-Range names; -1.
int64_t esp_http_client_get_content_range(esp_http_client_handle_t client);
esp_err_t esp_http_client_close(esp_http_client_handle_t client);
// Drops what was received and not read; the rest of that body is lost.
esp_err_t esp_http_client_clear_response_buffer(esp_http_client_handle_t client);
// Frees it. ESP_FAIL for NULL and for a handle that is none.
esp_err_t esp_http_client_cleanup(esp_http_client_handle_t client);
esp_http_client_transport_t esp_http_client_get_transport_type(esp_http_client_handle_t client);
// To the Location of the last answer. ESP_ERR_INVALID_ARG without one;
// ESP_ERR_HTTP_REDIRECT_DOWNGRADE from https to anything else.
esp_err_t esp_http_client_set_redirection(esp_http_client_handle_t client);
esp_err_t esp_http_client_reset_redirect_counter(esp_http_client_handle_t client);
// A challenge as WWW-Authenticate brings it.
esp_err_t esp_http_client_set_auth_data(esp_http_client_handle_t client, const char* auth_data,
                                        int len);
// After a 401: the next request answers it. ESP_ERR_NOT_SUPPORTED, ESP_FAIL when it
// was tried often enough.
esp_err_t esp_http_client_add_auth(esp_http_client_handle_t client);
bool esp_http_client_is_complete_data_received(esp_http_client_handle_t client);
// ESP_ERR_INVALID_ARG when it does not fit with its NUL.
esp_err_t esp_http_client_get_url(esp_http_client_handle_t client, char* url, const int len);
// Bytes left of the chunk that is being received; ESP_FAIL when there is none.
esp_err_t esp_http_client_get_chunk_length(esp_http_client_handle_t client, int* len);
esp_http_state_t esp_http_client_get_state(esp_http_client_handle_t client);
bool esp_http_client_is_persistent_connection(esp_http_client_handle_t client);
// -1 when nothing is open.
int esp_http_client_get_socket(esp_http_client_handle_t client);

#ifdef __cplusplus
}
#endif
