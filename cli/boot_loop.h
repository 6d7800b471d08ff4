// SPDX-License-Identifier: Apache-2.0
// The bootloader of a virtual device as a loop: choose, write what was chosen,
// read the firmware from its slot, run it, and take how it ended for a restart,
// a reset or the end. Called by `updraft boot` and the demo.
#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <optional>
#include <string>
#include <string_view>

#include "cli/failure.h"
#include "ports/host/launcher.h"

namespace updraft {

struct BootLoopOptions {
  std::filesystem::path folder;
  std::optional<std::uint64_t> max_boots{};   // firmware runs
  std::optional<std::uint64_t> timeout_ms{};  // for all of it
  std::string until{};                        // text in the firmware's output that ends it
  // What the bootloader says; one line without its end.
  std::function<void(std::string_view)> log{};
};

struct BootLoopEnd {
  enum class Kind : std::uint8_t {
    kPowerOff,
    kUntil,
    kTimeout,
    kMaxBoots,
    kStopped,      // SIGTERM or SIGINT
    kNotRunnable,  // it would start on the chip, but is no program for this machine
  };
  Kind kind = Kind::kPowerOff;
  std::uint64_t boots = 0;
  std::string slot{};  // what ran last
};

// Runs until the firmware powers off or an option ends it. A Failure
// ("nothing_boots") when nothing boots, or after three resets in a row of the
// same slot; others when the device cannot be opened. Another process that writes
// the device is waited for, at most until the timeout ("device_busy" then).
Outcome<BootLoopEnd> RunBootLoop(const BootLoopOptions& options);

}  // namespace updraft
