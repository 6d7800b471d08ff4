// SPDX-License-Identifier: Apache-2.0
#include "testing/failing_crypto.h"

#include <algorithm>

namespace updraft {

void FailingCrypto::FailCall(std::uint64_t call, Status status) {
  failing_call_ = call;
  failure_ = status;
  calls_ = 0;
}

Status FailingCrypto::Count() { return ++calls_ == failing_call_ ? failure_ : kOk; }

Status FailingCrypto::HashStart(HashKind kind, HashState& state) {
  UPDRAFT_TRY(Count());
  UPDRAFT_TRY(crypto_->HashStart(kind, state));
  ++running_hashes_;
  return kOk;
}

Status FailingCrypto::HashUpdate(HashState& state, Bytes data) {
  UPDRAFT_TRY(Count());
  return crypto_->HashUpdate(state, data);
}

Status FailingCrypto::HashClone(const HashState& from, HashState& to) {
  UPDRAFT_TRY(Count());
  UPDRAFT_TRY(crypto_->HashClone(from, to));
  ++running_hashes_;
  return kOk;
}

Status FailingCrypto::HashFinish(HashState& state, MutableBytes digest) {
  --running_hashes_;
  if (const Status status = Count(); !status.ok()) {
    crypto_->HashDiscard(state);
    return status;
  }
  return crypto_->HashFinish(state, digest);
}

void FailingCrypto::HashDiscard(HashState& state) {
  --running_hashes_;
  crypto_->HashDiscard(state);
}

Status FailingCrypto::GcmStart(GcmDirection direction,
                               std::span<const std::uint8_t, kAes256KeySize> key,
                               std::span<const std::uint8_t, kGcmIvSize> iv, GcmState& state) {
  UPDRAFT_TRY(Count());
  UPDRAFT_TRY(crypto_->GcmStart(direction, key, iv, state));
  ++running_ciphers_;
  return kOk;
}

Status FailingCrypto::GcmUpdate(GcmState& state, Bytes in, MutableBytes out) {
  UPDRAFT_TRY(Count());
  return crypto_->GcmUpdate(state, in, out);
}

Status FailingCrypto::GcmSealFinish(GcmState& state, std::span<std::uint8_t, kGcmTagSize> tag) {
  --running_ciphers_;
  if (const Status status = Count(); !status.ok()) {
    crypto_->GcmDiscard(state);
    return status;
  }
  return crypto_->GcmSealFinish(state, tag);
}

Status FailingCrypto::GcmOpenFinish(GcmState& state,
                                    std::span<const std::uint8_t, kGcmTagSize> tag) {
  --running_ciphers_;
  if (const Status status = Count(); !status.ok()) {
    crypto_->GcmDiscard(state);
    return status;
  }
  return crypto_->GcmOpenFinish(state, tag);
}

void FailingCrypto::GcmDiscard(GcmState& state) {
  --running_ciphers_;
  crypto_->GcmDiscard(state);
}

Status FailingCrypto::XtsStart(XtsDirection direction, Bytes key, XtsState& state) {
  UPDRAFT_TRY(Count());
  UPDRAFT_TRY(crypto_->XtsStart(direction, key, state));
  ++running_ciphers_;
  return kOk;
}

Status FailingCrypto::XtsUnit(XtsState& state, std::span<const std::uint8_t, kXtsTweakSize> tweak,
                              Bytes in, MutableBytes out) {
  UPDRAFT_TRY(Count());
  return crypto_->XtsUnit(state, tweak, in, out);
}

void FailingCrypto::XtsDiscard(XtsState& state) {
  --running_ciphers_;
  crypto_->XtsDiscard(state);
}

Status FailingCrypto::RsaPublic(const Rsa3072PublicKey& key,
                                std::span<const std::uint8_t, kRsa3072Size> in,
                                std::span<std::uint8_t, kRsa3072Size> out) {
  UPDRAFT_TRY(Count());
  return crypto_->RsaPublic(key, in, out);
}

Result<bool> FailingCrypto::P256IsOnCurve(const P256Point& point) {
  UPDRAFT_TRY(Count());
  return crypto_->P256IsOnCurve(point);
}

Status FailingCrypto::P256PublicKey(std::span<const std::uint8_t, kP256ScalarSize> scalar,
                                    P256Point& point) {
  UPDRAFT_TRY(Count());
  return crypto_->P256PublicKey(scalar, point);
}

Status FailingCrypto::P256Agree(std::span<const std::uint8_t, kP256ScalarSize> scalar,
                                const P256Point& peer,
                                std::span<std::uint8_t, kP256ScalarSize> secret) {
  UPDRAFT_TRY(Count());
  return crypto_->P256Agree(scalar, peer, secret);
}

Status FailingCrypto::Random(MutableBytes out) {
  UPDRAFT_TRY(Count());
  const std::size_t count = std::min(out.size(), scripted_.size());
  const auto end = scripted_.begin() + static_cast<std::ptrdiff_t>(count);
  std::copy(scripted_.begin(), end, out.begin());
  scripted_.erase(scripted_.begin(), end);
  return count == out.size() ? kOk : crypto_->Random(out.subspan(count));
}

Status FailingCrypto::VerifyRsaPss(Bytes modulus, std::uint32_t exponent, Bytes digest,
                                   Bytes signature) {
  UPDRAFT_TRY(Count());
  return crypto_->VerifyRsaPss(modulus, exponent, digest, signature);
}

Status FailingCrypto::VerifyEcdsa(SignatureCurve curve, Bytes point, Bytes digest,
                                  Bytes signature) {
  UPDRAFT_TRY(Count());
  return crypto_->VerifyEcdsa(curve, point, digest, signature);
}

}  // namespace updraft
