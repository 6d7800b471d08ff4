// SPDX-License-Identifier: Apache-2.0
#include "ports/host/tcp_opening.h"

#include <arpa/inet.h>
#include <fmt/format.h>
#include <netinet/tcp.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <utility>
#include <vector>

namespace updraft {
namespace {

using Clock = SocketWait::Clock;
using End = SocketWait::End;

constexpr std::chrono::milliseconds kHeadStart{200};

// The families take turns; the system's order decides within each, and who begins.
std::vector<SocketAddress> InTurns(std::span<const SocketAddress> addresses) {
  std::vector<SocketAddress> first;
  std::vector<SocketAddress> other;
  for (const SocketAddress& address : addresses) {
    const bool is_first = address.any.sa_family == addresses.front().any.sa_family;
    (is_first ? first : other).push_back(address);
  }
  std::vector<SocketAddress> turns;
  for (std::size_t i = 0; i < std::max(first.size(), other.size()); ++i) {
    if (i < first.size()) turns.push_back(first[i]);
    if (i < other.size()) turns.push_back(other[i]);
  }
  return turns;
}

std::string TextOf(const SocketAddress& address) {
  const bool is_v6 = address.any.sa_family == AF_INET6;
  std::array<char, INET6_ADDRSTRLEN> text{};
  const void* const bytes = is_v6 ? static_cast<const void*>(&address.v6.sin6_addr)
                                  : static_cast<const void*>(&address.v4.sin_addr);
  inet_ntop(address.any.sa_family, bytes, text.data(), text.size());
  const unsigned port = ntohs(is_v6 ? address.v6.sin6_port : address.v4.sin_port);
  return is_v6 ? fmt::format("[{}]:{}", text.data(), port)
               : fmt::format("{}:{}", text.data(), port);
}

void SetOption(int socket, int level, int name, int value) {
  setsockopt(socket, level, name, &value, sizeof value);
}

void Prepare(int socket, const HostConnectionOptions& options) {
  SetOption(socket, IPPROTO_TCP, TCP_NODELAY, 1);
  if (!options.keep_alive.has_value()) return;
  SetOption(socket, SOL_SOCKET, SO_KEEPALIVE, 1);
  SetOption(socket, IPPROTO_TCP, TCP_KEEPIDLE, static_cast<int>(options.keep_alive->idle.count()));
  SetOption(socket, IPPROTO_TCP, TCP_KEEPINTVL,
            static_cast<int>(options.keep_alive->interval.count()));
  SetOption(socket, IPPROTO_TCP, TCP_KEEPCNT, options.keep_alive->count);
}

class Race {
 public:
  Race(std::vector<SocketAddress> addresses, const HostConnectionOptions& options)
      : addresses_(std::move(addresses)), options_(&options) {}

  TcpOpening Run(const SocketWait& wait, Clock::time_point limit);

 private:
  struct Runner {
    Descriptor socket;
    const SocketAddress* address;
  };

  bool MayStart(Clock::time_point now) const {
    return next_ < addresses_.size() && running_.size() < SocketWait::kMostSockets &&
           (running_.empty() || now >= next_start_);
  }
  void Start(Clock::time_point now);
  void Lose(const SocketAddress& address, int error) {
    failure_ = fmt::format("could not connect to {}: {}", TextOf(address), ErrnoText(error));
    next_start_ = {};
  }
  void Judge(std::span<const pollfd> sockets);

  std::vector<SocketAddress> addresses_;
  const HostConnectionOptions* options_;
  std::size_t next_ = 0;
  Clock::time_point next_start_{};
  std::vector<Runner> running_;
  Descriptor winner_;
  std::string failure_;
};

void Race::Start(Clock::time_point now) {
  const SocketAddress& address = addresses_[next_++];
  Descriptor socket(
      ::socket(address.any.sa_family, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, IPPROTO_TCP));
  if (!socket.is_open()) return Lose(address, errno);
  Prepare(socket.number(), *options_);
  if (connect(socket.number(), &address.any, address.size) == 0) {
    winner_ = std::move(socket);
  } else if (errno == EINPROGRESS || errno == EINTR) {
    running_.push_back({std::move(socket), &address});
    next_start_ = now + kHeadStart;
  } else {
    Lose(address, errno);
  }
}

void Race::Judge(std::span<const pollfd> sockets) {
  for (std::size_t i = sockets.size(); i-- > 0 && !winner_.is_open();) {
    if (sockets[i].revents == 0) continue;
    int error = 0;
    socklen_t size = sizeof error;
    getsockopt(sockets[i].fd, SOL_SOCKET, SO_ERROR, &error, &size);
    if (error == 0) {
      winner_ = std::move(running_[i].socket);
    } else {
      Lose(*running_[i].address, error);
      running_.erase(running_.begin() + static_cast<std::ptrdiff_t>(i));
    }
  }
}

TcpOpening Race::Run(const SocketWait& wait, Clock::time_point limit) {
  while (true) {
    const Clock::time_point now = Clock::now();
    while (!winner_.is_open() && MayStart(now)) Start(now);
    if (winner_.is_open()) return {End::kReady, std::move(winner_), {}};
    if (running_.empty()) return {End::kReady, {}, std::move(failure_)};
    std::array<pollfd, SocketWait::kMostSockets> sockets{};
    for (std::size_t i = 0; i < running_.size(); ++i) {
      sockets[i] = {running_[i].socket.number(), POLLOUT, 0};
    }
    const bool more = next_ < addresses_.size() && running_.size() < SocketWait::kMostSockets;
    const auto until = more ? std::min(limit, next_start_) : limit;
    const std::span<pollfd> watched = std::span(sockets).first(running_.size());
    const End end = wait.Until(watched, until);
    if (end == End::kReady) {
      Judge(watched);
      continue;
    }
    const bool head_start_is_over = until < limit && Clock::now() >= until;
    if (end != End::kTimedOut || !head_start_is_over) return {end, {}, std::move(failure_)};
  }
}

}  // namespace

TcpOpening OpenTcp(std::span<const SocketAddress> addresses, const HostConnectionOptions& options,
                   const SocketWait& wait, Clock::time_point limit) {
  if (addresses.empty()) return {End::kReady, {}, "no address"};
  return Race(InTurns(addresses), options).Run(wait, limit);
}

}  // namespace updraft
