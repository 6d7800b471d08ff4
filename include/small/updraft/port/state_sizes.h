// SPDX-License-Identifier: Apache-2.0
// In place of include/updraft/port/state_sizes.h: enough for Mbed TLS 2.28 with SHA-256
// and no longer hash, and for names and entity tags of most servers (a tag of 34 bytes is an
// MD5, of 38 that of a file that was uploaded in parts). Who downloads from one with a longer
// name, or is led to one, puts a file like this with another limit in front.
#pragma once

#include <cstddef>

namespace updraft {

inline constexpr std::size_t kHashStateSize = 112;   // bytes; the same for core and firmware
inline constexpr std::size_t kGcmStateSize = 424;    // bytes
inline constexpr std::size_t kStateAlignment = 8;    // bytes; of both
inline constexpr std::size_t kMaxHostLength = 63;    // bytes; a URL with a longer one is refused
inline constexpr std::size_t kMaxIdentitySize = 40;  // bytes; a longer entity tag is not used

}  // namespace updraft
