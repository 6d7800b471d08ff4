// SPDX-License-Identifier: Apache-2.0
// What a gateway remembers over restarts and power cuts: which slot runs, whether
// that is on trial, and which file it was. One small file, replaced whole.
#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>

#include "updraft/observer.h"
#include "updraft/resume.h"
#include "updraft/status.h"

namespace updraft {

// A file that was installed, as the server and the bytes tell it.
struct GatewayFile {
  std::string identity{};  // entity tag or date; empty: the server gave none
  bool is_tag = false;
  std::string version{};     // of an application image
  std::uint64_t length = 0;  // bytes of the content; 0 in a device
  std::string sha256{};      // of the content, lower-case hex; empty in a device

  bool operator==(const GatewayFile&) const = default;
};

struct GatewayState {
  enum class Phase : std::uint8_t {
    kSettled,
    kTrial,        // installed is selected, and has not proven itself
    kRollingBack,  // installed is selected again, and not restarted into yet
  };
  Phase phase = Phase::kSettled;
  // Starts of this trial; in which boot of the machine the restart was begun, and
  // whether it has ended.
  std::uint32_t attempts = 0;
  std::string boot_id{};
  bool restarted = false;
  // Of two slots the one that is selected; -1: nothing was ever installed.
  int slot = -1;
  std::string label{};  // of the slot of a device
  std::optional<GatewayFile> installed{};
  std::optional<GatewayFile> previous{};
  // What did not work is not taken again.
  std::optional<GatewayFile> rejected{};

  bool operator==(const GatewayState&) const = default;
};

// Empty when there is no such file. One finding (Check::kDevice): kBadFormat, kFlash.
Result<std::optional<GatewayState>> LoadGatewayState(const std::filesystem::path& path,
                                                     Observer& observer = NoObserver());
// Durable when it returns. kNoSpace, kFlash, kNotFound.
Status StoreGatewayState(const std::filesystem::path& path, const GatewayState& state);

// "settled", "trial", "rolling_back".
std::string_view PhaseName(GatewayState::Phase phase);

// This boot of this machine; empty where the system does not tell.
std::string BootId();

}  // namespace updraft
