// SPDX-License-Identifier: Apache-2.0
#include "ports/host/header_signing.h"

#include <vector>

namespace updraft {
namespace {

constexpr Status kOtherCurve{Code::kUnsupported, Stage::kDevice};

}  // namespace

Status SignHeader(Crypto& crypto, const SignatureKey& key, const Sha256Digest& body,
                  MutableEncryptedHeader header) {
  if (key.scheme() != SignatureScheme::kEcdsaP256) return kOtherCurve;
  StoreBodyDigest(body, header);
  UPDRAFT_TRY_ASSIGN(const Sha256Digest digest, SignedHeaderDigest(crypto, header));
  UPDRAFT_TRY_ASSIGN(const std::vector<std::uint8_t> signature, key.Sign(digest));
  StoreHeaderSignature(Bytes(signature).first<kHeaderSignatureSize>(), header);
  return kOk;
}

Result<P256Point> HeaderKeyOf(const SignatureKey& key) {
  if (key.scheme() != SignatureScheme::kEcdsaP256) return kOtherCurve;
  return P256PointOf(key.block_key());
}

}  // namespace updraft
