// SPDX-License-Identifier: Apache-2.0
// SIGINT and SIGTERM as a question that long commands ask, so that they end in good
// order: nothing half-done is selected.
#pragma once

namespace updraft {

// From here on the two end nothing by themselves; StopAsked() tells.
void StopOnSignals();
bool StopAsked();

}  // namespace updraft
