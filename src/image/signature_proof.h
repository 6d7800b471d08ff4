// SPDX-License-Identifier: Apache-2.0
// The proof of an image's signature: takes the signature sector as its bytes
// come, and verifies each block of a trusted key until one fits. ImageProof
// drives it and brings the digest.
#pragma once

#include <array>
#include <cstdint>
#include <optional>

#include "updraft/observer.h"
#include "updraft/port/crypto.h"
#include "updraft/signature.h"
#include "updraft/status.h"

#include "src/image/signature_fields.h"

namespace updraft {

// For one block while it is gathered: needed from the first byte of the sector on.
using SignatureRoom = std::span<std::uint8_t, kKeptBlockSize>;

class SignatureProof {
 public:
  // Without rules the proof is never fed. All outlive it. `hash` is for the keys: not
  // running at Start() and not looked at by others until the last byte of the sector.
  SignatureProof(const std::optional<SignatureRules>& rules, Crypto& crypto, Hash& hash,
                 SignatureRoom room)
      : rules_(&rules), crypto_(&crypto), key_hash_(&hash), block_(room) {}
  SignatureProof(const std::optional<SignatureRules>&&, Crypto&, Hash&, SignatureRoom) = delete;

  // Before each pass over the sector: what the signed bytes hash to.
  void Start(HashKind kind, Bytes digest);
  // The next bytes of the sector, any chunking. Errors are those of the port
  // itself; a signature that does not fit is none.
  Status Take(Bytes bytes);

  bool verified() const { return verified_; }
  // After a pass with SHA-256: no block was verified, but a block of a trusted
  // key is over SHA-384.
  bool wants_sha384() const { return wants_sha384_ && !verified_ && kind_ == HashKind::kSha256; }

  // After the last pass. `intact`: the image's own hash is right.
  // kBadSignature unless a block was verified.
  Status Judge(bool intact, Observer& observer) const;

 private:
  // The best that was found; the higher, the nearer to a signature.
  enum class Found : std::uint8_t {
    kNothing,
    kDamaged,      // magic, but CRC or scheme wrong
    kOtherScheme,  // not the scheme that the device takes
    kUntrusted,
    kRevoked,
    kOtherBytes,  // of a trusted key, made for another image
    kWrong,       // of a trusted key, and not a signature
  };

  Status TakePart(Bytes part);
  Status TakeKeyTail(Bytes part);
  Result<Sha256Digest> DigestOfKey(const KeptBlock& block);
  Status JudgeBlock();
  Status VerifyBlock(const KeptBlock& block);
  void Note(Found found);

  const std::optional<SignatureRules>* rules_;
  Crypto* crypto_;
  Hash* key_hash_;  // runs from the middle of an RSA key on
  HashKind kind_ = HashKind::kSha256;
  std::array<std::uint8_t, kSha384Size> digest_{};
  SignatureRoom block_;
  std::uint32_t crc_ = 0;       // over the bytes of the block so far
  std::uint16_t gathered_ = 0;  // bytes of the block
  std::uint8_t index_ = 0;      // of the block
  Found found_ = Found::kNothing;
  bool verified_ = false;
  bool wants_sha384_ = false;
};

}  // namespace updraft
