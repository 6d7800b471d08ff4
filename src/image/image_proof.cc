// SPDX-License-Identifier: Apache-2.0
#include "src/image/image_proof.h"

#include <array>

#include "src/image/checksum.h"

namespace updraft {
namespace {

// The first bytes of a digest say enough to tell two apart.
std::uint64_t Head(const Sha256Digest& digest) {
  return (static_cast<std::uint64_t>(LoadBe32(digest.data())) << 32) | LoadBe32(&digest[4]);
}

}  // namespace

Status ImageProof::Write(Bytes data) {
  if (!hash_.running() && parser_.position() == 0) UPDRAFT_TRY(hash_.Start(HashKind::kSha256));
  while (!data.empty() && !parser_.complete()) {
    UPDRAFT_TRY_ASSIGN(const ImagePiece piece, parser_.Take(data));
    UPDRAFT_TRY(Take(piece));
    if (parser_.complete()) UPDRAFT_TRY(JudgeDigests());
  }
  return kOk;
}

Status ImageProof::Take(const ImagePiece& piece) {
  if (piece.kind == ImagePiece::Kind::kSegmentData) {
    checksum_ = static_cast<std::uint8_t>(checksum_ ^ ExclusiveOr(piece.bytes));
  }
  return piece.kind == ImagePiece::Kind::kDigest ? kOk : hash_.Update(piece.bytes);
}

Status ImageProof::JudgeDigests() {
  ImageFacts& facts = parser_.mutable_facts();
  const ImageRules& rules = parser_.rules();
  facts.computed_checksum = checksum_;
  UPDRAFT_TRY(hash_.Finish(facts.computed_hash));
  if (rules.inspect_only) return kOk;
  UPDRAFT_TRY(Judge(*observer_, Stage::kImage, Code::kBadChecksum,
                    {Check::kImageChecksum, facts.stored_checksum == facts.computed_checksum,
                     Value::Hex(facts.computed_checksum), Value::Hex(facts.stored_checksum)}));
  // Without secure boot ESP bootloaders are proven by their checksum only.
  if (facts.header.hash_appended == 0 || rules.kind == ImageKind::kBootloader) return kOk;
  return Judge(*observer_, Stage::kImage, Code::kBadChecksum,
               {Check::kImageHash, facts.stored_hash == facts.computed_hash,
                Value::Hex(Head(facts.computed_hash)), Value::Hex(Head(facts.stored_hash))});
}

}  // namespace updraft
