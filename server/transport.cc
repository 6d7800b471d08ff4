// SPDX-License-Identifier: Apache-2.0
#include "server/transport.h"

#include <fmt/format.h>

#include <array>
#include <utility>

namespace updraft {
namespace {

constexpr std::chrono::seconds kLinger{2};
constexpr std::chrono::hours kPatience{24};
constexpr std::size_t kMaxDiscarded = 16 << 20;

std::string PeerOf(const tcp::socket& socket) {
  error_code error;
  const tcp::endpoint peer = socket.remote_endpoint(error);
  if (error) return "unknown";
  const std::string address = peer.address().to_string();
  return fmt::format("{}:{}", peer.address().is_v6() ? "[" + address + "]" : address, peer.port());
}

class PlainTransport final : public Transport {
 public:
  using Transport::Transport;

 private:
  Awaitable<error_code> DoHandshake() override { co_return error_code(); }

  Awaitable<Transferred> DoReadSome(asio::mutable_buffer buffer) override {
    Transferred result;
    result.bytes = co_await socket().async_read_some(buffer, Into(result.error));
    co_return result;
  }

  Awaitable<Transferred> DoWriteSome(asio::const_buffer buffer) override {
    Transferred result;
    result.bytes = co_await socket().async_write_some(buffer, Into(result.error));
    co_return result;
  }

  Awaitable<void> DoSayGoodbye() override { co_return; }
};

class TlsTransport final : public Transport {
 public:
  TlsTransport(tcp::socket accepted, asio::ssl::context& context, bool renegotiates)
      : Transport(std::move(accepted)), stream_(socket(), context), renegotiates_(renegotiates) {}

 private:
  Awaitable<error_code> DoHandshake() override {
    error_code error;
    co_await stream_.async_handshake(asio::ssl::stream_base::server, Into(error));
    co_return error;
  }

  Awaitable<Transferred> DoReadSome(asio::mutable_buffer buffer) override {
    Transferred result;
    result.bytes = co_await stream_.async_read_some(buffer, Into(result.error));
    co_return result;
  }

  Awaitable<Transferred> DoWriteSome(asio::const_buffer buffer) override {
    if (std::exchange(renegotiates_, false)) SSL_renegotiate(stream_.native_handle());
    Transferred result;
    result.bytes = co_await stream_.async_write_some(buffer, Into(result.error));
    co_return result;
  }

  // The peer's close_notify is not waited for: a client may wait for our FIN.
  Awaitable<void> DoSayGoodbye() override {
    SSL* ssl = stream_.native_handle();
    if (SSL_is_init_finished(ssl) == 0) co_return;
    SSL_set_shutdown(ssl, SSL_get_shutdown(ssl) | SSL_RECEIVED_SHUTDOWN);
    error_code error;
    co_await stream_.async_shutdown(Into(error));
  }

  asio::ssl::stream<tcp::socket&> stream_;
  bool renegotiates_;
};

}  // namespace

Transport::Transport(tcp::socket socket)
    : socket_(std::move(socket)),
      peer_(PeerOf(socket_)),
      timer_(socket_.get_executor()),
      deadline_(std::make_shared<std::uint64_t>(0)) {
  error_code ignored;
  socket_.set_option(tcp::no_delay(true), ignored);
}

void Transport::SetDeadline(Duration time) {
  expired_ = false;
  const std::uint64_t mine = ++*deadline_;
  timer_.expires_after(time);
  timer_.async_wait([this, mine, current = std::weak_ptr(deadline_)](error_code error) {
    const auto deadline = current.lock();
    if (error || !deadline || *deadline != mine) return;
    expired_ = true;
    error_code ignored;
    socket_.cancel(ignored);
  });
}

error_code Transport::Judge(error_code error) const {
  return error && expired_ ? asio::error::make_error_code(asio::error::timed_out) : error;
}

Awaitable<error_code> Transport::Handshake() {
  error_code error;
  if (muted_) {
    SetDeadline(kPatience);
    std::array<char, 4096> discarded{};
    while (!error) co_await socket_.async_read_some(asio::buffer(discarded), Into(error));
  } else {
    error = co_await DoHandshake();
  }
  co_return Judge(error);
}

Awaitable<Transferred> Transport::ReadSome(asio::mutable_buffer buffer) {
  if (expired_) co_return Transferred{asio::error::timed_out, 0};
  Transferred result = co_await DoReadSome(buffer);
  result.error = Judge(result.error);
  co_return result;
}

Awaitable<Transferred> Transport::Write(asio::const_buffer buffer, Duration patience) {
  Transferred total;
  while (buffer.size() > 0 && !total.error) {
    SetDeadline(patience);
    const Transferred step = co_await DoWriteSome(buffer);
    total.error = Judge(step.error);
    total.bytes += step.bytes;
    buffer += step.bytes;
  }
  co_return total;
}

Awaitable<void> Transport::Close(Goodbye goodbye) {
  if (!socket_.is_open()) co_return;
  SetDeadline(kLinger);
  if (goodbye == Goodbye::kSaid) co_await DoSayGoodbye();
  error_code error;
  socket_.shutdown(tcp::socket::shutdown_send, error);
  std::array<char, 4096> discarded{};
  std::size_t total = 0;
  while (!error && !expired_ && total < kMaxDiscarded)
    total += co_await socket_.async_read_some(asio::buffer(discarded), Into(error));
  Abort();
}

void Transport::Reset() {
  error_code ignored;
  socket_.set_option(asio::socket_base::linger(true, 0), ignored);
  Abort();
}

Awaitable<void> Transport::WriteUnprotected(asio::const_buffer buffer) {
  error_code ignored;
  co_await socket_.async_write_some(buffer, Into(ignored));
}

void Transport::Abort() {
  ++*deadline_;
  error_code ignored;
  timer_.cancel(ignored);
  socket_.close(ignored);
}

std::unique_ptr<Transport> MakePlainTransport(tcp::socket socket) {
  return std::make_unique<PlainTransport>(std::move(socket));
}

std::unique_ptr<Transport> MakeTlsTransport(tcp::socket socket, asio::ssl::context& context,
                                            bool renegotiates) {
  return std::make_unique<TlsTransport>(std::move(socket), context, renegotiates);
}

}  // namespace updraft
