# SPDX-License-Identifier: Apache-2.0
# What the port consists of on every platform.
set(UPDRAFT_MBEDTLS_SOURCES
  certificate_bundle.cc
  connection_mbedtls.cc
  crypto_mbedtls.cc
  crypto_mbedtls_cipher.cc
  crypto_mbedtls_number.cc
  device_update.cc
  mbedtls_status.cc
  memory_pool.cc
  peer_name.cc
  random.cc
  rsa_key_mbedtls.cc
  tls_words.cc
)
# Where Mbed TLS is built with MBEDTLS_PLATFORM_MEMORY.
set(UPDRAFT_MBEDTLS_MEMORY_SOURCES mbedtls_memory.cc)
