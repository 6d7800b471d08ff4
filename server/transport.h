// SPDX-License-Identifier: Apache-2.0
// One connection as bytes, with TLS or without. Used by the session alone, on
// the server's thread; owns the socket. Everything that reaches the wire passes
// here.
#pragma once

#include <chrono>
#include <cstdint>
#include <memory>
#include <string>

#include "server/asio.h"

namespace updraft {

struct Transferred {
  error_code error;
  std::size_t bytes = 0;
};

enum class Goodbye { kSaid, kOmitted };  // whether close_notify is sent

// Coroutines: an object must outlive every call that was begun on it.
class Transport {
 public:
  using Duration = std::chrono::steady_clock::duration;

  explicit Transport(tcp::socket socket);
  virtual ~Transport() = default;
  Transport(const Transport&) = delete;
  Transport& operator=(const Transport&) = delete;

  // "127.0.0.1:40000".
  const std::string& peer() const { return peer_; }

  // From now on, until it is set anew, what takes longer than `time` ends with
  // asio::error::timed_out.
  void SetDeadline(Duration time);

  // From now on there is no handshake and not a word: what comes is thrown away
  // until the peer goes.
  void Mute() { muted_ = true; }
  Awaitable<error_code> Handshake();
  // At least one byte, or an error (asio::error::eof at the end).
  Awaitable<Transferred> ReadSome(asio::mutable_buffer buffer);
  // All of `buffer`, or an error. `patience` bounds each step forward, not the
  // whole.
  Awaitable<Transferred> Write(asio::const_buffer buffer, Duration patience);

  // The orderly end: close_notify, FIN, then what the peer still sends is
  // thrown away for a short while, so that no reset overtakes the last bytes.
  Awaitable<void> Close(Goodbye goodbye = Goodbye::kSaid);
  // RST: what was not read by the peer yet may be lost.
  void Reset();
  // Past TLS: what a network that breaks records would put there.
  Awaitable<void> WriteUnprotected(asio::const_buffer buffer);
  // Drops the connection at once; every call under way ends with an error.
  void Abort();

 protected:
  tcp::socket& socket() { return socket_; }

 private:
  virtual Awaitable<error_code> DoHandshake() = 0;
  virtual Awaitable<Transferred> DoReadSome(asio::mutable_buffer buffer) = 0;
  virtual Awaitable<Transferred> DoWriteSome(asio::const_buffer buffer) = 0;
  virtual Awaitable<void> DoSayGoodbye() = 0;

  error_code Judge(error_code error) const;

  tcp::socket socket_;
  std::string peer_;
  asio::steady_timer timer_;
  std::shared_ptr<std::uint64_t> deadline_;  // which one is set; outlived by no timer
  bool expired_ = false;
  bool muted_ = false;
};

std::unique_ptr<Transport> MakePlainTransport(tcp::socket socket);
// `context` must outlive the transport. `renegotiates`: a new handshake comes with
// the first bytes that are written.
std::unique_ptr<Transport> MakeTlsTransport(tcp::socket socket, asio::ssl::context& context,
                                            bool renegotiates = false);

}  // namespace updraft
