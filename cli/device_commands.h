// SPDX-License-Identifier: Apache-2.0
// The commands below `updraft device`, each in a file of its own.
#pragma once

#include <CLI/App.hpp>

namespace updraft {

void AddDeviceNew(CLI::App& group, int& exit_code);
void AddDeviceInfo(CLI::App& group, int& exit_code);
void AddDeviceInstall(CLI::App& group, int& exit_code);
void AddDeviceUpdate(CLI::App& group, int& exit_code);

}  // namespace updraft
