// SPDX-License-Identifier: Apache-2.0
// Who switches the device off until it wakes, for esp_deep_sleep_start.
#pragma once

#include <cstdint>
#include <optional>

namespace updraft::esp {

// What woke the device: an esp_sleep_source_t, and the pins of ext1 or of
// deep-sleep GPIO, a bit each.
struct WakeUp {
  std::uint32_t cause = 0;
  std::uint64_t pins = 0;
};

class DeepSleep {
 public:
  // Ends the firmware; the bootloader starts after `duration_us` (empty: never),
  // and the next firmware is told `wake_up`. Returns when that cannot be done.
  virtual void Start(const WakeUp& wake_up, std::optional<std::uint64_t> duration_us) = 0;

 protected:
  ~DeepSleep() = default;
};

}  // namespace updraft::esp
