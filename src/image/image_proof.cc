// SPDX-License-Identifier: Apache-2.0
#include "src/image/image_proof.h"

#include <array>
#include <string_view>

#include "src/image/checksum.h"

namespace updraft {
namespace {

// A digest as text, in room that the caller keeps while it is looked at.
class HexDigest {
 public:
  explicit HexDigest(const Sha256Digest& digest) {
    constexpr std::string_view kDigits = "0123456789abcdef";
    for (std::size_t i = 0; i < digest.size(); ++i) {
      text_[2 * i] = kDigits[digest[i] >> 4];
      text_[2 * i + 1] = kDigits[digest[i] & 15];
    }
  }
  Value value() const { return Value::Text({text_.data(), text_.size()}); }

 private:
  std::array<char, 2 * kSha256Size> text_{};
};

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
  const HexDigest computed(facts.computed_hash);
  const HexDigest stored(facts.stored_hash);
  return Judge(*observer_, Stage::kImage, Code::kBadChecksum,
               {Check::kImageHash, facts.stored_hash == facts.computed_hash, computed.value(),
                stored.value()});
}

}  // namespace updraft
