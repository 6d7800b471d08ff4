// SPDX-License-Identifier: Apache-2.0
// An HTTP proxy on loopback that connects through to where it is asked to (CONNECT),
// plain or behind TLS, and wants credentials where it has some. A thread a connection.
#pragma once

#include <netinet/in.h>
#include <openssl/ssl.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <array>
#include <atomic>
#include <cstdint>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

#include "server/openssl_handle.h"
#include "testing/test_certificates.h"

namespace updraft {

class ConnectProxy {
 public:
  // `authorization`: the value of Proxy-Authorization that it wants; empty: none.
  explicit ConnectProxy(std::string authorization, const CertifiedKey* identity = nullptr)
      : authorization_(std::move(authorization)) {
    if (identity != nullptr) {
      context_.reset(SSL_CTX_new(TLS_server_method()));
      SSL_CTX_use_certificate(context_.get(), ParseCertificate(identity->certificate_pem).get());
      SSL_CTX_use_PrivateKey(context_.get(), ParseKey(identity->key_pem).get());
    }
    sockaddr_in address = Loopback(0);
    socklen_t size = sizeof address;
    if (bind(listener_, reinterpret_cast<sockaddr*>(&address), size) != 0 ||
        listen(listener_, 8) != 0 ||
        getsockname(listener_, reinterpret_cast<sockaddr*>(&address), &size) != 0) {
      std::abort();
    }
    port_ = ntohs(address.sin_port);
    acceptor_ = std::thread([this] { Accept(); });
  }
  ConnectProxy(const ConnectProxy&) = delete;
  ConnectProxy& operator=(const ConnectProxy&) = delete;
  ~ConnectProxy() {
    shutdown(listener_, SHUT_RDWR);
    acceptor_.join();
    for (std::thread& relay : relays_) relay.join();
    close(listener_);
  }

  std::uint16_t port() const { return port_; }
  // Tunnels that were opened.
  int tunnels() const { return tunnels_; }

 private:
  static sockaddr_in Loopback(std::uint16_t port) {
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    address.sin_port = htons(port);
    return address;
  }

  void Accept() {
    while (true) {
      const int client = accept(listener_, nullptr, nullptr);
      if (client < 0) return;
      relays_.emplace_back([this, client] { Serve(client); });
    }
  }

  // The client's side, with or without TLS.
  struct Client {
    int socket;
    SSL* tls;
    ssize_t Read(char* out, std::size_t size) const {
      return tls != nullptr ? SSL_read(tls, out, static_cast<int>(size))
                            : recv(socket, out, size, 0);
    }
    bool Write(const char* data, std::size_t size) const {
      while (size > 0) {
        const ssize_t count = tls != nullptr ? SSL_write(tls, data, static_cast<int>(size))
                                             : send(socket, data, size, MSG_NOSIGNAL);
        if (count <= 0) return false;
        data += count;
        size -= static_cast<std::size_t>(count);
      }
      return true;
    }
    bool Say(const std::string& text) const { return Write(text.data(), text.size()); }
  };

  void Serve(int socket) {
    std::unique_ptr<SSL, OpensslFree<SSL_free>> tls(context_ ? SSL_new(context_.get()) : nullptr);
    if (tls) {
      SSL_set_fd(tls.get(), socket);
      if (SSL_accept(tls.get()) != 1) tls.reset();
    }
    if (tls || !context_) Tunnel({socket, tls.get()});
    if (tls) SSL_shutdown(tls.get());
    tls.reset();
    close(socket);
  }

  void Tunnel(const Client& client) {
    std::string head;
    char c = 0;
    while (head.find("\r\n\r\n") == std::string::npos) {
      if (client.Read(&c, 1) != 1) return;
      head += c;
    }
    if (!authorization_.empty() &&
        head.find("Proxy-Authorization: " + authorization_ + "\r\n") == std::string::npos) {
      client.Say(
          "HTTP/1.1 407 No\r\nProxy-Authenticate: Basic realm=\"p\"\r\n"
          "Content-Length: 0\r\nConnection: close\r\n\r\n");
      return;
    }
    const std::size_t colon = head.find(':');
    if (!head.starts_with("CONNECT ") || colon == std::string::npos) return;
    const auto port = static_cast<std::uint16_t>(std::stoi(head.substr(colon + 1)));
    const int server = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    const sockaddr_in address = Loopback(port);
    if (connect(server, reinterpret_cast<const sockaddr*>(&address), sizeof address) == 0 &&
        client.Say("HTTP/1.1 200 Connected\r\n\r\n")) {
      ++tunnels_;
      Relay(client, server);
    }
    close(server);
  }

  static void Relay(const Client& client, int server) {
    std::array<char, 16384> buffer{};
    std::array<pollfd, 2> sides{pollfd{client.socket, POLLIN, 0}, pollfd{server, POLLIN, 0}};
    while (true) {
      const bool pending = client.tls != nullptr && SSL_pending(client.tls) > 0;
      if (!pending && poll(sides.data(), sides.size(), -1) < 0) return;
      if (pending || sides[0].revents != 0) {
        const ssize_t count = client.Read(buffer.data(), buffer.size());
        if (count <= 0 ||
            send(server, buffer.data(), static_cast<std::size_t>(count), MSG_NOSIGNAL) != count) {
          return;
        }
      }
      if (!pending && sides[1].revents != 0) {
        const ssize_t count = recv(server, buffer.data(), buffer.size(), 0);
        if (count <= 0 || !client.Write(buffer.data(), static_cast<std::size_t>(count))) return;
      }
    }
  }

  std::string authorization_;
  std::unique_ptr<SSL_CTX, OpensslFree<SSL_CTX_free>> context_;
  int listener_ = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  std::uint16_t port_ = 0;
  std::atomic<int> tunnels_{0};
  std::vector<std::thread> relays_;
  std::thread acceptor_;
};

}  // namespace updraft
