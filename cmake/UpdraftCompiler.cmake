# SPDX-License-Identifier: Apache-2.0
# How the project's own code is compiled. Targets link updraft_compiler:
# warnings as errors, sanitizers and coverage by option. Firmware links
# updraft_warnings only: it runs under a bootloader, without instrumentation.
add_library(updraft_warnings INTERFACE)
target_compile_options(updraft_warnings INTERFACE
  -Wall -Wextra -Wpedantic -Werror -Wconversion -Wsign-conversion -Wshadow -Wcast-qual
  -Wformat=2 -Wundef -Wimplicit-fallthrough
  $<$<COMPILE_LANGUAGE:CXX>:-Wnon-virtual-dtor -Woverloaded-virtual -Wold-style-cast -Wextra-semi>)

add_library(updraft_compiler INTERFACE)
target_link_libraries(updraft_compiler INTERFACE updraft_warnings)
if(UPDRAFT_SANITIZE)
  target_compile_options(updraft_compiler INTERFACE
    -fsanitize=${UPDRAFT_SANITIZE} -fno-omit-frame-pointer -fno-sanitize-recover=all)
  # The core has no RTTI, by which "vptr" would judge its objects.
  if(UPDRAFT_SANITIZE MATCHES "undefined")
    target_compile_options(updraft_compiler INTERFACE -fno-sanitize=vptr)
  endif()
  # Boost.Asio fences beside its mutexes. The sanitizer cannot see a fence, but it
  # sees those mutexes.
  if(UPDRAFT_SANITIZE MATCHES "thread")
    target_compile_options(updraft_compiler INTERFACE $<$<CXX_COMPILER_ID:GNU>:-Wno-tsan>)
  endif()
  target_link_options(updraft_compiler INTERFACE -fsanitize=${UPDRAFT_SANITIZE})
endif()
if(UPDRAFT_FUZZ)
  target_compile_options(updraft_compiler INTERFACE -fsanitize=fuzzer-no-link)
endif()
if(UPDRAFT_COVERAGE)
  target_compile_options(updraft_compiler INTERFACE --coverage)
  target_link_options(updraft_compiler INTERFACE --coverage)
endif()

# What waits for people, servers and disks, never for itself: a third less to compile.
add_library(updraft_small_optimization INTERFACE)
target_compile_options(updraft_small_optimization INTERFACE $<$<CONFIG:RelWithDebInfo>:-O1>)
