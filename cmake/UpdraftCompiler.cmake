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

# Around the core: with sanitizers it takes half the time to compile, and nothing is
# optimized away that they could find. The core, which loops over bytes, is optimized.
add_library(updraft_plain_under_sanitizers INTERFACE)
if(UPDRAFT_SANITIZE)
  target_compile_options(updraft_plain_under_sanitizers INTERFACE -O0)
endif()
# What waits for people, servers and disks, never for itself: a third less to compile.
add_library(updraft_small_optimization INTERFACE)
target_link_libraries(updraft_small_optimization INTERFACE updraft_plain_under_sanitizers)
target_compile_options(updraft_small_optimization INTERFACE $<$<CONFIG:RelWithDebInfo>:-O1>)

# The large headers of other people's libraries, compiled once for a whole library.
function(updraft_precompile_headers target)
  target_compile_options(${target} PRIVATE $<$<CXX_COMPILER_ID:GNU>:-fpch-preprocess>)  # for ccache
  target_precompile_headers(${target} PRIVATE ${ARGN})
endfunction()

# updraft_join_under_sanitizers(TARGET [EXCEPT FILE...]): twelve sources are compiled as
# one, and other people's templates once for them. Only there: a change costs more
# afterwards, and elsewhere each source must be whole in itself. Excepted are sources
# with names that others have too.
function(updraft_join_under_sanitizers target)
  cmake_parse_arguments(ARG "" "" "EXCEPT" ${ARGN})
  if(UPDRAFT_SANITIZE)
    set_target_properties(${target} PROPERTIES UNITY_BUILD ON UNITY_BUILD_BATCH_SIZE 12)
    set_source_files_properties(${ARG_EXCEPT} PROPERTIES SKIP_UNITY_BUILD_INCLUSION ON)
  endif()
endfunction()
