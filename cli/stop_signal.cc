// SPDX-License-Identifier: Apache-2.0
#include "cli/stop_signal.h"

#include <signal.h>

#include <atomic>
#include <cstdio>

namespace updraft {
namespace {

std::atomic<int> g_signal{0};
void AskToStop(int signal) { g_signal = signal; }

void StopOn(int signal) {
  struct sigaction action {};
  if (sigaction(signal, nullptr, &action) == 0 && action.sa_handler == SIG_IGN) return;
  action = {};
  action.sa_handler = AskToStop;
  sigaction(signal, &action, nullptr);
}

}  // namespace

void StopOnSignals() {
  StopOn(SIGINT);
  StopOn(SIGTERM);
}

void StopOnHangUp() { StopOn(SIGHUP); }

bool StopAsked() { return g_signal != 0; }

int EndAsAsked() {
  std::fflush(nullptr);
  const int signal = g_signal;
  struct sigaction usual {};
  usual.sa_handler = SIG_DFL;
  sigaction(signal, &usual, nullptr);
  raise(signal);
  return 128 + signal;
}

}  // namespace updraft
