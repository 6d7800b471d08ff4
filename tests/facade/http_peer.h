// SPDX-License-Identifier: Apache-2.0
// A server on loopback that answers each request as a test says, over plain sockets,
// and remembers what was asked; and a device that esp_http_client may be used on.
#pragma once

#include <esp_http_client.h>

#include <algorithm>
#include <functional>
#include <mutex>
#include <string>
#include <utility>
#include <vector>

#include "testing/loopback_peer.h"
#include "tests/facade/facade_device.h"

// As programs write configurations.
#pragma GCC diagnostic ignored "-Wmissing-field-initializers"

namespace updraft {

class HttpPeer {
 public:
  struct Answer {
    std::string bytes;
    bool closes = false;
  };
  // Given the whole request, head and body.
  using Answerer = std::function<Answer(const std::string&)>;

  explicit HttpPeer(Answerer answerer)
      : answerer_(std::move(answerer)), peer_([this](int peer) { Serve(peer); }) {}
  // The same to all.
  explicit HttpPeer(std::string answer, bool closes = false)
      : HttpPeer([answer = std::move(answer), closes](const std::string&) {
          return Answer{answer, closes};
        }) {}

  std::uint16_t port() const { return peer_.port(); }
  std::string host() const { return "127.0.0.1:" + std::to_string(port()); }
  std::string url(const std::string& path = "/file") const { return "http://" + host() + path; }
  std::vector<std::string> requests() const {
    const std::lock_guard lock(mutex_);
    return requests_;
  }
  int connections() const {
    const std::lock_guard lock(mutex_);
    return connections_;
  }

 private:
  static std::size_t BodySize(const std::string& head) {
    const std::size_t at = head.find("Content-Length: ");
    return at == std::string::npos ? 0 : std::stoul(head.substr(at + 16));
  }

  void Serve(int peer) {
    {
      const std::lock_guard lock(mutex_);
      ++connections_;
    }
    while (true) {
      std::string request = ReceiveUntil(peer, "\r\n\r\n");
      const std::size_t end = request.find("\r\n\r\n");
      if (end == std::string::npos) return;
      const std::size_t whole = end + 4 + BodySize(request.substr(0, end + 2));
      while (request.size() < whole) {
        char bytes[4096];
        const ssize_t count = recv(peer, bytes, sizeof bytes, 0);
        if (count <= 0) return;
        request.append(bytes, static_cast<std::size_t>(count));
      }
      if (request.find("Transfer-Encoding: chunked") != std::string::npos &&
          request.find("0\r\n\r\n", end + 4) == std::string::npos) {
        request += ReceiveUntil(peer, "0\r\n\r\n");
      }
      {
        const std::lock_guard lock(mutex_);
        requests_.push_back(request);
      }
      const Answer answer = answerer_(request);
      SendAll(peer, answer.bytes);
      if (answer.closes) return;
    }
  }

  Answerer answerer_;
  mutable std::mutex mutex_;
  std::vector<std::string> requests_;
  int connections_ = 0;
  LoopbackPeer peer_;
};

// "HTTP/1.1 200 OK" with a body and its length.
inline std::string OkAnswer(const std::string& body, const std::string& headers = {}) {
  return "HTTP/1.1 200 OK\r\n" + headers + "Content-Length: " + std::to_string(body.size()) +
         "\r\n\r\n" + body;
}

// A client, and everything that its handler was told.
class HttpClientOnTest {
 public:
  explicit HttpClientOnTest(esp_http_client_config_t config) {
    config.event_handler = &HttpClientOnTest::OnEvent;
    config.user_data = this;
    handle_ = esp_http_client_init(&config);
  }
  HttpClientOnTest(const HttpClientOnTest&) = delete;
  HttpClientOnTest& operator=(const HttpClientOnTest&) = delete;
  ~HttpClientOnTest() { esp_http_client_cleanup(handle_); }

  esp_http_client_handle_t handle() const { return handle_; }
  const std::vector<std::string>& events() const { return events_; }
  const std::string& body() const { return body_; }
  std::string Read(std::size_t size) {
    std::string text(size, '\0');
    const int count = esp_http_client_read(handle_, text.data(), static_cast<int>(size));
    last_read_ = count;
    text.resize(static_cast<std::size_t>(std::max(count, 0)));
    return text;
  }
  int last_read() const { return last_read_; }
  int largest_piece() const { return largest_piece_; }
  std::function<void(esp_http_client_event_t&)> on_event;

 private:
  static esp_err_t OnEvent(esp_http_client_event_t* event) {
    static_cast<HttpClientOnTest*>(event->user_data)->Take(*event);
    return ESP_OK;
  }
  void Take(esp_http_client_event_t& event) {
    static constexpr const char* kNames[] = {"error",        "connected", "sent", "header",
                                             "headers",      "status",    "data", "finish",
                                             "disconnected", "redirect"};
    std::string name = kNames[event.event_id];
    if (event.event_id == HTTP_EVENT_ON_STATUS_CODE) {
      name += " " + std::to_string(*static_cast<int*>(event.data));
    }
    if (event.event_id == HTTP_EVENT_ON_HEADER) {
      name += std::string(" ") + event.header_key + "=" + event.header_value;
    }
    if (event.event_id == HTTP_EVENT_ON_DATA) {
      body_.append(static_cast<char*>(event.data), static_cast<std::size_t>(event.data_len));
      largest_piece_ = std::max(largest_piece_, event.data_len);
    }
    if (event.event_id != HTTP_EVENT_ON_DATA || events_.empty() || events_.back() != "data") {
      events_.push_back(name);
    }
    if (on_event) on_event(event);
  }

  esp_http_client_handle_t handle_ = nullptr;
  std::vector<std::string> events_;
  std::string body_;
  int last_read_ = 0;
  int largest_piece_ = 0;
};

inline std::string UrlOf(esp_http_client_handle_t client) {
  char url[256] = {};
  EXPECT_EQ(esp_http_client_get_url(client, url, sizeof url), ESP_OK);
  return url;
}

inline std::string HeaderOf(esp_http_client_handle_t client, const char* key) {
  char* value = nullptr;
  return esp_http_client_get_header(client, key, &value) == ESP_OK ? value : "(none)";
}

}  // namespace updraft
