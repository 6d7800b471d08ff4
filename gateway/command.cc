// SPDX-License-Identifier: Apache-2.0
#include "gateway/command.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <poll.h>
#include <spawn.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <csignal>

#include "ports/host/posix_file.h"

namespace updraft {
namespace {

using Clock = std::chrono::steady_clock;
constexpr std::chrono::milliseconds kAsk{100};
constexpr std::chrono::milliseconds kGrace{2000};

std::vector<std::string> Environment(const Command& command) {
  std::vector<std::string> variables;
  for (char** at = environ; *at != nullptr; ++at) {
    const std::string_view variable(*at);
    const bool replaced = std::ranges::any_of(command.environment, [&](const auto& ours) {
      return variable.starts_with(ours.first + "=");
    });
    if (!replaced) variables.emplace_back(variable);
  }
  for (const auto& [name, value] : command.environment) {
    variables.push_back(fmt::format("{}={}", name, value));
  }
  return variables;
}

std::vector<char*> Pointers(std::vector<std::string>& texts) {
  std::vector<char*> pointers;
  pointers.reserve(texts.size() + 1);
  for (std::string& text : texts) pointers.push_back(text.data());
  pointers.push_back(nullptr);
  return pointers;
}

// 0 or errno.
int Start(const Command& command, pid_t* id) {
  std::vector<std::string> words = command.words;
  std::vector<std::string> variables = Environment(command);
  posix_spawn_file_actions_t files;
  posix_spawn_file_actions_init(&files);
  posix_spawn_file_actions_addopen(&files, STDIN_FILENO, "/dev/null", O_RDONLY, 0);
  posix_spawn_file_actions_adddup2(&files, STDERR_FILENO, STDOUT_FILENO);
  posix_spawnattr_t attributes;
  posix_spawnattr_init(&attributes);
  sigset_t none;
  sigemptyset(&none);
  sigset_t usual;
  sigemptyset(&usual);
  for (const int number : {SIGTERM, SIGINT, SIGPIPE}) sigaddset(&usual, number);
  posix_spawnattr_setsigmask(&attributes, &none);
  posix_spawnattr_setsigdefault(&attributes, &usual);
  posix_spawnattr_setpgroup(&attributes, 0);
  posix_spawnattr_setflags(&attributes,
                           POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF | POSIX_SPAWN_SETPGROUP);
  const int error = posix_spawnp(id, words.front().c_str(), &files, &attributes,
                                 Pointers(words).data(), Pointers(variables).data());
  posix_spawnattr_destroy(&attributes);
  posix_spawn_file_actions_destroy(&files);
  return error;
}

// Whether the process can be reaped, at the latest after `longest`.
bool HasEnded(int handle, std::chrono::milliseconds longest) {
  pollfd waiting{.fd = handle, .events = POLLIN, .revents = 0};
  return poll(&waiting, 1, static_cast<int>(longest.count())) > 0;
}

int Reap(pid_t id) {
  int status = 0;
  while (waitpid(id, &status, 0) < 0 && errno == EINTR) {
  }
  return status;
}

void End(pid_t id, int handle) {
  kill(-id, SIGTERM);
  const auto until = Clock::now() + kGrace;
  while (!HasEnded(handle, kAsk) && Clock::now() < until) {
  }
  kill(-id, SIGKILL);
  Reap(id);
}

}  // namespace

std::string CommandEnd::Text() const {
  switch (kind) {
    case Kind::kExited: return fmt::format("exit code {}", number);
    case Kind::kSignalled: return fmt::format("its end by signal {}", number);
    case Kind::kTimeout: return "no end in the time that it had";
    case Kind::kStopped: return "the gateway told to stop";
    case Kind::kNotStarted: return fmt::format("that it cannot be started: {}", ErrnoText(number));
  }
  return {};
}

CommandEnd RunCommand(const Command& command) {
  using Kind = CommandEnd::Kind;
  if (command.words.empty()) return {.kind = Kind::kNotStarted, .number = EINVAL};
  pid_t id = 0;
  if (const int error = Start(command, &id); error != 0) {
    return {.kind = Kind::kNotStarted, .number = error};
  }
  const Descriptor handle(static_cast<int>(syscall(SYS_pidfd_open, id, 0U)));
  if (!handle.is_open()) {
    const int error = errno;
    kill(-id, SIGKILL);
    Reap(id);
    return {.kind = Kind::kNotStarted, .number = error};
  }
  const auto until = Clock::now() + command.timeout;
  while (!HasEnded(handle.number(), kAsk)) {
    if (command.should_stop && command.should_stop()) {
      if (!command.outlives_stop) End(id, handle.number());
      return {.kind = Kind::kStopped};
    }
    if (Clock::now() < until) continue;
    End(id, handle.number());
    return {.kind = Kind::kTimeout};
  }
  const int status = Reap(id);
  if (WIFSIGNALED(status)) return {.kind = Kind::kSignalled, .number = WTERMSIG(status)};
  return {.kind = Kind::kExited, .number = WEXITSTATUS(status)};
}

}  // namespace updraft
