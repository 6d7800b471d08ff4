// SPDX-License-Identifier: Apache-2.0
// The tool's subcommands, one function for each group. main.cc registers them;
// each sets `exit_code` when its command has run: 0 done, 1 refused or failed.
#pragma once

#include <CLI/App.hpp>
#include <string>

namespace updraft {

inline constexpr int kExitDone = 0;
inline constexpr int kExitFailed = 1;
inline constexpr int kExitUsage = 2;

void AddImageCommands(CLI::App& app, int& exit_code);
void AddPartitionsCommands(CLI::App& app, int& exit_code);
void AddSlotsCommands(CLI::App& app, int& exit_code);
void AddDeviceCommands(CLI::App& app, int& exit_code);
void AddBootCommand(CLI::App& app, int& exit_code);
void AddGatewayCommands(CLI::App& app, int& exit_code);
void AddServeCommand(CLI::App& app, int& exit_code);
void AddDemoCommand(CLI::App& app, int& exit_code);
void AddKeyCommands(CLI::App& app, int& exit_code);

// `version` of the tool.
void AddManualCommands(CLI::App& app, int& exit_code, const std::string& version);

// A subcommand whose --help ends with `example`, one command a line.
CLI::App* AddCommand(CLI::App& parent, const std::string& name, const std::string& description,
                     const std::string& example);

}  // namespace updraft
