// SPDX-License-Identifier: Apache-2.0
// The network that a porter supplies: one byte stream to one host, with TLS
// where asked. Certificates, proxies and time-outs are options of the port.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>

#include "updraft/bytes.h"
#include "updraft/status.h"

namespace updraft {

struct Endpoint {
  std::string_view host;     // name or address; an IPv6 address without brackets
  std::uint16_t port = 443;  // TCP
  bool tls = true;           // else the bytes go in clear
};

// Blocking; one caller at a time. Failures are Code::kNetwork with a
// NetworkFailure as detail, or Code::kCancelled where the port was told to
// stop; failure_text() says more for people.
class Connection {
 public:
  // Opens the stream; an open one is closed first. With TLS the peer is
  // verified before this returns. kResolve, kConnect, kTls, kTimeout.
  virtual Status Connect(const Endpoint& endpoint) = 0;
  // Sends all of `data`. kReset, kTimeout.
  virtual Status Send(Bytes data) = 0;
  // Fills the front of `out` with at least one byte and returns how many; 0
  // when the peer closed in good order (with TLS: after its close_notify).
  // kReset (also a TLS stream cut without close_notify), kTimeout, kTls.
  virtual Result<std::size_t> Receive(MutableBytes out) = 0;
  // Harmless when nothing is open.
  virtual void Close() = 0;
  virtual bool is_open() const = 0;
  // One line about the last failure ("certificate has expired"), valid until
  // the next Connect, Send or Receive; empty when there was none.
  virtual std::string_view failure_text() const = 0;

 protected:
  ~Connection() = default;
};

}  // namespace updraft
