// SPDX-License-Identifier: Apache-2.0
// The subcommands of the tool: each adds itself to the command line, and when
// it is chosen runs and leaves its exit code. Called by main.
#pragma once

#include <CLI/CLI.hpp>

namespace updraft {

// `updraft serve DIR`: serves until SIGINT or SIGTERM.
void AddServeCommand(CLI::App& app, int& exit_code);

}  // namespace updraft
