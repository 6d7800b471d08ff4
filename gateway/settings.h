// SPDX-License-Identifier: Apache-2.0
// What a gateway is told by its configuration file: where updates come from, where
// they go, when it asks, and how it learns whether they work. Read by Gateway and
// by the tool. Every key: docs/gateway.md.
#pragma once

#include <array>
#include <chrono>
#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "updraft/observer.h"
#include "updraft/status.h"

#include "gateway/restraint.h"
#include "gateway/schedule.h"
#include "ports/host/url_update.h"

namespace updraft {

struct GatewaySettings {
  // URL, trust, credentials and rate, as the file says; keys are not loaded.
  UrlUpdateOptions download{};
  std::filesystem::path state;  // the folder that the gateway keeps its memory in

  // One of the two: a virtual device (application images), or two slots that take
  // the bytes as they come, block devices or files.
  std::filesystem::path device{};
  std::array<std::filesystem::path, 2> slots{};
  std::uint64_t slot_size = 0;  // bytes that a slot which is a file may take; 0: no limit

  std::string key{};                       // what opens encrypted updates: a key file
  std::vector<std::string> header_keys{};  // who may sign them: PEMs; slots only

  std::vector<std::string> restart{};  // program and arguments
  std::vector<std::string> health{};
  std::chrono::seconds command_timeout{60};
  std::chrono::seconds health_deadline{60};
  std::chrono::milliseconds health_interval{2000};
  unsigned trial_attempts = 3;

  Schedule schedule{};
  // Its command; the window is the schedule's.
  RestraintSettings restraint{};

  bool has_device() const { return !device.empty(); }
};

// Relative paths are taken from the file's folder. One finding (Check::kDevice):
//   kBadFormat  no JSON object; a key that is unknown, missing, or has a bad value
//   kNotFound, kFlash  the file cannot be read; detail is errno
Result<GatewaySettings> LoadGatewaySettings(const std::filesystem::path& path,
                                            Observer& observer = NoObserver());

}  // namespace updraft
