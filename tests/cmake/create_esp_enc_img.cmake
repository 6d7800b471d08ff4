# SPDX-License-Identifier: Apache-2.0
# A project that encrypts its image with create_esp_enc_img() builds, encrypts
# again when the image changes, and what it makes opens to the image.
function(run)
  execute_process(COMMAND ${ARGN} WORKING_DIRECTORY ${WORK} RESULT_VARIABLE result
                  OUTPUT_VARIABLE text ERROR_VARIABLE text)
  if(NOT result EQUAL 0)
    message(FATAL_ERROR "${ARGN} ended with ${result}:\n${text}")
  endif()
endfunction()

function(expect_opens_to content)
  run(${TOOLS}/esp_enc_img_gen decrypt build/app_secure.bin rsa_priv_key.pem opened.bin)
  file(READ ${WORK}/opened.bin opened)
  if(NOT opened STREQUAL content)
    message(FATAL_ERROR "expected '${content}', found '${opened}'")
  endif()
endfunction()

file(REMOVE_RECURSE ${WORK})
file(MAKE_DIRECTORY ${WORK})
file(WRITE ${WORK}/CMakeLists.txt "cmake_minimum_required(VERSION 3.25)
project(app NONE)
set(ESP_ENC_IMG_GEN ${TOOLS}/esp_enc_img_gen)
include(${SOURCE}/cmake/EspEncryptedImage.cmake)
add_custom_command(OUTPUT app.bin DEPENDS app.txt
  COMMAND \${CMAKE_COMMAND} -E copy \${CMAKE_CURRENT_SOURCE_DIR}/app.txt app.bin)
add_custom_target(app DEPENDS \${CMAKE_CURRENT_BINARY_DIR}/app.bin)
create_esp_enc_img(\${CMAKE_BINARY_DIR}/app.bin rsa_pub_key.pem
                   \${CMAKE_BINARY_DIR}/app_secure.bin app)
")
run(${TOOLS}/esp_enc_img_gen --generate_rsa_key)
file(WRITE ${WORK}/app.txt "version one")
run(${CMAKE_COMMAND} -G Ninja -S . -B build)
run(${CMAKE_COMMAND} --build build)
expect_opens_to("version one")
file(WRITE ${WORK}/app.txt "version two")
run(${CMAKE_COMMAND} --build build --target enc_bin_target_app_secure)
expect_opens_to("version two")
