// SPDX-License-Identifier: Apache-2.0
// Connection over libcurl in its connect-only mode: libcurl resolves, connects,
// goes through proxies and does TLS; the bytes are ours. Where a proxy is used, and
// for what else MakeHostConnection() leaves to it; it owns its libcurl handles.
#pragma once

#include <chrono>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "ports/host/host_connection.h"
#include "ports/host/socket_wait.h"

struct ssl_st;  // OpenSSL's SSL

namespace updraft {

// Loads libcurl when the first one is made. A session of TLS is kept as libcurl does.
class CurlConnection final : public HostConnection {
 public:
  explicit CurlConnection(HostConnectionOptions options);
  CurlConnection(const CurlConnection&) = delete;
  CurlConnection& operator=(const CurlConnection&) = delete;
  ~CurlConnection() override;

  Status Connect(const Endpoint& endpoint) override;
  Status Send(Bytes data) override;
  Result<std::size_t> Receive(MutableBytes out) override;
  Result<std::optional<std::size_t>> ReceiveUnlessWoken(MutableBytes out, int wake) override;
  Result<std::optional<std::size_t>> ReceiveNow(MutableBytes out) override;
  void Close() override;
  bool is_open() const override { return open_; }
  std::string_view failure_text() const override { return failure_text_; }

  void SetTimeouts(std::chrono::milliseconds connect, std::chrono::milliseconds stall) override;
  int socket() const override { return open_ ? socket_ : -1; }
  std::string_view tls_version() const override;

 private:
  struct Handles;
  using Clock = SocketWait::Clock;

  Status Fail(Status status, std::string text);
  Status FailBy(int curl_code, Status otherwise);
  Status Configure(const Endpoint& endpoint);
  bool SetTrust();
  bool SetClientCertificate();
  bool SetSocket();
  Status Perform();
  Result<bool> WaitFor(short events, Clock::time_point& last_byte, int wake);
  Status Stall();
  const ssl_st* Tls() const;
  bool ClosedInGoodOrder() const;

  HostConnectionOptions options_;
  SocketWait wait_;
  std::unique_ptr<Handles> handles_;
  std::vector<char> error_buffer_;
  std::string failure_text_;
  int socket_ = -1;
  bool attached_ = false;  // the transfer is in the multi handle
  bool open_ = false;
  bool tls_ = false;
};

}  // namespace updraft
