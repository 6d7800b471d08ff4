// SPDX-License-Identifier: Apache-2.0
// For this room's tests: a folder that removes itself and a client that sends
// exactly the bytes it is given, plain or over TLS. No wait is longer than the
// socket's time-out, so a server that hangs fails a test instead of stopping it.
#pragma once

#include <arpa/inet.h>
#include <netinet/in.h>
#include <openssl/ssl.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <unistd.h>

#include <array>
#include <cstdint>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <map>
#include <stdexcept>
#include <string>
#include <string_view>
#include <utility>

#include "server/openssl_handle.h"

namespace updraft {

class TestFolder {
 public:
  TestFolder() {
    std::string name = (std::filesystem::temp_directory_path() / "server_test.XXXXXX").string();
    if (mkdtemp(name.data()) == nullptr) throw std::runtime_error("no temporary folder");
    path_ = name;
  }
  ~TestFolder() {
    std::error_code ignored;
    std::filesystem::remove_all(path_, ignored);
  }
  TestFolder(const TestFolder&) = delete;
  TestFolder& operator=(const TestFolder&) = delete;

  std::filesystem::path operator/(std::string_view name) const { return path_ / name; }
  std::string string() const { return path_.string(); }
  void Write(std::string_view name, std::string_view content) const {
    std::filesystem::create_directories((path_ / name).parent_path());
    std::ofstream(path_ / name, std::ios::binary) << content;
  }

 private:
  std::filesystem::path path_;
};

// `size` bytes in which every offset looks different.
inline std::string PatternText(std::size_t size) {
  std::string text(size, '\0');
  std::uint32_t state = 1;
  for (char& c : text) {
    state = state * 1664525 + 1013904223;
    c = static_cast<char>(state >> 24);
  }
  return text;
}

struct TestResponse {
  int status = 0;  // 0: the connection ended before a whole head
  std::string reason;
  std::map<std::string, std::string> headers;  // names in lower case
  std::string body;

  std::string header(const std::string& name) const {
    const auto found = headers.find(name);
    return found == headers.end() ? "" : found->second;
  }
  bool has(const std::string& name) const { return headers.contains(name); }
};

class TestClient {
 public:
  // `receive_buffer` makes the kernel's small, for a client that reads slowly.
  explicit TestClient(std::uint16_t port, int receive_buffer = 0) {
    fd_ = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (receive_buffer > 0)
      setsockopt(fd_, SOL_SOCKET, SO_RCVBUF, &receive_buffer, sizeof(receive_buffer));
    const timeval patience{.tv_sec = 30, .tv_usec = 0};
    setsockopt(fd_, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof(patience));
    setsockopt(fd_, SOL_SOCKET, SO_SNDTIMEO, &patience, sizeof(patience));
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_port = htons(port);
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    if (connect(fd_, reinterpret_cast<sockaddr*>(&address), sizeof(address)) != 0)
      throw std::runtime_error("cannot connect");
  }
  ~TestClient() {
    SSL_free(ssl_);
    SSL_CTX_free(context_);
    if (fd_ >= 0) close(fd_);
  }
  TestClient(const TestClient&) = delete;
  TestClient& operator=(const TestClient&) = delete;

  // False when the handshake fails; `ca_pem` is all that is trusted.
  bool StartTls(const std::string& ca_pem, const std::string& host, int version = 0) {
    context_ = SSL_CTX_new(TLS_client_method());
    SSL_CTX_set_security_level(context_, 0);
    if (version != 0) {
      SSL_CTX_set_min_proto_version(context_, version);
      SSL_CTX_set_max_proto_version(context_, version);
    }
    const CertificateHandle ca = ParseCertificate(ca_pem);
    if (ca) X509_STORE_add_cert(SSL_CTX_get_cert_store(context_), ca.get());
    X509_VERIFY_PARAM_set_flags(SSL_CTX_get0_param(context_), X509_V_FLAG_X509_STRICT);
    SSL_CTX_set_verify(context_, SSL_VERIFY_PEER, nullptr);
    ssl_ = SSL_new(context_);
    if (X509_VERIFY_PARAM_set1_ip_asc(SSL_get0_param(ssl_), host.c_str()) != 1)
      SSL_set1_host(ssl_, host.c_str());
    SSL_set_fd(ssl_, fd_);
    ERR_clear_error();
    return SSL_connect(ssl_) == 1;
  }
  SSL* ssl() const { return ssl_; }
  int fd() const { return fd_; }

