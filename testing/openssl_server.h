// SPDX-License-Identifier: Apache-2.0
// `openssl s_server` as a peer on a free port of 127.0.0.1: a second opinion on
// TLS, and one that can be driven and killed. Tests of connections use it; it
// owns the process.
#pragma once

#include <sys/types.h>

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "testing/temporary_folder.h"
#include "testing/test_certificates.h"

namespace updraft {

class OpensslServer {
 public:
  // Waits until it listens; std::runtime_error when it does not. `arguments` go
  // behind our own ("-WWW", "-tls1_2", ...); it runs in folder().
  explicit OpensslServer(const CertifiedKey& identity, std::vector<std::string> arguments = {});
  OpensslServer(const OpensslServer&) = delete;
  OpensslServer& operator=(const OpensslServer&) = delete;
  ~OpensslServer();

  std::uint16_t port() const { return port_; }
  const TemporaryFolder& folder() const { return folder_; }
  // Without "-WWW": sends a line to the connected peer. A line that begins with
  // 'Q' ends connection and process; as with Kill(), without close_notify.
  void Say(std::string_view line);
  // Reads what it prints (what the peer sent is among it) until `text` came.
  void WaitFor(std::string_view text);
  // SIGKILL: TCP ends, TLS does not.
  void Kill();

 private:
  void ReadMore();

  TemporaryFolder folder_;
  pid_t process_ = -1;
  int input_ = -1;
  int output_ = -1;
  std::string printed_;
  std::uint16_t port_ = 0;
};

// A file's whole content, written anew.
void WriteFile(const std::filesystem::path& path, std::string_view content);

}  // namespace updraft
