// SPDX-License-Identifier: Apache-2.0
// TcpStream over BSD sockets: Linux, and whatever else has them (lwIP's are alike).
#pragma once

#include "ports/mbedtls/tcp_stream.h"

namespace updraft {

class BsdTcpStream final : public TcpStream {
 public:
  // Asked at least every 200 ms while a call waits; true ends it with kCancelled.
  using ShouldStop = bool (*)(void* context);

  explicit BsdTcpStream(ShouldStop should_stop = nullptr, void* context = nullptr)
      : should_stop_(should_stop), context_(context) {}
  BsdTcpStream(const BsdTcpStream&) = delete;
  BsdTcpStream& operator=(const BsdTcpStream&) = delete;
  ~BsdTcpStream() { Close(); }

  // A name is resolved by getaddrinfo, which nothing interrupts; its addresses are
  // tried one after another.
  Status Open(std::string_view host, std::uint16_t port, std::uint32_t timeout_ms) override;
  Result<std::size_t> Send(Bytes data, std::uint32_t timeout_ms) override;
  Result<std::size_t> Receive(MutableBytes out, std::uint32_t timeout_ms) override;
  void Close() override;

 private:
  Status WaitFor(short events, std::uint32_t timeout_ms);
  Status ConnectTo(const void* address_info, std::uint32_t timeout_ms);

  ShouldStop should_stop_;
  void* context_;
  int socket_ = -1;
};

}  // namespace updraft
