// SPDX-License-Identifier: Apache-2.0
#include "ports/host/crypto_openssl.h"

#include <openssl/ec.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/objects.h>
#include <openssl/rand.h>

#include <algorithm>
#include <climits>
#include <cstddef>
#include <cstring>

#include "ports/host/openssl_status.h"

namespace updraft {
namespace {

constexpr Status kTooSmall{Code::kInvalidArgument, Stage::kDevice};

struct FreeContext {
  void operator()(EVP_MD_CTX* context) const { EVP_MD_CTX_free(context); }
};
using Context = std::unique_ptr<EVP_MD_CTX, FreeContext>;

void Keep(HashState& state, Context context) {
  EVP_MD_CTX* const pointer = context.release();
  std::memcpy(state.storage.data(), &pointer, sizeof(EVP_MD_CTX*));
}

EVP_MD_CTX* Look(const HashState& state) {
  EVP_MD_CTX* pointer = nullptr;
  std::memcpy(&pointer, state.storage.data(), sizeof(EVP_MD_CTX*));
  return pointer;
}

Context Take(HashState& state) {
  Context context(Look(state));
  Keep(state, nullptr);
  return context;
}

}  // namespace

void OpensslCrypto::FreeAlgorithm::operator()(evp_md_st* algorithm) const {
  EVP_MD_free(algorithm);
}

void OpensslCrypto::FreeAlgorithm::operator()(evp_cipher_st* algorithm) const {
  EVP_CIPHER_free(algorithm);
}

void OpensslCrypto::FreeAlgorithm::operator()(ec_group_st* group) const { EC_GROUP_free(group); }

OpensslCrypto::OpensslCrypto() {
  algorithms_[static_cast<std::size_t>(HashKind::kMd5)].reset(
      EVP_MD_fetch(nullptr, "MD5", nullptr));
  algorithms_[static_cast<std::size_t>(HashKind::kSha256)].reset(
      EVP_MD_fetch(nullptr, "SHA256", nullptr));
  algorithms_[static_cast<std::size_t>(HashKind::kSha384)].reset(
      EVP_MD_fetch(nullptr, "SHA384", nullptr));
  aes_gcm_.reset(EVP_CIPHER_fetch(nullptr, "AES-256-GCM", nullptr));
  p256_.reset(EC_GROUP_new_by_curve_name(NID_X9_62_prime256v1));
  ERR_clear_error();
}

OpensslCrypto::~OpensslCrypto() = default;

Status OpensslCrypto::HashStart(HashKind kind, HashState& state) {
  Keep(state, nullptr);
  const Algorithm& algorithm = algorithms_[static_cast<std::size_t>(kind)];
  if (algorithm == nullptr) return kNotOffered;
  Context context(EVP_MD_CTX_new());
  if (context == nullptr) return kNoMemory;
  if (EVP_DigestInit_ex2(context.get(), algorithm.get(), nullptr) != 1) return OpensslFailed();
  Keep(state, std::move(context));
  return kOk;
}

Status OpensslCrypto::HashUpdate(HashState& state, Bytes data) {
  if (data.empty()) return kOk;
  if (EVP_DigestUpdate(Look(state), data.data(), data.size()) != 1) return OpensslFailed();
  return kOk;
}

Status OpensslCrypto::HashClone(const HashState& from, HashState& to) {
  Keep(to, nullptr);
  Context context(EVP_MD_CTX_new());
  if (context == nullptr) return kNoMemory;
  if (EVP_MD_CTX_copy_ex(context.get(), Look(from)) != 1) return OpensslFailed();
  Keep(to, std::move(context));
  return kOk;
}

Status OpensslCrypto::HashFinish(HashState& state, MutableBytes digest) {
  const Context context = Take(state);
  if (digest.size() < static_cast<std::size_t>(EVP_MD_CTX_get_size(context.get()))) {
    return kTooSmall;
  }
  if (EVP_DigestFinal_ex(context.get(), digest.data(), nullptr) != 1) return OpensslFailed();
  return kOk;
}

void OpensslCrypto::HashDiscard(HashState& state) { Take(state).reset(); }

Status OpensslCrypto::Random(MutableBytes out) {
  while (!out.empty()) {
    const std::size_t some = std::min<std::size_t>(out.size(), INT_MAX);
    if (RAND_bytes(out.data(), static_cast<int>(some)) != 1) return OpensslFailed();
    out = out.subspan(some);
  }
  return kOk;
}

}  // namespace updraft
