// SPDX-License-Identifier: Apache-2.0
// How a host's connection behaves: trust, client certificate, proxy, time-outs.
#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "ports/host/bundle_trust.h"
#include "ports/host/peer_silence.h"

namespace updraft {

struct HostConnectionOptions {
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
  // Connects there, without a change of the name that is verified.
  struct Place {
    std::string host;  // name or address; an IPv6 address without brackets
    std::uint16_t port = 443;
  };
  std::optional<Place> connect_to;
  // For tests: ends a wait as though its time-out had passed. Outlives the
  // connection; null: time passes by itself.
  PeerSilence* silence = nullptr;
};

}  // namespace updraft
