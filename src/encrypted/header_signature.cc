// SPDX-License-Identifier: Apache-2.0
// The 88 bytes at 424 of an encrypted image's header: magic and version, the
// front of the body's digest, a signature by ECDSA over all of the header before.
#include "updraft/header_signature.h"

#include <algorithm>

namespace updraft {
namespace {

constexpr std::uint32_t kMagicAndVersion = 0x01417055;  // "UpA", 1
constexpr std::size_t kBlockAt = 424;
constexpr std::size_t kBodyDigestAt = kBlockAt + 4;
constexpr std::size_t kSignatureAt = kBodyDigestAt + kBodyDigestSize;
static_assert(kSignatureAt + kHeaderSignatureSize == kEncryptedHeaderSize);

// With its terminating zero, so that no other label begins with it.
constexpr std::string_view kLabel("updraft-encrypted-image-v1\0", 27);

}  // namespace

Status HeaderKeys::Add(const P256Point& key) {
  if (size_ == kMost) return {Code::kNoSpace, Stage::kEncrypted};
  keys_[size_++] = key;
  return kOk;
}

bool HasHeaderSignature(EncryptedHeaderBytes header) {
  return LoadLe32(header.data() + kBlockAt) == kMagicAndVersion;
}

Bytes BodyDigest(EncryptedHeaderBytes header) {
  return header.subspan<kBodyDigestAt, kBodyDigestSize>();
}

Bytes HeaderSignature(EncryptedHeaderBytes header) {
  return header.subspan<kSignatureAt, kHeaderSignatureSize>();
}

Result<Sha256Digest> SignedHeaderDigest(Crypto& crypto, EncryptedHeaderBytes header) {
  Hash hash(crypto);
  Sha256Digest digest{};
  UPDRAFT_TRY(hash.Start(HashKind::kSha256));
  UPDRAFT_TRY(hash.Update(AsBytes(kLabel)));
  UPDRAFT_TRY(hash.Update(header.first<kSignatureAt>()));
  UPDRAFT_TRY(hash.Finish(digest));
  return digest;
}

Status VerifyHeaderSignature(Crypto& crypto, const HeaderKeys& keys, EncryptedHeaderBytes header) {
  UPDRAFT_TRY_ASSIGN(const Sha256Digest digest, SignedHeaderDigest(crypto, header));
  for (const P256Point& key : keys.keys()) {
    const Status verified =
        crypto.VerifyEcdsa(SignatureCurve::kP256, key, digest, HeaderSignature(header));
    if (verified.code() != Code::kBadSignature) return verified;
  }
  return {Code::kBadSignature, Stage::kEncrypted};
}

void StoreBodyDigest(const Sha256Digest& body, MutableEncryptedHeader header) {
  StoreLe32(header.data() + kBlockAt, kMagicAndVersion);
  std::copy_n(body.begin(), kBodyDigestSize, header.data() + kBodyDigestAt);
}

void StoreHeaderSignature(std::span<const std::uint8_t, kHeaderSignatureSize> signature,
                          MutableEncryptedHeader header) {
  std::copy(signature.begin(), signature.end(), header.data() + kSignatureAt);
}

}  // namespace updraft
