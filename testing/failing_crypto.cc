// SPDX-License-Identifier: Apache-2.0
#include "testing/failing_crypto.h"

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

Status FailingCrypto::Random(MutableBytes out) {
  UPDRAFT_TRY(Count());
  return crypto_->Random(out);
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
