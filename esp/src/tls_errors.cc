// SPDX-License-Identifier: Apache-2.0
#include "esp/src/tls_errors.h"

namespace updraft::esp {
namespace {

struct Numbers {
  int code = 0;
  int flags = 0;
};

constexpr int kVerifyFailed = 0x2700;  // MBEDTLS_ERR_X509_CERT_VERIFY_FAILED
constexpr int kFatal = 0x3000;         // MBEDTLS_ERR_X509_FATAL_ERROR
constexpr int kAllFlags = -1;          // what Mbed TLS leaves when a callback failed

Numbers NumbersOf(TlsFault fault, bool bundle) {
  switch (fault) {
    case TlsFault::kNone: break;
    case TlsFault::kNotTrusted:
      return bundle ? Numbers{kFatal, kAllFlags} : Numbers{kVerifyFailed, 0x08};
    case TlsFault::kExpired: return {kVerifyFailed, 0x01};
    case TlsFault::kNotYetValid: return {kVerifyFailed, 0x0200};
    case TlsFault::kOtherName: return {kVerifyFailed, 0x04};
    case TlsFault::kOtherCertificate: return {kVerifyFailed, 0x0100};
    case TlsFault::kAlert: return {0x7780};            // SSL_FATAL_ALERT_MESSAGE
    case TlsFault::kNoTls: return {0x7200};            // SSL_INVALID_RECORD
    case TlsFault::kNoCommonVersion: return {0x6E80};  // SSL_BAD_PROTOCOL_VERSION
    case TlsFault::kHandshake: return {0x6E00};        // SSL_HANDSHAKE_FAILURE
    case TlsFault::kCutOff: return {0x7280};           // SSL_CONN_EOF
  }
  return {};
}

}  // namespace

void Describe(TlsFault fault, bool bundle, esp_tls_last_error_t* error) {
  const Numbers numbers = NumbersOf(fault, bundle);
  error->esp_tls_error_code = numbers.code;
  error->esp_tls_flags = numbers.flags;
  if (fault != TlsFault::kNone) error->last_error = ESP_ERR_MBEDTLS_SSL_HANDSHAKE_FAILED;
}

}  // namespace updraft::esp
