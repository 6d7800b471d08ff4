# SPDX-License-Identifier: Apache-2.0
# updraft_leave_out(TARGET [FEATURE ...]): a program that does without. What stands in for
# a feature is linked in front of the core, and refuses what would need it
# (src/without; docs/porting.md says what each saves).
set(UPDRAFT_SOURCE_FOLDER ${CMAKE_CURRENT_LIST_DIR}/..)

function(updraft_leave_out target)
  foreach(feature ${ARGN})
    set(source ${UPDRAFT_SOURCE_FOLDER}/src/without/${feature}.cc)
    if(NOT EXISTS ${source})
      file(GLOB known RELATIVE ${UPDRAFT_SOURCE_FOLDER}/src/without ${UPDRAFT_SOURCE_FOLDER}/src/without/*.cc)
      list(TRANSFORM known REPLACE "\\.cc$" "")
      list(JOIN known ", " known)
      message(FATAL_ERROR "updraft_leave_out: there is no feature '${feature}'; there are ${known}")
    endif()
    target_sources(${target} PRIVATE ${source})
  endforeach()
  target_include_directories(${target} PRIVATE ${UPDRAFT_SOURCE_FOLDER})
endfunction()
