// SPDX-License-Identifier: Apache-2.0
// Opens a TCP stream to one of several addresses of a host, as RFC 8305 ("Happy
// Eyeballs") says: an address that does not answer soon does not hold up the next.
#pragma once

#include <span>
#include <string>

#include "ports/host/connection_options.h"
#include "ports/host/name_lookup.h"
#include "ports/host/posix_file.h"
#include "ports/host/socket_wait.h"

namespace updraft {

struct TcpOpening {
  SocketWait::End end = SocketWait::End::kReady;
  Descriptor socket{};    // non-blocking, TCP_NODELAY; not open: all have failed
  std::string failure{};  // then; for people: the last one
};

// `end` is kReady, kTimedOut or kStopped.
TcpOpening OpenTcp(std::span<const SocketAddress> addresses, const HostConnectionOptions& options,
                   const SocketWait& wait, SocketWait::Clock::time_point limit);

}  // namespace updraft