  void Send(std::string_view bytes) {
    while (!bytes.empty()) {
      const auto count = ssl_ != nullptr
                             ? SSL_write(ssl_, bytes.data(), static_cast<int>(bytes.size()))
                             : send(fd_, bytes.data(), bytes.size(), MSG_NOSIGNAL);
      if (count <= 0) return;
      bytes.remove_prefix(static_cast<std::size_t>(count));
    }
  }

  // One response; `head_only` for the answer to HEAD.
  TestResponse Receive(bool head_only = false) {
    TestResponse response;
    std::size_t end = 0;
    while ((end = pending_.find("\r\n\r\n")) == std::string::npos) {
      if (!Fill()) return response;
    }
    ParseHead(pending_.substr(0, end + 2), response);
    pending_.erase(0, end + 4);
    if (head_only || response.status == 304) return response;
    const std::size_t length =
        std::strtoull(response.header("content-length").c_str(), nullptr, 10);
    while (pending_.size() < length && Fill()) {
    }
    response.body = pending_.substr(0, length);
    pending_.erase(0, length);
    return response;
  }

  TestResponse Ask(std::string_view request, bool head_only = false) {
    Send(request);
    return Receive(head_only);
  }

  // All that comes until the server ends the connection.
  std::string ReceiveUntilEnd() {
    while (Fill()) {
    }
    return std::exchange(pending_, {});
  }
  // At least so many bytes, or all until the end.
  std::string ReceiveSome(std::size_t count) {
    while (pending_.size() < count && Fill()) {
    }
    return std::exchange(pending_, {});
  }
  // How it ended: by RST; by close_notify.
  bool was_reset() const { return was_reset_; }
  bool was_closed_by_tls() const {
    return ssl_ != nullptr && (SSL_get_shutdown(ssl_) & SSL_RECEIVED_SHUTDOWN) != 0;
  }

  // Reads on and counts until the server ends the connection.
  std::uint64_t CountUntilEnd() {
    std::uint64_t count = pending_.size();
    while (pending_.clear(), Fill()) count += pending_.size();
    return count;
  }
  // True when the server has ended the connection and sent nothing more.
  bool Ended() { return pending_.empty() && !Fill() && !timed_out_; }

 private:
  bool Fill() {
    const auto count = ssl_ != nullptr
                           ? SSL_read(ssl_, chunk_.data(), static_cast<int>(chunk_.size()))
                           : recv(fd_, chunk_.data(), chunk_.size(), 0);
    if (count <= 0) {
      timed_out_ = errno == EAGAIN && count < 0;
      was_reset_ = errno == ECONNRESET && count < 0;
      return false;
    }
    pending_.append(chunk_.data(), static_cast<std::size_t>(count));
    return true;
  }

  static void ParseHead(std::string_view head, TestResponse& response) {
    const std::size_t line_end = head.find("\r\n");
    response.status = std::atoi(std::string(head.substr(9, 3)).c_str());
    response.reason = head.substr(13, line_end - 13);
    head.remove_prefix(line_end + 2);
    while (!head.empty()) {
      const std::size_t end = head.find("\r\n");
      const std::size_t colon = head.find(": ");
      std::string name(head.substr(0, colon));
      for (char& c : name) c = static_cast<char>(std::tolower(c));
      response.headers[name] = head.substr(colon + 2, end - colon - 2);
      head.remove_prefix(end + 2);
    }
  }

  int fd_ = -1;
  SSL_CTX* context_ = nullptr;
  SSL* ssl_ = nullptr;
  std::string pending_;
  std::array<char, 65536> chunk_{};
  bool timed_out_ = false;
  bool was_reset_ = false;
};

}  // namespace updraft
