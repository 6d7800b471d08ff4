// SPDX-License-Identifier: Apache-2.0
// The network that the façade's HTTP client works over. The program binds one with
// its device (device_binding.h; esp/host/host_network.h is the host's).
#pragma once

#include <chrono>
#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "updraft/port/connection.h"

namespace updraft::esp {

enum class TlsVersions : std::uint8_t { kAny, kOnly12, kOnly13 };
enum class AddressFamily : std::uint8_t { kAny, kIpv4, kIpv6 };

// Why a TLS handshake came to nothing.
enum class TlsFault : std::uint8_t {
  kNone,        // none did, or nobody says why
  kNotTrusted,  // the server's chain ends at nobody who is trusted
  kExpired,
  kNotYetValid,
  kOtherName,         // the certificate is for another host
  kOtherCertificate,  // it is refused for another reason
  kAlert,             // the server refused, by an alert
  kNoTls,             // what came is not TLS
  kNoCommonVersion,
  kHandshake,  // refused for another reason
  kCutOff,     // the stream ended, or broke
};

// Of whom only the name and the key are known (docs/formats.md, "Certificate bundle").
struct Authority {
  std::vector<std::uint8_t> subject{};  // the name, DER
  std::vector<std::uint8_t> key{};      // SubjectPublicKeyInfo, DER
};

// How one connection is made. Certificates and keys are PEM text.
struct ConnectionSettings {
  // Who is trusted: these certificates; empty: the system's authorities and those
  // below. The client asks for no TLS where nobody was meant to be trusted.
  std::string trusted_pem{};
  std::vector<Authority> authorities{};
  std::string certificate_pem{};
  std::string key_pem{};
  std::string key_password{};
  bool skip_name_check = false;
  std::string verified_name{};  // instead of the host; empty: the host
  TlsVersions versions = TlsVersions::kAny;
  AddressFamily family = AddressFamily::kAny;
  std::vector<std::string> protocols{};  // ALPN; empty: http/1.1
  std::string interface_name{};          // empty: any
  bool keep_alive = false;
  std::chrono::seconds keep_alive_idle{5};
  std::chrono::seconds keep_alive_interval{5};
  int keep_alive_count = 3;
  std::chrono::milliseconds timeout{5000};  // of connecting, and of each wait
};

// One stream after another, as Connection says. A wait for a byte that takes too long
// is kTimeout and leaves the stream open.
class NetworkStream {
 public:
  virtual ~NetworkStream() = default;
  virtual Connection& connection() = 0;
  // From the next wait on.
  virtual void SetTimeout(std::chrono::milliseconds timeout) = 0;
  // -1 when nothing is open.
  virtual int socket() = 0;
  // Of the last Connect() that failed.
  virtual TlsFault tls_fault() { return TlsFault::kNone; }
};

class Network {
 public:
  // Any thread. nullptr when there is no memory.
  virtual std::unique_ptr<NetworkStream> MakeStream(ConnectionSettings settings) = 0;

 protected:
  ~Network() = default;
};

}  // namespace updraft::esp
