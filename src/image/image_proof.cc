// SPDX-License-Identifier: Apache-2.0
#include "src/image/image_proof.h"

#include <array>
#include <cstring>

namespace updraft {
namespace {

// The exclusive or of all bytes; eight at a time, since it runs over all data.
std::uint8_t ExclusiveOr(Bytes data) {
  std::uint64_t wide = 0;
  while (data.size() >= sizeof(wide)) {
    std::uint64_t word = 0;
    std::memcpy(&word, data.data(), sizeof(word));
    wide ^= word;
    data = data.subspan(sizeof(wide));
  }
  wide ^= wide >> 32;
  wide ^= wide >> 16;
  wide ^= wide >> 8;
  auto folded = static_cast<std::uint8_t>(wide);
  for (const std::uint8_t byte : data) folded = static_cast<std::uint8_t>(folded ^ byte);
  return folded;
}

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
