# SPDX-License-Identifier: Apache-2.0
# What a project's build leaves: the program, its image, the partition table, and
# the description from which `updraft device new --project` makes a device.

# partition_table_get_partition_info(VARIABLE "--partition-type T --partition-subtype S |
# --partition-name N" INFO): offset, size, ... of a partition of the project's table.
function(partition_table_get_partition_info variable arguments info)
  separate_arguments(words UNIX_COMMAND "${arguments}")
  execute_process(
    COMMAND /usr/bin/python3 ${UPDRAFT_IDF_PATH}/tools/idf_partition_info.py
            --tool ${UPDRAFT_BUILD}/bin/updraft --table ${UPDRAFT_PARTITION_BINARY}
            --flash-size ${CONFIG_ESPTOOLPY_FLASHSIZE} --info "${info}" ${words}
    OUTPUT_VARIABLE value OUTPUT_STRIP_TRAILING_WHITESPACE RESULT_VARIABLE failed)
  if(failed)
    message(FATAL_ERROR "partition_table_get_partition_info(${arguments}): the message is above")
  endif()
  set(${variable} "${value}" PARENT_SCOPE)
endfunction()

# esptool_py_flash_target_image(TARGET NAME OFFSET FILE): noted for idf.py flash.
function(esptool_py_flash_target_image target name offset file)
  set_property(GLOBAL APPEND PROPERTY UPDRAFT_FLASH_FILES "${offset} ${file}")
endfunction()
function(esptool_py_flash_target target)
endfunction()
function(esptool_py_flash_to_partition target partition file)
  partition_table_get_partition_info(offset "--partition-name ${partition}" offset)
  esptool_py_flash_target_image(${target} ${partition} ${offset} ${file})
endfunction()

# At configure time, since component files may ask about it.
macro(updraft_make_partition_table)
  if(CONFIG_PARTITION_TABLE_CUSTOM)
    get_filename_component(_csv ${CONFIG_PARTITION_TABLE_CUSTOM_FILENAME} ABSOLUTE BASE_DIR ${PROJECT_DIR})
  else()
    set(_csv ${UPDRAFT_IDF_PATH}/esp/partition_table/${CONFIG_PARTITION_TABLE_FILENAME})
  endif()
  if(NOT EXISTS ${_csv})
    message(FATAL_ERROR "the partition table ${_csv} is not there; PARTITION_TABLE_CUSTOM_FILENAME names it")
  endif()
  set_property(DIRECTORY APPEND PROPERTY CMAKE_CONFIGURE_DEPENDS ${_csv})
  set(UPDRAFT_PARTITION_BINARY ${CMAKE_BINARY_DIR}/partition_table/partition-table.bin)
  file(MAKE_DIRECTORY ${CMAKE_BINARY_DIR}/partition_table)
  set(_options)
  if(NOT CONFIG_PARTITION_TABLE_MD5)
    list(APPEND _options --disable-md5)
  endif()
  execute_process(
    COMMAND ${UPDRAFT_BUILD}/bin/updraft partitions make ${_csv} ${UPDRAFT_PARTITION_BINARY}
            --flash-size ${CONFIG_ESPTOOLPY_FLASHSIZE} --offset ${CONFIG_PARTITION_TABLE_OFFSET}
            --primary-bootloader-offset ${CONFIG_BOOTLOADER_OFFSET_IN_FLASH} ${_options}
    RESULT_VARIABLE _failed OUTPUT_QUIET)
  if(_failed)
    message(FATAL_ERROR "${_csv}: no partition table for ${CONFIG_ESPTOOLPY_FLASHSIZE} of flash: the message is above")
  endif()
endmacro()

# The smallest slot that the image may come into; 0 without any.
function(updraft_smallest_slot variable)
  execute_process(
    COMMAND /usr/bin/python3 ${UPDRAFT_IDF_PATH}/tools/idf_partition_info.py
            --tool ${UPDRAFT_BUILD}/bin/updraft --table ${UPDRAFT_PARTITION_BINARY}
            --flash-size ${CONFIG_ESPTOOLPY_FLASHSIZE} --smallest-slot
    OUTPUT_VARIABLE value OUTPUT_STRIP_TRAILING_WHITESPACE COMMAND_ERROR_IS_FATAL ANY)
  set(${variable} "${value}" PARENT_SCOPE)
endfunction()

