// SPDX-License-Identifier: Apache-2.0
#include "bench/device_profile/stack_ways.h"

#include <unwind.h>

#include <algorithm>
#include <array>
#include <cstdio>
#include <span>

// Where the program lies, which may be anywhere. The name is the linker's.
extern "C" const char __executable_start;  // NOLINT

namespace updraft {
namespace {

constexpr std::size_t kMaxCalls = 48;
constexpr std::size_t kMaxWays = 512;

struct Call {
  std::uintptr_t place;
  std::uintptr_t stack;  // there
  bool operator==(const Call&) const = default;
};

struct Way {
  std::uintptr_t lowest;
  std::size_t length;
  std::array<Call, kMaxCalls> calls;  // the innermost first
  std::span<const Call> all() const { return std::span(calls).first(length); }
};

bool g_keeps = false;
const unsigned char* g_deepest = nullptr;
std::array<Way, kMaxWays> g_ways;
std::size_t g_count = 0;

_Unwind_Reason_Code KeepCall(_Unwind_Context* context, void* to) {
  auto* way = static_cast<Way*>(to);
  if (way->length == kMaxCalls) return _URC_END_OF_STACK;
  way->calls[way->length++] = {_Unwind_GetIP(context), _Unwind_GetCFA(context)};
  return _URC_NO_REASON;
}

void KeepWay(const unsigned char* lowest) {
  if (g_count == kMaxWays) return;
  Way& way = g_ways[g_count];
  way.lowest = reinterpret_cast<std::uintptr_t>(lowest);
  way.length = 0;
  _Unwind_Backtrace(&KeepCall, &way);
  const bool known = std::any_of(g_ways.begin(), g_ways.begin() + g_count, [&](const Way& other) {
    return std::ranges::equal(other.all(), way.all());
  });
  if (!known) ++g_count;
}

}  // namespace

void KeepStackWays() { g_keeps = true; }

void NoteDepth(const void* frame) {
  const auto* here = static_cast<const unsigned char*>(frame);
  if (g_deepest == nullptr || here < g_deepest) g_deepest = here;
  if (g_keeps) KeepWay(here);
}

const unsigned char* DeepestNoted() { return g_deepest; }

void PrintStackWays(const unsigned char* top, std::size_t count) {
  const auto start = reinterpret_cast<std::uintptr_t>(&__executable_start);
  const auto limit = reinterpret_cast<std::uintptr_t>(top);
  const auto ways = std::span(g_ways).first(g_count);
  std::ranges::sort(ways, {}, &Way::lowest);
  for (const Way& way : ways.first(std::min(count, ways.size()))) {
    std::printf("way %zu", static_cast<std::size_t>(limit - way.lowest));
    for (std::size_t i = way.length - 1; i-- > 0;) {
      const std::uintptr_t stack = way.calls[i].stack;
      if (stack < way.lowest || stack > limit) continue;  // the stub's own, the thread's own
      // The place is behind the call.
      std::printf(" %zx:%zu", static_cast<std::size_t>(way.calls[i].place - start - 1),
                  static_cast<std::size_t>(way.calls[i + 1].stack - stack));
    }
    std::printf("\n");
  }
}

}  // namespace updraft
