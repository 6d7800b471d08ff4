// SPDX-License-Identifier: Apache-2.0
// Signing of images on hosts: keys in PEM over OpenSSL, and the sector of blocks
// that Secure Boot v2 wants behind an image. Used by the tool and by tests; owns
// keys and the image that it signs.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "updraft/bytes.h"
#include "updraft/port/crypto.h"
#include "updraft/signature.h"
#include "updraft/status.h"

#include "ports/host/rsa_key.h"

struct evp_pkey_st;

namespace updraft {

// A key that signs images: RSA-3072, P-192, P-256 or P-384.
class SignatureKey {
 public:
  SignatureKey() = default;
  // The first key in a PEM, private or public, not encrypted. kBadFormat when
  // there is none; kUnsupported for one that signs no images: another curve,
  // another length, an RSA exponent above 32 bits.
  static Result<SignatureKey> FromPem(Bytes pem);
  // A private key that stays in its token; kUnsupported as above.
  static Result<SignatureKey> FromToken(OpensslKey key);
  static Result<SignatureKey> Generate(SignatureScheme scheme);

  SignatureScheme scheme() const { return scheme_; }
  bool is_private() const { return private_; }
  // As SignatureBlock::key().
  Bytes block_key() const { return block_key_; }

  // The signature over a digest of SignedHash(scheme()), big-endian, as
  // StoreSignatureBlock() wants it. kInvalidState with a public key.
  Result<std::vector<std::uint8_t>> Sign(Bytes digest) const;
  // The same of a signature that was made elsewhere: RSA big-endian, ECDSA in DER
  // or r and s big-endian. kBadFormat; whether it fits is not looked at.
  Result<std::vector<std::uint8_t>> Import(Bytes signature) const;

  // PKCS #8 and SubjectPublicKeyInfo. Empty when OpenSSL fails; the private one
  // also with a public key.
  std::string PrivatePem() const;
  std::string PublicPem() const;

 private:
  struct FreeKey {
    void operator()(evp_pkey_st* key) const;
  };
  using Key = std::unique_ptr<evp_pkey_st, FreeKey>;

  static Result<SignatureKey> Of(Key key);
  Status ReadRsa();
  Status ReadEcdsa();

  Key key_;
  SignatureScheme scheme_{};
  bool private_ = false;
  std::vector<std::uint8_t> block_key_;
};

// One file that gets signatures. What is signed is the file, padded with 0xFF to
// 4 KiB; the sector comes behind it.
class ImageSigning {
 public:
  ImageSigning() = default;

  enum class Existing : std::uint8_t { kRefuse, kKeep, kReplace };

  // `existing`: what to do with the signature sector that the file ends with.
  // kInvalidArgument for no bytes; kInvalidState for a signed file when refused;
  // kBadSignature when blocks to keep were made for other bytes.
  static Result<ImageSigning> Open(std::vector<std::uint8_t> file, Existing existing,
                                   Crypto& crypto);

  // The bytes that every signature is over.
  Bytes message() const { return message_; }
  std::size_t blocks() const { return sector_.size() / kSignatureBlockSize; }

  // One more block, verified before it counts. kNoSpace for a fourth; the codes
  // of SignatureKey; kBadSignature when `signature`, made elsewhere, does not fit.
  Status Add(const SignatureKey& key);
  Status Add(const SignatureKey& key, Bytes signature);

  // The signed file: message, blocks, 0xFF up to the end of the sector.
  std::vector<std::uint8_t> Finish() const;

 private:
  Status AddBlock(const SignatureKey& key, Bytes digest, Bytes signature);
  Result<std::vector<std::uint8_t>> DigestFor(SignatureScheme scheme) const;

  Crypto* crypto_ = nullptr;
  std::vector<std::uint8_t> message_;
  std::vector<std::uint8_t> sector_;  // whole blocks
};

}  // namespace updraft
