# SPDX-License-Identifier: Apache-2.0
# The façade as an ESP-IDF for others' projects: share/updraft/idf, which is IDF_PATH.
# As the checkout, but for `build`, which holds the libraries and leads to the tool.
set(idf_folder ${CMAKE_INSTALL_DATADIR}/updraft/idf)

install(FILES export.sh DESTINATION ${idf_folder})
install(PROGRAMS tools/idf.py DESTINATION ${idf_folder}/tools)
install(FILES tools/idf_kconfig.py tools/idf_partition_info.py DESTINATION ${idf_folder}/tools)
install(DIRECTORY tools/cmake DESTINATION ${idf_folder}/tools FILES_MATCHING PATTERN *.cmake)
install(FILES cmake/EspEncryptedImage.cmake cmake/make_firmware_image.cmake
              cmake/sign_firmware_image.cmake
        DESTINATION ${idf_folder}/cmake)
install(DIRECTORY esp/include esp/newlib esp/mbedtls esp/kconfig esp/partition_table esp/cmake
        DESTINATION ${idf_folder}/esp)
install(FILES esp/src/project_config.h DESTINATION ${idf_folder}/esp/src)

install(TARGETS updraft_esp updraft_esp_host updraft_esp_main updraft_host updraft_core
        ARCHIVE DESTINATION ${idf_folder}/build/lib)
file(WRITE ${CMAKE_BINARY_DIR}/package/idf/libraries.cmake "\
foreach(library esp_main esp_host esp host core)
  list(APPEND UPDRAFT_LIBRARIES \${CMAKE_CURRENT_LIST_DIR}/../lib/libupdraft_\${library}.a)
endforeach()
set(UPDRAFT_SYSTEM_LIBRARIES ssl crypto fmt)
")
install(FILES ${CMAKE_BINARY_DIR}/package/idf/libraries.cmake DESTINATION ${idf_folder}/build/idf)
cmake_path(RELATIVE_PATH CMAKE_INSTALL_FULL_BINDIR
           BASE_DIRECTORY ${CMAKE_INSTALL_PREFIX}/${idf_folder}/build/bin OUTPUT_VARIABLE to_tool)
install(CODE "
  set(folder \"\$ENV{DESTDIR}\${CMAKE_INSTALL_PREFIX}/${idf_folder}/build/bin\")
  file(MAKE_DIRECTORY \"\${folder}\")
  file(CREATE_LINK \"${to_tool}/updraft\" \"\${folder}/updraft\" SYMBOLIC)
  file(CREATE_LINK \"${to_tool}/esp_enc_img_gen\" \"\${folder}/esp_enc_img_gen\" SYMBOLIC)")
