// SPDX-License-Identifier: Apache-2.0
// The commands below `updraft key`, by what the keys are for; key.cc puts them
// together.
#pragma once

#include <CLI/App.hpp>

namespace updraft {

// key new sign-..., key digest.
void AddSigningKeyCommands(CLI::App& key, int& exit_code);

// The group `key new`, made when it is first asked for.
CLI::App* NewKeyGroup(CLI::App& key);

}  // namespace updraft
