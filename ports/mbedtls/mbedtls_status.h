// SPDX-License-Identifier: Apache-2.0
// What the Mbed TLS port answers when the library does not do as asked, and owners
// of its numbers. For the parts of the port only.
#pragma once

#include <mbedtls/bignum.h>
#include <mbedtls/cipher.h>
#include <mbedtls/ecp.h>

#include "updraft/bytes.h"
#include "updraft/status.h"

namespace updraft::mbed {

inline constexpr Status kNoMemory{Code::kNoSpace, Stage::kDevice};
inline constexpr Status kNotOffered{Code::kUnsupported, Stage::kDevice};
inline constexpr Status kBadArgument{Code::kInvalidArgument, Stage::kDevice};
inline constexpr Status kNoSignature{Code::kBadSignature, Stage::kDevice};

// An error may be of two parts: of what was asked, and of a number or a structure in it.
bool IsOutOfMemory(int error);
// The Status of an error of the library's; kOk for 0.
Status StatusOf(int error);

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
