// SPDX-License-Identifier: Apache-2.0
#include "ports/host/socket_wait.h"

#include <algorithm>
#include <array>
#include <cerrno>

namespace updraft {

using std::chrono::milliseconds;

SocketWait::End SocketWait::Until(std::span<pollfd> sockets, Clock::time_point limit,
                                  int wake) const {
  std::array<pollfd, kMostSockets + 2> waiting{};
  const std::size_t count = std::min(sockets.size(), kMostSockets);
  std::copy_n(sockets.begin(), count, waiting.begin());
  waiting[count] = {wake, POLLIN, 0};
  waiting[count + 1] = {SilenceDescriptor(), POLLIN, 0};
  while (true) {
    if (ShouldStop()) return End::kStopped;
    const auto left = std::chrono::ceil<milliseconds>(limit - Clock::now());
    if (left.count() <= 0) return End::kTimedOut;
    const int ready =
        poll(waiting.data(), count + 2, static_cast<int>(std::min(left, kStopInterval).count()));
    if (ready < 0 && errno != EINTR) return End::kFailed;
    if (ready <= 0) continue;
    std::copy_n(waiting.begin(), count, sockets.begin());
    if (std::ranges::any_of(sockets.first(count),
                            [](const pollfd& one) { return one.revents != 0; })) {
      return End::kReady;
    }
    if (waiting[count].revents != 0) return End::kWoken;
    options_->silence->Skip(left);
    return End::kTimedOut;
  }
}

SocketWait::End SocketWait::Until(int socket, short events, Clock::time_point limit,
                                  int wake) const {
  pollfd one{socket, events, 0};
  return Until(std::span(&one, 1), limit, wake);
}

}  // namespace updraft
