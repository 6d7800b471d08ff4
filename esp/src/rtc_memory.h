// SPDX-License-Identifier: Apache-2.0
// RTC memory, in a file that lies under the variables: RTC_NOINIT data keep what
// they hold over every end of the firmware but a power-off, RTC_DATA over deep
// sleep only.
#pragma once

#include <cstdint>
#include <filesystem>

namespace updraft::esp {

// Why the firmware starts, as far as RTC memory can tell.
enum class RtcStart : std::uint8_t { kPowerOn, kReset, kDeepSleep };

// Call once, before there is a second thread. What the file keeps appears in the
// program's variables; otherwise RTC_NOINIT data hold noise after a power-on, and
// RTC_DATA what the program initializes them with. Of a file that another firmware
// left counts what has the same size. Returns 0 or errno; then the variables are
// as after a power-on and survive nothing.
int MapRtcMemory(const std::filesystem::path& file, RtcStart start);

}  // namespace updraft::esp
