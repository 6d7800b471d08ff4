// SPDX-License-Identifier: Apache-2.0
// How a firmware goes to deep sleep: it leaves a record in the device's folder
// and ends with kDeepSleepExitCode. The bootloader (launcher.h) waits until the
// wake-up; the next firmware reads what woke it.
#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>

namespace updraft {

// An exit with this code, and a record, is deep sleep.
inline constexpr int kDeepSleepExitCode = 83;

struct SleepRecord {
  std::uint32_t cause = 0;                     // in the firmware's own numbers
  std::uint64_t pins = 0;                      // that woke it, a bit each
  std::optional<std::uint64_t> duration_us{};  // empty: until the power goes
};

// The file "sleep" in the folder of the device. Returns 0 or errno.
int WriteSleepRecord(const std::filesystem::path& folder, const SleepRecord& record);
// Empty when there is none, or one that cannot be read.
std::optional<SleepRecord> ReadSleepRecord(const std::filesystem::path& folder);
void RemoveSleepRecord(const std::filesystem::path& folder);

}  // namespace updraft
