# SPDX-License-Identifier: Apache-2.0
# The entry of ESP-IDF's build system: a project's CMakeLists.txt includes this
# file of $ENV{IDF_PATH} and calls project(). The project is built for the virtual
# device: its components become a firmware image that `updraft boot` runs.
#
# It leaves in the build folder: <project>.bin, <project>.elf,
# partition_table/partition-table.bin, config/sdkconfig.h, project_description.json.
cmake_minimum_required(VERSION 3.16)

get_filename_component(UPDRAFT_IDF_PATH ${CMAKE_CURRENT_LIST_DIR}/../.. ABSOLUTE)
set(IDF_PATH ${UPDRAFT_IDF_PATH})
include(${CMAKE_CURRENT_LIST_DIR}/idf_properties.cmake)
include(${CMAKE_CURRENT_LIST_DIR}/idf_components.cmake)
include(${CMAKE_CURRENT_LIST_DIR}/idf_artifacts.cmake)
include(${UPDRAFT_IDF_PATH}/cmake/EspEncryptedImage.cmake)

# The build of Updraft itself, made when it is not there: UPDRAFT_BUILD names
# another one.
function(updraft_require_build)
  if(DEFINED ENV{UPDRAFT_BUILD})
    set(build $ENV{UPDRAFT_BUILD})
  else()
    set(build ${UPDRAFT_IDF_PATH}/build)
  endif()
  if(NOT EXISTS ${UPDRAFT_IDF_PATH}/dev AND EXISTS ${build}/idf/libraries.cmake)
    set(UPDRAFT_BUILD ${build} PARENT_SCOPE)  # installed: it is as it is
    return()
  endif()
  if(NOT EXISTS ${build}/build.ninja)
    message(STATUS "Building Updraft in ${build}: it is not there yet")
    execute_process(COMMAND ${UPDRAFT_IDF_PATH}/dev build release idf RESULT_VARIABLE failed)
    if(failed)
      message(FATAL_ERROR "Updraft could not be built in ${build}: its messages are above")
    endif()
  endif()
  execute_process(COMMAND ${CMAKE_COMMAND} --build ${build} --target idf
                  RESULT_VARIABLE failed OUTPUT_VARIABLE output ERROR_VARIABLE output)
  if(failed)
    message(FATAL_ERROR "Updraft could not be built in ${build}:\n${output}")
  endif()
  set(UPDRAFT_BUILD ${build} PARENT_SCOPE)
endfunction()

# create_esp_enc_img may stand anywhere behind project(), in a component's
# CMakeLists.txt too, where there is no image yet.
macro(updraft_prepare_encryption)
  if(NOT ESP_ENC_IMG_GEN)
    set(ESP_ENC_IMG_GEN ${UPDRAFT_BUILD}/bin/esp_enc_img_gen)
  endif()
  set_property(GLOBAL PROPERTY UPDRAFT_IMAGE_FILE ${CMAKE_BINARY_DIR}/${PROJECT_NAME}.bin)
  set_property(GLOBAL PROPERTY UPDRAFT_IMAGE_TARGET app)
endmacro()

# IDF_TARGET: the option, the environment, sdkconfig or its defaults, else esp32.
function(updraft_settle_target)
  if(NOT IDF_TARGET AND DEFINED ENV{IDF_TARGET})
    set(IDF_TARGET $ENV{IDF_TARGET})
  endif()
  foreach(file ${SDKCONFIG} ${SDKCONFIG_DEFAULTS})
    if(NOT IDF_TARGET AND EXISTS ${file})
      file(STRINGS ${file} line REGEX "^CONFIG_IDF_TARGET=" LIMIT_COUNT 1)
      string(REGEX REPLACE "^CONFIG_IDF_TARGET=\"(.*)\"$" "\\1" IDF_TARGET "${line}")
    endif()
  endforeach()
  if(NOT IDF_TARGET)
    set(IDF_TARGET esp32)
  endif()
  if(IDF_TARGET STREQUAL "linux")
    message(FATAL_ERROR "IDF_TARGET: expected a chip such as esp32 or esp32c3, found 'linux'; "
                        "Updraft builds what a chip would run")
  endif()
  set(IDF_TARGET ${IDF_TARGET} CACHE STRING "The chip that the firmware is for" FORCE)
