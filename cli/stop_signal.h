// SPDX-License-Identifier: Apache-2.0
// Signals as a question that long commands ask, so that they end in good order:
// nothing half-done is selected or left behind.
#pragma once

namespace updraft {

// From here on SIGINT and SIGTERM end nothing by themselves; StopAsked() tells. One that
// the caller's shell has ignored stays so.
void StopOnSignals();
// SIGHUP too, where there would be something to clean up.
void StopOnHangUp();
bool StopAsked();

// Once StopAsked(), and all is cleaned up: ends the process by that signal, so that a
// shell sees 130 of Ctrl-C. Returns that code only where the signal is blocked.
int EndAsAsked();

}  // namespace updraft
