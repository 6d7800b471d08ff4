// SPDX-License-Identifier: Apache-2.0
#include "ports/mbedtls/tls_words.h"

#include <mbedtls/bignum.h>
#include <mbedtls/ecp.h>
#include <mbedtls/md.h>
#include <mbedtls/pk.h>

#include <algorithm>
#include <array>

#include "ports/mbedtls/connection_mbedtls.h"

namespace updraft::mbed {

const int* CipherSuites() {
  static constexpr std::array<int, 7> kSuites{MBEDTLS_TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256,
                                              MBEDTLS_TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256,
                                              MBEDTLS_TLS_ECDHE_ECDSA_WITH_AES_256_GCM_SHA384,
                                              MBEDTLS_TLS_ECDHE_RSA_WITH_AES_256_GCM_SHA384,
                                              MBEDTLS_TLS_ECDHE_ECDSA_WITH_CHACHA20_POLY1305_SHA256,
                                              MBEDTLS_TLS_ECDHE_RSA_WITH_CHACHA20_POLY1305_SHA256,
                                              0};
  return kSuites.data();
}

const char** Protocols() {
  static std::array<const char*, 2> protocols{"http/1.1", nullptr};
  return protocols.data();
}

void PreferFastCurves(mbedtls_ssl_config* config) {
  static constexpr std::array kCurves {
#if defined(MBEDTLS_ECP_DP_SECP256R1_ENABLED)
    MBEDTLS_ECP_DP_SECP256R1,
#endif
#if defined(MBEDTLS_ECP_DP_CURVE25519_ENABLED)
        MBEDTLS_ECP_DP_CURVE25519,
#endif
#if defined(MBEDTLS_ECP_DP_SECP384R1_ENABLED)
        MBEDTLS_ECP_DP_SECP384R1,
#endif
#if defined(MBEDTLS_ECP_DP_SECP521R1_ENABLED)
        MBEDTLS_ECP_DP_SECP521R1,
#endif
        MBEDTLS_ECP_DP_NONE
  };
  mbedtls_ssl_conf_curves(config, kCurves.data());
}

bool LimitRecords(mbedtls_ssl_config* config, std::uint16_t limit) {
  // The limit holds both ways, so the library wants it to fit the smaller buffer.
  constexpr int kLargestLimit = std::min(MBEDTLS_SSL_IN_CONTENT_LEN, MBEDTLS_SSL_OUT_CONTENT_LEN);
  if (limit == MbedtlsConnectionOptions::kWholeRecords) return true;
  if (limit == 0 && MBEDTLS_SSL_IN_CONTENT_LEN >= 0x4000) return true;
  struct Limit {
    std::uint16_t bytes;
    unsigned char code;
  };
  static constexpr std::array<Limit, 4> kLimits{{{4096, MBEDTLS_SSL_MAX_FRAG_LEN_4096},
                                                 {2048, MBEDTLS_SSL_MAX_FRAG_LEN_2048},
                                                 {1024, MBEDTLS_SSL_MAX_FRAG_LEN_1024},
                                                 {512, MBEDTLS_SSL_MAX_FRAG_LEN_512}}};
  for (const Limit& each : kLimits) {
    if (limit == each.bytes || (limit == 0 && each.bytes <= kLargestLimit)) {
      return mbedtls_ssl_conf_max_frag_len(config, each.code) == 0;
    }
  }
  return false;
}

std::string_view WordsOfFlags(std::uint32_t flags) {
  struct Words {
    std::uint32_t flag;
    std::string_view text;
  };
  static constexpr std::array<Words, 8> kWords{{
      {MBEDTLS_X509_BADCERT_NOT_TRUSTED, "certificate is not signed by a trusted authority"},
      {MBEDTLS_X509_BADCERT_EXPIRED, "certificate has expired"},
      {MBEDTLS_X509_BADCERT_FUTURE, "certificate is not yet valid"},
      {MBEDTLS_X509_BADCERT_CN_MISMATCH, "certificate is for another name than "},
      {MBEDTLS_X509_BADCERT_BAD_MD, "certificate is signed over a hash that is not accepted"},
      {MBEDTLS_X509_BADCERT_BAD_PK, "certificate is signed in a manner that is not accepted"},
      {MBEDTLS_X509_BADCERT_BAD_KEY, "certificate has a key that is too weak"},
      {MBEDTLS_X509_BADCERT_KEY_USAGE | MBEDTLS_X509_BADCERT_EXT_KEY_USAGE,
       "certificate is not for a server"},
  }};
  for (const Words& words : kWords) {
    if ((flags & words.flag) != 0) return words.text;
  }
  return "certificate is not accepted";
}

std::string_view WordsOfError(int error) {
  switch (error) {
    case MBEDTLS_ERR_SSL_FATAL_ALERT_MESSAGE: return "the peer refuses by an alert";
    case MBEDTLS_ERR_SSL_INVALID_RECORD: return "what came is no TLS record";
    case MBEDTLS_ERR_SSL_INVALID_MAC: return "a TLS record was damaged";
    case MBEDTLS_ERR_SSL_CONN_EOF: return "the peer closed the connection";
    default: return "TLS failed";
  }
}

}  // namespace updraft::mbed
