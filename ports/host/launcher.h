// SPDX-License-Identifier: Apache-2.0
// Runs the firmware of a virtual device as a process of its own and says how it
// ended. Called by the bootloader loop of `updraft boot`; owns the process and
// all that it leaves running, until it returns. Nothing is unpacked on disk.
#pragma once

#include <unistd.h>

#include <cstdint>
#include <filesystem>
#include <functional>
#include <optional>
#include <string>

#include "updraft/bytes.h"
#include "updraft/observer.h"
#include "updraft/status.h"

#include "ports/host/firmware_environment.h"

namespace updraft {

struct FirmwareLaunch {
  Bytes executable;                     // an ELF program for this machine
  std::filesystem::path device_folder;  // told to the firmware as an absolute path
  std::string slot;                     // label of the slot that it was read from
  ResetReason reset_reason = ResetReason::kPowerOn;
  // Stop it when its standard output contains this. The output then goes
  // through a pipe to `output`; otherwise the firmware inherits it.
  std::string until{};
  std::optional<std::uint64_t> timeout_ms{};  // stop it after this time
  // A watchdog: after this time the firmware is reset, at once, if `must_reset`
  // then says so; else it is left alone from there on.
  std::optional<std::uint64_t> watchdog_ms{};
  std::function<bool()> must_reset{};
  std::uint32_t grace_ms = 2000;  // from SIGTERM to SIGKILL
  int output = STDOUT_FILENO;     // with `until`: where its output is copied to
};

struct FirmwareEnd {
  enum class Kind : std::uint8_t {
    kPowerOff,   // exited with 0
    kRestart,    // exited with kRestartExitCode
    kDeepSleep,  // slept (sleep_record.h) until the time that its record names
    kCrash,      // any other exit code, or a signal
    kUntil,      // stopped: `until` was printed, be it just before another end
    kTimeout,    // stopped: timeout_ms have passed
    kWatchdog,   // reset by the watchdog
    kStopped,    // stopped: this process was sent SIGTERM or SIGINT
  };
  Kind kind = Kind::kPowerOff;
  int exit_code = 0;    // kCrash without a signal
  int signal = 0;       // kCrash by this signal
  int stop_signal = 0;  // kStopped: SIGTERM or SIGINT
};

// Returns when the firmware and its process group are dead and, of one that sleeps, the
// time of its wake-up has come. It runs with no new
// privileges, in a session of its own (so that it may read the terminal, and a
// Ctrl-C is for the bootloader), with nothing open but standard input, output
// and error, and dies with the calling thread. To stop it: SIGTERM, then SIGKILL
// after grace_ms or at a second SIGTERM or SIGINT to this process. These two are
// blocked in the calling thread meanwhile; other threads must block them too.
//
// When nothing could be started (one finding, Check::kBootable):
//   kIncompatible  not a program that this machine can execute
//   kNoSpace       no memory or processes left
//   kUnsupported   the system forbids memory files or executing them
// The detail is errno.
Result<FirmwareEnd> RunFirmware(const FirmwareLaunch& launch, Observer& observer = NoObserver());

}  // namespace updraft
