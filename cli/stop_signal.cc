// SPDX-License-Identifier: Apache-2.0
#include "cli/stop_signal.h"

#include <signal.h>

#include <atomic>

namespace updraft {
namespace {

std::atomic<bool> g_stop{false};
void AskToStop(int) { g_stop = true; }

}  // namespace

void StopOnSignals() {
  struct sigaction action {};
  action.sa_handler = AskToStop;
  sigaction(SIGINT, &action, nullptr);
  sigaction(SIGTERM, &action, nullptr);
}

bool StopAsked() { return g_stop; }

}  // namespace updraft
