// SPDX-License-Identifier: Apache-2.0
// Where Mbed TLS 3.x is spelled otherwise than 2.28, under the names that the port
// uses. The whole difference is in this file. The 3.x half follows its published
// headers and is NOT TESTED HERE: the distribution has 2.28 only.
#pragma once

#include <mbedtls/ecdsa.h>
#include <mbedtls/gcm.h>
#include <mbedtls/md5.h>
#include <mbedtls/pk.h>
#include <mbedtls/rsa.h>
#include <mbedtls/sha256.h>
#include <mbedtls/sha512.h>
#include <mbedtls/ssl.h>
#include <mbedtls/version.h>

#include <cstddef>

namespace updraft::mbed {

// As the library's generators: 0, or an error of it.
using RandomFunction = int (*)(void* context, unsigned char* out, std::size_t size);

#if MBEDTLS_VERSION_NUMBER < 0x03000000

#define UPDRAFT_MBED_FIELD(name) name

inline int Md5Starts(mbedtls_md5_context* c) { return mbedtls_md5_starts_ret(c); }
inline int Md5Update(mbedtls_md5_context* c, const unsigned char* in, std::size_t size) {
  return mbedtls_md5_update_ret(c, in, size);
}
inline int Md5Finish(mbedtls_md5_context* c, unsigned char* out) {
  return mbedtls_md5_finish_ret(c, out);
}
inline int Sha256Starts(mbedtls_sha256_context* c) { return mbedtls_sha256_starts_ret(c, 0); }
inline int Sha256Update(mbedtls_sha256_context* c, const unsigned char* in, std::size_t size) {
  return mbedtls_sha256_update_ret(c, in, size);
}
inline int Sha256Finish(mbedtls_sha256_context* c, unsigned char* out) {
  return mbedtls_sha256_finish_ret(c, out);
}
#if defined(MBEDTLS_SHA512_C)
inline int Sha384Starts(mbedtls_sha512_context* c) { return mbedtls_sha512_starts_ret(c, 1); }
inline int Sha384Update(mbedtls_sha512_context* c, const unsigned char* in, std::size_t size) {
  return mbedtls_sha512_update_ret(c, in, size);
}
// 2.28 writes all 64 bytes.
inline int Sha384Finish(mbedtls_sha512_context* c, unsigned char (&out)[64]) {
  return mbedtls_sha512_finish_ret(c, out);
}
#endif

inline int GcmStarts(mbedtls_gcm_context* c, int mode, const unsigned char* iv, std::size_t size) {
  return mbedtls_gcm_starts(c, mode, iv, size, nullptr, 0);
}
// 2.28 takes whole blocks, but for the last call; so does whoever calls this.
inline int GcmUpdate(mbedtls_gcm_context* c, const unsigned char* in, std::size_t size,
                     unsigned char* out) {
  return mbedtls_gcm_update(c, size, in, out);
}
inline int GcmFinish(mbedtls_gcm_context* c, unsigned char* tag, std::size_t size) {
  return mbedtls_gcm_finish(c, tag, size);
}

inline void RsaInit(mbedtls_rsa_context* c) { mbedtls_rsa_init(c, MBEDTLS_RSA_PKCS_V21, 0); }
inline int PssVerify(mbedtls_rsa_context* c, const unsigned char* digest, std::size_t digest_size,
                     int salt, const unsigned char* signature) {
  return mbedtls_rsa_rsassa_pss_verify_ext(
      c, nullptr, nullptr, MBEDTLS_RSA_PUBLIC, MBEDTLS_MD_SHA256,
      static_cast<unsigned int>(digest_size), digest, MBEDTLS_MD_SHA256, salt, signature);
}
inline int ParseKey(mbedtls_pk_context* key, const unsigned char* text, std::size_t size,
                    RandomFunction, void*) {
  return mbedtls_pk_parse_key(key, text, size, nullptr, 0);
}

inline void OnlyTls12(mbedtls_ssl_config* config) {
  mbedtls_ssl_conf_min_version(config, MBEDTLS_SSL_MAJOR_VERSION_3, MBEDTLS_SSL_MINOR_VERSION_3);
  mbedtls_ssl_conf_max_version(config, MBEDTLS_SSL_MAJOR_VERSION_3, MBEDTLS_SSL_MINOR_VERSION_3);
}

#else  // 3.x

#define UPDRAFT_MBED_FIELD(name) MBEDTLS_PRIVATE(name)

inline int Md5Starts(mbedtls_md5_context* c) { return mbedtls_md5_starts(c); }
inline int Md5Update(mbedtls_md5_context* c, const unsigned char* in, std::size_t size) {
  return mbedtls_md5_update(c, in, size);
}
inline int Md5Finish(mbedtls_md5_context* c, unsigned char* out) {
  return mbedtls_md5_finish(c, out);
}
inline int Sha256Starts(mbedtls_sha256_context* c) { return mbedtls_sha256_starts(c, 0); }
inline int Sha256Update(mbedtls_sha256_context* c, const unsigned char* in, std::size_t size) {
  return mbedtls_sha256_update(c, in, size);
}
inline int Sha256Finish(mbedtls_sha256_context* c, unsigned char* out) {
  return mbedtls_sha256_finish(c, out);
}
#if defined(MBEDTLS_SHA512_C)
inline int Sha384Starts(mbedtls_sha512_context* c) { return mbedtls_sha512_starts(c, 1); }
inline int Sha384Update(mbedtls_sha512_context* c, const unsigned char* in, std::size_t size) {
  return mbedtls_sha512_update(c, in, size);
}
inline int Sha384Finish(mbedtls_sha512_context* c, unsigned char (&out)[64]) {
  return mbedtls_sha512_finish(c, out);
}
#endif

inline int GcmStarts(mbedtls_gcm_context* c, int mode, const unsigned char* iv, std::size_t size) {
  return mbedtls_gcm_starts(c, mode, iv, size);
}
inline int GcmUpdate(mbedtls_gcm_context* c, const unsigned char* in, std::size_t size,
                     unsigned char* out) {
  std::size_t written = 0;
  return mbedtls_gcm_update(c, in, size, out, size, &written);
}
inline int GcmFinish(mbedtls_gcm_context* c, unsigned char* tag, std::size_t size) {
  std::size_t written = 0;
  return mbedtls_gcm_finish(c, nullptr, 0, &written, tag, size);
}

inline void RsaInit(mbedtls_rsa_context* c) {
  mbedtls_rsa_init(c);
  mbedtls_rsa_set_padding(c, MBEDTLS_RSA_PKCS_V21, MBEDTLS_MD_NONE);
}
inline int PssVerify(mbedtls_rsa_context* c, const unsigned char* digest, std::size_t digest_size,
                     int salt, const unsigned char* signature) {
  return mbedtls_rsa_rsassa_pss_verify_ext(c, MBEDTLS_MD_SHA256,
                                           static_cast<unsigned int>(digest_size), digest,
                                           MBEDTLS_MD_SHA256, salt, signature);
}
inline int ParseKey(mbedtls_pk_context* key, const unsigned char* text, std::size_t size,
                    RandomFunction random, void* context) {
  return mbedtls_pk_parse_key(key, text, size, nullptr, 0, random, context);
}

inline void OnlyTls12(mbedtls_ssl_config* config) {
  mbedtls_ssl_conf_min_tls_version(config, MBEDTLS_SSL_VERSION_TLS1_2);
  mbedtls_ssl_conf_max_tls_version(config, MBEDTLS_SSL_VERSION_TLS1_2);
}

#endif

}  // namespace updraft::mbed
