// SPDX-License-Identifier: Apache-2.0
#include "ports/mbedtls/mbedtls_status.h"

#include <mbedtls/asn1.h>
#include <mbedtls/md.h>
#include <mbedtls/pk.h>
#include <mbedtls/ssl.h>
#include <mbedtls/x509.h>

namespace updraft::mbed {

bool IsOutOfMemory(int error) {
  const int inner = -(-error & 0x7F);
  if (inner == MBEDTLS_ERR_MPI_ALLOC_FAILED || inner == MBEDTLS_ERR_ASN1_ALLOC_FAILED) return true;
  switch (error - inner) {
    case MBEDTLS_ERR_SSL_ALLOC_FAILED:
    case MBEDTLS_ERR_X509_ALLOC_FAILED:
    case MBEDTLS_ERR_MD_ALLOC_FAILED:
    case MBEDTLS_ERR_PK_ALLOC_FAILED:
    case MBEDTLS_ERR_ECP_ALLOC_FAILED:
    case MBEDTLS_ERR_CIPHER_ALLOC_FAILED: return true;
    default: return false;
  }
}

Status StatusOf(int error) {
  if (IsOutOfMemory(error)) return kNoMemory;
  switch (error) {
    case 0: return kOk;
    case MBEDTLS_ERR_ECP_FEATURE_UNAVAILABLE:
    case MBEDTLS_ERR_CIPHER_FEATURE_UNAVAILABLE: return kNotOffered;
    default: return {Code::kInvalidState, Stage::kDevice};
  }
}

}  // namespace updraft::mbed
