// SPDX-License-Identifier: Apache-2.0
// What the façade's HTTP server listens with. The program binds one with its device
// (device_binding.h; esp/host/socket_server.h is the host's).
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>

#include "updraft/bytes.h"

namespace updraft::esp {

// PEM text; without a certificate there is no TLS.
struct ListenSettings {
  std::uint16_t port = 0;  // 0: any that is free
  int backlog = 5;
  std::string certificate_pem{};
  std::string key_pem{};
  std::string client_authorities_pem{};  // empty: clients need no certificate
  std::chrono::seconds receive_timeout{5};
  std::chrono::seconds send_timeout{5};
};

inline constexpr std::ptrdiff_t kStreamFailed = -1;
inline constexpr std::ptrdiff_t kStreamTimedOut = -3;

// A client's connection; its destructor drops it. One thread.
class ServerStream {
 public:
  virtual ~ServerStream() = default;
  // How many bytes, 0 when the client has ended, or one of the above.
  virtual std::ptrdiff_t Receive(MutableBytes buffer) = 0;
  virtual std::ptrdiff_t Send(Bytes data) = 0;
  // Received already, though the socket has nothing.
  virtual bool pending() const = 0;
  // Says that no more is sent, and throws away what still comes, for at most a
  // second, so that no reset overtakes the answer.
  virtual void Finish() = 0;
  virtual int socket() const = 0;
};

class Listener {
 public:
  virtual ~Listener() = default;
  // The client that waits; nullptr when it is gone or its handshake fails.
  virtual std::unique_ptr<ServerStream> Accept() = 0;
  virtual int socket() const = 0;
  virtual std::uint16_t port() const = 0;
};

class ServerNetwork {
 public:
  // nullptr, and why.
  virtual std::unique_ptr<Listener> Listen(const ListenSettings& settings,
                                           std::string& problem) = 0;

 protected:
  ~ServerNetwork() = default;
};

}  // namespace updraft::esp
