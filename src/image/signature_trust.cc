// SPDX-License-Identifier: Apache-2.0
// Who is trusted: the slots of key digests, and the signer of an application
// that lies in flash.
#include <algorithm>

#include "updraft/header_signature.h"
#include "updraft/image.h"
#include "updraft/signature.h"

namespace updraft {
namespace {

constexpr Status kNotSigned{Code::kNotFound, Stage::kImage};
using BlockBytes = std::array<std::uint8_t, kSignatureBlockSize>;

// Where the signature sector of the image in `slot` is, in flash. kNotFound.
Result<std::uint64_t> FindSector(Flash& flash, const Partition& slot) {
  UPDRAFT_TRY_ASSIGN(const std::uint64_t length, MeasureImage(flash, slot.offset, slot.size));
  const std::uint64_t sector = AlignUp(length, kSignatureAlignment);
  if (sector + kSignatureSectorSize > slot.size) return kNotSigned;
  return slot.offset + sector;
}

}  // namespace

Status TrustedKeys::Set(std::size_t slot, const Sha256Digest& digest) {
  if (slot >= kSlots) return {Code::kInvalidArgument, Stage::kImage};
  digests_[slot] = digest;
  return kOk;
}

Status TrustedKeys::Revoke(std::size_t slot) {
  if (slot >= kSlots) return {Code::kInvalidArgument, Stage::kImage};
  revoked_[slot] = true;
  return kOk;
}

bool TrustedKeys::empty() const {
  return std::none_of(digests_.begin(), digests_.end(),
                      [](const auto& digest) { return digest.has_value(); });
}

TrustedKeys::Trust TrustedKeys::TrustOf(const Sha256Digest& digest, std::size_t slots,
                                        std::size_t digest_bytes) const {
  Trust trust = Trust::kUnknown;
  for (std::size_t i = 0; i < std::min(slots, kSlots); ++i) {
    if (!digests_[i].has_value()) continue;
    const std::size_t size = std::min(digest_bytes, digest.size());
    if (!std::equal(digest.begin(), digest.begin() + static_cast<std::ptrdiff_t>(size),
                    digests_[i]->begin())) {
      continue;
    }
    if (!revoked_[i]) return Trust::kTrusted;
    trust = Trust::kRevoked;
  }
  return trust;
}

Result<TrustedKeys> TrustedKeysOf(Efuse& efuse) {
  static_assert(TrustedKeys::kSlots == kEfuseDigests);
  TrustedKeys keys;
  for (std::size_t slot = 0; slot < TrustedKeys::kSlots; ++slot) {
    UPDRAFT_TRY_ASSIGN(const bool revoked, efuse.IsDigestRevoked(slot));
    if (revoked) UPDRAFT_TRY(keys.Revoke(slot));
    const auto block = FindKeyBlock(efuse, DigestPurpose(slot));
    if (block.error().code() == Code::kNotFound) continue;
    if (!block) return block.error();
    UPDRAFT_TRY_ASSIGN(const EfuseKeyBlock digest, efuse.ReadKeyBlock(*block));
    UPDRAFT_TRY(keys.Set(slot, digest.key));
  }
  return keys;
}

Result<SignatureRules> TrustSignerOf(Flash& flash, Crypto& crypto, const Partition& slot) {
  UPDRAFT_TRY_ASSIGN(const std::uint64_t sector, FindSector(flash, slot));
  for (std::size_t i = 0; i < kMaxSignatureBlocks; ++i) {
    BlockBytes bytes{};
    UPDRAFT_TRY(flash.Read(sector + i * kSignatureBlockSize, bytes));
    const SignatureBlock block(bytes);
    if (!block.well_formed()) continue;
    SignatureRules rules;
    rules.blocks = 1;
    rules.scheme = block.scheme();
    UPDRAFT_TRY_ASSIGN(const Sha256Digest digest, KeyDigest(crypto, block.key()));
    UPDRAFT_TRY(rules.trusted.Set(0, digest));
    return rules;
  }
  return kNotSigned;
}

Result<HeaderKeys> TrustedHeaderKeys(Flash& flash, Crypto& crypto, const Partition& slot,
                                     const SignatureRules& rules) {
  const auto sector = FindSector(flash, slot);
  HeaderKeys keys;
  if (sector.error().code() == Code::kFlash) return sector.error();
  if (!sector) return keys;
  for (std::size_t i = 0; i < std::min<std::size_t>(rules.blocks, kMaxSignatureBlocks); ++i) {
    BlockBytes bytes{};
    UPDRAFT_TRY(flash.Read(*sector + i * kSignatureBlockSize, bytes));
    const SignatureBlock block(bytes);
    if (!block.well_formed() || block.scheme() != SignatureScheme::kEcdsaP256) continue;
    UPDRAFT_TRY_ASSIGN(const Sha256Digest digest, KeyDigest(crypto, block.key()));
    if (rules.trusted.TrustOf(digest, rules.blocks, rules.digest_bytes) !=
        TrustedKeys::Trust::kTrusted) {
      continue;
    }
    UPDRAFT_TRY_ASSIGN(const P256Point point, P256PointOf(block.key()));
    UPDRAFT_TRY(keys.Add(point));
  }
  return keys;
}

}  // namespace updraft
