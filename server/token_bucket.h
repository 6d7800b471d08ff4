// SPDX-License-Identifier: Apache-2.0
// A rate limit as a token bucket: asked before bytes are sent, it says how long
// to wait. Knows no clock of its own; owned by one session.
#pragma once

#include <algorithm>
#include <chrono>
#include <cstdint>

namespace updraft {

class TokenBucket {
 public:
  using Clock = std::chrono::steady_clock;

  // `rate` bytes a second, greater than 0; what was not used is saved up to
  // `burst`, and the bucket starts full.
  TokenBucket(std::uint64_t rate, Clock::duration burst) : rate_(rate), burst_(burst) {}

  // Takes `bytes` out of the bucket and returns how long to wait before they
  // may be sent; bytes taken are gone, so every wait must be kept.
  Clock::duration Take(std::uint64_t bytes, Clock::time_point now) {
    const std::chrono::duration<double> time(static_cast<double>(bytes) /
                                             static_cast<double>(rate_));
    paid_until_ =
        std::max(paid_until_, now - burst_) + std::chrono::duration_cast<Clock::duration>(time);
    return std::max(paid_until_ - now, Clock::duration::zero());
  }

  std::uint64_t rate() const { return rate_; }

 private:
  std::uint64_t rate_;
  Clock::duration burst_;
  Clock::time_point paid_until_{};
};

}  // namespace updraft
