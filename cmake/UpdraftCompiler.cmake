# SPDX-License-Identifier: Apache-2.0
# How the project's own code is compiled: warnings are errors, sanitizers and
# coverage by option. Link a target to updraft_compiler to have it so.
add_library(updraft_compiler INTERFACE)
target_compile_options(updraft_compiler INTERFACE
  -Wall -Wextra -Wpedantic -Werror -Wconversion -Wsign-conversion -Wshadow -Wcast-qual
  -Wformat=2 -Wundef -Wimplicit-fallthrough
  $<$<COMPILE_LANGUAGE:CXX>:-Wnon-virtual-dtor -Woverloaded-virtual -Wold-style-cast -Wextra-semi>)

# Instrumentation must be in every object of a program, firmware excepted:
# firmware is built from sources of its own (cmake/UpdraftFirmware.cmake).
if(UPDRAFT_SANITIZE)
  add_compile_options(-fsanitize=${UPDRAFT_SANITIZE} -fno-omit-frame-pointer -fno-sanitize-recover=all)
  add_link_options(-fsanitize=${UPDRAFT_SANITIZE})
endif()
if(UPDRAFT_COVERAGE)
  add_compile_options(--coverage)
  add_link_options(--coverage)
endif()
