// SPDX-License-Identifier: Apache-2.0
// Private keys as what can be done with them: each may lie in memory, in eFuse
// behind a peripheral, or in a token that never gives it away.
#pragma once

#include <cstdint>
#include <span>

#include "updraft/bytes.h"
#include "updraft/port/crypto.h"
#include "updraft/status.h"

namespace updraft {

// All calls return kNotFound when the key is not there (a token is gone, an
// eFuse block is empty or has another purpose), kInvalidState when the hardware
// or library fails.

// An RSA key whose modulus has exactly 3072 bits.
class RsaPrivateKey {
 public:
  // in^d mod n, blinded, in a time that does not depend on the result. `in` and
  // `out` may be the same. kInvalidArgument when `in` is not below the modulus.
  virtual Status RawDecrypt(std::span<const std::uint8_t, kRsa3072Size> in,
                            std::span<std::uint8_t, kRsa3072Size> out) = 0;
  // A secret that belongs to the key and is the same every time; nobody without
  // the key can tell it from random. It stands in for what cannot be unwrapped.
  virtual Status RejectionSecret(std::span<std::uint8_t, kSha256Size> secret) = 0;

 protected:
  ~RsaPrivateKey() = default;
};

// A key on NIST P-256.
class P256PrivateKey {
 public:
  virtual Status PublicKey(P256Point& point) = 0;  // of this private key; the key's codes
  // The X coordinate of d * peer. kBadFormat when the peer is not on the curve.
  virtual Status Agree(const P256Point& peer, std::span<std::uint8_t, kP256ScalarSize> secret) = 0;

 protected:
  ~P256PrivateKey() = default;
};

// 32 bytes that do nothing but key an HMAC-SHA256: on a chip, an eFuse block of
// purpose HMAC_UP.
class HmacKey {
 public:
  virtual Status Hmac(Bytes message, std::span<std::uint8_t, kSha256Size> mac) = 0;  // its codes

 protected:
  ~HmacKey() = default;
};

}  // namespace updraft
