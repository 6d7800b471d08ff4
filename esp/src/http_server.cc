// SPDX-License-Identifier: Apache-2.0
#include "esp/src/http_server.h"

#include <esp_log.h>
#include <fcntl.h>
#include <freertos/task.h>
#include <poll.h>
#include <unistd.h>

#include <algorithm>
#include <cstdlib>

#include "esp/src/bound_device.h"

namespace updraft::esp {
namespace {

constexpr const char* kTag = "httpd";

}  // namespace

HttpServer::HttpServer(const httpd_config_t& config, std::unique_ptr<Listener> listener)
    : config_(config), listener_(std::move(listener)) {}

HttpServer::~HttpServer() {
  for (const int end : wake_) {
    if (end >= 0) close(end);
  }
  const auto release = [](void* context, httpd_free_ctx_fn_t release_fn) {
    if (context != nullptr && release_fn != nullptr) release_fn(context);
  };
  release(config_.global_user_ctx, config_.global_user_ctx_free_fn);
  release(config_.global_transport_ctx, config_.global_transport_ctx_free_fn);
}

esp_err_t HttpServer::Start(httpd_handle_t handle) {
  handle_ = handle;
  if (pipe2(wake_.data(), O_CLOEXEC | O_NONBLOCK) != 0) return ESP_ERR_HTTPD_TASK;
  // The task keeps the server; it is gone when both have let go.
  auto own = std::make_unique<std::shared_ptr<HttpServer>>(shared_from_this());
  const BaseType_t made =
      xTaskCreate(&RunTask, "httpd", static_cast<std::uint32_t>(config_.stack_size), own.get(),
                  config_.task_priority, nullptr);
  if (made != pdPASS) return ESP_ERR_HTTPD_TASK;
  static_cast<void>(own.release());
  ESP_LOGI(kTag, "listening on port %u", static_cast<unsigned>(listener_->port()));
  return ESP_OK;
}

void HttpServer::RunTask(void* server) {
  {
    const std::unique_ptr<std::shared_ptr<HttpServer>> own(
        static_cast<std::shared_ptr<HttpServer>*>(server));
    (*own)->Run();
  }
  vTaskDelete(nullptr);
}

esp_err_t HttpServer::Stop() {
  std::unique_lock lock(mutex_);
  if (task_ == std::this_thread::get_id()) return ESP_ERR_INVALID_STATE;
  stops_ = true;
  Wake();
  ended_changed_.wait(lock, [this] { return ended_; });
  return ESP_OK;
}

void HttpServer::Wake() {
  const char byte = 0;
  // Full: it wakes up anyway.
  static_cast<void>(!write(wake_[1], &byte, 1));
}

esp_err_t HttpServer::Register(const httpd_uri_t& handler) {
  const std::lock_guard lock(mutex_);
  const bool there = std::ranges::any_of(handlers_, [&](const Handler& other) {
    return other.uri == handler.uri && other.handler.method == handler.method;
  });
  if (there) return ESP_ERR_HTTPD_HANDLER_EXISTS;
  if (handlers_.size() >= config_.max_uri_handlers) {
    ESP_LOGW(kTag, "%s: expected at most %u handlers (max_uri_handlers), found one more",
             handler.uri, static_cast<unsigned>(config_.max_uri_handlers));
    return ESP_ERR_HTTPD_HANDLERS_FULL;
  }
  handlers_.push_back({.uri = handler.uri, .handler = handler});
  return ESP_OK;
}

esp_err_t HttpServer::Unregister(std::string_view uri, std::optional<httpd_method_t> method) {
  const std::lock_guard lock(mutex_);
  const auto erased = std::erase_if(handlers_, [&](const Handler& handler) {
    return handler.uri == uri && (!method || handler.handler.method == *method);
  });
  return erased > 0 ? ESP_OK : ESP_ERR_NOT_FOUND;
}

void HttpServer::RegisterError(httpd_err_code_t error, httpd_err_handler_func_t handler) {
  const std::lock_guard lock(mutex_);
  error_handlers_[static_cast<std::size_t>(error)] = handler;
}

void HttpServer::Queue(httpd_work_fn_t work, void* argument) {
  const std::lock_guard lock(mutex_);
  work_.emplace_back(work, argument);
  Wake();
}

void HttpServer::CloseSession(int socket) {
  const std::lock_guard lock(mutex_);
  closing_.push_back(socket);
  Wake();
}

// What others asked for meanwhile. False when the server shall stop.
bool HttpServer::TakeOrders() {
  std::vector<std::pair<httpd_work_fn_t, void*>> work;
  std::vector<int> closing;
  {
    const std::lock_guard lock(mutex_);
    work.swap(work_);
    closing.swap(closing_);
    if (stops_) return false;
  }
  for (const auto& [function, argument] : work) function(argument);
  for (auto it = connections_.begin(); it != connections_.end();) {
    const bool ends = std::ranges::find(closing, it->stream->socket()) != closing.end();
    it = ends ? Drop(it) : std::next(it);
  }
  return true;
}

HttpServer::Connections::iterator HttpServer::Drop(Connections::iterator connection) {
  if (config_.close_fn != nullptr) config_.close_fn(handle_, connection->stream->socket());
  if (connection->context != nullptr) {
    const auto release =
        connection->free_context != nullptr ? connection->free_context : &std::free;
    release(connection->context);
  }
  return connections_.erase(connection);
}

void HttpServer::Run() {
  {
    const std::lock_guard lock(mutex_);
    task_ = std::this_thread::get_id();
  }
  while (TakeOrders()) {
    const bool room = connections_.size() < config_.max_open_sockets || config_.lru_purge_enable;
    std::vector<pollfd> waits{
        {.fd = wake_[0], .events = POLLIN, .revents = 0},
        {.fd = room ? listener_->socket() : -1, .events = POLLIN, .revents = 0}};
    bool at_once = false;
    for (const HttpClientConnection& connection : connections_) {
      waits.push_back({.fd = connection.stream->socket(), .events = POLLIN, .revents = 0});
      at_once = at_once || !connection.ahead.empty() || connection.stream->pending();
    }
    if (poll(waits.data(), waits.size(), at_once ? 0 : -1) < 0) continue;
    std::array<char, 64> woken{};
    if (waits[0].revents != 0) static_cast<void>(!read(wake_[0], woken.data(), woken.size()));
    std::vector<int> ready;
    for (std::size_t i = 2; i < waits.size(); ++i) {
      if (waits[i].revents != 0) ready.push_back(waits[i].fd);
    }
    Serve(ready);
    if (waits[1].revents != 0) Admit();
  }
  while (!connections_.empty()) Drop(connections_.begin());
  listener_.reset();
  const std::lock_guard lock(mutex_);
  ended_ = true;
  ended_changed_.notify_all();
}

void HttpServer::Serve(const std::vector<int>& ready) {
  for (auto it = connections_.begin(); it != connections_.end();) {
    const bool is_ready = !it->ahead.empty() || it->stream->pending() ||
                          std::ranges::find(ready, it->stream->socket()) != ready.end();
    it = is_ready && !ServeOne(*it) ? Drop(it) : std::next(it);
  }
}

void HttpServer::Admit() {
  auto stream = listener_->Accept();
  if (stream == nullptr) return;
  if (connections_.size() >= config_.max_open_sockets && !connections_.empty()) {
    Drop(std::ranges::min_element(connections_, {}, &HttpClientConnection::last_used));
  }
  connections_.emplace_back();
  HttpClientConnection& connection = connections_.back();
  connection.stream = std::move(stream);
  connection.last_used = ++requests_;
  if (config_.open_fn != nullptr &&
      config_.open_fn(handle_, connection.stream->socket()) != ESP_OK) {
    Drop(std::prev(connections_.end()));
  }
}

// False when the connection shall end.
bool HttpServer::ServeOne(HttpClientConnection& connection) {
  connection.last_used = ++requests_;
  HttpExchange exchange(connection, handle_, config_.max_resp_headers);
  const auto fault = exchange.ReadHead();
  if (fault == HTTPD_ERR_CODE_MAX) return false;
  const esp_err_t result = fault ? Fail(exchange, *fault) : Handle(exchange);
  if (!exchange.request().ignore_sess_ctx_changes) {
    connection.context = exchange.request().sess_ctx;
    connection.free_context = exchange.request().free_ctx;
  }
  if (result == ESP_OK && !exchange.answered()) {
    ESP_LOGE(kTag,
             "%s: expected the handler to answer, found no whole answer; the connection is closed",
             exchange.request().uri);
  }
  // What was not parsed as a request may hide another one.
  const bool goes_on = !fault && result == ESP_OK && exchange.answered() && exchange.keeps_open() &&
                       exchange.DrainBody();
  if (!goes_on) connection.stream->Finish();
  return goes_on;
}

bool HttpServer::Matches(const Handler& handler, HttpExchange& exchange) const {
  const std::string_view path = exchange.path();
  if (config_.uri_match_fn == nullptr) return handler.uri == path;
  return config_.uri_match_fn(handler.uri.c_str(), exchange.request().uri, path.size());
}

std::pair<std::optional<HttpServer::Handler>, httpd_err_code_t> HttpServer::Find(
    HttpExchange& exchange) {
  const std::lock_guard lock(mutex_);
  httpd_err_code_t error = HTTPD_404_NOT_FOUND;
  for (const Handler& handler : handlers_) {
    if (!Matches(handler, exchange)) continue;
    const int method = handler.handler.method;
    if (method == exchange.request().method || method == HTTP_ANY) return {handler, error};
    error = HTTPD_405_METHOD_NOT_ALLOWED;
  }
  return {std::nullopt, error};
}

esp_err_t HttpServer::Handle(HttpExchange& exchange) {
  const auto [handler, error] = Find(exchange);
  if (!handler) {
    ESP_LOGW(kTag, "%s '%s'",
             error == HTTPD_404_NOT_FOUND ? "URI not found:" : "Method not allowed:",
             exchange.request().uri);
    return Fail(exchange, error);
  }
  exchange.request().user_ctx = handler->handler.user_ctx;
  return handler->handler.handler(&exchange.request());
}

esp_err_t HttpServer::Fail(HttpExchange& exchange, httpd_err_code_t error) {
  httpd_err_handler_func_t handler = nullptr;
  {
    const std::lock_guard lock(mutex_);
    handler = error_handlers_[static_cast<std::size_t>(error)];
  }
  if (handler != nullptr) return handler(&exchange.request(), error);
  httpd_resp_send_err(&exchange.request(), error, nullptr);
  return ESP_FAIL;
}

}  // namespace updraft::esp