function(updraft_json_flag variable value)
  if(value)
    set(${variable} true PARENT_SCOPE)
  else()
    set(${variable} false PARENT_SCOPE)
  endif()
endfunction()

# What CONFIG_SECURE_* says of the device: when it verifies signatures. And of the
# build: the key that signs, empty when nothing is signed, and the key's scheme.
macro(updraft_settle_signature)
  set(_signature none)
  if(CONFIG_SECURE_BOOT)
    set(_signature on-boot)
  elseif(CONFIG_SECURE_SIGNED_ON_UPDATE_NO_SECURE_BOOT)
    set(_signature on-update)
  endif()
  if(CONFIG_SECURE_SIGNED_APPS_ECDSA_SCHEME OR CONFIG_SECURE_BOOT_V1_ENABLED)
    message(FATAL_ERROR "CONFIG_SECURE_SIGNED_APPS_ECDSA_SCHEME and CONFIG_SECURE_BOOT_V1_ENABLED: "
            "expected Secure Boot v2, found version 1, which Updraft does not sign or verify; choose "
            "SECURE_SIGNED_APPS_RSA_SCHEME or SECURE_SIGNED_APPS_ECDSA_V2_SCHEME")
  endif()
  set(_signing_key)
  if(CONFIG_SECURE_BOOT_BUILD_SIGNED_BINARIES)
    set(_signing_key ${CONFIG_SECURE_BOOT_SIGNING_KEY})
    if(NOT _signing_key MATCHES "^pkcs11:")
      get_filename_component(_signing_key "${_signing_key}" ABSOLUTE BASE_DIR ${PROJECT_DIR})
    endif()
  endif()
  set(_signature_scheme rsa3072)
  if(CONFIG_SECURE_SIGNED_APPS_ECDSA_V2_SCHEME)
    set(_signature_scheme ecdsa-p256)
    if(CONFIG_SECURE_BOOT_ECDSA_KEY_LEN_192_BITS)
      set(_signature_scheme ecdsa-p192)
    elseif(CONFIG_SECURE_BOOT_ECDSA_KEY_LEN_384_BITS)
      set(_signature_scheme ecdsa-p384)
    endif()
  endif()
endmacro()

# PROJECT-unsigned.bin becomes PROJECT.bin.
macro(updraft_sign_image unsigned image)
  set(_key_file)
  if(EXISTS ${_signing_key})
    set(_key_file ${_signing_key})
  endif()
  set(_script ${UPDRAFT_IDF_PATH}/cmake/sign_firmware_image.cmake)
  add_custom_command(OUTPUT ${image} VERBATIM
    COMMAND ${CMAKE_COMMAND} -DTOOL=${UPDRAFT_BUILD}/bin/updraft -DUNSIGNED=${unsigned}
      -DIMAGE=${image} -DKEY=${_signing_key} -DSCHEME=${_signature_scheme}
      -P ${_script}
    DEPENDS ${unsigned} ${_key_file} ${_script} ${UPDRAFT_BUILD}/bin/updraft
    COMMENT "Signing the image ${PROJECT_NAME}.bin")
endmacro()

