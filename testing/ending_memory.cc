// SPDX-License-Identifier: Apache-2.0
#include "testing/ending_memory.h"

#include <cstdlib>
#include <new>

namespace {

thread_local long g_left = -1;
// Sizes that no machine has are refused here: sanitizers end the program for them.
constexpr std::size_t kMost = std::size_t{1} << 36;

}  // namespace

// NOLINTBEGIN(cppcoreguidelines-no-malloc): these are what others allocate by
void* operator new(std::size_t size, const std::nothrow_t& /*tag*/) noexcept {
  if (g_left == 0 || size > kMost) return nullptr;
  if (g_left > 0) --g_left;
  return std::malloc(size != 0 ? size : 1);
}
void* operator new(std::size_t size) {
  void* const memory = operator new(size, std::nothrow);
  if (memory == nullptr) throw std::bad_alloc();
  return memory;
}
// All of them, for what one takes another gives back.
void* operator new[](std::size_t size) { return operator new(size); }
void* operator new[](std::size_t size, const std::nothrow_t& tag) noexcept {
  return operator new(size, tag);
}
void operator delete(void* memory) noexcept { std::free(memory); }
void operator delete(void* memory, std::size_t /*size*/) noexcept { std::free(memory); }
void operator delete(void* memory, const std::nothrow_t& /*tag*/) noexcept { std::free(memory); }
void operator delete[](void* memory) noexcept { std::free(memory); }
void operator delete[](void* memory, std::size_t /*size*/) noexcept { std::free(memory); }
void operator delete[](void* memory, const std::nothrow_t& /*tag*/) noexcept { std::free(memory); }
// NOLINTEND(cppcoreguidelines-no-malloc)

namespace updraft {

void LetAllocate(long count) { g_left = count; }

}  // namespace updraft
