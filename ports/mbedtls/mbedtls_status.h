// SPDX-License-Identifier: Apache-2.0
// What the Mbed TLS port answers when the library does not do as asked, and owners
// of its numbers. For the parts of the port only.
#pragma once

#include <mbedtls/asn1.h>
#include <mbedtls/bignum.h>
#include <mbedtls/cipher.h>
#include <mbedtls/ecp.h>
#include <mbedtls/md.h>
#include <mbedtls/pk.h>
#include <mbedtls/ssl.h>
#include <mbedtls/x509.h>

#include "updraft/bytes.h"
#include "updraft/status.h"

namespace updraft::mbed {

inline constexpr Status kNoMemory{Code::kNoSpace, Stage::kDevice};
inline constexpr Status kNotOffered{Code::kUnsupported, Stage::kDevice};
inline constexpr Status kBadArgument{Code::kInvalidArgument, Stage::kDevice};
inline constexpr Status kNoSignature{Code::kBadSignature, Stage::kDevice};

// An error may be of two parts: of what was asked, and of a number or a structure in it.
inline bool IsOutOfMemory(int error) {
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

// The Status of an error of the library's; kOk for 0.
inline Status StatusOf(int error) {
  if (IsOutOfMemory(error)) return kNoMemory;
  switch (error) {
    case 0: return kOk;
    case MBEDTLS_ERR_ECP_FEATURE_UNAVAILABLE:
    case MBEDTLS_ERR_CIPHER_FEATURE_UNAVAILABLE: return kNotOffered;
    default: return {Code::kInvalidState, Stage::kDevice};
  }
}

// The library wipes numbers when it frees them.
class Number {
 public:
  Number() { mbedtls_mpi_init(&number_); }
  Number(const Number&) = delete;
  Number& operator=(const Number&) = delete;
  ~Number() { mbedtls_mpi_free(&number_); }

  // 0, or an error of the library's.
  int Read(Bytes bytes) { return mbedtls_mpi_read_binary(&number_, bytes.data(), bytes.size()); }
  int Write(MutableBytes out) const {
    return mbedtls_mpi_write_binary(&number_, out.data(), out.size());
  }
  mbedtls_mpi* get() { return &number_; }
  const mbedtls_mpi* get() const { return &number_; }

 private:
  mbedtls_mpi number_{};
};

}  // namespace updraft::mbed
