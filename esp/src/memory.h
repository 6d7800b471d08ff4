// SPDX-License-Identifier: Apache-2.0
// How much memory the façade tells that there is: the size of a chip's, with what
// the firmware has taken off the C heap.
#pragma once

#include <cstddef>

namespace updraft::esp {

std::size_t TotalMemory();
std::size_t FreeMemory();
// The least that FreeMemory() or this has seen.
std::size_t LeastFreeMemory();

}  // namespace updraft::esp
