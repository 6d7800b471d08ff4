// SPDX-License-Identifier: Apache-2.0
// What the OpenSSL port answers when OpenSSL does not do as asked, and owners of
// its numbers. For the parts of the port only.
#pragma once

#include <openssl/bn.h>
#include <openssl/err.h>

#include <memory>

#include "updraft/status.h"

namespace updraft {

inline constexpr Status kNoMemory{Code::kNoSpace, Stage::kDevice};
inline constexpr Status kNotOffered{Code::kUnsupported, Stage::kDevice};

// Leaves no stale entry for the next user of this thread's error queue.
inline Status OpensslFailed() {
  ERR_clear_error();
  return {Code::kInvalidState, Stage::kDevice};
}

// Numbers are wiped when they go: most are secret.
struct FreeNumber {
  void operator()(BIGNUM* number) const { BN_clear_free(number); }
  void operator()(BN_CTX* context) const { BN_CTX_free(context); }
};
using Number = std::unique_ptr<BIGNUM, FreeNumber>;
using NumberContext = std::unique_ptr<BN_CTX, FreeNumber>;

}  // namespace updraft
