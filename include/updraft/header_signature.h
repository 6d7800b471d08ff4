// SPDX-License-Identifier: Apache-2.0
// The signature that an encrypted image may carry in the reserved bytes of its
// header: it tells who encrypted the image before any of it is stored, and which
// body belongs to the header. Format: docs/formats.md, "Signed header".
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>

#include "updraft/bytes.h"
#include "updraft/port/crypto.h"
#include "updraft/signature.h"
#include "updraft/status.h"

namespace updraft {

inline constexpr std::size_t kEncryptedHeaderSize = 512;  // bytes in front of the body
inline constexpr std::size_t kBodyDigestSize = 20;        // bytes: the front of a SHA-256
inline constexpr std::size_t kHeaderSignatureSize = 64;   // r, then s, big-endian

using EncryptedHeaderBytes = std::span<const std::uint8_t, kEncryptedHeaderSize>;  // to read
using MutableEncryptedHeader = std::span<std::uint8_t, kEncryptedHeaderSize>;      // to write

// The P-256 keys that may sign headers.
class HeaderKeys {
 public:
  static constexpr std::size_t kMost = 3;  // keys at most

  // kNoSpace for a fourth.
  Status Add(const P256Point& key);
  bool empty() const { return size_ == 0; }
  std::span<const P256Point> keys() const { return std::span(keys_).first(size_); }

 private:
  std::array<P256Point, kMost> keys_{};
  std::size_t size_ = 0;
};

// What a device thinks of signed headers. A signature that is there is verified
// wherever there is a key for it.
struct HeaderTrust {
  HeaderKeys keys{};  // who may sign
  // Nothing is taken without one.
  bool demanded = false;
};

// The block has its magic and version; reserved bytes with others are no block.
bool HasHeaderSignature(EncryptedHeaderBytes header);
// Of a header that has one: the front of the SHA-256 of the decrypted body, and
// the signature. Neither is proven by being there.
Bytes BodyDigest(EncryptedHeaderBytes header);
Bytes HeaderSignature(EncryptedHeaderBytes header);

// What is signed: the digest over a label and the header up to its signature.
// The codes of the crypto.
Result<Sha256Digest> SignedHeaderDigest(Crypto& crypto, EncryptedHeaderBytes header);
// kBadSignature when it is of none of these keys; the codes of the crypto.
Status VerifyHeaderSignature(Crypto& crypto, const HeaderKeys& keys, EncryptedHeaderBytes header);

// The two steps of signing a header that is complete otherwise: the block without
// its signature, then, over SignedHeaderDigest(), that.
void StoreBodyDigest(const Sha256Digest& body, MutableEncryptedHeader header);
void StoreHeaderSignature(std::span<const std::uint8_t, kHeaderSignatureSize> signature,
                          MutableEncryptedHeader header);

// The keys of the P-256 blocks that a trusted key signed the application in
// `slot` with. Looks at its length and its blocks; verifies nothing, as a key's
// digest says that it is the trusted one. No key where there is no image. kFlash.
Result<HeaderKeys> TrustedHeaderKeys(Flash& flash, Crypto& crypto, const Partition& slot,
                                     const SignatureRules& rules);

}  // namespace updraft
