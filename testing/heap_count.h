// SPDX-License-Identifier: Apache-2.0
// What the whole process has taken from the heap: every malloc, also those of the C++
// runtime and of libraries. Programs that ask link updraft_heap_count, which puts
// itself in the place of malloc; under sanitizers, which do so themselves, it counts
// nothing.
#pragma once

#include <cstdint>
#include <optional>

namespace updraft {

struct HeapCount {
  std::uint64_t allocations = 0;  // since the start
  std::int64_t blocks = 0;        // in use
  std::int64_t bytes = 0;         // of these blocks
  std::int64_t peak_bytes = 0;    // since the start, or ForgetHeapPeak()
};

// Empty where it is not counted. Any thread; other threads may be allocating meanwhile.
std::optional<HeapCount> CountHeap();
void ForgetHeapPeak();

}  // namespace updraft
