// SPDX-License-Identifier: Apache-2.0
// The HTTP server behind an httpd_handle_t: its handlers, and the task that waits for
// clients and calls them, one request at a time. Owned by http_server.cc.
#pragma once

#include <esp_http_server.h>

#include <array>
#include <atomic>
#include <condition_variable>
#include <list>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "esp/server_binding.h"
#include "esp/src/http_exchange.h"

namespace updraft::esp {

class HttpServer : public std::enable_shared_from_this<HttpServer> {
 public:
  HttpServer(const httpd_config_t& config, std::unique_ptr<Listener> listener);
  ~HttpServer();
  HttpServer(const HttpServer&) = delete;
  HttpServer& operator=(const HttpServer&) = delete;

  // ESP_ERR_HTTPD_TASK.
  esp_err_t Start(httpd_handle_t handle);
  // ESP_ERR_INVALID_STATE from the server's own task.
  esp_err_t Stop();

  // Any thread.
  esp_err_t Register(const httpd_uri_t& handler);
  esp_err_t Unregister(std::string_view uri, std::optional<httpd_method_t> method);
  void RegisterError(httpd_err_code_t error, httpd_err_handler_func_t handler);
  void Queue(httpd_work_fn_t work, void* argument);
  void CloseSession(int socket);
  const httpd_config_t& config() const { return config_; }

 private:
  struct Handler {
    std::string uri;
    httpd_uri_t handler;
  };
  using Connections = std::list<HttpClientConnection>;

  static void RunTask(void* server);
  void Run();
  void Wake();
  bool TakeOrders();
  void Serve(const std::vector<int>& ready);
  void Admit();
  bool ServeOne(HttpClientConnection& connection);
  esp_err_t Handle(HttpExchange& exchange);
  esp_err_t Fail(HttpExchange& exchange, httpd_err_code_t error);
  std::pair<std::optional<Handler>, httpd_err_code_t> Find(HttpExchange& exchange);
  bool Matches(const Handler& handler, HttpExchange& exchange) const;
  Connections::iterator Drop(Connections::iterator connection);

  httpd_config_t config_;
  httpd_handle_t handle_ = nullptr;
  std::unique_ptr<Listener> listener_;
  std::array<int, 2> wake_{-1, -1};  // a pipe
  Connections connections_;          // of the task alone
  std::uint64_t requests_ = 0;

  std::mutex mutex_;
  std::condition_variable ended_changed_;
  bool stops_ = false;
  bool ended_ = false;
  std::thread::id task_;
  std::vector<Handler> handlers_;
  std::array<httpd_err_handler_func_t, HTTPD_ERR_CODE_MAX> error_handlers_{};
  std::vector<std::pair<httpd_work_fn_t, void*>> work_;
  std::vector<int> closing_;
};

// Behind httpd_start and httpd_ssl_start.
esp_err_t StartHttpServer(const httpd_config_t& config, const ListenSettings& settings,
                          httpd_handle_t* handle);

// What a status code of httpd_err_code_t is, and what it means to a reader.
struct HttpFault {
  const char* status;
  const char* message;
};
const HttpFault& FaultOf(httpd_err_code_t error);

}  // namespace updraft::esp
