// SPDX-License-Identifier: Apache-2.0
// How a host's connections wait: until a socket is ready, time has run out, or
// somebody wants them to end.
#pragma once

#include <poll.h>

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <span>

#include "ports/host/connection_options.h"

namespace updraft {

class SocketWait {
 public:
  using Clock = std::chrono::steady_clock;
  enum class End : std::uint8_t { kReady, kWoken, kTimedOut, kStopped, kFailed };
  static constexpr std::size_t kMostSockets = 8;
  // Between two looks at should_stop.
  static constexpr std::chrono::milliseconds kStopInterval{200};

  // `options` outlive it.
  explicit SocketWait(const HostConnectionOptions& options) : options_(&options) {}

  bool ShouldStop() const { return options_->should_stop && options_->should_stop(); }
  int SilenceDescriptor() const {
    return options_->silence == nullptr ? -1 : options_->silence->descriptor();
  }
  // Until one of them is ready, which its revents tell, or `limit`, or the descriptor
  // `wake` (-1: none) can be read. A silence counts as the limit. kFailed: errno.
  End Until(std::span<pollfd> sockets, Clock::time_point limit, int wake = -1) const;
  End Until(int socket, short events, Clock::time_point limit, int wake = -1) const;

 private:
  const HostConnectionOptions* options_;
};

}  // namespace updraft
