// SPDX-License-Identifier: Apache-2.0
#include "esp/src/http_exchange.h"

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdio>
#include <limits>

namespace updraft::esp {
namespace {

namespace http = boost::beast::http;

constexpr std::size_t kPiece = 4096;

// As the chips' parser numbers them; -1 for one that it does not know.
int MethodNumber(http::verb verb) {
  switch (verb) {
    case http::verb::delete_: return HTTP_DELETE;
    case http::verb::get: return HTTP_GET;
    case http::verb::head: return HTTP_HEAD;
    case http::verb::post: return HTTP_POST;
    case http::verb::put: return HTTP_PUT;
    case http::verb::connect: return HTTP_CONNECT;
    case http::verb::options: return HTTP_OPTIONS;
    case http::verb::trace: return HTTP_TRACE;
    case http::verb::copy: return HTTP_COPY;
    case http::verb::lock: return HTTP_LOCK;
    case http::verb::mkcol: return HTTP_MKCOL;
    case http::verb::move: return HTTP_MOVE;
    case http::verb::propfind: return HTTP_PROPFIND;
    case http::verb::proppatch: return HTTP_PROPPATCH;
    case http::verb::search: return HTTP_SEARCH;
    case http::verb::unlock: return HTTP_UNLOCK;
    case http::verb::patch: return HTTP_PATCH;
    default: return -1;
  }
}

std::string_view View(boost::beast::string_view text) { return {text.data(), text.size()}; }

bool HasLineEnd(std::string_view text) {
  return text.find_first_of("\r\n") != std::string_view::npos;
}

// Of a request that never got that far.
std::optional<httpd_err_code_t> CodeOf(boost::beast::error_code error) {
  if (error == http::error::header_limit) return HTTPD_431_REQ_HDR_FIELDS_TOO_LARGE;
  if (error == http::error::bad_version) return HTTPD_505_VERSION_NOT_SUPPORTED;
  return HTTPD_400_BAD_REQUEST;
}

// How many bytes of the front the parser took.
template <typename Parser>
std::size_t Put([[maybe_unused]] Parser& parser, [[maybe_unused]] const std::string& bytes,
                [[maybe_unused]] boost::beast::error_code& error) {
#ifdef __clang_analyzer__
  return 0;  // it sees the parser in states that it is never in
#else
  return parser.put(boost::asio::buffer(bytes), error);
#endif
}

}  // namespace

HttpExchange* ExchangeOf(httpd_req_t* request) {
  return request != nullptr ? static_cast<HttpExchange*>(request->aux) : nullptr;
}

HttpExchange::HttpExchange(HttpClientConnection& connection, httpd_handle_t server,
                           unsigned max_headers)
    : connection_(&connection),
      max_headers_(max_headers),
      request_(reinterpret_cast<httpd_req_t*>(storage_.data())) {
  parser_.header_limit(HTTPD_MAX_REQ_HDR_LEN);
  // Beast 1.74 takes boost::none for a limit that all exceeds.
  parser_.body_limit(std::numeric_limits<std::uint64_t>::max());
  parser_.eager(false);
  request_->handle = server;
  request_->aux = this;
  request_->sess_ctx = connection.context;
  request_->free_ctx = connection.free_context;
}

std::optional<httpd_err_code_t> HttpExchange::ReadHead() {
  std::string& ahead = connection_->ahead;
  bool anything = !ahead.empty();
  for (;;) {
    boost::beast::error_code error;
    if (!ahead.empty()) {
      const std::size_t used = Put(parser_, ahead, error);
      ahead.erase(0, used);
      if (error && error != http::error::need_more) return CodeOf(error);
      if (parser_.is_header_done()) break;  // the body is read past the parser
    }
    std::array<std::uint8_t, kPiece> piece{};
    const std::ptrdiff_t count = connection_->stream->Receive(piece);
    if (count == kStreamTimedOut && anything) return HTTPD_408_REQ_TIMEOUT;
    if (count <= 0) return HTTPD_ERR_CODE_MAX;
    anything = true;
    ahead.append(reinterpret_cast<const char*>(piece.data()), static_cast<std::size_t>(count));
  }
  const auto& message = parser_.get();
  const std::string_view target = View(message.target());
  if (target.size() > HTTPD_MAX_URI_LEN) return HTTPD_414_URI_TOO_LONG;
  std::ranges::copy(target, storage_.begin() + offsetof(httpd_req_t, uri));
  const std::string_view uri(request_->uri, target.size());
  path_ = uri.substr(0, uri.find_first_of("?#"));
  if (path_.size() < uri.size() && uri[path_.size()] == '?') {
    query_ = uri.substr(path_.size() + 1);
    query_ = query_.substr(0, query_.find('#'));
  }
  request_->method = MethodNumber(message.method());
  if (request_->method < 0) return HTTPD_501_METHOD_NOT_IMPLEMENTED;
  if (parser_.chunked()) return HTTPD_411_LENGTH_REQUIRED;
  body_left_ = parser_.content_length() ? *parser_.content_length() : 0;
  request_->content_len = body_left_;
  const auto expect = Header("Expect");
  expects_continue_ =
      expect && boost::beast::iequals({expect->data(), expect->size()}, "100-continue");
  return std::nullopt;
}

int HttpExchange::ReceiveBody(MutableBytes buffer) {
  if (body_left_ == 0 || buffer.empty()) return 0;
  constexpr std::size_t kMost = 1 << 30;
  const std::size_t wanted =
      std::min({static_cast<std::uint64_t>(buffer.size()), body_left_, std::uint64_t{kMost}});
  std::string& ahead = connection_->ahead;
  if (!ahead.empty()) {
    const std::size_t count = std::min(wanted, ahead.size());
    std::copy_n(ahead.begin(), count, buffer.begin());
    ahead.erase(0, count);
    body_left_ -= count;
    return static_cast<int>(count);
  }
  if (std::exchange(expects_continue_, false) && state_ == State::kOpen &&
      SendAll("HTTP/1.1 100 Continue\r\n\r\n") != ESP_OK) {
    return HTTPD_SOCK_ERR_FAIL;
  }
  const std::ptrdiff_t count = connection_->stream->Receive(buffer.first(wanted));
  if (count == kStreamTimedOut) return HTTPD_SOCK_ERR_TIMEOUT;
  if (count <= 0) return HTTPD_SOCK_ERR_FAIL;
  body_left_ -= static_cast<std::uint64_t>(count);
  return static_cast<int>(count);
}

bool HttpExchange::DrainBody() {
  if (expects_continue_ && body_left_ > 0) return false;  // it will not come
  std::array<std::uint8_t, kPiece> thrown_away{};
  while (body_left_ > 0) {
    if (ReceiveBody(thrown_away) <= 0) return false;
  }
  return true;
}

std::optional<std::string_view> HttpExchange::Header(std::string_view name) const {
  const auto& fields = parser_.get().base();
  const auto found = fields.find(boost::beast::string_view(name.data(), name.size()));
  if (found == fields.end()) return std::nullopt;
  return View(found->value());
}

esp_err_t HttpExchange::SetText(const char* value, std::string& text) const {
  if (state_ != State::kOpen) return ESP_ERR_HTTPD_INVALID_REQ;
  if (HasLineEnd(value)) return ESP_ERR_INVALID_ARG;
  text = value;
  return ESP_OK;
}

esp_err_t HttpExchange::AddHeader(const char* field, const char* value) {
  if (state_ != State::kOpen) return ESP_ERR_HTTPD_INVALID_REQ;
  if (HasLineEnd(field) || HasLineEnd(value)) return ESP_ERR_INVALID_ARG;
  if (headers_.size() >= max_headers_) return ESP_ERR_HTTPD_RESP_HDR;
  headers_.emplace_back(field, value);
  return ESP_OK;
}

std::string HttpExchange::Head(std::string_view framing) const {
  std::string head = "HTTP/1.1 " + status_ + "\r\nContent-Type: " + type_ + "\r\n";
  head += framing;
  for (const auto& [field, value] : headers_) head += field + ": " + value + "\r\n";
  if (!keeps_open()) head += "Connection: close\r\n";
  return head + "\r\n";
}

esp_err_t HttpExchange::SendAll(std::string_view bytes) {
  while (!bytes.empty()) {
    const std::ptrdiff_t count = connection_->stream->Send(AsBytes(bytes));
    if (count <= 0) {
      until_end_ = true;
      return ESP_ERR_HTTPD_RESP_SEND;
    }
    bytes.remove_prefix(static_cast<std::size_t>(count));
  }
  return ESP_OK;
}

esp_err_t HttpExchange::Send(std::string_view body) {
  if (state_ != State::kOpen) return ESP_ERR_HTTPD_RESP_SEND;
  state_ = State::kAnswered;
  const std::string head = Head("Content-Length: " + std::to_string(body.size()) + "\r\n");
  if (request_->method == HTTP_HEAD) return SendAll(head);
  // A small answer is one segment.
  if (body.size() <= kPiece) return SendAll(head + std::string(body));
  const esp_err_t error = SendAll(head);
  return error == ESP_OK ? SendAll(body) : error;
}

esp_err_t HttpExchange::SendChunk(std::string_view piece) {
  if (state_ == State::kAnswered) return ESP_ERR_HTTPD_RESP_SEND;
  const bool old_client = parser_.get().version() < 11;  // knows no chunks
  std::string bytes;
  if (state_ == State::kOpen) {
    if (old_client) until_end_ = true;
    bytes = Head(old_client ? "" : "Transfer-Encoding: chunked\r\n");
  }
  state_ = piece.empty() ? State::kAnswered : State::kChunks;
  if (request_->method != HTTP_HEAD) {
    if (!old_client) {
      std::array<char, 24> size{};
      std::snprintf(size.data(), size.size(), "%zx\r\n", piece.size());
      bytes += size.data();
    }
    bytes += piece;
    if (!old_client) bytes += "\r\n";
  }
  return SendAll(bytes);
}

}  // namespace updraft::esp
