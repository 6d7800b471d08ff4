// SPDX-License-Identifier: Apache-2.0
// A development server for HTTPS: the files of one directory, with ranges and
// conditional requests, in constant memory. Called by `updraft serve`, by the
// demo and by tests; owns a thread, the listening socket and the connections.
#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "server/access_log.h"
#include "server/certificate.h"
#include "server/explained_status.h"
#include "server/fault_script.h"
#include "server/tls_identity.h"

namespace updraft {

struct FileServerOptions {
  std::string root = {};           // the directory that is served
  std::string host = "127.0.0.1";  // address, or name that resolves to one, to listen on
  std::uint16_t port = 0;          // 0: any free one

  // Without an identity, Start() makes an authority and a certificate for
  // localhost, the loopback addresses, `host` and `more_hosts`; on a wildcard
  // address for this machine's names and addresses too.
  TlsIdentity identity = {};
  std::vector<std::string> more_hosts = {};
  bool plain_http = false;  // no TLS at all

  std::vector<std::string> withheld = {};  // files that are never served: private keys
  std::uint64_t throttle = 0;              // bytes a second of each connection; 0 is no limit
  // How long a client may do nothing: no handshake, no request, not reading.
  std::chrono::milliseconds idle_timeout{60'000};
  AccessLog access_log = {};
  FaultScript script = {};  // which requests are answered wrongly, and how
  // Called on the server's thread when the script has made a connection fall silent
  // for good; what it said before is in the socket. A test's fake clock may go on
  // then (PeerSilence).
  std::function<void()> on_silence = {};
};

// Not thread-safe; Start and Stop are not to be called from the access log.
class FileServer {
 public:
  explicit FileServer(FileServerOptions options);
  ~FileServer();  // stops
  FileServer(const FileServer&) = delete;
  FileServer& operator=(const FileServer&) = delete;

  // Returns once connections are accepted. kNotFound: no such directory or
  // host; kNoSpace: the port is in use; kInvalidArgument, kBadFormat: the
  // identity cannot be used; kInvalidState: runs already; kUnsupported: the
  // system or OpenSSL refused. After Stop it may be started again.
  ExplainedStatus Start();
  // Drops every connection and returns when the thread has ended. No effect
  // when it does not run.
  void Stop();

  // Plays another script from its beginning, from the next request on. Only while
  // it runs; not from the access log. Connections that are open stay as they are.
  // kUnsupported when OpenSSL does not make what a fault of TLS needs; the script
  // before is played on then.
  ExplainedStatus SetScript(FaultScript script);

  // Returns once no connection is served, while it runs: what a client that has gone
  // had sent before is counted by the script that was there then.
  void WaitUntilIdle();

  // All below are valid from Start() on, and after Stop().
  std::uint16_t port() const { return port_; }
  // "https://127.0.0.1:40000/".
  std::string url() const;
  // What a client has to trust: the self-made authority, or the given
  // certificate chain. Empty with plain_http.
  const std::string& ca_pem() const { return ca_pem_; }

 private:
  class Engine;

  ExplainedStatus PrepareIdentity();

  FileServerOptions options_;
  CertificateAuthority authority_;
  CertificateOptions certificate_;
  TlsIdentity identity_;
  std::string ca_pem_;
  std::uint16_t port_ = 0;
  std::unique_ptr<Engine> engine_;
};

}  // namespace updraft
