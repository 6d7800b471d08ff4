// SPDX-License-Identifier: Apache-2.0
// Crypto over OpenSSL 3 (its EVP interface), for hosts. Made by HostDevice,
// by the tool and by tests; owns the algorithms it has fetched.
#pragma once

#include <array>
#include <memory>

#include "updraft/port/crypto.h"

struct ec_group_st;
struct evp_cipher_st;
struct evp_md_st;

namespace updraft {

// A HashState or GcmState holds a pointer to a context on the heap: it must not
// be moved or copied as bytes, and each started state must be ended, as the port
// says. The parts lie in crypto_openssl.cc (hashes, random), _cipher.cc, _rsa.cc
// and _p256.cc.
// Beside the port's codes: kUnsupported when this OpenSSL does not offer the
// algorithm (MD5 under FIPS), kNoSpace without memory, kInvalidArgument when a
// digest does not fit, kInvalidState when OpenSSL itself fails.
class OpensslCrypto final : public Crypto {
 public:
  OpensslCrypto();
  OpensslCrypto(const OpensslCrypto&) = delete;
  OpensslCrypto& operator=(const OpensslCrypto&) = delete;
  ~OpensslCrypto();

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
  Status Random(MutableBytes out) override;

  // crypto_openssl_signature.cc
  Status VerifyRsaPss(Bytes modulus, std::uint32_t exponent, Bytes digest,
                      Bytes signature) override;
  Status VerifyEcdsa(SignatureCurve curve, Bytes point, Bytes digest, Bytes signature) override;

 private:
  struct FreeAlgorithm {
    void operator()(evp_md_st* algorithm) const;
    void operator()(evp_cipher_st* algorithm) const;
    void operator()(ec_group_st* group) const;
  };
  using Algorithm = std::unique_ptr<evp_md_st, FreeAlgorithm>;

  // Fetched once, by HashKind: a fetch per hash costs more than a short hash.
  std::array<Algorithm, 3> algorithms_;
  std::unique_ptr<evp_cipher_st, FreeAlgorithm> aes_gcm_;
  std::unique_ptr<ec_group_st, FreeAlgorithm> p256_;
};

}  // namespace updraft
