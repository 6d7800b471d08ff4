// SPDX-License-Identifier: Apache-2.0
#include "ports/host/firmware_process.h"

#include <fcntl.h>
#include <linux/close_range.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <cerrno>

namespace updraft {
namespace {

constexpr const char* kProgramName = "updraft-firmware";
constexpr unsigned kMemfdExecutable = 0x10;  // MFD_EXEC, which glibc 2.36 does not name

struct Prepared {
  int program;
  int standard_output;
  int failure;  // where to write the errno; closed by a successful exec
  pid_t parent;
  const sigset_t* signal_mask;
  char* const* arguments;
  char* const* environment;
};

// Between fork and exec, in a copy of a process that may have had threads: only
// async-signal-safe calls from here on.
[[noreturn]] void Fail(const Prepared& prepared, int error) {
  static_cast<void>(!write(prepared.failure, &error, sizeof error));
  _exit(127);
}

[[noreturn]] void BecomeFirmware(const Prepared& prepared) {
  if (setsid() < 0) Fail(prepared, errno);
  if (prctl(PR_SET_PDEATHSIG, SIGKILL) != 0) Fail(prepared, errno);
  if (getppid() != prepared.parent) _exit(127);
  if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0) Fail(prepared, errno);
  if (prepared.standard_output >= 0 && dup2(prepared.standard_output, STDOUT_FILENO) < 0) {
    Fail(prepared, errno);
  }
  // Older kernels do not know the flag; then what others left open stays open.
  syscall(SYS_close_range, 3U, ~0U, CLOSE_RANGE_CLOEXEC);
  for (const int number : {SIGTERM, SIGPIPE}) signal(number, SIG_DFL);
  sigprocmask(SIG_SETMASK, prepared.signal_mask, nullptr);
  fexecve(prepared.program, prepared.arguments, prepared.environment);
  // A script or a missing interpreter: what is named does not exist in the file.
  Fail(prepared, errno == ENOENT ? ENOEXEC : errno);
}

// 0 when the other end was closed by the exec.
int AwaitExec(int failure) {
  int error = 0;
  ssize_t count = 0;
  do {
    count = read(failure, &error, sizeof error);
  } while (count < 0 && errno == EINTR);
  if (count == 0) return 0;
  return count == sizeof error ? error : EIO;
}

void Reap(pid_t id) {
  while (waitpid(id, nullptr, 0) < 0 && errno == EINTR) {
  }
}

}  // namespace

Descriptor MakeProgramFile(Bytes program, int* error) {
  constexpr unsigned kFlags = MFD_CLOEXEC | MFD_ALLOW_SEALING;
  Descriptor file(memfd_create(kProgramName, kFlags | kMemfdExecutable));
  if (!file.is_open() && errno == EINVAL) file = Descriptor(memfd_create(kProgramName, kFlags));
  if (!file.is_open()) {
    *error = errno;
    return {};
  }
  *error = WriteFully(file.number(), 0, program);
  if (*error == 0 && fcntl(file.number(), F_ADD_SEALS,
                           F_SEAL_SEAL | F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_WRITE) != 0) {
    *error = errno;
  }
  return *error == 0 ? std::move(file) : Descriptor();
}

int StartProcess(const ProcessStart& start, StartedProcess* process) {
  std::array<int, 2> ends{};
  if (pipe2(ends.data(), O_CLOEXEC) != 0) return errno;
  const Descriptor failure(ends[0]);
  Descriptor failure_write(ends[1]);
  std::string name = kProgramName;
  const std::array<char*, 2> arguments{name.data(), nullptr};
  std::vector<std::string> variables = start.environment;
  std::vector<char*> environment;
  environment.reserve(variables.size() + 1);
  for (std::string& variable : variables) environment.push_back(variable.data());
  environment.push_back(nullptr);
  const Prepared prepared{.program = start.program,
                          .standard_output = start.standard_output,
                          .failure = failure_write.number(),
                          .parent = getpid(),
                          .signal_mask = start.signal_mask,
                          .arguments = arguments.data(),
                          .environment = environment.data()};
  const pid_t id = fork();
  if (id < 0) return errno;
  if (id == 0) BecomeFirmware(prepared);
  failure_write.Close();
  int error = AwaitExec(failure.number());
  Descriptor handle(error == 0 ? static_cast<int>(syscall(SYS_pidfd_open, id, 0U)) : -1);
  if (error == 0 && !handle.is_open()) error = errno;
  if (error != 0) {
    kill(id, SIGKILL);
    Reap(id);
    return error;
  }
  *process = {.id = id, .handle = std::move(handle)};
  return 0;
}

}  // namespace updraft
