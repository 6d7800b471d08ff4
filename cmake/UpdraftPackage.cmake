# SPDX-License-Identifier: Apache-2.0
# Two Debian packages by CPack: `updraft`, the tool, and `libupdraft-dev`. `./dev
# package` builds them; tests/install looks into them.
set(CPACK_GENERATOR DEB)
set(CPACK_PACKAGE_NAME updraft)
set(CPACK_PACKAGE_VERSION ${PROJECT_VERSION})
set(CPACK_PACKAGE_VENDOR Updraft)
set(CPACK_PACKAGE_CONTACT "Updraft's maintainers <updraft@localhost>")
set(CPACK_PACKAGE_DESCRIPTION_SUMMARY ${PROJECT_DESCRIPTION})
set(CPACK_PACKAGE_DIRECTORY ${CMAKE_BINARY_DIR}/package)
set(CPACK_PACKAGING_INSTALL_PREFIX /usr)
set(CPACK_STRIP_FILES TRUE)
set(CPACK_COMPONENTS_ALL tool dev)
# What is built is packed; nothing is built for it.
set(CMAKE_SKIP_INSTALL_ALL_DEPENDENCY TRUE)

set(CPACK_DEB_COMPONENT_INSTALL TRUE)
set(CPACK_DEBIAN_FILE_NAME DEB-DEFAULT)
set(CPACK_DEBIAN_PACKAGE_SECTION utils)
set(CPACK_DEBIAN_TOOL_PACKAGE_NAME updraft)
set(CPACK_DEBIAN_TOOL_PACKAGE_SHLIBDEPS TRUE)
# Loaded where a proxy is used.
set(CPACK_DEBIAN_TOOL_PACKAGE_RECOMMENDS libcurl4)
set(CPACK_DEBIAN_TOOL_DESCRIPTION "Updates of ESP devices and Linux gateways over HTTPS: the tool")
set(CPACK_DEBIAN_DEV_PACKAGE_NAME libupdraft-dev)
set(CPACK_DEBIAN_DEV_PACKAGE_SECTION libdevel)
set(CPACK_DEBIAN_DEV_PACKAGE_DEPENDS
    "updraft (= ${PROJECT_VERSION}), libssl-dev, libfmt-dev")
set(CPACK_DEBIAN_DEV_DESCRIPTION "Updates of ESP devices and Linux gateways over HTTPS: libraries, headers, ESP-IDF facade")
include(CPack)
