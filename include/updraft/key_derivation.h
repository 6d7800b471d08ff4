// SPDX-License-Identifier: Apache-2.0
// Keys from keys, over any Crypto's SHA-256: HMAC (RFC 2104), PBKDF2 (RFC 8018)
// and HKDF (RFC 5869). Each fails only as the Crypto or the key does.
#pragma once

#include <array>
#include <cstdint>
#include <span>

#include "updraft/bytes.h"
#include "updraft/port/crypto.h"
#include "updraft/port/private_key.h"
#include "updraft/status.h"

namespace updraft {

using Sha256Bytes = std::span<std::uint8_t, kSha256Size>;  // where a MAC goes

// One HMAC-SHA256 key at work: what depends on the key alone is hashed once.
// The Crypto outlives it.
class HmacSha256 final : public HmacKey {
 public:
  explicit HmacSha256(Crypto& crypto) : inner_(crypto), outer_(crypto), running_(crypto) {}  // idle

  // A key of any length; before anything else.
  Status SetKey(Bytes key);
  Status Hmac(Bytes message, Sha256Bytes mac) override;

 private:
  Hash inner_;
  Hash outer_;
  Hash running_;
};

Status HmacOf(Crypto& crypto, Bytes key, Bytes message, Sha256Bytes mac);  // All in one call.

inline constexpr std::size_t kMaxPbkdf2Salt = 60;  // bytes

// The first 32 bytes that PBKDF2-HMAC-SHA256 derives. kInvalidArgument for a
// longer salt or no iteration.
Status Pbkdf2Sha256(HmacKey& password, Bytes salt, std::uint32_t iterations, Sha256Bytes key);

inline constexpr std::size_t kMaxHkdfInfo = 63;  // bytes

// The first 32 bytes that HKDF-SHA256 derives. kInvalidArgument for longer info.
Status HkdfSha256(Crypto& crypto, Bytes salt, Bytes input, Bytes info, Sha256Bytes key);

}  // namespace updraft
