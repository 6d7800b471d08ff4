// SPDX-License-Identifier: Apache-2.0
// Where the project's sources and this build lie. The answers are in a file of
// their own, so that no other object depends on where somebody checked out.
#pragma once

namespace updraft {

extern const char kSourceFolder[];  // absolute, no slash at its end
extern const char kBuildFolder[];   // absolute, no slash at its end

}  // namespace updraft
