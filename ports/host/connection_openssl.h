// SPDX-License-Identifier: Apache-2.0
// Connection over OpenSSL and a socket. Keeps the TLS session of its last stream, so
// that another attempt at the same server is spared most of the handshake.
#pragma once

#include <chrono>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "ports/host/host_connection.h"
#include "ports/host/posix_file.h"
#include "ports/host/socket_bio.h"
#include "ports/host/socket_wait.h"
#include "ports/host/tls_client.h"

namespace updraft {

// The options about proxies, and `interface_name`, are CurlConnection's.
class OpensslConnection final : public HostConnection {
 public:
  explicit OpensslConnection(HostConnectionOptions options)
      : options_(std::move(options)), wait_(options_) {}
  OpensslConnection(const OpensslConnection&) = delete;
  OpensslConnection& operator=(const OpensslConnection&) = delete;
  ~OpensslConnection() override { Close(); }

  Status Connect(const Endpoint& endpoint) override;
  Status Send(Bytes data) override;
  Result<std::size_t> Receive(MutableBytes out) override;
  Result<std::optional<std::size_t>> ReceiveUnlessWoken(MutableBytes out, int wake) override;
  Result<std::optional<std::size_t>> ReceiveNow(MutableBytes out) override;
  void Close() override;
  bool is_open() const override { return open_; }
  std::string_view failure_text() const override { return failure_text_; }

  void SetTimeouts(std::chrono::milliseconds connect, std::chrono::milliseconds stall) override;
  int socket() const override { return open_ ? socket_.number() : -1; }
  std::string_view tls_version() const override;
  TlsFailure tls_failure() const override { return tls_failure_; }
  // Whether the server took up the session of an earlier stream.
  bool is_resumed() const { return open_ && tls_ != nullptr && SSL_session_reused(&*tls_) == 1; }

 private:
  using Clock = SocketWait::Clock;

  Status Fail(Status status, std::string text);
  Status FailToConnect(SocketWait::End end, Status otherwise, std::string text);
  Status FailStream(Status otherwise);
  Status StartTls(const Endpoint& endpoint, Clock::time_point limit);
  Status FailHandshake(int tls_error);
  bool NameThePeer(const std::string& host);
  Status WaitFor(Clock::time_point& last_byte, int wake, bool& woken);
  Result<std::optional<std::size_t>> Moved(int tls_result, std::size_t count);
  Result<std::optional<std::size_t>> SendSome(Bytes data);
  Result<std::optional<std::size_t>> ReceiveSome(MutableBytes out);
  static int VerifyPeer(X509_STORE_CTX* chain, void* connection);
  static int KeepSession(SSL* tls, SSL_SESSION* session);

  HostConnectionOptions options_;
  SocketWait wait_;
  std::string failure_text_;
  TlsFailure tls_failure_ = TlsFailure::kNone;
  std::unique_ptr<SSL_CTX, FreeTls> client_;  // from the first stream with TLS on
  std::unique_ptr<SSL_SESSION, FreeTls> session_;
  std::string session_peer_;      // whose that is
  std::string verified_address_;  // where the peer is named by one
  Descriptor socket_;
  TlsSocket tls_socket_;
  std::unique_ptr<SSL, FreeTls> tls_;
  short awaited_ = 0;  // of the socket, by the last call that could not go on
  bool open_ = false;
};

}  // namespace updraft
