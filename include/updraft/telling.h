// SPDX-License-Identifier: Apache-2.0
// What a finding tells (observer.h): here, what was expected and found as well. A
// device that has no use for the texts is built with include/small in front of
// include (CMake: UPDRAFT_SMALL), which has the other telling.h.
#pragma once

namespace updraft {

inline constexpr bool kTellsValues = true;  // the same for core and firmware

}  // namespace updraft
