// SPDX-License-Identifier: Apache-2.0
// esp_heap_caps.h over the C heap. Memory is handed to C programs that free it,
// so these are malloc's own.
#include <esp_heap_caps.h>
#include <inttypes.h>
#include <malloc.h>

#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <cstring>

#include "esp/src/memory.h"

// NOLINTBEGIN(cppcoreguidelines-no-malloc)
void* heap_caps_malloc(std::size_t size, std::uint32_t caps) {
  return (caps & MALLOC_CAP_INVALID) != 0 ? nullptr : std::malloc(size);
}

void* heap_caps_calloc(std::size_t n, std::size_t size, std::uint32_t caps) {
  return (caps & MALLOC_CAP_INVALID) != 0 ? nullptr : std::calloc(n, size);
}

void* heap_caps_realloc(void* ptr, std::size_t size, std::uint32_t caps) {
  return (caps & MALLOC_CAP_INVALID) != 0 ? nullptr : std::realloc(ptr, size);
}

void* heap_caps_aligned_alloc(std::size_t alignment, std::size_t size, std::uint32_t caps) {
  void* memory = nullptr;
  if ((caps & MALLOC_CAP_INVALID) != 0) return nullptr;
  if (alignment < sizeof(void*)) alignment = sizeof(void*);
  return posix_memalign(&memory, alignment, size) == 0 ? memory : nullptr;
}

void* heap_caps_aligned_calloc(std::size_t alignment, std::size_t n, std::size_t size,
                               std::uint32_t caps) {
  std::size_t bytes = 0;
  if (__builtin_mul_overflow(n, size, &bytes)) return nullptr;
  void* const memory = heap_caps_aligned_alloc(alignment, bytes, caps);
  if (memory != nullptr) std::memset(memory, 0, bytes);
  return memory;
}

// All kinds of memory are one: the first wish is as good as the others.
void* heap_caps_malloc_prefer(std::size_t size, std::size_t num, ...) {
  return num == 0 ? nullptr : std::malloc(size);
}

void* heap_caps_calloc_prefer(std::size_t n, std::size_t size, std::size_t num, ...) {
  return num == 0 ? nullptr : std::calloc(n, size);
}

void heap_caps_free(void* ptr) { std::free(ptr); }
void heap_caps_aligned_free(void* ptr) { std::free(ptr); }
// NOLINTEND(cppcoreguidelines-no-malloc)

std::size_t heap_caps_get_total_size(std::uint32_t caps) {
  static_cast<void>(caps);
  return updraft::esp::TotalMemory();
}
std::size_t heap_caps_get_free_size(std::uint32_t caps) {
  static_cast<void>(caps);
  return updraft::esp::FreeMemory();
}
std::size_t heap_caps_get_minimum_free_size(std::uint32_t caps) {
  static_cast<void>(caps);
  return updraft::esp::LeastFreeMemory();
}
std::size_t heap_caps_get_largest_free_block(std::uint32_t caps) {
  return heap_caps_get_free_size(caps);
}
std::size_t heap_caps_get_allocated_size(void* ptr) { return malloc_usable_size(ptr); }

void heap_caps_get_info(multi_heap_info_t* info, std::uint32_t caps) {
  if (info == nullptr) return;
  *info = {};
  info->total_free_bytes = heap_caps_get_free_size(caps);
  info->total_allocated_bytes = heap_caps_get_total_size(caps) - info->total_free_bytes;
  info->largest_free_block = info->total_free_bytes;
  info->minimum_free_bytes = heap_caps_get_minimum_free_size(caps);
  info->free_blocks = 1;
  info->total_blocks = 1;
}

void heap_caps_print_heap_info(std::uint32_t caps) {
  std::printf("Heap: %zu bytes free of %zu\n", heap_caps_get_free_size(caps),
              heap_caps_get_total_size(caps));
}

bool heap_caps_check_integrity_all(bool print_errors) {
  static_cast<void>(print_errors);
  return true;
}
