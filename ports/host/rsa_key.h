// SPDX-License-Identifier: Apache-2.0
// An RSA-3072 private key that OpenSSL holds: in memory, or in whatever engine
// or provider the EVP_PKEY came from. Made by key_file.h and key_pkcs11.h.
#pragma once

#include <array>
#include <memory>

#include "updraft/port/private_key.h"

struct evp_pkey_st;

namespace updraft {

struct FreeOpensslKey {
  void operator()(evp_pkey_st* key) const;
};
using OpensslKey = std::unique_ptr<evp_pkey_st, FreeOpensslKey>;

// May be used by one thread at a time.
class OpensslRsaKey final : public RsaPrivateKey {
 public:
  // The key is one of RSA with 3072 bits.
  explicit OpensslRsaKey(OpensslKey key) : key_(std::move(key)) {}

  Status RawDecrypt(std::span<const std::uint8_t, kRsa3072Size> in,
                    std::span<std::uint8_t, kRsa3072Size> out) override;
  // From the private exponent; from a fixed block, raised to it, where a token
  // keeps that to itself.
  Status RejectionSecret(std::span<std::uint8_t, kSha256Size> secret) override;

 private:
  OpensslKey key_;
};

// The public half. kInvalidArgument when the modulus has not 3072 bits or the
// exponent not at most 32.
Result<Rsa3072PublicKey> RsaPublicHalf(const evp_pkey_st& key);

}  // namespace updraft
