# SPDX-License-Identifier: Apache-2.0
# What the test `install` does; see CMakeLists.txt beside this file.
function(run)
  execute_process(COMMAND ${ARGN} WORKING_DIRECTORY ${WORK} RESULT_VARIABLE result
                  OUTPUT_VARIABLE text ERROR_VARIABLE text)
  if(NOT result EQUAL 0)
    message(FATAL_ERROR "${ARGN} ended with ${result}:\n${text}")
  endif()
  set(said "${text}" PARENT_SCOPE)
endfunction()

function(expect_lists_the_slots)
  run(${ARGN} ${WORK}/device)
  if(NOT said STREQUAL "factory: 4.5.6, boots\nota_0: no image, does not boot\nota_1: no image, does not boot\n")
    message(FATAL_ERROR "${ARGN}: expected the device's slots, found '${said}'")
  endif()
endfunction()

function(build_with_cmake name compiler)
  run(${CMAKE_COMMAND} -G Ninja -S ${SOURCE}/tests/install/${name} -B ${name}-${compiler_name}
      -DCMAKE_CXX_COMPILER=${compiler} -DCMAKE_PREFIX_PATH=${prefix} -DCMAKE_BUILD_TYPE=Release
      -DEXAMPLES=${SOURCE}/examples)
  run(${CMAKE_COMMAND} --build ${name}-${compiler_name})
endfunction()

file(REMOVE_RECURSE ${WORK})
file(MAKE_DIRECTORY ${WORK})
run(${CMAKE_COMMAND} --install ${BUILD} --prefix ${WORK}/first)
# Nothing in it may say where it was made or first put.
set(prefix ${WORK}/elsewhere)
file(RENAME ${WORK}/first ${prefix})
set(ENV{PKG_CONFIG_PATH} ${prefix}/lib/pkgconfig)
set(ENV{PATH} ${prefix}/bin:$ENV{PATH})

file(GLOB_RECURSE texts ${prefix}/lib/*.cmake ${prefix}/lib/*.pc)
foreach(text ${texts})
  file(READ ${text} content)
  string(FIND "${content}" "${WORK}/first" found_prefix)
  string(FIND "${content}" "${SOURCE}" found_source)
  if(NOT found_prefix EQUAL -1 OR NOT found_source EQUAL -1)
    message(FATAL_ERROR "${text} names a folder of this machine")
  endif()
endforeach()

# A process of the tool is to start quickly: what it does not need it does not load.
run(readelf --dynamic ${prefix}/bin/updraft)
set(unwanted libcurl)
file(STRINGS ${BUILD}/CMakeCache.txt has_runtime_inside REGEX "^UPDRAFT_HAS_STATIC_RUNTIME:.*=1$")
if(has_runtime_inside)
  set(unwanted "libcurl|libstdc|libgcc|libfmt")
endif()
if(said MATCHES "NEEDED[^\n]*(${unwanted})")
  message(FATAL_ERROR "the tool loads ${CMAKE_MATCH_1}:\n${said}")
endif()

set(image ${WORK}/firmware.bin)
file(WRITE ${WORK}/rodata "some data")
run(${prefix}/bin/updraft image make ${image} --chip esp32c3 --segment 0x3c000020:${WORK}/rodata
    --version 4.5.6)
run(${prefix}/bin/updraft device new ${WORK}/device --chip esp32c3)
run(${prefix}/bin/updraft device install ${WORK}/device ${image})
run(${prefix}/bin/esp_enc_img_gen --help)

foreach(compiler ${COMPILERS})
  if(NOT compiler OR compiler MATCHES "NOTFOUND")
    message("no second compiler: its half is not tested")
    continue()
  endif()
  cmake_path(GET compiler FILENAME compiler_name)
  build_with_cmake(consumer ${compiler})
  expect_lists_the_slots(${WORK}/consumer-${compiler_name}/list_slots)
  run(${WORK}/consumer-${compiler_name}/hostile)
  if(NOT said STREQUAL "hostile at port one\n")
    message(FATAL_ERROR "hostile: expected it to play its script, found '${said}'")
  endif()
  build_with_cmake(core_consumer ${compiler})

  run(pkg-config --cflags --libs updraft-host)
  string(STRIP "${said}" flags)
  separate_arguments(flags UNIX_COMMAND "${flags}")
  run(${compiler} -std=c++20 ${SOURCE}/examples/api/list_slots.cc -o pkg-${compiler_name} ${flags})
  expect_lists_the_slots(${WORK}/pkg-${compiler_name})
  run(pkg-config --cflags --libs updraft-core)
  if(said MATCHES "ssl|curl|fmt")
    message(FATAL_ERROR "updraft-core: expected no library of a host, found '${said}'")
  endif()
endforeach()

# The firmware that the consumer made with updraft_add_firmware() runs.
list(GET COMPILERS 0 compiler)
cmake_path(GET compiler FILENAME compiler_name)
run(${prefix}/bin/updraft device new ${WORK}/gateway --flash-size 64MB)
run(${prefix}/bin/updraft device install ${WORK}/gateway ${WORK}/consumer-${compiler_name}/hello.bin)
run(${prefix}/bin/updraft boot ${WORK}/gateway)
if(NOT said MATCHES "hello from factory")
  message(FATAL_ERROR "expected the firmware's words, found '${said}'")
endif()
# A project of ESP-IDF finds its IDF_PATH in what is installed, and nothing else.
file(COPY ${SOURCE}/examples/esp-idf/ DESTINATION ${WORK}/idf_project)
set(idf ${prefix}/share/updraft/idf)
run(${prefix}/bin/updraft key new rsa-3072 ${WORK}/idf_project/private.pem)
file(APPEND ${WORK}/idf_project/CMakeLists.txt "
create_esp_enc_img(\${CMAKE_BINARY_DIR}/blue_green.bin private.pem
                   \${CMAKE_BINARY_DIR}/blue_green_secure.bin app)
")
run(${idf}/tools/idf.py -C ${WORK}/idf_project build flash)
if(said MATCHES "${SOURCE}/(esp|tools|cmake|build/bin)")
  message(FATAL_ERROR "the installed ESP-IDF uses the checkout:\n${said}")
endif()
run(${idf}/tools/idf.py -C ${WORK}/idf_project --until "all slots have run" --timeout 60 monitor)
run(${prefix}/bin/updraft image decrypt ${WORK}/idf_project/build/blue_green_secure.bin
    ${WORK}/idf_project/private.pem ${WORK}/opened.bin)

# And what create_esp_enc_img() made is an encrypted image.
run(${prefix}/bin/updraft image info ${WORK}/consumer-${compiler_name}/secure.bin --json)
if(NOT said MATCHES "rsa-3072")
  message(FATAL_ERROR "expected an encrypted image, found '${said}'")
endif()
