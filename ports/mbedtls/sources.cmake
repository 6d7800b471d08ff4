# SPDX-License-Identifier: Apache-2.0
# What the port consists of on every platform.
set(UPDRAFT_MBEDTLS_SOURCES
  crypto_mbedtls.cc
  crypto_mbedtls_cipher.cc
  crypto_mbedtls_number.cc
  random.cc
  rsa_key_mbedtls.cc
)
