// SPDX-License-Identifier: Apache-2.0
// RTC_NOINIT data: they keep what they hold over every end of the firmware but a
// power-off, in a file that lies under them in memory.
#pragma once

#include <filesystem>

namespace updraft::esp {

// Call once, before there is a second thread. With `keep`, what the file holds
// appears in the program's RTC_NOINIT variables; without, they hold noise. A
// file that does not fit is made anew. Returns 0 or errno; then the variables
// are as after a power-on and survive nothing.
int MapRtcMemory(const std::filesystem::path& file, bool keep);

}  // namespace updraft::esp
