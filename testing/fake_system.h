// SPDX-License-Identifier: Apache-2.0
// A clock that moves only when told, and a restart that is only noted down: for
// tests of deadlines, waiting and reboots.
#pragma once

#include <cstdint>
#include <vector>

#include "updraft/port/system.h"

namespace updraft {

class FakeSystem final : public System {
 public:
  std::uint64_t NowMs() override { return now_ms_; }
  // Moves the clock.
  void SleepMs(std::uint32_t duration) override;
  // Returns.
  void Restart() override { ++restarts_; }

  // Moves the clock without a sleep, as work does.
  void Advance(std::uint64_t duration_ms) { now_ms_ += duration_ms; }
  const std::vector<std::uint32_t>& sleeps() const { return sleeps_; }
  int restarts() const { return restarts_; }

 private:
  std::uint64_t now_ms_ = 1000;
  std::vector<std::uint32_t> sleeps_;
  int restarts_ = 0;
};

}  // namespace updraft
