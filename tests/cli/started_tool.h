// SPDX-License-Identifier: Apache-2.0
// Runs the built tool beside the test, which reads what it says while it runs:
// through a pipe for standard error, or on a terminal. For tests of the tool.
#pragma once

#include <fcntl.h>
#include <pty.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <csignal>
#include <cstdlib>
#include <map>
#include <string>
#include <vector>

#include "tests/project_folders.h"

namespace updraft {

class StartedTool {
 public:
  using Environment = std::map<std::string, std::string>;

  // With standard error in a pipe and no input or output.
  static StartedTool WithErrorPipe(const std::vector<std::string>& arguments) {
    StartedTool tool;
    std::array<int, 2> ends{};
    if (pipe2(ends.data(), O_CLOEXEC) != 0) return tool;
    tool.child_ = fork();
    if (tool.child_ == 0) {
      const int nothing = open("/dev/null", O_RDWR);
      dup2(nothing, STDIN_FILENO);
      dup2(nothing, STDOUT_FILENO);
      dup2(ends[1], STDERR_FILENO);
      Run(arguments, {});
    }
    close(ends[1]);
    tool.from_ = ends[0];
    return tool;
  }

  // With all three streams on a terminal of that many columns.
  static StartedTool OnTerminal(const std::vector<std::string>& arguments,
                                const Environment& environment, unsigned short columns) {
    StartedTool tool;
    const winsize size{.ws_row = 50, .ws_col = columns, .ws_xpixel = 0, .ws_ypixel = 0};
    tool.child_ = forkpty(&tool.from_, nullptr, nullptr, &size);
    if (tool.child_ == 0) Run(arguments, environment);
    return tool;
  }

  StartedTool(const StartedTool&) = delete;
  StartedTool(StartedTool&& other) noexcept
      : child_(other.child_), from_(other.from_), said_(std::move(other.said_)) {
    other.child_ = -1;
    other.from_ = -1;
  }
  ~StartedTool() {
    if (from_ >= 0) close(from_);
    if (child_ > 0) {
      kill(child_, SIGKILL);
      waitpid(child_, nullptr, 0);
    }
  }

  // Whether it says so before it ends.
  bool Says(const std::string& words) {
    while (said_.find(words) == std::string::npos) {
      if (!ReadMore()) return false;
    }
    return true;
  }

  void Send(int signal) const {
    if (child_ > 0) kill(child_, signal);
  }
  // At once, as it is.
  void Kill() const { Send(SIGKILL); }

  // In good order.
  void Terminate() const {
    if (child_ > 0) kill(child_, SIGTERM);
  }

  // Waits for its end; the exit code, or 128 + the signal.
  int Finish() {
    while (ReadMore()) {
    }
    int status = 0;
    waitpid(child_, &status, 0);
    child_ = -1;
    return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
  }

  const std::string& said() const { return said_; }

 private:
  StartedTool() = default;

  [[noreturn]] static void Run(const std::vector<std::string>& arguments,
                               const Environment& environment) {
    const std::string program = std::string(kBuildFolder) + "/bin/updraft";
    std::vector<char*> raw{const_cast<char*>(program.c_str())};
    for (const std::string& argument : arguments) {
      raw.push_back(const_cast<char*>(argument.c_str()));
    }
    raw.push_back(nullptr);
    for (const auto& [name, value] : environment) setenv(name.c_str(), value.c_str(), 1);
    execv(program.c_str(), raw.data());
    _exit(127);
  }

  // A terminal whose other side has closed fails with EIO: that is its end.
  bool ReadMore() {
    std::array<char, 4096> buffer{};
    const ssize_t count = read(from_, buffer.data(), buffer.size());
    if (count <= 0) return false;
    said_.append(buffer.data(), static_cast<std::size_t>(count));
    return true;
  }

  pid_t child_ = -1;
  int from_ = -1;
  std::string said_;
};

}  // namespace updraft