macro(updraft_add_artifacts project_name)
  include(${UPDRAFT_BUILD}/idf/libraries.cmake)
  configure_file(${UPDRAFT_IDF_PATH}/esp/cmake/project_config.c.in
                 ${CMAKE_BINARY_DIR}/project_config.c COPYONLY)
  find_package(Threads REQUIRED)
  set(_elf ${project_name}.elf)
  add_executable(${_elf} ${CMAKE_BINARY_DIR}/project_config.c)
  target_include_directories(${_elf} PRIVATE ${UPDRAFT_IDF_PATH})
  set_target_properties(${_elf} PROPERTIES LINKER_LANGUAGE CXX
    RUNTIME_OUTPUT_DIRECTORY ${CMAKE_BINARY_DIR})
  get_property(_libraries GLOBAL PROPERTY UPDRAFT_COMPONENT_LIBRARIES)
  target_link_libraries(${_elf} PRIVATE -Wl,--start-group ${_libraries} ${UPDRAFT_LIBRARIES}
    -Wl,--end-group ${UPDRAFT_SYSTEM_LIBRARIES}
    -Wl,--as-needed cjson mbedtls mbedx509 mbedcrypto m Threads::Threads)
  target_link_options(${_elf} PRIVATE -Wl,--gc-sections)
  set_property(TARGET ${_elf} APPEND PROPERTY LINK_DEPENDS ${UPDRAFT_LIBRARIES})

  updraft_smallest_slot(_slot_size)
  set(_secure_version 0)
  if(CONFIG_BOOTLOADER_APP_SECURE_VERSION)
    set(_secure_version ${CONFIG_BOOTLOADER_APP_SECURE_VERSION})
  endif()
  updraft_settle_signature()
  set(_signed_image ${CMAKE_BINARY_DIR}/${project_name}.bin)
  set(_image ${_signed_image})
  if(_signing_key)
    set(_image ${CMAKE_BINARY_DIR}/${project_name}-unsigned.bin)
  endif()
  idf_build_get_property(_idf_version IDF_VER)
  add_custom_command(OUTPUT ${_image} VERBATIM
    COMMAND ${CMAKE_COMMAND} -DTOOL=${UPDRAFT_BUILD}/bin/updraft -DSTRIP=${CMAKE_STRIP}
      -DEXECUTABLE=$<TARGET_FILE:${_elf}> -DIMAGE=${_image} -DCHIP=${IDF_TARGET}
      -DVERSION=${PROJECT_VER} -DPROJECT_NAME=${project_name} -DSECURE_VERSION=${_secure_version}
      -DSLOT_SIZE=${_slot_size} -DIDF_VERSION=${_idf_version}
      -DSIGNED=${CONFIG_SECURE_BOOT_BUILD_SIGNED_BINARIES}
      -P ${UPDRAFT_IDF_PATH}/cmake/make_firmware_image.cmake
    DEPENDS ${_elf} ${UPDRAFT_BUILD}/bin/updraft ${UPDRAFT_IDF_PATH}/cmake/make_firmware_image.cmake
    COMMENT "Making the image ${project_name}.bin")
  if(_signing_key)
    updraft_sign_image(${_image} ${_signed_image})
  elseif(CONFIG_SECURE_SIGNED_APPS)
    set(_hint COMMAND ${CMAKE_COMMAND} -E echo "The application is built but not signed; before it is flashed: updraft image sign ${project_name}.bin signed.bin --key KEY.pem")
  endif()
  add_custom_target(app ALL ${_hint} DEPENDS ${_signed_image} VERBATIM)

  updraft_json_flag(_rollback "${CONFIG_BOOTLOADER_APP_ROLLBACK_ENABLE}")
  updraft_json_flag(_anti_rollback "${CONFIG_BOOTLOADER_APP_ANTI_ROLLBACK}")
  math(EXPR _table_offset "${CONFIG_PARTITION_TABLE_OFFSET}")
  string(REPLACE "MB" "" _flash_size ${CONFIG_ESPTOOLPY_FLASHSIZE})
  math(EXPR _flash_size "${_flash_size} * 1048576")
  get_property(_flash_files GLOBAL PROPERTY UPDRAFT_FLASH_FILES)
  set(_files)
  foreach(_file ${_flash_files})
    string(REGEX MATCH "^([^ ]+) (.*)$" _match "${_file}")
    string(APPEND _files "{\"offset\": \"${CMAKE_MATCH_1}\", \"file\": \"${CMAKE_MATCH_2}\"},")
  endforeach()
  string(REGEX REPLACE ",$" "" _files "${_files}")
  file(WRITE ${CMAKE_BINARY_DIR}/project_description.json "{
  \"version\": \"1.2\",
  \"project_name\": \"${project_name}\",
  \"project_version\": \"${PROJECT_VER}\",
  \"project_path\": \"${PROJECT_DIR}\",
  \"idf_path\": \"${UPDRAFT_IDF_PATH}\",
  \"build_dir\": \"${CMAKE_BINARY_DIR}\",
  \"config_file\": \"${SDKCONFIG}\",
  \"app_elf\": \"${_elf}\",
  \"app_bin\": \"${project_name}.bin\",
  \"target\": \"${IDF_TARGET}\",
  \"flash_size\": ${_flash_size},
  \"partition_table\": \"partition_table/partition-table.bin\",
  \"partition_table_offset\": ${_table_offset},
  \"rollback\": ${_rollback},
  \"anti_rollback\": ${_anti_rollback},
  \"signature\": \"${_signature}\",
  \"signing_key\": \"${_signing_key}\",
  \"flash_files\": [${_files}]
}
")
endmacro()