endfunction()

# Lists and files as ESP-IDF names them, made absolute.
macro(updraft_settle_files)
  set(PROJECT_DIR ${CMAKE_CURRENT_SOURCE_DIR})
  set(BUILD_DIR ${CMAKE_BINARY_DIR})
  if(NOT SDKCONFIG)
    set(SDKCONFIG ${PROJECT_DIR}/sdkconfig)
  endif()
  if(NOT SDKCONFIG_DEFAULTS AND DEFINED ENV{SDKCONFIG_DEFAULTS})
    set(SDKCONFIG_DEFAULTS $ENV{SDKCONFIG_DEFAULTS})
  endif()
  if(NOT SDKCONFIG_DEFAULTS AND EXISTS ${PROJECT_DIR}/sdkconfig.defaults)
    set(SDKCONFIG_DEFAULTS ${PROJECT_DIR}/sdkconfig.defaults)
  endif()
  set(_updraft_defaults ${SDKCONFIG_DEFAULTS})
  set(SDKCONFIG_DEFAULTS)
  foreach(_file ${_updraft_defaults})
    get_filename_component(_file ${_file} ABSOLUTE BASE_DIR ${PROJECT_DIR})
    list(APPEND SDKCONFIG_DEFAULTS ${_file})
  endforeach()
endmacro()

# Runs tools/idf_kconfig.py; CONFIG_... are variables afterwards.
macro(updraft_configure)
  set(_arguments --idf-path ${UPDRAFT_IDF_PATH} --target ${IDF_TARGET}
                 --output ${CMAKE_BINARY_DIR}/config --sdkconfig ${SDKCONFIG})
  foreach(_file ${SDKCONFIG_DEFAULTS})
    foreach(_with ${_file} ${_file}.${IDF_TARGET})
      if(EXISTS ${_with})
        list(APPEND _arguments --defaults ${_with})
        set_property(DIRECTORY APPEND PROPERTY CMAKE_CONFIGURE_DEPENDS ${_with})
      endif()
    endforeach()
  endforeach()
  foreach(_dir ${UPDRAFT_COMPONENT_DIRS})
    if(EXISTS ${_dir}/Kconfig.projbuild)
      list(APPEND _arguments --projbuild ${_dir}/Kconfig.projbuild)
      set_property(DIRECTORY APPEND PROPERTY CMAKE_CONFIGURE_DEPENDS ${_dir}/Kconfig.projbuild)
    endif()
    if(EXISTS ${_dir}/Kconfig)
      list(APPEND _arguments --kconfig ${_dir}/Kconfig)
      set_property(DIRECTORY APPEND PROPERTY CMAKE_CONFIGURE_DEPENDS ${_dir}/Kconfig)
    endif()
  endforeach()
  # idf.py menuconfig runs it again, with --menu.
  string(REPLACE ";" "\n" _lines "${_arguments}")
  file(WRITE ${CMAKE_BINARY_DIR}/config/kconfig_arguments.txt "${_lines}\n")
  execute_process(COMMAND /usr/bin/python3 ${UPDRAFT_IDF_PATH}/tools/idf_kconfig.py ${_arguments}
                  RESULT_VARIABLE _failed)
  if(_failed)
    message(FATAL_ERROR "The project's configuration could not be evaluated: the message is above")
  endif()
  set_property(DIRECTORY APPEND PROPERTY CMAKE_CONFIGURE_DEPENDS ${SDKCONFIG})
  include(${CMAKE_BINARY_DIR}/config/sdkconfig.cmake)
endmacro()

