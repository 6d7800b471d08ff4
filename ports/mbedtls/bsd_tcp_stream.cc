// SPDX-License-Identifier: Apache-2.0
#include "ports/mbedtls/bsd_tcp_stream.h"

#include <fcntl.h>
#include <netdb.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <charconv>
#include <chrono>
#include <cstring>

namespace updraft {
namespace {

using Clock = std::chrono::steady_clock;
using std::chrono::milliseconds;

constexpr milliseconds kStopInterval{200};
constexpr std::size_t kMaxHost = 255;

void SetOption(int socket, int level, int name) {
  const int on = 1;
  static_cast<void>(setsockopt(socket, level, name, &on, sizeof on));
}

bool WouldBlock(int error) { return error == EAGAIN || error == EWOULDBLOCK || error == EINTR; }

}  // namespace

void BsdTcpStream::Close() {
  if (socket_ >= 0) close(socket_);
  socket_ = -1;
}

Status BsdTcpStream::WaitFor(short events, std::uint32_t timeout_ms) {
  const Clock::time_point limit = Clock::now() + milliseconds(timeout_ms);
  while (true) {
    if (should_stop_ != nullptr && should_stop_(context_)) {
      return {Code::kCancelled, Stage::kFetch};
    }
    const auto left = std::chrono::ceil<milliseconds>(limit - Clock::now());
    if (left.count() <= 0) return NetworkFailure::kTimeout;
    pollfd waiting{socket_, events, 0};
    const int ready = poll(&waiting, 1, static_cast<int>(std::min(left, kStopInterval).count()));
    if (ready > 0) return kOk;
    if (ready < 0 && errno != EINTR) return NetworkFailure::kReset;
  }
}

Status BsdTcpStream::ConnectTo(const void* address_info, std::uint32_t timeout_ms) {
  const auto* address = static_cast<const addrinfo*>(address_info);
  Close();
  socket_ = socket(address->ai_family, SOCK_STREAM, 0);
  if (socket_ < 0) return NetworkFailure::kConnect;
  fcntl(socket_, F_SETFD, FD_CLOEXEC);
  fcntl(socket_, F_SETFL, O_NONBLOCK);
  SetOption(socket_, IPPROTO_TCP, TCP_NODELAY);
  SetOption(socket_, SOL_SOCKET, SO_KEEPALIVE);
  if (connect(socket_, address->ai_addr, address->ai_addrlen) == 0) return kOk;
  if (errno != EINPROGRESS) return NetworkFailure::kConnect;
  UPDRAFT_TRY(WaitFor(POLLOUT, timeout_ms));
  int error = 0;
  socklen_t size = sizeof error;
  const bool connected =
      getsockopt(socket_, SOL_SOCKET, SO_ERROR, &error, &size) == 0 && error == 0;
  return connected ? kOk : Status(NetworkFailure::kConnect);
}

Status BsdTcpStream::Open(std::string_view host, std::uint16_t port, std::uint32_t timeout_ms) {
  Close();
  if (should_stop_ != nullptr && should_stop_(context_)) return {Code::kCancelled, Stage::kFetch};
  if (host.size() > kMaxHost) return NetworkFailure::kResolve;
  std::array<char, kMaxHost + 1> name{};
  std::copy(host.begin(), host.end(), name.begin());
  std::array<char, 6> service{};
  std::to_chars(service.data(), service.data() + service.size() - 1, port);
  addrinfo wanted{};
  wanted.ai_socktype = SOCK_STREAM;
  addrinfo* found = nullptr;
  if (getaddrinfo(name.data(), service.data(), &wanted, &found) != 0) {
    return NetworkFailure::kResolve;
  }
  const Clock::time_point limit = Clock::now() + milliseconds(timeout_ms);
  Status status = NetworkFailure::kConnect;
  for (const addrinfo* address = found; address != nullptr; address = address->ai_next) {
    const auto left = std::chrono::ceil<milliseconds>(limit - Clock::now()).count();
    status = left <= 0 ? Status(NetworkFailure::kTimeout)
                       : ConnectTo(address, static_cast<std::uint32_t>(left));
    if (status != Status(NetworkFailure::kConnect)) break;
  }
  freeaddrinfo(found);
  if (!status.ok()) Close();
  return status;
}

Result<std::size_t> BsdTcpStream::Send(Bytes data, std::uint32_t timeout_ms) {
  while (true) {
    const ssize_t count = send(socket_, data.data(), data.size(), MSG_NOSIGNAL);
    if (count > 0) return static_cast<std::size_t>(count);
    if (count < 0 && !WouldBlock(errno)) return Status(NetworkFailure::kReset);
    UPDRAFT_TRY(WaitFor(POLLOUT, timeout_ms));
  }
}

Result<std::size_t> BsdTcpStream::Receive(MutableBytes out, std::uint32_t timeout_ms) {
  if (should_stop_ != nullptr && should_stop_(context_)) {
    return Status(Code::kCancelled, Stage::kFetch);
  }
  while (true) {
    const ssize_t count = recv(socket_, out.data(), out.size(), 0);
    if (count >= 0) return static_cast<std::size_t>(count);
    if (!WouldBlock(errno)) return Status(NetworkFailure::kReset);
    UPDRAFT_TRY(WaitFor(POLLIN, timeout_ms));
  }
}

}  // namespace updraft
