# SPDX-License-Identifier: Apache-2.0
# cmake --install: headers, static libraries, the CMake package, pkg-config files
# and, in a build for a host, the tool with its CMake functions. The whole tree
# may be moved. tests/install builds programs against it.
include(CMakePackageConfigHelpers)

# Two packages: the tool with what it needs to run, and all else, for who builds with it.
set(CMAKE_INSTALL_DEFAULT_COMPONENT_NAME dev)

set(package_folder ${CMAKE_INSTALL_LIBDIR}/cmake/Updraft)

install(DIRECTORY include/updraft DESTINATION ${CMAKE_INSTALL_INCLUDEDIR} FILES_MATCHING PATTERN *.h)
install(FILES LICENSE DESTINATION ${CMAKE_INSTALL_DOCDIR})
# Where Debian's users look, for either package.
install(FILES LICENSE DESTINATION ${CMAKE_INSTALL_DATADIR}/doc/updraft RENAME copyright COMPONENT tool)
install(FILES CHANGELOG.md DESTINATION ${CMAKE_INSTALL_DATADIR}/doc/updraft COMPONENT tool)
install(FILES LICENSE DESTINATION ${CMAKE_INSTALL_DATADIR}/doc/libupdraft-dev RENAME copyright)

# Each component is found for itself: who has the core needs no OpenSSL.
function(updraft_install_library component)
  install(TARGETS updraft_${component} EXPORT updraft_${component}
          ARCHIVE DESTINATION ${CMAKE_INSTALL_LIBDIR})
  set_target_properties(updraft_${component} PROPERTIES EXPORT_NAME ${component})
  install(EXPORT updraft_${component} NAMESPACE Updraft:: FILE Updraft-${component}.cmake
          DESTINATION ${package_folder})
endfunction()

# The paths of a pkg-config file, from where it lies.
function(updraft_install_pkgconfig component)
  set(pkgconfig_folder ${CMAKE_INSTALL_LIBDIR}/pkgconfig)
  cmake_path(RELATIVE_PATH CMAKE_INSTALL_PREFIX
             BASE_DIRECTORY ${CMAKE_INSTALL_PREFIX}/${pkgconfig_folder} OUTPUT_VARIABLE to_prefix)
  configure_file(cmake/updraft-${component}.pc.in
                 ${CMAKE_BINARY_DIR}/package/updraft-${component}.pc @ONLY)
  install(FILES ${CMAKE_BINARY_DIR}/package/updraft-${component}.pc DESTINATION ${pkgconfig_folder})
endfunction()

updraft_install_library(core)
updraft_install_pkgconfig(core)
configure_package_config_file(cmake/UpdraftConfig.cmake.in
  ${CMAKE_BINARY_DIR}/package/UpdraftConfig.cmake INSTALL_DESTINATION ${package_folder})
write_basic_package_version_file(${CMAKE_BINARY_DIR}/package/UpdraftConfigVersion.cmake
  COMPATIBILITY SameMinorVersion)
install(FILES ${CMAKE_BINARY_DIR}/package/UpdraftConfig.cmake
              ${CMAKE_BINARY_DIR}/package/UpdraftConfigVersion.cmake DESTINATION ${package_folder})

if(NOT UPDRAFT_CORE_ONLY)
  updraft_install_library(host)
  updraft_install_pkgconfig(host)
  # Apart from the core's, so that "ports/host/..." names them there as here.
  install(DIRECTORY ports/host DESTINATION ${CMAKE_INSTALL_INCLUDEDIR}/updraft-host/ports
          FILES_MATCHING PATTERN *.h PATTERN openssl_status.h EXCLUDE PATTERN curl_library.h EXCLUDE)
  # The hostile server, for tests of other people's updaters; its public headers.
  updraft_install_library(server)
  foreach(header access_log certificate explained_status fault_script file_server tls_identity)
    install(FILES server/${header}.h
            DESTINATION ${CMAKE_INSTALL_INCLUDEDIR}/updraft-server/server)
  endforeach()
  install(TARGETS updraft EXPORT updraft_tool DESTINATION ${CMAKE_INSTALL_BINDIR} COMPONENT tool)
  # To be enabled by name, for each application: updraft-gateway@app.
  install(FILES packaging/updraft-gateway@.service
          DESTINATION lib/systemd/system COMPONENT tool)
  # Made from the text of --help, by the tool itself.
  install(CODE "
    set(built_tool \"${CMAKE_RUNTIME_OUTPUT_DIRECTORY}/updraft\")
    set(share \"\$ENV{DESTDIR}\${CMAKE_INSTALL_PREFIX}/${CMAKE_INSTALL_DATADIR}\")
    execute_process(COMMAND \${built_tool} man --to \${share}/man/man1 COMMAND_ERROR_IS_FATAL ANY)
    foreach(shell bash:bash-completion/completions/updraft zsh:zsh/vendor-completions/_updraft
                  fish:fish/vendor_completions.d/updraft.fish)
      string(REPLACE \":\" \";\" shell \${shell})
      list(GET shell 0 name)
      list(GET shell 1 path)
      cmake_path(GET path PARENT_PATH folder)
      file(MAKE_DIRECTORY \${share}/\${folder})
      execute_process(COMMAND \${built_tool} completion \${name} OUTPUT_FILE \${share}/\${path}
                      COMMAND_ERROR_IS_FATAL ANY)
    endforeach()" COMPONENT tool)
  # What `updraft demo` runs, where it was built.
  foreach(version 1.0.0 2.0.0 3.0.0)
    install(FILES ${CMAKE_BINARY_DIR}/examples/self_update_${version}.bin
            DESTINATION ${CMAKE_INSTALL_DATADIR}/updraft/demo COMPONENT tool OPTIONAL)
  endforeach()
  set_target_properties(updraft PROPERTIES EXPORT_NAME tool)
  install(EXPORT updraft_tool NAMESPACE Updraft:: FILE Updraft-tool.cmake
          DESTINATION ${package_folder})
  # A link, made beside the tool.
  install(FILES ${CMAKE_RUNTIME_OUTPUT_DIRECTORY}/esp_enc_img_gen
          DESTINATION ${CMAKE_INSTALL_BINDIR} COMPONENT tool)
  install(FILES cmake/UpdraftFirmware.cmake cmake/make_firmware_image.cmake
                cmake/EspEncryptedImage.cmake DESTINATION ${package_folder})
  # Instrumented libraries would need their runtime in every firmware.
  if(NOT UPDRAFT_SANITIZE AND NOT UPDRAFT_COVERAGE)
    include(UpdraftInstallIdf)
  endif()
endif()
