// SPDX-License-Identifier: Apache-2.0
// The launcher's first half: from the bytes of a program to a running process.
// Called by launcher.cc only.
#pragma once

#include <signal.h>
#include <sys/types.h>

#include <string>
#include <vector>

#include "updraft/bytes.h"

#include "ports/host/posix_file.h"

namespace updraft {

// A sealed memory file that holds `program`; errno in *error on failure.
Descriptor MakeProgramFile(Bytes program, int* error);

struct ProcessStart {
  int program = -1;                      // from MakeProgramFile
  std::vector<std::string> environment;  // "NAME=value"
  int standard_output = -1;              // what becomes its standard output; -1: inherited
  const sigset_t* signal_mask = nullptr;
};

struct StartedProcess {
  pid_t id = -1;
  Descriptor handle;  // a pidfd: readable when the process has ended
};

// Returns 0 when the program runs, or the errno of what failed; then no process
// is left. ENOEXEC also stands for a script or a program without its interpreter.
int StartProcess(const ProcessStart& start, StartedProcess* process);

}  // namespace updraft