# PROJECT_VER: set by the project, its configuration, version.txt, project(VERSION),
# git describe, else 1.
macro(updraft_settle_version)
  if(NOT DEFINED PROJECT_VER)
    if(CONFIG_APP_PROJECT_VER_FROM_CONFIG)
      set(PROJECT_VER "${CONFIG_APP_PROJECT_VER}")
    elseif(EXISTS ${PROJECT_DIR}/version.txt)
      file(STRINGS ${PROJECT_DIR}/version.txt PROJECT_VER LIMIT_COUNT 1)
      set_property(DIRECTORY APPEND PROPERTY CMAKE_CONFIGURE_DEPENDS ${PROJECT_DIR}/version.txt)
    elseif(PROJECT_VERSION)
      set(PROJECT_VER ${PROJECT_VERSION})
    else()
      execute_process(COMMAND git describe --always --tags --dirty
                      WORKING_DIRECTORY ${PROJECT_DIR} OUTPUT_VARIABLE PROJECT_VER
                      ERROR_QUIET OUTPUT_STRIP_TRAILING_WHITESPACE)
    endif()
  endif()
  if("${PROJECT_VER}" STREQUAL "")
    set(PROJECT_VER 1)
  endif()
  # As ESP-IDF: what does not fit the description is cut.
  string(SUBSTRING "${PROJECT_VER}" 0 31 PROJECT_VER)
endmacro()

# How ESP-IDF compiles programs, as far as a host's compiler can. Programs print
# uint32_t with %lu, which is right on the chips.
macro(updraft_compile_settings)
  set(CMAKE_CXX_STANDARD 23)
  set(CMAKE_C_STANDARD 17)
  set(CMAKE_EXPORT_COMPILE_COMMANDS ON)
  set(CMAKE_POSITION_INDEPENDENT_CODE ON)
  if(CONFIG_COMPILER_OPTIMIZATION_SIZE)
    add_compile_options(-Os)
  elseif(CONFIG_COMPILER_OPTIMIZATION_PERF)
    add_compile_options(-O2)
  elseif(CONFIG_COMPILER_OPTIMIZATION_NONE)
    add_compile_options(-O0)
  else()
    add_compile_options(-Og)
  endif()
  add_compile_options(-ggdb -ffunction-sections -fdata-sections -fno-strict-aliasing
    -Wall -Wno-format -Wno-unused-function
    "$<$<COMPILE_LANGUAGE:C,CXX>:SHELL:-include ${CMAKE_BINARY_DIR}/config/sdkconfig.h>")
  add_compile_definitions(ESP_PLATFORM _GNU_SOURCE
    IDF_VER="v${CONFIG_UPDRAFT_IDF_VERSION_MAJOR}.${CONFIG_UPDRAFT_IDF_VERSION_MINOR}.${CONFIG_UPDRAFT_IDF_VERSION_PATCH}")
  include_directories(${CMAKE_BINARY_DIR}/config)
  include_directories(SYSTEM ${UPDRAFT_IDF_PATH}/esp/newlib
    ${UPDRAFT_IDF_PATH}/esp/mbedtls ${UPDRAFT_IDF_PATH}/esp/include)
endmacro()

# Takes the place of CMake's own for the project itself; a third party's project()
# below it is CMake's.
macro(project project_name)
  if(UPDRAFT_PROJECT_SEEN)
    _project(${project_name} ${ARGN})
  else()
    set(UPDRAFT_PROJECT_SEEN TRUE)
    _project(${project_name} ${ARGN})
    enable_language(C CXX ASM)
    updraft_settle_files()
    updraft_settle_target()
    updraft_require_build()
    updraft_find_components()
    updraft_configure()
    updraft_settle_version()
    updraft_compile_settings()
    updraft_set_build_properties()
    updraft_make_partition_table()
    updraft_prepare_encryption()
    updraft_add_components()
    updraft_add_artifacts(${project_name})
  endif()
endmacro()
