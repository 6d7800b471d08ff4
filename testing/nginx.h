// SPDX-License-Identifier: Apache-2.0
// nginx on a free port of 127.0.0.1, as a second opinion on HTTP. Tests of servers
// and clients use it; it owns the process and its folder.
#pragma once

#include <sys/types.h>

#include <cstdint>
#include <string>

#include "testing/temporary_folder.h"

namespace updraft {

class Nginx {
 public:
  // What stands in the server's block ("root ...;"). With `tls` it listens with TLS
  // and the block has to name certificate and key. std::runtime_error without a port.
  explicit Nginx(const std::string& block, bool tls = false);
  Nginx(const Nginx&) = delete;
  Nginx& operator=(const Nginx&) = delete;
  ~Nginx();

  // nullptr where it is not installed.
  static const char* Path();
  std::uint16_t port() const { return port_; }
  // What it complained of.
  std::string Log() const;

 private:
  std::string Configuration(const std::string& block, bool tls) const;

  TemporaryFolder folder_;
  pid_t process_ = 0;
  std::uint16_t port_ = 0;
};

}  // namespace updraft
