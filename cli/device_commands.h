// SPDX-License-Identifier: Apache-2.0
// The commands below `updraft device`, each in a file of its own.
#pragma once

#include <CLI/App.hpp>
#include <nlohmann/json.hpp>
#include <string>

#include "cli/failure.h"

namespace updraft {

void AddDeviceNew(CLI::App& group, int& exit_code);
void AddDeviceInfo(CLI::App& group, int& exit_code);
void AddDeviceInstall(CLI::App& group, int& exit_code);
void AddDeviceUpdate(CLI::App& group, int& exit_code);
// confirm, rollback, select, reset-otadata.
void AddDeviceSelection(CLI::App& group, int& exit_code);
// efuse show, burn-key, burn-digest, revoke, set-secure-version.
void AddDeviceEfuse(CLI::App& group, int& exit_code);

// What `device info` tells of the device in that folder, and the same for people.
Outcome<nlohmann::ordered_json> DescribeDevice(const std::string& folder);
void PrintDeviceTable(const nlohmann::ordered_json& device);

// Writes and selects an image, in the slot of that label (empty: factory, else
// the first). A Failure without a reason: done.
Failure InstallImage(const std::string& folder, const std::string& image_path,
                     const std::string& label, std::string* installed_slot = nullptr);

}  // namespace updraft
