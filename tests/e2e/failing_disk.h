// SPDX-License-Identifier: Apache-2.0
// Runs the tool with testing/failing_disk.cc preloaded: on a disk that fails from
// some write on, or with a signal at some write. For tests of what a command
// leaves behind.
#pragma once

#include <map>
#include <string>
#include <vector>

#include "tests/cli/run_tool.h"

namespace updraft {

class FailingDisk {
 public:
  // Writes below `folder` count, an absolute path.
  explicit FailingDisk(std::string folder) : folder_(std::move(folder)) {}

  // How many writes, syncs and renames the command makes.
  long Count(const std::vector<std::string>& words) const {
    const TemporaryFolder scratch;
    const ToolRun run = Run(words, {{"FAILING_DISK_COUNT", scratch / "count"}});
    return run.exit_code == 0 ? std::atol(FileText(scratch / "count").c_str()) : 0;
  }
  // All from the n-th on (from 1) fail with that errno, the first one by half.
  ToolRun RunFailing(const std::vector<std::string>& words, long call, int error) const {
    return Run(words, {{"FAILING_DISK_CALL", std::to_string(call)},
                       {"FAILING_DISK_ERRNO", std::to_string(error)}});
  }
  // The signal comes just before the n-th.
  ToolRun RunSignalled(const std::vector<std::string>& words, long call, int signal) const {
    return Run(words, {{"FAILING_DISK_CALL", std::to_string(call)},
                       {"FAILING_DISK_SIGNAL", std::to_string(signal)}});
  }

 private:
  ToolRun Run(const std::vector<std::string>& words,
              std::map<std::string, std::string> environment) const {
    environment.emplace("LD_PRELOAD", std::string(kBuildFolder) + "/testing/libfailing_disk.so");
    environment.emplace("FAILING_DISK_FOLDER", folder_);
    return RunTool(words, {.environment = std::move(environment)});
  }

  std::string folder_;
};

}  // namespace updraft
