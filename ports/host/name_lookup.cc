// SPDX-License-Identifier: Apache-2.0
#include "ports/host/name_lookup.h"

#include <arpa/inet.h>
#include <fmt/format.h>
#include <netdb.h>
#include <strings.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <cerrno>
#include <cstring>
#include <memory>
#include <string_view>
#include <system_error>
#include <thread>
#include <utility>

#include "ports/host/posix_file.h"

namespace updraft {
namespace {

using Family = HostConnectionOptions::AddressFamily;

int SystemsFamily(Family family) {
  switch (family) {
    case Family::kAny: break;
    case Family::kIpv4: return AF_INET;
    case Family::kIpv6: return AF_INET6;
  }
  return AF_UNSPEC;
}

bool Fits(Family family, Family wanted) { return wanted == Family::kAny || wanted == family; }

SocketAddress AddressOf(const in_addr& address) {
  SocketAddress made{};
  made.v4.sin_family = AF_INET;
  made.v4.sin_addr = address;
  made.size = sizeof made.v4;
  return made;
}

SocketAddress AddressOf(const in6_addr& address) {
  SocketAddress made{};
  made.v6.sin6_family = AF_INET6;
  made.v6.sin6_addr = address;
  made.size = sizeof made.v6;
  return made;
}

bool IsThisMachine(std::string_view host) {
  constexpr std::string_view kName = "localhost";
  if (host.ends_with('.')) host.remove_suffix(1);
  if (host.size() < kName.size()) return false;
  const std::size_t at = host.size() - kName.size();
  return strncasecmp(host.data() + at, kName.data(), kName.size()) == 0 &&
         (at == 0 || host[at - 1] == '.');
}

// What needs no resolver; false: this does.
bool KnowsWithoutAsking(const std::string& host, Family family, std::vector<SocketAddress>& found) {
  in_addr v4{};
  in6_addr v6{};
  if (inet_pton(AF_INET, host.c_str(), &v4) == 1) {
    if (Fits(Family::kIpv4, family)) found.push_back(AddressOf(v4));
    return true;
  }
  if (inet_pton(AF_INET6, host.c_str(), &v6) == 1) {
    if (Fits(Family::kIpv6, family)) found.push_back(AddressOf(v6));
    return true;
  }
  if (!IsThisMachine(host)) return false;
  v4.s_addr = htonl(INADDR_LOOPBACK);
  if (Fits(Family::kIpv6, family)) found.push_back(AddressOf(in6addr_loopback));
  if (Fits(Family::kIpv4, family)) found.push_back(AddressOf(v4));
  return true;
}

// Shared with the thread, which may outlive who asked.
struct Question {
  std::string host;
  int family = AF_UNSPEC;
  Resolver resolver = nullptr;
  Descriptor answered{eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK)};
  std::atomic<bool> is_answered = false;
  int error = 0;
  int system_error = 0;  // errno of that thread
  std::vector<SocketAddress> found{};
};

void Answer(const std::shared_ptr<Question>& question) {
  question->error = question->resolver(question->host, question->family, question->found);
  question->system_error = errno;
  question->is_answered.store(true, std::memory_order_release);
  const std::uint64_t one = 1;
  static_cast<void>(!write(question->answered.number(), &one, sizeof one));
}

std::string WhyNot(const std::string& host, int error, int system_error) {
  return fmt::format(
      "could not resolve {}: {}", host,
      error == EAI_SYSTEM ? ErrnoText(system_error) : std::string(gai_strerror(error)));
}

}  // namespace

bool IsHost(std::string_view host) {
  return !host.empty() && std::all_of(host.begin(), host.end(), [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' ||
           c == '.' || c == '_' || c == ':';
  });
}

int ResolveBySystem(const std::string& host, int family, std::vector<SocketAddress>& found) {
  addrinfo hints{};
  hints.ai_family = family;
  hints.ai_socktype = SOCK_STREAM;
  addrinfo* list = nullptr;
  const int error = getaddrinfo(host.c_str(), nullptr, &hints, &list);
  if (error != 0) return error;
  for (const addrinfo* entry = list; entry != nullptr; entry = entry->ai_next) {
    if (entry->ai_addrlen > sizeof(SocketAddress::v6)) continue;
    SocketAddress& address = found.emplace_back();
    std::memcpy(&address.v6, entry->ai_addr, entry->ai_addrlen);
    address.size = entry->ai_addrlen;
  }
  freeaddrinfo(list);
  return 0;
}

NameLookup LookUp(const std::string& host, std::uint16_t port, Family family,
                  const SocketWait& wait, SocketWait::Clock::time_point limit, Resolver resolver) {
  NameLookup lookup;
  if (!KnowsWithoutAsking(host, family, lookup.addresses)) {
    const auto question = std::make_shared<Question>();
    if (!question->answered.is_open()) {
      lookup.failure = WhyNot(host, EAI_SYSTEM, errno);
      return lookup;
    }
    question->host = host;
    question->family = SystemsFamily(family);
    question->resolver = resolver;
    try {
      std::thread([question] { Answer(question); }).detach();
    } catch (const std::system_error& error) {
      lookup.failure = fmt::format("no thread to resolve {}: {}", host, error.what());
      return lookup;
    }
    lookup.end = wait.Until(question->answered.number(), POLLIN, limit);
    if (lookup.end != SocketWait::End::kReady) return lookup;
    if (question->is_answered.load(std::memory_order_acquire)) {
      if (question->error != 0)
        lookup.failure = WhyNot(host, question->error, question->system_error);
      lookup.addresses = std::move(question->found);
    }
  }
  for (SocketAddress& address : lookup.addresses) {
    (address.any.sa_family == AF_INET6 ? address.v6.sin6_port : address.v4.sin_port) = htons(port);
  }
  if (lookup.addresses.empty() && lookup.failure.empty()) {
    lookup.failure = fmt::format("could not resolve {}: no address of the wanted family", host);
  }
  return lookup;
}

}  // namespace updraft
