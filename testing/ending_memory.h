// SPDX-License-Identifier: Apache-2.0
// Memory that ends: `operator new` of a test program throws std::bad_alloc when it is
// told to. Programs that ask link updraft_ending_memory, whose operators take the place
// of the C++ runtime's.
#pragma once

namespace updraft {

// So many more allocations of the calling thread succeed, then none does; below 0: all
// do, as at the start. Other threads are not touched. Sizes above 64 GiB never succeed.
void LetAllocate(long count);

}  // namespace updraft
