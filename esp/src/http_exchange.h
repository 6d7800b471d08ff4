// SPDX-License-Identifier: Apache-2.0
// One request of the HTTP server and its answer: httpd_req_t::aux. Lives on the
// server's task while a handler is called (http_server.cc).
#pragma once

#include <esp_http_server.h>

#include <array>
#include <boost/asio/buffer.hpp>
#include <boost/beast/http/buffer_body.hpp>
#include <boost/beast/http/parser.hpp>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "esp/server_binding.h"

namespace updraft::esp {

// A connection with what came ahead of the request that will be read next.
struct HttpClientConnection {
  std::unique_ptr<ServerStream> stream;
  std::string ahead;
  std::uint64_t last_used = 0;  // counts the server's requests
  void* context = nullptr;      // sess_ctx, and who frees it
  httpd_free_ctx_fn_t free_context = nullptr;
};

class HttpExchange {
 public:
  HttpExchange(HttpClientConnection& connection, httpd_handle_t server, unsigned max_headers);

  // Reads the head. Empty when it is a request; else what to answer, or
  // HTTPD_ERR_CODE_MAX when there is nobody to answer.
  std::optional<httpd_err_code_t> ReadHead();
  // Throws away what the handler left of the body. False when it did not come.
  bool DrainBody();

  httpd_req_t& request() { return *request_; }
  // The URI up to its query.
  std::string_view path() const { return path_; }
  bool answered() const { return state_ == State::kAnswered; }
  // After this answer the connection goes on.
  bool keeps_open() const {
    return parser_.is_header_done() && parser_.keep_alive() && !until_end_;
  }
  bool body_left() const { return body_left_ > 0; }

  int ReceiveBody(MutableBytes buffer);
  std::optional<std::string_view> Header(std::string_view name) const;
  std::string_view query() const { return query_; }
  ServerStream& stream() { return *connection_->stream; }

  esp_err_t SetStatus(const char* status) { return SetText(status, status_); }
  esp_err_t SetType(const char* type) { return SetText(type, type_); }
  esp_err_t AddHeader(const char* field, const char* value);
  esp_err_t Send(std::string_view body);
  esp_err_t SendChunk(std::string_view piece);

 private:
  enum class State { kOpen, kChunks, kAnswered };

  esp_err_t SetText(const char* value, std::string& text) const;
  std::string Head(std::string_view framing) const;
  esp_err_t SendAll(std::string_view bytes);

  HttpClientConnection* connection_;
  unsigned max_headers_;
  boost::beast::http::request_parser<boost::beast::http::buffer_body> parser_;
  // Raw, since its URI is const for handlers.
  alignas(httpd_req_t) std::array<char, sizeof(httpd_req_t)> storage_{};
  httpd_req_t* request_;
  std::string_view path_;
  std::string_view query_;
  std::uint64_t body_left_ = 0;
  bool expects_continue_ = false;
  State state_ = State::kOpen;
  bool until_end_ = false;  // the answer ends with the connection
  std::string status_ = HTTPD_200;
  std::string type_ = HTTPD_TYPE_TEXT;
  std::vector<std::pair<std::string, std::string>> headers_;
};

// The exchange of a request that a handler was given; nullptr for any other.
HttpExchange* ExchangeOf(httpd_req_t* request);

}  // namespace updraft::esp
