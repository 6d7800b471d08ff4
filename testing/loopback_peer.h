// SPDX-License-Identifier: Apache-2.0
// A peer on a free port of 127.0.0.1 that does as a test tells it, over plain sockets.
#pragma once

#include <arpa/inet.h>
#include <gtest/gtest.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include <array>
#include <functional>
#include <string>
#include <string_view>
#include <thread>
#include <utility>

namespace updraft {

// Accepts one connection after another and lets `serve` have each.
class LoopbackPeer {
 public:
  explicit LoopbackPeer(std::function<void(int)> serve) : serve_(std::move(serve)) {
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    socklen_t size = sizeof address;
    EXPECT_EQ(bind(listener_, reinterpret_cast<sockaddr*>(&address), size), 0);
    EXPECT_EQ(listen(listener_, 8), 0);
    EXPECT_EQ(getsockname(listener_, reinterpret_cast<sockaddr*>(&address), &size), 0);
    port_ = ntohs(address.sin_port);
    thread_ = std::thread([this] { Run(); });
  }
  LoopbackPeer(const LoopbackPeer&) = delete;
  LoopbackPeer& operator=(const LoopbackPeer&) = delete;
  ~LoopbackPeer() {
    shutdown(listener_, SHUT_RDWR);
    thread_.join();
    close(listener_);
  }
  std::uint16_t port() const { return port_; }

 private:
  void Run() {
    while (true) {
      const int peer = accept(listener_, nullptr, nullptr);
      if (peer < 0) return;
      serve_(peer);
      close(peer);
    }
  }

  std::function<void(int)> serve_;
  int listener_ = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  std::uint16_t port_ = 0;
  std::thread thread_;
};

inline void SendAll(int peer, std::string_view text) {
  while (!text.empty()) {
    const ssize_t count = send(peer, text.data(), text.size(), MSG_NOSIGNAL);
    if (count <= 0) return;
    text.remove_prefix(static_cast<std::size_t>(count));
  }
}

inline std::string ReceiveUntil(int peer, std::string_view end) {
  std::string text;
  std::array<char, 4096> bytes{};
  while (text.find(end) == std::string::npos) {
    const ssize_t count = recv(peer, bytes.data(), bytes.size(), 0);
    if (count <= 0) break;
    text.append(bytes.data(), static_cast<std::size_t>(count));
  }
  return text;
}

inline void WaitForClose(int peer) { ReceiveUntil(peer, "never sent by anybody"); }

inline std::uint16_t ClosedPort() {
  const LoopbackPeer peer([](int) {});
  return peer.port();
}

}  // namespace updraft
