// SPDX-License-Identifier: Apache-2.0
// Image signatures as Secure Boot v2 has them: blocks of 1216 bytes in the
// sector behind the image, the digests of their keys, and who is trusted.
// Format: docs/formats.md, "Signature sector". Signing is the host's:
// ports/host/signer_openssl.h.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string_view>

#include "updraft/bytes.h"
#include "updraft/partition.h"
#include "updraft/port/crypto.h"
#include "updraft/port/efuse.h"
#include "updraft/port/flash.h"
#include "updraft/status.h"

namespace updraft {

inline constexpr std::size_t kSignatureBlockSize = 1216;   // bytes
inline constexpr std::size_t kSignatureSectorSize = 4096;  // bytes; holds up to three blocks
inline constexpr std::size_t kMaxSignatureBlocks = 3;      // in the sector
// The sector starts at such a boundary, counted from the image's start; all
// bytes before it are signed.
inline constexpr std::uint64_t kSignatureAlignment = 4096;

enum class SignatureScheme : std::uint8_t { kRsa3072, kEcdsaP192, kEcdsaP256, kEcdsaP384 };

// "rsa3072-pss-sha256", "ecdsa-p192-sha256", "ecdsa-p256-sha256",
// "ecdsa-p384-sha384".
std::string_view SignatureSchemeName(SignatureScheme scheme);
std::optional<SignatureScheme> FindSignatureScheme(std::string_view name);

// What is signed: the digest of this kind.
constexpr HashKind SignedHash(SignatureScheme scheme) {
  return scheme == SignatureScheme::kEcdsaP384 ? HashKind::kSha384 : HashKind::kSha256;
}

// One block of bytes that somebody else owns. Says what is there; trusts and
// verifies nothing.
class SignatureBlock {
 public:
  explicit SignatureBlock(std::span<const std::uint8_t, kSignatureBlockSize> bytes)
      : bytes_(bytes) {}  // a view

  bool has_magic() const;  // else it is no block
  bool crc_valid() const;  // over all before it
  // Empty for an unknown version, digest kind or curve, whatever the CRC.
  std::optional<SignatureScheme> scheme() const;
  // Magic, CRC and scheme are right: the block counts.
  bool well_formed() const { return has_magic() && crc_valid() && scheme().has_value(); }

  // Only with a scheme. The digest that the signer had, HashSize() bytes; devices
  // compute their own.
  Bytes digest() const;
  // The public key as the block holds it: the bytes that KeyDigest() hashes.
  Bytes key() const;
  // As the block holds it, little-endian numbers.
  Bytes signature() const;

 private:
  std::span<const std::uint8_t, kSignatureBlockSize> bytes_;
};

// How many bytes of a block are its key: 776, 65 or 97.
std::size_t SignatureKeySize(SignatureScheme scheme);
// Of a big-endian signature: 384, or r and s.
std::size_t SignatureSize(SignatureScheme scheme);

// The digest that eFuse holds of a block's key.
Result<Sha256Digest> KeyDigest(Crypto& crypto, Bytes key);

// The point of a P-256 key as a block holds it; kInvalidArgument for another size.
Result<P256Point> P256PointOf(Bytes key);

// The signature of a well-formed block over `digest`, which the caller has
// computed. Whether the key is trusted is another question. kBadSignature;
// kUnsupported where the port lacks the curve.
Status VerifySignature(Crypto& crypto, const SignatureBlock& block, Bytes digest);

// Writes a whole block, CRC included. `key` as SignatureBlock::key(); `signature`
// big-endian. kInvalidArgument when a length is wrong.
Status StoreSignatureBlock(SignatureScheme scheme, Bytes digest, Bytes key, Bytes signature,
                           std::span<std::uint8_t, kSignatureBlockSize> block);

// Up to three key digests, in the slots that eFuse has for them. A slot that is
// revoked stays revoked.
class TrustedKeys {
 public:
  static constexpr std::size_t kSlots = kMaxSignatureBlocks;         // as eFuse has
  enum class Trust : std::uint8_t { kUnknown, kRevoked, kTrusted };  // Of one key's digest.

  // kInvalidArgument when there is no such slot.
  Status Set(std::size_t slot, const Sha256Digest& digest);
  Status Revoke(std::size_t slot);

  // No slot holds a digest.
  bool empty() const;
  const std::optional<Sha256Digest>& At(std::size_t slot) const { return digests_[slot]; }
  bool revoked(std::size_t slot) const { return revoked_[slot]; }

  // Looks at the first `slots` slots and compares the first `digest_bytes` bytes.
  Trust TrustOf(const Sha256Digest& digest, std::size_t slots, std::size_t digest_bytes) const;

 private:
  std::array<std::optional<Sha256Digest>, kSlots> digests_{};
  std::array<bool, kSlots> revoked_{};
};

// The digests in the key blocks of that purpose, and which are revoked. A digest
// that software may not read is one that no key has. The codes of the eFuse.
Result<TrustedKeys> TrustedKeysOf(Efuse& efuse);

// Who must have signed an image.
struct SignatureRules {
  TrustedKeys trusted{};  // by the digest of their key
  // Only blocks of this scheme count; empty: of the scheme that their trusted
  // key has.
  std::optional<SignatureScheme> scheme{};
  // How many blocks, and slots of trusted keys, count.
  std::uint8_t blocks = kMaxSignatureBlocks;
  // How much of a key digest the chip stores.
  std::uint8_t digest_bytes = kSha256Size;
};

// For a device without keys in eFuse: who signed the application in `slot` may
// sign the next one. Scheme and key are those of its first well-formed block,
// and only the first block of an image counts then. Looks at the image's length
// and its blocks; verifies nothing, as ESP-IDF. kNotFound when there is no such
// block or image; kFlash.
Result<SignatureRules> TrustSignerOf(Flash& flash, Crypto& crypto, const Partition& slot);

}  // namespace updraft
