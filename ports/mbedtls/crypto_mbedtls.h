// SPDX-License-Identifier: Apache-2.0
// Crypto over Mbed TLS, for devices. Made by whoever puts a device together; the
// random generator outlives it.
#pragma once

#include "updraft/port/crypto.h"

#include "ports/mbedtls/random.h"

namespace updraft {

// Hashes and XTS live in the states handed in; GCM takes one AES context, numbers
// of RSA and P-256 take what they need from Mbed TLS's allocator, and give it back.
// A HashState or GcmState must not be moved or copied as bytes.
// The parts lie in crypto_mbedtls.cc (hashes, random), _cipher.cc and _number.cc
// (RSA, P-256, signatures).
// Beside the port's codes: kUnsupported for what this Mbed TLS was built without
// (a curve, SHA-384), kNoSpace when its allocator has nothing left, kInvalidArgument
// when a digest does not fit, kInvalidState when the library itself fails.
class MbedtlsCrypto final : public Crypto {
 public:
  explicit MbedtlsCrypto(MbedtlsRandom& random) : random_(&random) {}
  MbedtlsCrypto(const MbedtlsCrypto&) = delete;
  MbedtlsCrypto& operator=(const MbedtlsCrypto&) = delete;

  Status HashStart(HashKind kind, HashState& state) override;
  Status HashUpdate(HashState& state, Bytes data) override;
  Status HashClone(const HashState& from, HashState& to) override;
  Status HashFinish(HashState& state, MutableBytes digest) override;
  void HashDiscard(HashState& state) override;
  Status GcmStart(GcmDirection direction, std::span<const std::uint8_t, kAes256KeySize> key,
                  std::span<const std::uint8_t, kGcmIvSize> iv, GcmState& state) override;
  Status GcmUpdate(GcmState& state, Bytes in, MutableBytes out) override;
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
  Status Random(MutableBytes out) override { return random_->Fill(out); }
  Status VerifyRsaPss(Bytes modulus, std::uint32_t exponent, Bytes digest,
                      Bytes signature) override;
  Status VerifyEcdsa(SignatureCurve curve, Bytes point, Bytes digest, Bytes signature) override;

 private:
  MbedtlsRandom* random_;
};

}  // namespace updraft
