// SPDX-License-Identifier: Apache-2.0
// Connection over libcurl in its connect-only mode: libcurl resolves, connects,
// goes through proxies and does TLS; the bytes are ours. Certificates are always
// verified. Made by whoever downloads on a host; it owns its libcurl handles.
#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "updraft/port/connection.h"

#include "ports/host/bundle_trust.h"
#include "ports/host/peer_silence.h"
#include "ports/host/read_ahead.h"

namespace updraft {

struct CurlConnectionOptions {
  // Who is trusted: a PEM file, or PEM text, which goes before the file. Both
  // empty: the system's store. Where one is given, the system's store is not
  // trusted beside it.
  std::string ca_file;
  std::string ca_pem;
  // For servers that want to know the client: PEM files, or PEM text.
  std::string certificate_file;
  std::string certificate_pem;
  std::string key_file;
  std::string key_pem;
  std::string key_password;
  // The chain is verified, the name in the certificate is not.
  bool skip_common_name_check = false;
  // "http://user:password@host:port", https:// or socks5h://; empty: as the
  // environment says (https_proxy, no_proxy, ...), as libcurl reads it.
  std::string proxy;
  std::string proxy_ca_file;  // for an https proxy; empty: the system's store
  // Until the stream is open, TLS and proxy included.
  std::chrono::milliseconds connect_timeout{15000};
  // Sending or receiving without a byte for so long is a stall.
  std::chrono::milliseconds stall_timeout{30000};
  // Asked at least every 200 ms while a call waits; true ends the call with
  // Code::kCancelled. It must be quick; empty: never asked.
  std::function<bool()> should_stop;
  // A stream on which nothing came in time stays open, and may be waited for again.
  bool open_after_stall = false;
  // Trusted beside whatever else is.
  std::vector<TrustedAuthority> authorities;
  enum class TlsVersions : std::uint8_t { k12OrNewer, kOnly12, kOnly13 };
  TlsVersions tls_versions = TlsVersions::k12OrNewer;
  enum class AddressFamily : std::uint8_t { kAny, kIpv4, kIpv6 };
  AddressFamily address_family = AddressFamily::kAny;
  std::vector<std::string> protocols;  // ALPN; empty: http/1.1
  std::string interface_name;          // of the network; empty: any
  struct KeepAlive {
    std::chrono::seconds idle{60};
    std::chrono::seconds interval{60};
    int count = 9;
  };
  std::optional<KeepAlive> keep_alive = KeepAlive{};
  // "host:port:address:port", as CURLOPT_CONNECT_TO: connects elsewhere without
  // a change of the name that is verified.
  std::vector<std::string> connect_to;
  // For tests: ends a wait as though its time-out had passed. Outlives the
  // connection; null: time passes by itself.
  PeerSilence* silence = nullptr;
};

// TLS 1.2 or newer, ALPN http/1.1, TCP_NODELAY, TCP keep-alive. Not for two
// threads at once. Beside what Connection says: kInvalidArgument for an
// endpoint without a sound host, kNoSpace when libcurl has no memory.
class CurlConnection final : public WakeableConnection {
 public:
  explicit CurlConnection(CurlConnectionOptions options);
  CurlConnection(const CurlConnection&) = delete;
  CurlConnection& operator=(const CurlConnection&) = delete;
  ~CurlConnection();

  Status Connect(const Endpoint& endpoint) override;
  Status Send(Bytes data) override;
  Result<std::size_t> Receive(MutableBytes out) override;
  Result<std::optional<std::size_t>> ReceiveUnlessWoken(MutableBytes out, int wake) override;
  Result<std::optional<std::size_t>> ReceiveNow(MutableBytes out) override;
  void Close() override;
  bool is_open() const override { return open_; }
  std::string_view failure_text() const override { return failure_text_; }

  // From the next wait on.
  void SetTimeouts(std::chrono::milliseconds connect, std::chrono::milliseconds stall);
  // -1 when nothing is open.
  int socket() const { return open_ ? socket_ : -1; }
  // "TLSv1.3" or "TLSv1.2"; empty without TLS or before the first Receive.
  std::string_view tls_version() const;

 private:
  struct Handles;
  using Clock = std::chrono::steady_clock;

  Status Fail(Status status, std::string text);
  Status FailBy(int curl_code, Status otherwise);
  Status Configure(const Endpoint& endpoint);
  bool SetTrust();
  bool SetClientCertificate();
  bool SetSocket();
  Status Perform();
  Result<bool> WaitFor(short events, Clock::time_point& last_byte, int wake);
  Status Stall();
  int SilenceDescriptor() const {
    return options_.silence == nullptr ? -1 : options_.silence->descriptor();
  }
  bool ClosedInGoodOrder() const;
  bool ShouldStop() const { return options_.should_stop && options_.should_stop(); }

  CurlConnectionOptions options_;
  std::unique_ptr<Handles> handles_;
  std::vector<char> error_buffer_;
  std::string failure_text_;
  int socket_ = -1;
  bool attached_ = false;  // the transfer is in the multi handle
  bool open_ = false;
  bool tls_ = false;
};

}  // namespace updraft
