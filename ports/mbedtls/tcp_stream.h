// SPDX-License-Identifier: Apache-2.0
// The plain stream below TLS: all that MbedtlsConnection asks of a network stack. A
// porter implements it over BSD sockets (BsdTcpStream), lwIP's, or a modem.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>

#include "updraft/bytes.h"
#include "updraft/status.h"

namespace updraft {

// Blocking; one caller at a time. Failures are Code::kNetwork with the detail named,
// or kCancelled when it was told to stop. Segments are sent at once (TCP_NODELAY): a
// handshake is many small ones. Times are milliseconds without a byte.
class TcpStream {
 public:
  // Resolves and connects; what was open is closed. kResolve, kConnect, kTimeout.
  virtual Status Open(std::string_view host, std::uint16_t port, std::uint32_t timeout_ms) = 0;
  // Sends at least one byte and returns how many. kReset, kTimeout.
  virtual Result<std::size_t> Send(Bytes data, std::uint32_t timeout_ms) = 0;
  // At least one byte; 0 when the peer has ended. kReset, kTimeout.
  virtual Result<std::size_t> Receive(MutableBytes out, std::uint32_t timeout_ms) = 0;
  // Harmless when nothing is open.
  virtual void Close() = 0;

 protected:
  ~TcpStream() = default;
};

}  // namespace updraft
