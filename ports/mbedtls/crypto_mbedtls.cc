// SPDX-License-Identifier: Apache-2.0
#include "ports/mbedtls/crypto_mbedtls.h"

#include <mbedtls/platform_util.h>

#include <algorithm>

#include "ports/mbedtls/mbedtls_status.h"
#include "ports/mbedtls/running_state.h"
#include "ports/mbedtls/versions.h"

namespace updraft {
namespace {

using mbed::kNotOffered;
using mbed::StatusOf;

struct RunningHash {
  HashKind kind;
  union {
    mbedtls_md5_context md5;
    mbedtls_sha256_context sha256;
#if defined(MBEDTLS_SHA512_C)
    mbedtls_sha512_context sha384;
#endif
  };
};

}  // namespace

Status MbedtlsCrypto::HashStart(HashKind kind, HashState& state) {
  auto* hash = mbed::Begin<RunningHash>(state);
  hash->kind = kind;
  switch (kind) {
    case HashKind::kMd5: mbedtls_md5_init(&hash->md5); return StatusOf(mbed::Md5Starts(&hash->md5));
    case HashKind::kSha256:
      mbedtls_sha256_init(&hash->sha256);
      return StatusOf(mbed::Sha256Starts(&hash->sha256));
    case HashKind::kSha384:
#if defined(MBEDTLS_SHA512_C)
      mbedtls_sha512_init(&hash->sha384);
      return StatusOf(mbed::Sha384Starts(&hash->sha384));
#else
      break;
#endif
  }
  return kNotOffered;
}

Status MbedtlsCrypto::HashUpdate(HashState& state, Bytes data) {
  if (data.empty()) return kOk;
  auto& hash = mbed::Look<RunningHash>(state);
  switch (hash.kind) {
    case HashKind::kMd5: return StatusOf(mbed::Md5Update(&hash.md5, data.data(), data.size()));
    case HashKind::kSha256:
      return StatusOf(mbed::Sha256Update(&hash.sha256, data.data(), data.size()));
    case HashKind::kSha384:
#if defined(MBEDTLS_SHA512_C)
      return StatusOf(mbed::Sha384Update(&hash.sha384, data.data(), data.size()));
#else
      break;
#endif
  }
  return kNotOffered;
}

Status MbedtlsCrypto::HashClone(const HashState& from, HashState& to) {
  const auto& trunk = mbed::Look<RunningHash>(from);
  auto* branch = mbed::Begin<RunningHash>(to);
  branch->kind = trunk.kind;
  switch (trunk.kind) {
    case HashKind::kMd5: mbedtls_md5_clone(&branch->md5, &trunk.md5); return kOk;
    case HashKind::kSha256: mbedtls_sha256_clone(&branch->sha256, &trunk.sha256); return kOk;
    case HashKind::kSha384:
#if defined(MBEDTLS_SHA512_C)
      mbedtls_sha512_clone(&branch->sha384, &trunk.sha384);
      return kOk;
#else
      break;
#endif
  }
  return kNotOffered;
}

Status MbedtlsCrypto::HashFinish(HashState& state, MutableBytes digest) {
  auto& hash = mbed::Look<RunningHash>(state);
  if (digest.size() < HashSize(hash.kind)) {
    HashDiscard(state);
    return mbed::kBadArgument;
  }
  int error = 0;
  switch (hash.kind) {
    case HashKind::kMd5: error = mbed::Md5Finish(&hash.md5, digest.data()); break;
    case HashKind::kSha256: error = mbed::Sha256Finish(&hash.sha256, digest.data()); break;
    case HashKind::kSha384:
#if defined(MBEDTLS_SHA512_C)
      unsigned char whole[64];
      error = mbed::Sha384Finish(&hash.sha384, whole);
      if (error == 0) std::copy_n(whole, kSha384Size, digest.begin());
      mbedtls_platform_zeroize(whole, sizeof whole);
#endif
      break;
  }
  HashDiscard(state);
  return StatusOf(error);
}

// Contexts of hashes own nothing: to wipe them is to end them.
void MbedtlsCrypto::HashDiscard(HashState& state) {
  mbedtls_platform_zeroize(state.storage.data(), state.storage.size());
}

}  // namespace updraft
