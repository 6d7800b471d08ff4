// SPDX-License-Identifier: Apache-2.0
// The network of a host: TLS by OpenSSL itself (OpensslConnection), or through
// libcurl (CurlConnection) where a proxy stands between. What both share, and who
// chooses.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string_view>

#include "updraft/port/connection.h"

#include "ports/host/connection_options.h"

namespace updraft {

// Why a TLS handshake came to nothing.
enum class TlsFailure : std::uint8_t {
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

// A Connection whose waiting can be ended by another thread.
class WakeableConnection : public Connection {
 public:
  // As Receive(), but gives nothing, and loses nothing, once the descriptor `wake`
  // can be read while it waits. Bytes that are there already go before.
  virtual Result<std::optional<std::size_t>> ReceiveUnlessWoken(MutableBytes out, int wake) = 0;
  // The same without a wait: gives nothing where nothing is there.
  virtual Result<std::optional<std::size_t>> ReceiveNow(MutableBytes out) = 0;

 protected:
  ~WakeableConnection() = default;
};

// TLS 1.2 or newer, ALPN http/1.1, TCP_NODELAY, TCP keep-alive. Certificates are
// always verified. Not for two threads at once. Beside what Connection says:
// kInvalidArgument for an endpoint without a sound host, kNoSpace without memory,
// kUnsupported where a proxy is to be used and libcurl is not installed.
class HostConnection : public WakeableConnection {
 public:
  virtual ~HostConnection() = default;

  // From the next wait on.
  virtual void SetTimeouts(std::chrono::milliseconds connect, std::chrono::milliseconds stall) = 0;
  // -1 when nothing is open.
  virtual int socket() const = 0;
  // "TLSv1.3" or "TLSv1.2"; empty without TLS or before the first Receive.
  virtual std::string_view tls_version() const = 0;
  // Of the last Connect() that failed; kNone where libcurl makes the stream.
  virtual TlsFailure tls_failure() const { return TlsFailure::kNone; }
};

// A proxy, of the options or in the environment, a network interface and a key in
// a PKCS #11 token are libcurl's work, which is loaded for them; everything else
// OpenSSL does alone, in a process that starts quicker and is smaller by
// libcurl's 30 libraries.
std::unique_ptr<HostConnection> MakeHostConnection(HostConnectionOptions options);

}  // namespace updraft
