// SPDX-License-Identifier: Apache-2.0
// Crypto over OpenSSL 3 (its EVP interface), for hosts. Made by HostDevice,
// by the tool and by tests; owns the algorithms it has fetched.
#pragma once

#include <array>
#include <memory>

#include "updraft/port/crypto.h"

struct evp_md_st;

namespace updraft {

// A HashState holds a pointer to a context on the heap: it must not be moved
// or copied as bytes, and each started state must be ended, as the port says.
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
  Status Random(MutableBytes out) override;

  // crypto_openssl_signature.cc
  Status VerifyRsaPss(Bytes modulus, std::uint32_t exponent, Bytes digest,
                      Bytes signature) override;
  Status VerifyEcdsa(SignatureCurve curve, Bytes point, Bytes digest, Bytes signature) override;

 private:
  struct FreeAlgorithm {
    void operator()(evp_md_st* algorithm) const;
  };
  using Algorithm = std::unique_ptr<evp_md_st, FreeAlgorithm>;

  // Fetched once, by HashKind: a fetch per hash costs more than a short hash.
  std::array<Algorithm, 3> algorithms_;
};

}  // namespace updraft
