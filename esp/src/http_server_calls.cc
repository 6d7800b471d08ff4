// SPDX-License-Identifier: Apache-2.0
// esp_http_server.h: the calls with a server's handle.
#include <esp_http_server.h>
#include <esp_log.h>

#include "esp/src/bound_device.h"
#include "esp/src/handle_table.h"
#include "esp/src/http_server.h"
#include "esp/src/immortal.h"
#include "esp/src/no_memory.h"

namespace updraft::esp {
namespace {

constexpr const char* kTag = "httpd";

using Table = HandleTable<HttpServer, httpd_handle_t>;

// Never destroyed: tasks may call in until the process is gone.
Table& All() {
  static updraft::esp::Immortal<Table> table;
  return *table;
}

// `call` of the server; ESP_ERR_INVALID_ARG when it is none.
template <typename Call>
esp_err_t WithServer(httpd_handle_t handle, Call call) {
  const auto server = All().Find(handle);
  return server != nullptr ? call(*server) : ESP_ERR_INVALID_ARG;
}

}  // namespace

esp_err_t StartHttpServer(const httpd_config_t& config, const ListenSettings& settings,
                          httpd_handle_t* handle) {
  ServerNetwork* network = nullptr;
  {
    const BoundDevice device;
    network = device.server_network();
  }
  if (network == nullptr) return ESP_ERR_INVALID_STATE;
  std::string problem;
  auto listener = network->Listen(settings, problem);
  if (listener == nullptr) {
    ESP_LOGE(kTag, "%s", problem.c_str());
    return ESP_FAIL;
  }
  const auto server = std::make_shared<HttpServer>(config, std::move(listener));
  httpd_handle_t made = All().Add(server);
  const esp_err_t error = server->Start(made);
  if (error != ESP_OK) {
    All().Take(made);
    return error;
  }
  *handle = made;
  return ESP_OK;
}

}  // namespace updraft::esp

using updraft::esp::All;
using updraft::esp::WithServer;

esp_err_t httpd_start(httpd_handle_t* handle, const httpd_config_t* config) try {
  if (handle == nullptr || config == nullptr || config->max_open_sockets == 0) {
    return ESP_ERR_INVALID_ARG;
  }
  updraft::esp::ListenSettings settings;
  settings.port = config->server_port;
  settings.backlog = config->backlog_conn;
  settings.receive_timeout = std::chrono::seconds(config->recv_wait_timeout);
  settings.send_timeout = std::chrono::seconds(config->send_wait_timeout);
  return updraft::esp::StartHttpServer(*config, settings, handle);
}
UPDRAFT_NO_MEMORY(ESP_ERR_NO_MEM)

esp_err_t httpd_stop(httpd_handle_t handle) {
  const auto server = All().Find(handle);
  if (server == nullptr) return ESP_ERR_INVALID_ARG;
  const esp_err_t error = server->Stop();
  if (error == ESP_OK) All().Take(handle);
  return error;
}

esp_err_t httpd_register_uri_handler(httpd_handle_t handle, const httpd_uri_t* uri_handler) try {
  if (uri_handler == nullptr || uri_handler->uri == nullptr || uri_handler->handler == nullptr) {
    return ESP_ERR_INVALID_ARG;
  }
  return WithServer(handle, [&](auto& server) { return server.Register(*uri_handler); });
}
UPDRAFT_NO_MEMORY(ESP_ERR_NO_MEM)

esp_err_t httpd_unregister_uri_handler(httpd_handle_t handle, const char* uri,
                                       httpd_method_t method) {
  if (uri == nullptr) return ESP_ERR_INVALID_ARG;
  return WithServer(handle, [&](auto& server) { return server.Unregister(uri, method); });
}

esp_err_t httpd_unregister_uri(httpd_handle_t handle, const char* uri) {
  if (uri == nullptr) return ESP_ERR_INVALID_ARG;
  return WithServer(handle, [&](auto& server) { return server.Unregister(uri, std::nullopt); });
}

esp_err_t httpd_register_err_handler(httpd_handle_t handle, httpd_err_code_t error,
                                     httpd_err_handler_func_t handler_fn) {
  if (error < HTTPD_500_INTERNAL_SERVER_ERROR || error >= HTTPD_ERR_CODE_MAX) {
    return ESP_ERR_INVALID_ARG;
  }
  return WithServer(handle, [&](auto& server) {
    server.RegisterError(error, handler_fn);
    return ESP_OK;
  });
}

esp_err_t httpd_queue_work(httpd_handle_t handle, httpd_work_fn_t work, void* arg) try {
  if (work == nullptr) return ESP_ERR_INVALID_ARG;
  return WithServer(handle, [&](auto& server) {
    server.Queue(work, arg);
    return ESP_OK;
  });
}
UPDRAFT_NO_MEMORY(ESP_ERR_NO_MEM)

esp_err_t httpd_sess_trigger_close(httpd_handle_t handle, int sockfd) try {
  return WithServer(handle, [&](auto& server) {
    server.CloseSession(sockfd);
    return ESP_OK;
  });
}
UPDRAFT_NO_MEMORY(ESP_ERR_NO_MEM)

void* httpd_get_global_user_ctx(httpd_handle_t handle) {
  const auto server = All().Find(handle);
  return server != nullptr ? server->config().global_user_ctx : nullptr;
}

void* httpd_get_global_transport_ctx(httpd_handle_t handle) {
  const auto server = All().Find(handle);
  return server != nullptr ? server->config().global_transport_ctx : nullptr;
}

bool httpd_uri_match_wildcard(const char* uri_template, const char* uri_to_match,
                              std::size_t match_upto) {
  if (uri_template == nullptr || uri_to_match == nullptr) return false;
  std::string_view wanted(uri_template);
  const std::string_view found(uri_to_match, strnlen(uri_to_match, match_upto));
  bool any_end = wanted.ends_with('*');
  if (any_end) wanted.remove_suffix(1);
  bool last_optional = wanted.ends_with('?');
  if (last_optional) {
    wanted.remove_suffix(1);
  } else if (!any_end && wanted.ends_with("?*")) {
    any_end = last_optional = true;
  }
  if (last_optional && !wanted.empty() && found == wanted.substr(0, wanted.size() - 1)) return true;
  return any_end ? found.starts_with(wanted) : found == wanted;
}
