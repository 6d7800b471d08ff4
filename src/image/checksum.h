// SPDX-License-Identifier: Apache-2.0
// The checksum of an image's segment data. Builder and proof compute it.
#pragma once

#include <cstdint>

#include "updraft/bytes.h"

namespace updraft {

// The exclusive or of all bytes.
std::uint8_t ExclusiveOr(Bytes data);

}  // namespace updraft
