// SPDX-License-Identifier: Apache-2.0
// Mbed TLS 3's arguments over the distribution's 2.28: a key is parsed with a
// random generator, a signature written with the size of its room.
#pragma once

#include_next <mbedtls/pk.h>
#include <stddef.h>
#include <string.h>

#ifdef __cplusplus
extern "C" {
#endif

static inline int updraft_mbedtls_pk_parse_key(mbedtls_pk_context* context,
                                               const unsigned char* key, size_t key_length,
                                               const unsigned char* password,
                                               size_t password_length,
                                               int (*random)(void*, unsigned char*, size_t),
                                               void* random_context) {
  (void)random;
  (void)random_context;
  return mbedtls_pk_parse_key(context, key, key_length, password, password_length);
}

static inline int updraft_mbedtls_pk_sign(mbedtls_pk_context* context, mbedtls_md_type_t kind,
                                          const unsigned char* hash, size_t hash_length,
                                          unsigned char* signature, size_t signature_size,
                                          size_t* signature_length,
                                          int (*random)(void*, unsigned char*, size_t),
                                          void* random_context) {
  // 2.28 does not ask how much room there is.
  unsigned char room[MBEDTLS_PK_SIGNATURE_MAX_SIZE];
  const int error = mbedtls_pk_sign(context, kind, hash, hash_length, room, signature_length,
                                    random, random_context);
  if (error != 0) return error;
  if (*signature_length > signature_size) return MBEDTLS_ERR_PK_BAD_INPUT_DATA;
  memcpy(signature, room, *signature_length);
  return 0;
}

#define mbedtls_pk_parse_key updraft_mbedtls_pk_parse_key
#define mbedtls_pk_sign updraft_mbedtls_pk_sign

#ifdef __cplusplus
}
#endif
