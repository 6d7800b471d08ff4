// SPDX-License-Identifier: Apache-2.0
// What was cut, as a table and as a line of JSON at the end of the test program.
#pragma once

#include "tests/powercut/cut_run.h"

namespace updraft {

// Printed when the program's tests have ended.
void AddToCutTable(const CutCounts& counts);

}  // namespace updraft
