// SPDX-License-Identifier: Apache-2.0
// Runs a command of the configuration, to restart the application or to ask for its
// health, and says how it ended. No shell; what it prints goes to standard error.
#pragma once

#include <chrono>
#include <functional>
#include <string>
#include <utility>
#include <vector>

namespace updraft {

struct Command {
  std::vector<std::string> words{};  // the program, looked up in PATH, and its arguments
  std::vector<std::pair<std::string, std::string>> environment{};  // beside our own
  std::chrono::milliseconds timeout{60'000};
  // Asked a few times a second; true ends the waiting. Empty: never.
  std::function<bool()> should_stop{};
  // What was stopped in waiting goes on: it may be what stops this machine.
  bool outlives_stop = false;
};

struct CommandEnd {
  enum class Kind { kExited, kSignalled, kTimeout, kStopped, kNotStarted };
  Kind kind = Kind::kNotStarted;
  int number = 0;  // exit code, signal, or errno

  bool succeeded() const { return kind == Kind::kExited && number == 0; }
  // "exit code 1", "nothing within 60 s".
  std::string Text() const;
};

// Returns when it has ended. After the timeout, or when stopped, it and all of its
// process group are sent SIGTERM, then SIGKILL.
CommandEnd RunCommand(const Command& command);

}  // namespace updraft
