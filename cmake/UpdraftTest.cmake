# SPDX-License-Identifier: Apache-2.0
# updraft_add_tests(NAME DIRECTORIES ... [LIBRARIES ...] [TIMEOUT SECONDS]
#                   [NOT_UNDER_TSAN]): one test program of every *_test.cc below
# the directories; a new file is in the build by being there. NOT_UNDER_TSAN: the
# thread sanitizer leaves it out, for it has one thread, or the threads behind it
# are seen in another program.
find_package(GTest REQUIRED)
include(GoogleTest)

add_custom_target(threaded_tests)

# What every test program has, compiled once: half of the time that a test takes to
# compile is in these headers.
configure_file(${CMAKE_SOURCE_DIR}/tests/project_folders.cc.in ${CMAKE_BINARY_DIR}/project_folders.cc @ONLY)
add_library(updraft_test_headers STATIC ${CMAKE_BINARY_DIR}/project_folders.cc)
target_link_libraries(updraft_test_headers PRIVATE updraft_compiler updraft_small_optimization
  GTest::gmock GTest::gtest)
target_include_directories(updraft_test_headers PRIVATE ${CMAKE_SOURCE_DIR})
# As for a program, which alone may use them.
set_target_properties(updraft_test_headers PROPERTIES POSITION_INDEPENDENT_CODE OFF)
target_compile_options(updraft_test_headers PRIVATE -fPIE)
updraft_precompile_headers(updraft_test_headers <gmock/gmock.h> <gtest/gtest.h> <nlohmann/json.hpp>
  <algorithm> <filesystem> <fstream> <functional> <memory> <optional> <random> <string> <thread>
  <vector>)

function(updraft_add_tests name)
  cmake_parse_arguments(ARG "NOT_UNDER_TSAN" "TIMEOUT;FIXTURE" "DIRECTORIES;LIBRARIES" ${ARGN})
  set(sources)
  foreach(directory ${ARG_DIRECTORIES})
    file(GLOB_RECURSE found CONFIGURE_DEPENDS ${directory}/*_test.cc)
    list(APPEND sources ${found})
  endforeach()
  if(NOT sources)
    message(FATAL_ERROR "updraft_add_tests(${name}): no *_test.cc in ${ARG_DIRECTORIES}")
  endif()
  add_executable(${name} ${sources})
  target_link_libraries(${name} PRIVATE updraft_compiler updraft_small_optimization
    updraft_test_headers ${ARG_LIBRARIES} GTest::gmock GTest::gtest_main)
  target_include_directories(${name} PRIVATE ${CMAKE_SOURCE_DIR})
  # GCC 12 sees overflows in std::string concatenations that are none.
  target_compile_options(${name} PRIVATE $<$<CXX_COMPILER_ID:GNU>:-Wno-array-bounds>
    $<$<CXX_COMPILER_ID:GNU>:-Wno-stringop-overflow>)
  target_compile_options(${name} PRIVATE $<$<CXX_COMPILER_ID:GNU>:-fpch-preprocess>)  # for ccache
  target_precompile_headers(${name} REUSE_FROM updraft_test_headers)
  if(NOT ARG_TIMEOUT)
    set(ARG_TIMEOUT 120)
  endif()
  set(label not_under_tsan)
  if(NOT ARG_NOT_UNDER_TSAN)
    set(label threads)
    add_dependencies(threaded_tests ${name})
  endif()
  set(fixture)
  if(ARG_FIXTURE)
    set(fixture FIXTURES_REQUIRED ${ARG_FIXTURE})
  endif()
  gtest_discover_tests(${name} DISCOVERY_MODE PRE_TEST
                       PROPERTIES TIMEOUT ${ARG_TIMEOUT} LABELS ${label} ${fixture})
endfunction()
