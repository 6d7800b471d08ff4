// SPDX-License-Identifier: Apache-2.0
// How a façade function ends when memory ends inside: with its own error, since nothing
// may be thrown through C. What an application's own callback throws is not touched.
// tools/check_throws.py knows who has these handlers by TellNoMemory().
#pragma once

#include <new>
#include <stdexcept>
#include <system_error>

namespace updraft::esp {

// Says it on standard error, the first time only: it allocates nothing.
void TellNoMemory(const char* function) noexcept;

}  // namespace updraft::esp

// Behind the body of a function that begins with `try`. std::length_error is a size that
// no memory has, std::system_error a thread or lock that the system does not give.
// NOLINTNEXTLINE(cppcoreguidelines-macro-usage): it holds handlers, which no function can
#define UPDRAFT_NO_MEMORY(...)            \
  catch (const std::bad_alloc&) {         \
    updraft::esp::TellNoMemory(__func__); \
    return __VA_ARGS__;                   \
  }                                       \
  catch (const std::length_error&) {      \
    updraft::esp::TellNoMemory(__func__); \
    return __VA_ARGS__;                   \
  }                                       \
  catch (const std::system_error&) {      \
    updraft::esp::TellNoMemory(__func__); \
    return __VA_ARGS__;                   \
  }
