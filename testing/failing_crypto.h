// SPDX-License-Identifier: Apache-2.0
// A decorator that fails one call of another Crypto, and counts the running
// hashes so that a test can see one that was never ended. The decorated crypto
// outlives it. One thread.
#pragma once

#include <cstdint>

#include "updraft/port/crypto.h"

namespace updraft {

class FailingCrypto final : public Crypto {
 public:
  explicit FailingCrypto(Crypto& crypto) : crypto_(&crypto) {}

  // The n-th call from now on (from 1) fails with `status`, once; 0 is never.
  void FailCall(std::uint64_t call, Status status = {Code::kInvalidState, Stage::kDevice});
  // Calls since the start or FailCall; HashDiscard cannot fail and is no call.
  std::uint64_t calls() const { return calls_; }
  // Hashes started and not ended.
  int running_hashes() const { return running_hashes_; }

  Status HashStart(HashKind kind, HashState& state) override;
  Status HashUpdate(HashState& state, Bytes data) override;
  Status HashClone(const HashState& from, HashState& to) override;
  // When made to fail, the state has ended all the same.
  Status HashFinish(HashState& state, MutableBytes digest) override;
  void HashDiscard(HashState& state) override;
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
};

}  // namespace updraft
