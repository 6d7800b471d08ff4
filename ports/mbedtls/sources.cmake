# SPDX-License-Identifier: Apache-2.0
# What the port consists of on every platform.
set(UPDRAFT_MBEDTLS_SOURCES
  certificate_bundle.cc
  connection_mbedtls.cc
  crypto_mbedtls.cc
  crypto_mbedtls_cipher.cc
  crypto_mbedtls_number.cc
  device_update.cc
  peer_name.cc
  random.cc
  rsa_key_mbedtls.cc
  tls_words.cc
)
