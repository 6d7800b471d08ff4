// SPDX-License-Identifier: Apache-2.0
// A plain HTTP server on loopback that sends given bytes to whoever asks, one
// answer after the other, the last one again and again, and closes: for answers
// that no decent server gives. Owns a thread.
#pragma once

#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <cstdint>
#include <functional>
#include <stdexcept>
#include <string>
#include <thread>
#include <utility>
#include <vector>

namespace updraft {

class CannedServer {
 public:
  explicit CannedServer(std::string answer)
      : CannedServer(std::vector<std::string>{std::move(answer)}) {}
  // Asked before each piece, with the bytes of the answer that were sent: up to where
  // may it go on? Blocks to hold the rest back.
  using Gate = std::function<std::size_t(std::size_t sent)>;

  // At least one answer.
  explicit CannedServer(
      std::vector<std::string> answers, Gate gate = [](std::size_t) { return SIZE_MAX; })
      : answers_(std::move(answers)), gate_(std::move(gate)) {
    listener_ = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    socklen_t size = sizeof(address);
    auto* const generic = reinterpret_cast<sockaddr*>(&address);
    if (listener_ < 0 || bind(listener_, generic, size) != 0 || listen(listener_, 8) != 0 ||
        getsockname(listener_, generic, &size) != 0) {
      throw std::runtime_error("no loopback socket");
    }
    port_ = ntohs(address.sin_port);
    thread_ = std::thread([this] { Serve(); });
  }
  CannedServer(const CannedServer&) = delete;
  CannedServer& operator=(const CannedServer&) = delete;
  ~CannedServer() {
    shutdown(listener_, SHUT_RDWR);
    thread_.join();
    close(listener_);
  }

  std::string url() const { return "http://127.0.0.1:" + std::to_string(port_) + "/firmware.bin"; }

 private:
  void Serve() {
    for (;;) {
      const int peer = accept4(listener_, nullptr, nullptr, SOCK_CLOEXEC);
      if (peer < 0) return;
      Answer(peer);
      close(peer);
    }
  }

  void Answer(int peer) {
    const std::string& answer = answers_[std::min(next_++, answers_.size() - 1)];
    std::string request;
    char buffer[4096];
    while (request.find("\r\n\r\n") == std::string::npos) {
      const ssize_t count = recv(peer, buffer, sizeof(buffer), 0);
      if (count <= 0) return;
      request.append(buffer, static_cast<std::size_t>(count));
    }
    std::size_t sent = 0;
    while (sent < answer.size()) {
      const std::size_t end = std::min(gate_(sent), answer.size());
      const ssize_t count = send(peer, answer.data() + sent, end - sent, MSG_NOSIGNAL);
      if (count <= 0) return;
      sent += static_cast<std::size_t>(count);
    }
  }

  std::vector<std::string> answers_;
  Gate gate_;
  std::size_t next_ = 0;  // of the thread
  int listener_ = -1;
  std::uint16_t port_ = 0;
  std::thread thread_;
};

}  // namespace updraft
