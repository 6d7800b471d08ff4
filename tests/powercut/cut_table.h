// SPDX-License-Identifier: Apache-2.0
// What was cut: a table at the end of the test program, and a line of JSON in the
// file that UPDRAFT_CUTS_JSON names.
#pragma once

#include "tests/powercut/cut_run.h"

namespace updraft {

// Printed when the program's tests have ended.
void AddToCutTable(const CutCounts& counts);

}  // namespace updraft
