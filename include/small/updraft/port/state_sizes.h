// SPDX-License-Identifier: Apache-2.0
// In place of include/updraft/port/state_sizes.h: enough for Mbed TLS 2.28 with SHA-256
// and no longer hash, and for the names of most servers. Who downloads from one with a
// longer name, or is led to one, puts a file like this with another limit in front.
#pragma once

#include <cstddef>

namespace updraft {

inline constexpr std::size_t kHashStateSize = 128;  // bytes; the same for core and firmware
inline constexpr std::size_t kGcmStateSize = 448;   // bytes
inline constexpr std::size_t kMaxHostLength = 63;   // bytes; a URL with a longer one is refused

}  // namespace updraft
