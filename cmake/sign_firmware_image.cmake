# SPDX-License-Identifier: Apache-2.0
# Called by an ESP-IDF project's build (tools/cmake/idf_artifacts.cmake): signs the
# image UNSIGNED with KEY into IMAGE by `updraft image sign`. SCHEME is what the
# project's configuration says of the key, as a pattern.
if(NOT KEY MATCHES "^pkcs11:" AND NOT EXISTS ${KEY})
  message(FATAL_ERROR
    "SECURE_BOOT_SIGNING_KEY: expected a private key in ${KEY}, found no such file; "
    "'updraft key new sign-rsa-3072 ${KEY}' makes one (sign-p256 for ECDSA)")
endif()
set(more)
if(SCHEME MATCHES "p192")
  set(more --allow-legacy)
endif()
file(REMOVE ${IMAGE})
execute_process(COMMAND ${TOOL} image sign ${UNSIGNED} ${IMAGE} --key ${KEY} ${more}
                OUTPUT_QUIET COMMAND_ERROR_IS_FATAL ANY)
execute_process(COMMAND ${TOOL} image info ${IMAGE} --json OUTPUT_VARIABLE about
                COMMAND_ERROR_IS_FATAL ANY)
string(JSON scheme GET "${about}" signature_blocks 0 scheme)
if(NOT scheme MATCHES "${SCHEME}")
  file(REMOVE ${IMAGE})
  message(FATAL_ERROR
    "SECURE_BOOT_SIGNING_KEY: expected a key for the scheme that the configuration names, "
    "${SCHEME}, found one for ${scheme} in ${KEY}; name another key, or choose its scheme in "
    "'idf.py menuconfig'")
endif()
