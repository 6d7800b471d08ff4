// SPDX-License-Identifier: Apache-2.0
// How much room a port's running hash and cipher have (crypto.h), a connection's host and
// the tag of a file: here, for any library, host and server. A device's build may have a
// smaller one in front (include/small).
#pragma once

#include <cstddef>

namespace updraft {

inline constexpr std::size_t kHashStateSize = 256;    // bytes; the same for core and firmware
inline constexpr std::size_t kGcmStateSize = 512;     // bytes
inline constexpr std::size_t kStateAlignment = 16;    // bytes; of both
inline constexpr std::size_t kMaxHostLength = 255;    // bytes; a URL with a longer one is refused
inline constexpr std::size_t kMaxIdentitySize = 128;  // bytes; a longer entity tag is not used

}  // namespace updraft
