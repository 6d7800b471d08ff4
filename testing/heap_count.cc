// SPDX-License-Identifier: Apache-2.0
#include "testing/heap_count.h"

#include <malloc.h>

#include <atomic>
#include <bit>
#include <cerrno>
#include <cstdlib>

// The names are glibc's.
// NOLINTBEGIN(readability-identifier-naming)
extern "C" {
void* __libc_malloc(std::size_t size);
void __libc_free(void* block);
void* __libc_calloc(std::size_t count, std::size_t size);
void* __libc_realloc(void* block, std::size_t size);
void* __libc_memalign(std::size_t alignment, std::size_t size);
}
// NOLINTEND(readability-identifier-naming)

namespace {

std::atomic<std::uint64_t> g_allocations{0};
std::atomic<std::int64_t> g_blocks{0};
std::atomic<std::int64_t> g_bytes{0};
std::atomic<std::int64_t> g_peak{0};

void* Count(void* block) {
  if (block == nullptr) return block;
  ++g_allocations;
  ++g_blocks;
  const auto now = g_bytes += static_cast<std::int64_t>(malloc_usable_size(block));
  std::int64_t peak = g_peak;
  while (now > peak && !g_peak.compare_exchange_weak(peak, now)) {
  }
  return block;
}

void Uncount(std::size_t usable) {
  --g_blocks;
  g_bytes -= static_cast<std::int64_t>(usable);
}

}  // namespace

// NOLINTBEGIN(readability-inconsistent-declaration-parameter-name)
extern "C" {
void* malloc(std::size_t size) { return Count(__libc_malloc(size)); }
void free(void* block) {
  if (block != nullptr) Uncount(malloc_usable_size(block));
  __libc_free(block);
}
void* calloc(std::size_t count, std::size_t size) { return Count(__libc_calloc(count, size)); }
void* realloc(void* block, std::size_t size) {
  const std::size_t before = block != nullptr ? malloc_usable_size(block) : 0;
  void* const moved = __libc_realloc(block, size);
  // Where there is no memory, the block stays; a size of 0 frees it.
  if (block != nullptr && (moved != nullptr || size == 0)) Uncount(before);
  return Count(moved);
}
void* memalign(std::size_t alignment, std::size_t size) {
  return Count(__libc_memalign(alignment, size));
}
void* aligned_alloc(std::size_t alignment, std::size_t size) { return memalign(alignment, size); }
int posix_memalign(void** block, std::size_t alignment, std::size_t size) {
  if (alignment % sizeof(void*) != 0 || !std::has_single_bit(alignment)) return EINVAL;
  void* const aligned = memalign(alignment, size);
  if (aligned == nullptr) return ENOMEM;
  *block = aligned;
  return 0;
}
}
// NOLINTEND(readability-inconsistent-declaration-parameter-name)

namespace updraft {

std::optional<HeapCount> CountHeap() { return HeapCount{g_allocations, g_blocks, g_bytes, g_peak}; }

void ForgetHeapPeak() { g_peak = g_bytes.load(); }

}  // namespace updraft
