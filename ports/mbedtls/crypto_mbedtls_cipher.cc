// SPDX-License-Identifier: Apache-2.0
// AES-256-GCM and AES-XTS of the Mbed TLS port.
#include <mbedtls/aes.h>
#include <mbedtls/platform_util.h>

#include <algorithm>

#include "ports/mbedtls/crypto_mbedtls.h"
#include "ports/mbedtls/mbedtls_status.h"
#include "ports/mbedtls/running_state.h"
#include "ports/mbedtls/versions.h"

namespace updraft {
namespace {

using mbed::kBadArgument;
using mbed::StatusOf;

constexpr std::size_t kBlock = 16;

// Mbed TLS 2.28 takes whole blocks only, the port any length: the last block is
// kept open here, with its keystream, until it is full or the stream ends.
struct RunningGcm {
  mbedtls_gcm_context context;
  std::array<std::uint8_t, kBlock> open_block;
  std::array<std::uint8_t, kBlock> keystream;
  std::size_t filled;
};

// A shallow copy is moved on by one block of zeros: what comes out is the keystream.
int PeekKeystream(const mbedtls_gcm_context& context, std::array<std::uint8_t, kBlock>& keystream) {
  const std::array<std::uint8_t, kBlock> zeros{};
  mbedtls_gcm_context ahead = context;
  const int error = mbed::GcmUpdate(&ahead, zeros.data(), kBlock, keystream.data());
  mbedtls_platform_zeroize(&ahead, sizeof ahead);
  return error;
}

// Counts what lies in the open block into the tag; its output is already out.
int CloseBlock(RunningGcm& gcm) {
  std::array<std::uint8_t, kBlock> known{};
  const int error = gcm.filled == 0 ? 0
                                    : mbed::GcmUpdate(&gcm.context, gcm.open_block.data(),
                                                      gcm.filled, known.data());
  gcm.filled = 0;
  mbedtls_platform_zeroize(known.data(), known.size());
  return error;
}

// Bytes into the open block, up to its end; how many.
std::size_t FillBlock(RunningGcm& gcm, Bytes in, MutableBytes out) {
  const std::size_t some = std::min(in.size(), kBlock - gcm.filled);
  for (std::size_t i = 0; i < some; ++i, ++gcm.filled) {
    gcm.open_block[gcm.filled] = in[i];
    out[i] = in[i] ^ gcm.keystream[gcm.filled];
  }
  return some;
}

}  // namespace

Status MbedtlsCrypto::GcmStart(GcmDirection direction,
                               std::span<const std::uint8_t, kAes256KeySize> key,
                               std::span<const std::uint8_t, kGcmIvSize> iv, GcmState& state) {
  auto* gcm = mbed::Begin<RunningGcm>(state);
  mbedtls_gcm_init(&gcm->context);
  int error =
      mbedtls_gcm_setkey(&gcm->context, MBEDTLS_CIPHER_ID_AES, key.data(), kAes256KeySize * 8);
  if (error == 0) {
    error = mbed::GcmStarts(
        &gcm->context, direction == GcmDirection::kSeal ? MBEDTLS_GCM_ENCRYPT : MBEDTLS_GCM_DECRYPT,
        iv.data(), iv.size());
  }
  if (error != 0) GcmDiscard(state);
  return StatusOf(error);
}

Status MbedtlsCrypto::GcmUpdate(GcmState& state, Bytes in, MutableBytes out) {
  if (out.size() < in.size()) return kBadArgument;
  auto& gcm = mbed::Look<RunningGcm>(state);
  if (gcm.filled > 0) {
    const std::size_t some = FillBlock(gcm, in, out);
    in = in.subspan(some);
    out = out.subspan(some);
    if (gcm.filled < kBlock) return kOk;
    if (const int error = CloseBlock(gcm); error != 0) return StatusOf(error);
  }
  const std::size_t whole = in.size() - in.size() % kBlock;
  if (whole > 0) {
    const int error = mbed::GcmUpdate(&gcm.context, in.data(), whole, out.data());
    if (error != 0) return StatusOf(error);
    in = in.subspan(whole);
    out = out.subspan(whole);
  }
  if (in.empty()) return kOk;
  if (const int error = PeekKeystream(gcm.context, gcm.keystream); error != 0) {
    return StatusOf(error);
  }
  FillBlock(gcm, in, out);
  return kOk;
}

Status MbedtlsCrypto::GcmSealFinish(GcmState& state, std::span<std::uint8_t, kGcmTagSize> tag) {
  auto& gcm = mbed::Look<RunningGcm>(state);
  int error = CloseBlock(gcm);
  if (error == 0) error = mbed::GcmFinish(&gcm.context, tag.data(), tag.size());
  GcmDiscard(state);
  return StatusOf(error);
}

Status MbedtlsCrypto::GcmOpenFinish(GcmState& state,
                                    std::span<const std::uint8_t, kGcmTagSize> tag) {
  std::array<std::uint8_t, kGcmTagSize> expected{};
  UPDRAFT_TRY(GcmSealFinish(state, expected));
  const bool same = EqualInConstantTime(expected, tag);
  Wipe(expected);
  return same ? kOk : mbed::kNoSignature;
}

void MbedtlsCrypto::GcmDiscard(GcmState& state) {
  mbedtls_gcm_free(&mbed::Look<RunningGcm>(state).context);
  mbedtls_platform_zeroize(state.storage.data(), state.storage.size());
}

#if defined(MBEDTLS_CIPHER_MODE_XTS)

namespace {

struct RunningXts {
  mbedtls_aes_xts_context context;
  int mode;
};

}  // namespace

Status MbedtlsCrypto::XtsStart(XtsDirection direction, Bytes key, XtsState& state) {
  if (key.size() != kAes256KeySize && key.size() != 2 * kAes256KeySize) return kBadArgument;
  const std::size_t half = key.size() / 2;
  if (EqualInConstantTime(key.first(half), key.subspan(half))) return kBadArgument;
  auto* xts = mbed::Begin<RunningXts>(state);
  mbedtls_aes_xts_init(&xts->context);
  const auto bits = static_cast<unsigned int>(key.size() * 8);
  const bool enciphers = direction == XtsDirection::kEncipher;
  xts->mode = enciphers ? MBEDTLS_AES_ENCRYPT : MBEDTLS_AES_DECRYPT;
  return StatusOf(enciphers ? mbedtls_aes_xts_setkey_enc(&xts->context, key.data(), bits)
                            : mbedtls_aes_xts_setkey_dec(&xts->context, key.data(), bits));
}

Status MbedtlsCrypto::XtsUnit(XtsState& state, std::span<const std::uint8_t, kXtsTweakSize> tweak,
                              Bytes in, MutableBytes out) {
  if (out.size() < in.size() || in.empty() || in.size() % kBlock != 0) return kBadArgument;
  auto& xts = mbed::Look<RunningXts>(state);
  return StatusOf(mbedtls_aes_crypt_xts(&xts.context, xts.mode, in.size(), tweak.data(), in.data(),
                                        out.data()));
}

void MbedtlsCrypto::XtsDiscard(XtsState& state) {
  mbedtls_platform_zeroize(state.storage.data(), state.storage.size());
}

#else

Status MbedtlsCrypto::XtsStart(XtsDirection direction, Bytes key, XtsState& state) {
  return Crypto::XtsStart(direction, key, state);
}

Status MbedtlsCrypto::XtsUnit(XtsState& state, std::span<const std::uint8_t, kXtsTweakSize> tweak,
                              Bytes in, MutableBytes out) {
  return Crypto::XtsUnit(state, tweak, in, out);
}

void MbedtlsCrypto::XtsDiscard(XtsState& /*state*/) {}

#endif

}  // namespace updraft
