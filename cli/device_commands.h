// SPDX-License-Identifier: Apache-2.0
// The commands below `updraft device`, each in a file of its own.
#pragma once

#include <CLI/App.hpp>
#include <cstdint>
#include <nlohmann/json.hpp>
#include <string>

#include "updraft/partition.h"

#include "cli/device_folder.h"
#include "cli/failure.h"

namespace updraft {

void AddDeviceNew(CLI::App& group, int& exit_code);
void AddDeviceInfo(CLI::App& group, int& exit_code);
void AddDeviceInstall(CLI::App& group, int& exit_code);
void AddDeviceUpdate(CLI::App& group, int& exit_code);
void AddDeviceLog(CLI::App& group, int& exit_code);
// read, write, erase.
void AddDeviceFlash(CLI::App& group, int& exit_code);
// confirm, rollback, select, reset-otadata.
void AddDeviceSelection(CLI::App& group, int& exit_code);
// efuse show, burn-key, burn-digest, revoke, set-secure-version.
void AddDeviceEfuse(CLI::App& group, int& exit_code);

// What `device info` tells of the device in that folder, and the same for people.
Outcome<nlohmann::ordered_json> DescribeDevice(const std::string& folder);
void PrintDeviceTable(const nlohmann::ordered_json& device);

// A file that was written into a partition.
struct Installed {
  Partition partition{};
  std::uint64_t bytes = 0;
  bool selected = false;  // what the next boot starts
  std::string version{};  // of an image with a description
};
// An image goes into the slot of that label (empty: factory, else the first OTA
// slot), is proven and, where otadata can name the slot, selected. Any other
// partition takes the bytes as they are.
Outcome<Installed> Install(const DeviceToWrite& named, const std::string& path,
                           const std::string& label);

}  // namespace updraft
