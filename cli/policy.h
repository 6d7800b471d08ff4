// SPDX-License-Identifier: Apache-2.0
// --policy and --window: when a download may use the link, and the words where it
// may not. The asking is gateway/restraint.h's.
#pragma once

#include <CLI/CLI.hpp>
#include <cstdint>
#include <optional>
#include <string>

#include "cli/failure.h"
#include "gateway/restraint.h"

namespace updraft {

struct PolicyArguments {
  std::string command;  // of a shell
  std::optional<std::uint64_t> interval_seconds;
  std::string window;
  RestraintSettings settings;  // filled by Complete()

  std::optional<Failure> Complete();
};

void AddPolicy(CLI::App& command, PolicyArguments& arguments);

// Of a command that ended as Restraint::stopped_by() says.
Failure PolicyStops(const std::string& stopped_by);

}  // namespace updraft
