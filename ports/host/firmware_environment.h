// SPDX-License-Identifier: Apache-2.0
// What a firmware process is told by its bootloader, in environment variables:
// written by the launcher, read by HostDevice and the façade.
#pragma once

#include <cstdint>
#include <string_view>

namespace updraft {

inline constexpr const char* kDeviceVariable = "UPDRAFT_DEVICE";  // the folder, absolute
inline constexpr const char* kSlotVariable = "UPDRAFT_SLOT";      // label of the slot that runs
inline constexpr const char* kResetReasonVariable = "UPDRAFT_RESET_REASON";

// Why a firmware starts.
enum class ResetReason : std::uint8_t { kPowerOn, kSoftware, kPanic, kWatchdog, kDeepSleep };

// As in UPDRAFT_RESET_REASON: "power_on", "software", "panic", "watchdog",
// "deep_sleep".
constexpr std::string_view ResetReasonName(ResetReason reason) {
  switch (reason) {
    case ResetReason::kPowerOn: return "power_on";
    case ResetReason::kSoftware: return "software";
    case ResetReason::kPanic: return "panic";
    case ResetReason::kWatchdog: return "watchdog";
    case ResetReason::kDeepSleep: return "deep_sleep";
  }
  return "power_on";
}

}  // namespace updraft
