// SPDX-License-Identifier: Apache-2.0
// {fmt} inside the tool: Debian has it as a shared library only, which would bring
// the shared C++ library along. Compiled once, from its headers; what is missing here
// of what the tool calls, the shared library would give.
#define FMT_HEADER_ONLY
#include <fmt/format.h>

#include <cstdio>
#include <string>

namespace {

template <typename Function>
constexpr Function* Kept(Function* function) {
  return function;
}

[[gnu::used]] auto* const kFormat =
    Kept<std::string(fmt::string_view, fmt::format_args)>(&fmt::vformat);
[[gnu::used]] auto* const kPrint = Kept<void(fmt::string_view, fmt::format_args)>(&fmt::vprint);
[[gnu::used]] auto* const kPrintToFile =
    Kept<void(std::FILE*, fmt::string_view, fmt::format_args)>(&fmt::vprint);

}  // namespace
