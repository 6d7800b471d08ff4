// SPDX-License-Identifier: Apache-2.0
#include "src/image/image_proof.h"

#include <algorithm>
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
  // Checksum and hash go over the same bytes: while these are near.
  constexpr std::size_t kNear = 16384;
  while (!data.empty()) {
    const Bytes some = data.first(std::min(kNear, data.size()));
    UPDRAFT_TRY(pass_ == Pass::kSecond ? WriteAgain(some) : WriteFirst(some));
    data = data.subspan(some.size());
  }
  return kOk;
}

Status ImageProof::WriteFirst(Bytes data) {
  if (!hash_.running() && parser_.position() == 0) UPDRAFT_TRY(hash_.Start(HashKind::kSha256));
  while (!data.empty() && pass_ == Pass::kFirst) {
    UPDRAFT_TRY_ASSIGN(const ImagePiece piece, parser_.Take(data));
    UPDRAFT_TRY(Take(piece));
    if (parser_.image_ended() && !image_judged_) UPDRAFT_TRY(EndImage());
    if (!parser_.complete()) continue;
    if (demands_signature()) UPDRAFT_TRY(EndSignature());
    if (pass_ == Pass::kFirst) pass_ = Pass::kDone;
  }
  return kOk;
}

Status ImageProof::Take(const ImagePiece& piece) {
  switch (piece.kind) {
    case ImagePiece::Kind::kSegmentData:
      // The hash first: it is busy enough to hide that the bytes come from afar.
      UPDRAFT_TRY(hash_.Update(piece.bytes));
      checksum_ = static_cast<std::uint8_t>(checksum_ ^ ExclusiveOr(piece.bytes));
      return kOk;
    case ImagePiece::Kind::kDigest:
    case ImagePiece::Kind::kAfter: return kOk;
    case ImagePiece::Kind::kSignature:
      if (!in_sector_) UPDRAFT_TRY(StartSignature(HashKind::kSha256));
      in_sector_ = true;
      return signature_.Take(piece.bytes);
    default: return hash_.Update(piece.bytes);
  }
}

Status ImageProof::DigestSoFar(Sha256Digest& digest) const {
  if (!hash_.running() || image_judged_) return {Code::kInvalidState, Stage::kImage};
  Hash so_far(*crypto_);
  UPDRAFT_TRY(hash_.Fork(so_far));
  return so_far.Finish(digest);
}

Status ImageProof::EndImage() {
  image_judged_ = true;
  Sha256Digest computed{};
  if (!demands_signature()) {
    UPDRAFT_TRY(hash_.Finish(computed));
    return JudgeDigests(computed);
  }
  // What is signed goes on behind the image.
  Hash image(*crypto_);
  UPDRAFT_TRY(hash_.Fork(image));
  UPDRAFT_TRY(image.Finish(computed));
  if (parser_.hash_appended()) UPDRAFT_TRY(hash_.Update(parser_.stored_hash()));
  return JudgeDigests(computed);
}

Status ImageProof::JudgeDigests(const Sha256Digest& computed) {
  const ImageRules& rules = parser_.rules();
  const bool appended = parser_.hash_appended();
  intact_ = !appended || parser_.stored_hash() == computed;
  if (ImageRecord* const record = parser_.record(); record != nullptr) {
    record->facts.computed_checksum = checksum_;
    record->facts.computed_hash = computed;
  }
  if (rules.inspect_only) return kOk;
  const std::uint8_t stored_checksum = parser_.stored_checksum();
  UPDRAFT_TRY(Judge(*observer_, Stage::kImage, Code::kBadChecksum,
                    {Check::kImageChecksum, stored_checksum == checksum_, Value::Hex(checksum_),
                     Value::Hex(stored_checksum)}));
  // As in ESP-IDF: a signature covers the hash, and bootloaders without one are
  // proven by their checksum only.
  if (!appended || rules.kind == ImageKind::kBootloader || demands_signature()) return kOk;
  const HexDigest expected(computed);
  const HexDigest stored(parser_.stored_hash());
  return Judge(*observer_, Stage::kImage, Code::kBadChecksum,
               {Check::kImageHash, intact_, expected.value(), stored.value()});
}

Status ImageProof::Finish() {
  UPDRAFT_TRY(parser_.Finish());
  return complete() ? kOk : Status(Code::kBadSignature, Stage::kImage);
}

}  // namespace updraft
