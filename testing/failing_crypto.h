// SPDX-License-Identifier: Apache-2.0
// A decorator that fails one call of another Crypto, and counts the running
// hashes and ciphers so that a test can see one that was never ended. The decorated crypto
// outlives it. One thread.
#pragma once

#include <cstdint>
#include <utility>
#include <vector>

#include "updraft/port/crypto.h"

namespace updraft {

class FailingCrypto final : public Crypto {
 public:
  explicit FailingCrypto(Crypto& crypto) : crypto_(&crypto) {}

  // The n-th call from now on (from 1) fails with `status`, once; 0 is never.
  void FailCall(std::uint64_t call, Status status = {Code::kInvalidState, Stage::kDevice});
  // Random yields these bytes before any of the decorated crypto's.
  void ScriptRandom(std::vector<std::uint8_t> bytes) { scripted_ = std::move(bytes); }
  // Calls since the start or FailCall; a Discard cannot fail and is no call.
  std::uint64_t calls() const { return calls_; }
  // Hashes started and not ended.
  int running_hashes() const { return running_hashes_; }
  // Ciphers started and not ended.
  int running_ciphers() const { return running_ciphers_; }

  Status HashStart(HashKind kind, HashState& state) override;
  Status HashUpdate(HashState& state, Bytes data) override;
  Status HashClone(const HashState& from, HashState& to) override;
  // When made to fail, the state has ended all the same.
  Status HashFinish(HashState& state, MutableBytes digest) override;
  void HashDiscard(HashState& state) override;
  Status GcmStart(GcmDirection direction, std::span<const std::uint8_t, kAes256KeySize> key,
                  std::span<const std::uint8_t, kGcmIvSize> iv, GcmState& state) override;
  Status GcmUpdate(GcmState& state, Bytes in, MutableBytes out) override;
  // As HashFinish: ended all the same.
  Status GcmSealFinish(GcmState& state, std::span<std::uint8_t, kGcmTagSize> tag) override;
  Status GcmOpenFinish(GcmState& state, std::span<const std::uint8_t, kGcmTagSize> tag) override;
  void GcmDiscard(GcmState& state) override;
  Status XtsStart(XtsDirection direction, Bytes key, XtsState& state) override;
  Status XtsUnit(XtsState& state, std::span<const std::uint8_t, kXtsTweakSize> tweak, Bytes in,
                 MutableBytes out) override;
  void XtsDiscard(XtsState& state) override;
  Status RsaPublic(const Rsa3072PublicKey& key, std::span<const std::uint8_t, kRsa3072Size> in,
                   std::span<std::uint8_t, kRsa3072Size> out) override;
  Result<bool> P256IsOnCurve(const P256Point& point) override;
  Status P256PublicKey(std::span<const std::uint8_t, kP256ScalarSize> scalar,
                       P256Point& point) override;
  Status P256Agree(std::span<const std::uint8_t, kP256ScalarSize> scalar, const P256Point& peer,
                   std::span<std::uint8_t, kP256ScalarSize> secret) override;
  Status Random(MutableBytes out) override;
  Status VerifyRsaPss(Bytes modulus, std::uint32_t exponent, Bytes digest,
                      Bytes signature) override;
  Status VerifyEcdsa(SignatureCurve curve, Bytes point, Bytes digest, Bytes signature) override;

 private:
  Status Count();

  Crypto* crypto_;
  std::uint64_t failing_call_ = 0;
  Status failure_{};
  std::uint64_t calls_ = 0;
  int running_hashes_ = 0;
  int running_ciphers_ = 0;
  std::vector<std::uint8_t> scripted_;
};

}  // namespace updraft
