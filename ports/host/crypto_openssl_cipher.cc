// SPDX-License-Identifier: Apache-2.0
// AES-256-GCM and AES-XTS of the OpenSSL port. A state holds a pointer to the
// context.
#include <openssl/evp.h>

#include <algorithm>
#include <cstddef>
#include <cstring>

#include "ports/host/crypto_openssl.h"
#include "ports/host/openssl_status.h"

namespace updraft {
namespace {

constexpr std::size_t kXts128KeySize = 32;
constexpr std::size_t kXts256KeySize = 64;
constexpr Status kBadXtsKey{Code::kInvalidArgument, Stage::kDevice};
constexpr std::size_t kMostAtOnce = std::size_t{1} << 30;  // OpenSSL counts in int

struct FreeContext {
  void operator()(EVP_CIPHER_CTX* context) const { EVP_CIPHER_CTX_free(context); }
};
using Context = std::unique_ptr<EVP_CIPHER_CTX, FreeContext>;

template <typename State>
void Keep(State& state, Context context) {
  EVP_CIPHER_CTX* const pointer = context.release();
  std::memcpy(state.storage.data(), &pointer, sizeof(EVP_CIPHER_CTX*));
}

template <typename State>
EVP_CIPHER_CTX* Look(const State& state) {
  EVP_CIPHER_CTX* pointer = nullptr;
  std::memcpy(&pointer, state.storage.data(), sizeof(EVP_CIPHER_CTX*));
  return pointer;
}

template <typename State>
Context Take(State& state) {
  Context context(Look(state));
  Keep(state, nullptr);
  return context;
}

}  // namespace

Status OpensslCrypto::GcmStart(GcmDirection direction,
                               std::span<const std::uint8_t, kAes256KeySize> key,
                               std::span<const std::uint8_t, kGcmIvSize> iv, GcmState& state) {
  Keep(state, nullptr);
  if (aes_gcm_ == nullptr) return kNotOffered;
  Context context(EVP_CIPHER_CTX_new());
  if (context == nullptr) return kNoMemory;
  const int seals = direction == GcmDirection::kSeal ? 1 : 0;
  // The length of the IV must be known before the IV itself.
  const bool started =
      EVP_CipherInit_ex2(context.get(), aes_gcm_.get(), nullptr, nullptr, seals, nullptr) == 1 &&
      EVP_CIPHER_CTX_ctrl(context.get(), EVP_CTRL_AEAD_SET_IVLEN, kGcmIvSize, nullptr) == 1 &&
      EVP_CipherInit_ex2(context.get(), nullptr, key.data(), iv.data(), seals, nullptr) == 1;
  if (!started) return OpensslFailed();
  Keep(state, std::move(context));
  return kOk;
}

Status OpensslCrypto::GcmUpdate(GcmState& state, Bytes in, MutableBytes out) {
  if (out.size() < in.size()) return {Code::kInvalidArgument, Stage::kDevice};
  while (!in.empty()) {
    const std::size_t some = std::min(in.size(), kMostAtOnce);
    int written = 0;
    if (EVP_CipherUpdate(Look(state), out.data(), &written, in.data(), static_cast<int>(some)) !=
            1 ||
        static_cast<std::size_t>(written) != some) {
      return OpensslFailed();
    }
    in = in.subspan(some);
    out = out.subspan(some);
  }
  return kOk;
}

Status OpensslCrypto::GcmSealFinish(GcmState& state, std::span<std::uint8_t, kGcmTagSize> tag) {
  const Context context = Take(state);
  std::array<std::uint8_t, EVP_MAX_BLOCK_LENGTH> none{};
  int written = 0;
  const bool done =
      EVP_EncryptFinal_ex(context.get(), none.data(), &written) == 1 &&
      EVP_CIPHER_CTX_ctrl(context.get(), EVP_CTRL_AEAD_GET_TAG, kGcmTagSize, tag.data()) == 1;
  return done ? kOk : OpensslFailed();
}

Status OpensslCrypto::GcmOpenFinish(GcmState& state,
                                    std::span<const std::uint8_t, kGcmTagSize> tag) {
  const Context context = Take(state);
  std::array<std::uint8_t, kGcmTagSize> expected{};
  std::ranges::copy(tag, expected.begin());
  if (EVP_CIPHER_CTX_ctrl(context.get(), EVP_CTRL_AEAD_SET_TAG, kGcmTagSize, expected.data()) !=
      1) {
    return OpensslFailed();
  }
  std::array<std::uint8_t, EVP_MAX_BLOCK_LENGTH> none{};
  int written = 0;
  if (EVP_DecryptFinal_ex(context.get(), none.data(), &written) == 1) return kOk;
  ERR_clear_error();
  return {Code::kBadSignature, Stage::kDevice};
}

void OpensslCrypto::GcmDiscard(GcmState& state) { Take(state).reset(); }

Status OpensslCrypto::XtsStart(XtsDirection direction, Bytes key, XtsState& state) {
  Keep(state, nullptr);
  if (key.size() != kXts128KeySize && key.size() != kXts256KeySize) return kBadXtsKey;
  const std::size_t half = key.size() / 2;
  if (EqualInConstantTime(key.first(half), key.subspan(half))) return kBadXtsKey;
  Context context(EVP_CIPHER_CTX_new());
  if (context == nullptr) return kNoMemory;
  const EVP_CIPHER* const cipher =
      key.size() == kXts128KeySize ? EVP_aes_128_xts() : EVP_aes_256_xts();
  const int enciphers = direction == XtsDirection::kEncipher ? 1 : 0;
  if (EVP_CipherInit_ex2(context.get(), cipher, key.data(), nullptr, enciphers, nullptr) != 1) {
    return OpensslFailed();
  }
  Keep(state, std::move(context));
  return kOk;
}

Status OpensslCrypto::XtsUnit(XtsState& state, std::span<const std::uint8_t, kXtsTweakSize> tweak,
                              Bytes in, MutableBytes out) {
  if (out.size() < in.size() || in.empty() || in.size() % kXtsTweakSize != 0 ||
      in.size() > kMostAtOnce) {
    return {Code::kInvalidArgument, Stage::kDevice};
  }
  int written = 0;
  const bool done =
      EVP_CipherInit_ex2(Look(state), nullptr, nullptr, tweak.data(), -1, nullptr) == 1 &&
      EVP_CipherUpdate(Look(state), out.data(), &written, in.data(), static_cast<int>(in.size())) ==
          1;
  return done ? kOk : OpensslFailed();
}

void OpensslCrypto::XtsDiscard(XtsState& state) { Take(state).reset(); }

}  // namespace updraft
