# SPDX-License-Identifier: Apache-2.0
# Firmware of the virtual device: an application's sources become an executable,
# and that becomes an ESP application image, NAME.bin.
#
# updraft_add_firmware(NAME
#   SOURCES FILE...            C++ or C sources with a main()
#   VERSION V                  at most 31 characters
#   [PROJECT_NAME P]           default: NAME
#   [CHIP C]                   default: this machine's linux chip
#   [SECURE_VERSION N]         default: 0
#   [SLOT_SIZE BYTES]          the build fails when the image is larger
#   [LIBRARIES TARGET...] [DEFINITIONS D...] [INCLUDE_DIRECTORIES DIR...])
#
# Also in projects that find_package(Updraft). Makes the targets NAME (the executable) and NAME_image (part of all), and the
# file ${CMAKE_CURRENT_BINARY_DIR}/NAME.bin, which is the property
# UPDRAFT_IMAGE of the target NAME.

# The library that firmware links in place of `target`: the same sources without
# sanitizers and coverage, compiled a second time only where that differs.
function(updraft_firmware_library out target)
  if(NOT TARGET ${target})
    string(REPLACE "updraft_" "Updraft::" installed ${target})
    set(${out} ${installed} PARENT_SCOPE)
    return()
  endif()
  if(NOT UPDRAFT_SANITIZE AND NOT UPDRAFT_COVERAGE)
    set(${out} ${target} PARENT_SCOPE)
    return()
  endif()
  set(plain ${target}_for_firmware)
  set(${out} ${plain} PARENT_SCOPE)
  if(TARGET ${plain})
    return()
  endif()
  get_target_property(type ${target} TYPE)
  if(type STREQUAL "INTERFACE_LIBRARY")
    set(${out} ${target} PARENT_SCOPE)
    return()
  endif()
  get_target_property(folder ${target} SOURCE_DIR)
  get_target_property(sources ${target} SOURCES)
  get_target_property(libraries ${target} LINK_LIBRARIES)
  get_target_property(options ${target} COMPILE_OPTIONS)
  list(TRANSFORM sources PREPEND ${folder}/)
  add_library(${plain} STATIC EXCLUDE_FROM_ALL ${sources})
  target_include_directories(${plain} PUBLIC ${CMAKE_SOURCE_DIR}/include ${CMAKE_SOURCE_DIR})
  if(options)
    target_compile_options(${plain} PRIVATE ${options})
  endif()
  # Optimized under sanitizers and coverage too: a firmware has to fit its slot, and tests
  # make images of executables that are not stripped.
  target_link_libraries(${plain} PRIVATE updraft_warnings)
  if(UPDRAFT_COVERAGE)
    target_compile_options(${plain} PRIVATE -O1 -g0)
  endif()
  foreach(library ${libraries})
    if(library MATCHES "updraft_compiler|updraft_plain_under_sanitizers")
      continue()
    endif()
    if(library MATCHES "^updraft_")
      updraft_firmware_library(library ${library})
    endif()
    target_link_libraries(${plain} PUBLIC ${library})
  endforeach()
endfunction()

function(updraft_add_firmware name)
  cmake_parse_arguments(ARG "" "VERSION;PROJECT_NAME;CHIP;SECURE_VERSION;SLOT_SIZE"
                        "SOURCES;LIBRARIES;DEFINITIONS;INCLUDE_DIRECTORIES" ${ARGN})
  if(ARG_UNPARSED_ARGUMENTS)
    message(FATAL_ERROR "updraft_add_firmware(${name}): unknown arguments ${ARG_UNPARSED_ARGUMENTS}")
  endif()
  if(NOT ARG_SOURCES OR NOT DEFINED ARG_VERSION)
    message(FATAL_ERROR "updraft_add_firmware(${name}): SOURCES and VERSION must be given")
  endif()
  string(LENGTH "${ARG_VERSION}" version_length)
  if(version_length GREATER 31)
    message(FATAL_ERROR "updraft_add_firmware(${name}): VERSION '${ARG_VERSION}' is longer than 31 characters")
  endif()
  foreach(default IN ITEMS "PROJECT_NAME=${name}" "CHIP=native" "SECURE_VERSION=0" "SLOT_SIZE=0")
    string(REPLACE "=" ";" default "${default}")
    list(GET default 0 key)
    list(GET default 1 value)
    if(NOT DEFINED ARG_${key})
      set(ARG_${key} ${value})
    endif()
  endforeach()

  updraft_firmware_library(core updraft_core)
  updraft_firmware_library(host updraft_host)
  add_executable(${name} ${ARG_SOURCES})
  target_compile_definitions(${name} PRIVATE ${ARG_DEFINITIONS})
  target_include_directories(${name} PRIVATE ${ARG_INCLUDE_DIRECTORIES})
  set(tool Updraft::tool)
  if(TARGET updraft)
    set(tool updraft)
    target_link_libraries(${name} PRIVATE updraft_warnings)
  endif()
  target_link_libraries(${name} PRIVATE ${ARG_LIBRARIES} ${host} ${core})
  target_link_options(${name} PRIVATE -Wl,--gc-sections)

  set(image ${CMAKE_CURRENT_BINARY_DIR}/${name}.bin)
  set(script ${CMAKE_CURRENT_FUNCTION_LIST_DIR}/make_firmware_image.cmake)
  add_custom_command(OUTPUT ${image}
    COMMAND ${CMAKE_COMMAND}
      -DTOOL=$<TARGET_FILE:${tool}> -DSTRIP=${CMAKE_STRIP} -DEXECUTABLE=$<TARGET_FILE:${name}>
      -DIMAGE=${image} -DCHIP=${ARG_CHIP} -DVERSION=${ARG_VERSION}
      -DPROJECT_NAME=${ARG_PROJECT_NAME} -DSECURE_VERSION=${ARG_SECURE_VERSION}
      -DSLOT_SIZE=${ARG_SLOT_SIZE} -P ${script}
    DEPENDS ${name} ${tool} ${script}
    COMMENT "Making the image ${name}.bin"
    VERBATIM)
  add_custom_target(${name}_image ALL DEPENDS ${image})
  set_target_properties(${name} PROPERTIES UPDRAFT_IMAGE ${image})
endfunction()
