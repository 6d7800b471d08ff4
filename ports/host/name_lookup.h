// SPDX-License-Identifier: Apache-2.0
// The addresses of a host, by the system's resolver, which knows no time limit: it
// runs on a thread of its own that nobody waits for longer than wanted.
#pragma once

#include <netinet/in.h>
#include <sys/socket.h>

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "ports/host/connection_options.h"
#include "ports/host/socket_wait.h"

namespace updraft {

// A name or an address, without brackets; not whether it exists.
bool IsHost(std::string_view host);

struct SocketAddress {
  union {
    sockaddr_in6 v6{};
    sockaddr_in v4;
    sockaddr any;
  };
  socklen_t size = 0;
};

// getaddrinfo(), for tests another one.
using Resolver = int (*)(const std::string& host, int family, std::vector<SocketAddress>& found);
int ResolveBySystem(const std::string& host, int family, std::vector<SocketAddress>& found);

struct NameLookup {
  SocketWait::End end = SocketWait::End::kReady;
  std::vector<SocketAddress> addresses{};  // as the system orders them, port included
  std::string failure{};                   // where there are none; for people
};

// Addresses as text need no resolver, and neither do localhost and what ends in
// .localhost: they are this machine (RFC 6761). `end` is kReady, kTimedOut or
// kStopped; a resolver that is stuck is left to itself then.
NameLookup LookUp(const std::string& host, std::uint16_t port,
                  HostConnectionOptions::AddressFamily family, const SocketWait& wait,
                  SocketWait::Clock::time_point limit, Resolver resolver = &ResolveBySystem);

}  // namespace updraft
