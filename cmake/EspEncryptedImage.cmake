# SPDX-License-Identifier: Apache-2.0
# create_esp_enc_img(INPUT KEY OUTPUT APP): encrypts the application image INPUT for
# the devices that have KEY (PEM, or a device's 32-byte HMAC key) into OUTPUT, with
# the name and the arguments of esp_encrypted_img's own function. The target
# enc_bin_target_<OUTPUT's name without extension> is part of ALL; APP, a target,
# is built before where there is one of that name.
#
# Of a project that is built for the virtual device (tools/cmake/project.cmake) the
# image is made, and signed where it is signed, before.
#
# The tool is the target `updraft` of this build, or that of the package where a
# project has found Updraft; elsewhere set ESP_ENC_IMG_GEN to
# the program, or have esp_enc_img_gen in the PATH.
function(create_esp_enc_img input_file key_file output_file app)
  if(ESP_ENC_IMG_GEN)
    set(program ${ESP_ENC_IMG_GEN})
  elseif(TARGET updraft)
    set(program $<TARGET_FILE_DIR:updraft>/esp_enc_img_gen)
    set(program_target updraft)
  elseif(TARGET Updraft::tool)
    set(program $<TARGET_FILE_DIR:Updraft::tool>/esp_enc_img_gen)
    set(program_target Updraft::tool)
  else()
    find_program(ESP_ENC_IMG_GEN esp_enc_img_gen REQUIRED)
    set(program ${ESP_ENC_IMG_GEN})
  endif()
  # Relative to the caller's folders, as add_custom_command has it.
  cmake_path(ABSOLUTE_PATH key_file BASE_DIRECTORY ${CMAKE_CURRENT_SOURCE_DIR} NORMALIZE)
  cmake_path(ABSOLUTE_PATH input_file BASE_DIRECTORY ${CMAKE_CURRENT_BINARY_DIR} NORMALIZE)
  cmake_path(ABSOLUTE_PATH output_file BASE_DIRECTORY ${CMAKE_CURRENT_BINARY_DIR} NORMALIZE)
  cmake_path(GET output_file STEM LAST_ONLY name)
  set(made_by)
  get_property(image_file GLOBAL PROPERTY UPDRAFT_IMAGE_FILE)
  if(image_file STREQUAL "${input_file}")
    get_property(made_by GLOBAL PROPERTY UPDRAFT_IMAGE_TARGET)
  elseif(TARGET "${app}")
    set(made_by ${app})
  endif()
  set(file_dependency)
  get_source_file_property(generated ${input_file} GENERATED)
  if(generated OR EXISTS ${input_file} OR image_file STREQUAL "${input_file}")
    set(file_dependency ${input_file})
  endif()
  add_custom_command(OUTPUT ${output_file} VERBATIM
    COMMAND ${program} encrypt ${input_file} ${key_file} ${output_file}
    DEPENDS ${key_file} ${file_dependency} ${made_by} ${program_target}
    COMMENT "Encrypting ${input_file}")
  add_custom_target(enc_bin_target_${name} ALL DEPENDS ${output_file})
endfunction()
