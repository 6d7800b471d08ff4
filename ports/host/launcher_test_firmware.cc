// SPDX-License-Identifier: Apache-2.0
// A firmware for launcher_test.cc: does what TEST_FIRMWARE says, one act a word.
#include <dirent.h>
#include <fcntl.h>
#include <signal.h>
#include <sys/prctl.h>
#include <unistd.h>

#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <sstream>
#include <string>

namespace {

void Say(const std::string& text) {
  if (write(STDOUT_FILENO, text.data(), text.size()) != static_cast<ssize_t>(text.size())) {
    _exit(99);
  }
}

std::string Variable(const char* name) {
  const char* const value = std::getenv(name);
  return std::string(name) + "=" + (value == nullptr ? "(none)" : value) + "\n";
}

int OpenFiles() {
  int count = 0;
  DIR* const folder = opendir("/proc/self/fd");
  while (readdir(folder) != nullptr) ++count;
  closedir(folder);
  return count - 3;  // ".", ".." and the folder itself
}

void DescribeProcess() {
  sigset_t mask;
  sigprocmask(SIG_SETMASK, nullptr, &mask);
  std::ostringstream text;
  text << "no_new_privs=" << prctl(PR_GET_NO_NEW_PRIVS, 0, 0, 0, 0) << "\n"
       << "own_session=" << (getsid(0) == getpid()) << "\n"
       << "own_group=" << (getpgrp() == getpid()) << "\n"
       << "open_files=" << OpenFiles() << "\n"
       << "sigterm_blocked=" << sigismember(&mask, SIGTERM) << "\n"
       << "seals=" << fcntl(open("/proc/self/exe", O_RDONLY), F_GET_SEALS) << "\n";
  Say(text.str());
}

[[noreturn]] void Hang() {
  for (;;) pause();
}

void OnTerm(int) {
  constexpr char kText[] = "asked to stop\n";
  static_cast<void>(!write(STDOUT_FILENO, kText, sizeof kText - 1));
  _exit(5);
}

void StartChild() {
  const pid_t child = fork();
  if (child == 0) {
    signal(SIGTERM, SIG_IGN);
    Say("child=" + std::to_string(getpid()) + "\n");
    Hang();
  }
}

// Ends when its child has said that it is out of reach.
void StartEscapingChild() {
  int ends[2];
  if (pipe(ends) != 0) _exit(98);
  if (fork() == 0) {
    setsid();
    prctl(PR_SET_PDEATHSIG, 0);
    Say("escaped=" + std::to_string(getpid()) + "\n");
    if (write(ends[1], "x", 1) != 1) _exit(98);
    for (;;) Say(std::string(100, 'x') + "\n");
  }
  char byte = 0;
  if (read(ends[0], &byte, 1) != 1) _exit(98);
}

void ReadLine() {
  char line[80];
  if (std::fgets(line, sizeof line, stdin) == nullptr) std::exit(6);
  Say(std::string("read ") + line);
}

void Act(const std::string& act) {
  if (act == "environment") {
    Say(Variable("UPDRAFT_DEVICE") + Variable("UPDRAFT_SLOT") + Variable("UPDRAFT_RESET_REASON") +
        Variable("TEST_FIRMWARE"));
  } else if (act == "describe") {
    DescribeProcess();
  } else if (act == "pid") {
    Say("pid=" + std::to_string(getpid()) + "\n");
  } else if (act == "end") {
    Say("END\n");
  } else if (act == "bytewise") {
    for (const char letter : std::string("one letter at a time\n")) Say(std::string(1, letter));
  } else if (act == "flood") {
    for (int i = 0; i < 1000; ++i) Say(std::string(1023, 'x') + "\n");
  } else if (act == "child") {
    StartChild();
  } else if (act == "escape") {
    StartEscapingChild();
  } else if (act == "read") {
    ReadLine();
  } else if (act == "say-on-term") {
    signal(SIGTERM, OnTerm);
  } else if (act == "ignore-term") {
    signal(SIGTERM, SIG_IGN);
  } else if (act == "hang") {
    Hang();
  } else if (act == "abort") {
    std::abort();
  } else {
    std::exit(static_cast<int>(std::strtol(act.c_str(), nullptr, 10)));
  }
}

}  // namespace

int main() {
  const char* const acts = std::getenv("TEST_FIRMWARE");
  std::istringstream words(acts == nullptr ? "7" : acts);
  for (std::string act; words >> act;) Act(act);
  return 0;
}
