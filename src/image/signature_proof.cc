// SPDX-License-Identifier: Apache-2.0
#include "src/image/signature_proof.h"

#include <algorithm>
#include <cstring>

namespace updraft {
namespace {

constexpr std::size_t kPaddingAt = kBlockCrcOffset + 4;

// Where the part of a block ends that `at` is in.
constexpr std::size_t PartEnd(std::size_t at) {
  if (at < kKeyTailAt) return kKeyTailAt;
  if (at < kKeyTailEnd) return kKeyTailEnd;
  return at < kPaddingAt ? kPaddingAt : kSignatureBlockSize;
}

}  // namespace

void SignatureProof::Start(HashKind kind, Bytes digest) {
  kind_ = kind;
  std::copy(digest.begin(), digest.end(), digest_.begin());
  gathered_ = 0;
  index_ = 0;
}

Status SignatureProof::Take(Bytes bytes) {
  while (!bytes.empty() && index_ < kMaxSignatureBlocks) {
    const std::size_t count = std::min(PartEnd(gathered_) - gathered_, bytes.size());
    UPDRAFT_TRY(TakePart(bytes.first(count)));
    gathered_ = static_cast<std::uint16_t>(gathered_ + count);
    bytes = bytes.subspan(count);
    if (gathered_ < kSignatureBlockSize) continue;
    if (!verified_ && index_ < (*rules_)->blocks) UPDRAFT_TRY(JudgeBlock());
    key_hash_->Discard();
    gathered_ = 0;
    ++index_;
  }
  return kOk;
}

// Of one part.
Status SignatureProof::TakePart(Bytes part) {
  const std::size_t at = gathered_;
  if (at >= kPaddingAt) return kOk;
  if (at < kBlockCrcOffset) {
    crc_ = Crc32(part.first(std::min(part.size(), kBlockCrcOffset - at)), at == 0 ? 0 : crc_);
  }
  if (at >= kKeyTailAt && at < kKeyTailEnd) return TakeKeyTail(part);
  std::memcpy(block_.data() + (at < kKeyTailEnd ? at : at - kKeyTailSize), part.data(),
              part.size());
  return kOk;
}

Status SignatureProof::TakeKeyTail(Bytes part) {
  if (gathered_ == kKeyTailAt) {
    const KeptBlock block(block_);
    if (!block.has_magic() || block.scheme() != SignatureScheme::kRsa3072) return kOk;
    UPDRAFT_TRY(key_hash_->Start(HashKind::kSha256));
    UPDRAFT_TRY(key_hash_->Update(block.key()));
  }
  return key_hash_->running() ? key_hash_->Update(part) : kOk;
}

Result<Sha256Digest> SignatureProof::DigestOfKey(const KeptBlock& block) {
  if (block.scheme() != SignatureScheme::kRsa3072) return KeyDigest(*crypto_, block.key());
  Sha256Digest digest{};
  UPDRAFT_TRY(key_hash_->Finish(digest));
  return digest;
}

Status SignatureProof::JudgeBlock() {
  const KeptBlock block(block_);
  if (!block.has_magic()) return kOk;
  if (block.stored_crc() != crc_ || !block.scheme().has_value()) {
    Note(Found::kDamaged);
    return kOk;
  }
  const SignatureRules& rules = **rules_;
  if (rules.scheme.has_value() && block.scheme() != rules.scheme) {
    Note(Found::kOtherScheme);
    return kOk;
  }
  UPDRAFT_TRY_ASSIGN(const Sha256Digest key, DigestOfKey(block));
  switch (rules.trusted.TrustOf(key, rules.blocks, rules.digest_bytes)) {
    case TrustedKeys::Trust::kUnknown: Note(Found::kUntrusted); return kOk;
    case TrustedKeys::Trust::kRevoked: Note(Found::kRevoked); return kOk;
    case TrustedKeys::Trust::kTrusted: break;
  }
  return VerifyBlock(block);
}

Status SignatureProof::VerifyBlock(const KeptBlock& block) {
  if (SignedHash(*block.scheme()) != kind_) {
    wants_sha384_ = wants_sha384_ || kind_ == HashKind::kSha256;
    return kOk;
  }
  const Bytes digest = Bytes(digest_).first(HashSize(kind_));
  const Status status =
      VerifyParts(*crypto_, *block.scheme(), block.key(), block.signature(), digest);
  verified_ = status.ok();
  // ESP-IDF decides by the signature alone; the stored digest only tells why.
  const Bytes stored = block.digest();
  Note(std::equal(stored.begin(), stored.end(), digest.begin()) ? Found::kWrong
                                                                : Found::kOtherBytes);
  const bool next = status.code() == Code::kBadSignature || status.code() == Code::kUnsupported;
  return next ? kOk : status;
}

void SignatureProof::Note(Found found) { found_ = std::max(found_, found); }

Status SignatureProof::Judge(bool intact, Observer& observer) const {
  const bool present = found_ > Found::kDamaged;
  UPDRAFT_TRY(updraft::Judge(observer, Stage::kImage, Code::kBadSignature,
                             {Check::kSignaturePresent,
                              present,
                              {},
                              present                     ? Value::Text("one")
                              : found_ == Found::kDamaged ? Value::Text("only damaged ones")
                                                          : Value{}}));
  constexpr std::array<std::string_view, 7> kWords{
      "",
      "",
      "only signatures of another scheme than the device's",
      "only signatures by keys that are not trusted",
      "only signatures by revoked or untrusted keys",
      "a trusted key's signature of another image: this one was changed after it was signed",
      "a trusted key's block whose signature is wrong",
  };
  const std::string_view words = verified_ ? std::string_view("one")
                                 : !intact ? std::string_view(
                                                 "an image that is damaged, its own "
                                                 "SHA-256 is wrong")
                                           : kWords[static_cast<std::size_t>(found_)];
  return updraft::Judge(observer, Stage::kImage, Code::kBadSignature,
                        {Check::kSignatureTrusted, verified_, {}, Value::Text(words)});
}

}  // namespace updraft
