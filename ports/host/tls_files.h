// SPDX-License-Identifier: Apache-2.0
// Whether the files that a connection is told to use can be used, before anybody is
// asked for a byte. Called where their names come from people.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "updraft/status.h"

#include "ports/host/connection_options.h"

namespace updraft {

struct WrongTlsFile {
  enum class Which : std::uint8_t { kAuthorities, kProxyAuthorities, kCertificate, kKey };
  Which which{};
  // kNotFound, kBadFormat, or kInvalidArgument for what is no file or cannot be read.
  Code code{};
  std::string expected;  // "certificates in PEM in ca.pem"
  std::string found;     // "no such file"
};

// The first of the files in the options that no connection can use; a key that is not the
// certificate's is none. A name in a token is not judged, nor is a pipe, which can be read
// but once.
std::optional<WrongTlsFile> JudgeTlsFiles(const HostConnectionOptions& options);

}  // namespace updraft
