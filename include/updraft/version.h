// SPDX-License-Identifier: Apache-2.0
// The version of Updraft, in its one place: CMake reads it from here, and the tool, its
// man pages, the packages and pkg-config have it from CMake.
#pragma once

#include <string_view>

// Semantic: "MAJOR.MINOR.PATCH", each a decimal number.
#define UPDRAFT_VERSION "0.1.0"

namespace updraft {

// The same, as a value.
inline constexpr std::string_view kVersion = UPDRAFT_VERSION;
// What requests send as User-Agent unless told otherwise: "Updraft/MAJOR.MINOR.PATCH".
inline constexpr std::string_view kUserAgent = "Updraft/" UPDRAFT_VERSION;

}  // namespace updraft
