// SPDX-License-Identifier: Apache-2.0
// Clock and restart, as a porter supplies them.
#pragma once

#include <cstdint>

namespace updraft {

class System {
 public:
  // Milliseconds since some fixed moment; never goes back.
  virtual std::uint64_t NowMs() = 0;
  // Waits; a fake only moves its clock.
  virtual void SleepMs(std::uint32_t duration) = 0;
  // Starts the bootloader. Does not return on a device; a fake may.
  virtual void Restart() = 0;

 protected:
  ~System() = default;
};

}  // namespace updraft
