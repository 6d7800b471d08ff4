// SPDX-License-Identifier: Apache-2.0
// The implementations of the Connection port, made from the same wishes, for suites
// that each of them must pass.
#pragma once

#include <gtest/gtest.h>

#include <array>
#include <chrono>
#include <functional>
#include <string>
#include <string_view>

#include "ports/host/connection_curl.h"
#include "ports/host/connection_openssl.h"
#include "ports/host/linux_system.h"
#include "ports/mbedtls/bsd_tcp_stream.h"
#include "ports/mbedtls/connection_mbedtls.h"
#include "ports/mbedtls/linux_entropy.h"

namespace updraft {

struct ConnectionWishes {
  std::string ca_pem;
  std::string certificate_pem;
  std::string key_pem;
  bool skip_common_name_check = false;
  std::chrono::milliseconds connect_timeout{15000};
  std::chrono::milliseconds stall_timeout{30000};
  std::function<bool()> should_stop;
  // Every connection goes to this port of 127.0.0.1, whatever name is verified.
  std::uint16_t redirected_port = 0;
};

// A Connection that hands everything on.
class HandedOnConnection : public Connection {
 public:
  Status Connect(const Endpoint& endpoint) override { return inner_->Connect(endpoint); }
  Status Send(Bytes data) override { return inner_->Send(data); }
  Result<std::size_t> Receive(MutableBytes out) override { return inner_->Receive(out); }
  void Close() override { inner_->Close(); }
  bool is_open() const override { return inner_->is_open(); }
  std::string_view failure_text() const override { return inner_->failure_text(); }

 protected:
  explicit HandedOnConnection(Connection& inner) : inner_(&inner) {}
  ~HandedOnConnection() = default;

 private:
  Connection* inner_;
};

template <typename Host>
class HostUnderTest final : public HandedOnConnection {
 public:
  static constexpr std::string_view kNewestTls = "TLSv1.3";
  static constexpr std::array kTlsVersions{"-tls1_3", "-tls1_2"};

  explicit HostUnderTest(const ConnectionWishes& wishes)
      : HandedOnConnection(connection_), connection_(OptionsOf(wishes)) {}
  std::string_view tls_version() const { return connection_.tls_version(); }

 private:
  static HostConnectionOptions OptionsOf(const ConnectionWishes& wishes) {
    HostConnectionOptions options;
    options.ca_pem = wishes.ca_pem;
    options.certificate_pem = wishes.certificate_pem;
    options.key_pem = wishes.key_pem;
    options.skip_common_name_check = wishes.skip_common_name_check;
    options.connect_timeout = wishes.connect_timeout;
    options.stall_timeout = wishes.stall_timeout;
    options.should_stop = wishes.should_stop;
    if (wishes.redirected_port != 0) {
      options.connect_to = HostConnectionOptions::Place{"127.0.0.1", wishes.redirected_port};
    }
    return options;
  }

  Host connection_;
};
using CurlUnderTest = HostUnderTest<CurlConnection>;
using OpensslUnderTest = HostUnderTest<OpensslConnection>;

// Goes elsewhere than it is asked to.
class RedirectedStream final : public TcpStream {
 public:
  RedirectedStream(TcpStream& inner, std::uint16_t port) : inner_(&inner), port_(port) {}
  Status Open(std::string_view host, std::uint16_t port, std::uint32_t timeout_ms) override {
    return port_ == 0 ? inner_->Open(host, port, timeout_ms)
                      : inner_->Open("127.0.0.1", port_, timeout_ms);
  }
  Result<std::size_t> Send(Bytes data, std::uint32_t timeout_ms) override {
    return inner_->Send(data, timeout_ms);
  }
  Result<std::size_t> Receive(MutableBytes out, std::uint32_t timeout_ms) override {
    return inner_->Receive(out, timeout_ms);
  }
  void Close() override { inner_->Close(); }
  void set_port(std::uint16_t port) { port_ = port; }

 private:
  TcpStream* inner_;
  std::uint16_t port_;
};

class MbedtlsUnderTest final : public HandedOnConnection {
 public:
  static constexpr std::string_view kNewestTls = "TLSv1.2";
  static constexpr std::array kTlsVersions{"-tls1_2"};

  explicit MbedtlsUnderTest(ConnectionWishes wishes, Bytes bundle = {})
      : HandedOnConnection(connection_),
        wishes_(std::move(wishes)),
        stream_(&ShouldStop, this),
        redirected_(stream_, wishes_.redirected_port),
        connection_(OptionsOf(wishes_, bundle), redirected_, system_, random_) {}
  MbedtlsUnderTest(const MbedtlsUnderTest&) = delete;
  MbedtlsUnderTest& operator=(const MbedtlsUnderTest&) = delete;

  std::string_view tls_version() const { return kNewestTls; }
  MbedtlsConnection& inner() { return connection_; }
  void RedirectTo(std::uint16_t port) { redirected_.set_port(port); }

 private:
  static bool ShouldStop(void* self) {
    const auto& wish = static_cast<const MbedtlsUnderTest*>(self)->wishes_.should_stop;
    return wish && wish();
  }
  // With the NUL behind it.
  static Bytes PemBytes(const std::string& pem) {
    if (pem.empty()) return {};
    return {reinterpret_cast<const std::uint8_t*>(pem.c_str()), pem.size() + 1};
  }
  static MbedtlsConnectionOptions OptionsOf(const ConnectionWishes& wishes, Bytes bundle) {
    MbedtlsConnectionOptions options;
    options.authorities = PemBytes(wishes.ca_pem);
    options.authority_bundle = bundle;
    options.certificate = PemBytes(wishes.certificate_pem);
    options.key = PemBytes(wishes.key_pem);
    options.skip_common_name_check = wishes.skip_common_name_check;
    options.connect_timeout_ms = static_cast<std::uint32_t>(wishes.connect_timeout.count());
    options.stall_timeout_ms = static_cast<std::uint32_t>(wishes.stall_timeout.count());
    return options;
  }

  ConnectionWishes wishes_;
  LinuxSystem system_;
  MbedtlsRandom random_{&LinuxEntropy};
  BsdTcpStream stream_;
  RedirectedStream redirected_;
  MbedtlsConnection connection_;
};

struct ConnectionPortName {
  template <typename Port>
  static std::string GetName(int) {
    if (std::is_same_v<Port, CurlUnderTest>) return "Curl";
    return std::is_same_v<Port, OpensslUnderTest> ? "Openssl" : "Mbedtls";
  }
};
using ConnectionPorts = testing::Types<OpensslUnderTest, CurlUnderTest, MbedtlsUnderTest>;

}  // namespace updraft
