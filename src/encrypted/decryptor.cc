// SPDX-License-Identifier: Apache-2.0
// The room that decrypts: gathers the header, opens it once, then every byte of
// the body goes through AES-GCM to the next room, and the tag is proven last.
#include <algorithm>

#include "updraft/encrypted_image.h"
#include "updraft/image.h"

#include "src/encrypted/key_wrap.h"

namespace updraft {
namespace {

constexpr std::size_t kMagicSize = 4;

[[gnu::always_inline]] inline Status JudgeHere(Observer& observer, Code code,
                                               const Finding& finding) {
  return Judge(observer, Stage::kEncrypted, code, finding);
}

}  // namespace

Decryptor::Decryptor(Crypto& crypto, const DecryptionKeys& keys, const EncryptedRules& rules,
                     Sink& next, MutableBytes work, Observer& observer)
    : crypto_(&crypto),
      keys_(keys),
      available_(rules.available),
      holds_image_(rules.holds_image),
      next_(&next),
      work_(work),
      observer_(&observer),
      stage_(rules.trust),
      body_hash_(crypto) {}

Status Decryptor::Spent(Status status) {
  if (!status.ok()) {
    state_ = State::kSpent;
    if (Gcm* const gcm = std::get_if<Gcm>(&stage_); gcm != nullptr) gcm->Discard();
    body_hash_.Discard();
  }
  return status;
}

Status Decryptor::Write(Bytes data) {
  const auto header = TakeHeader(data);
  if (!header) return Spent(header.error());
  data = data.subspan(*header);
  while (!data.empty()) {
    const std::size_t some = std::min(data.size(), work_.size());
    UPDRAFT_TRY(Spent(Pass(data.first(some), work_)));
    data = data.subspan(some);
  }
  return kOk;
}

Status Decryptor::WriteInPlace(MutableBytes data) {
  UPDRAFT_TRY(OpenInPlace(data));
  return data.empty() ? kOk : Spent(next_->Write(data));
}

Status Decryptor::OpenInPlace(MutableBytes& data) {
  const auto header = TakeHeader(data);
  if (!header) return Spent(header.error());
  data = data.subspan(*header);
  if (data.empty()) return kOk;
  const std::size_t count = std::min<std::size_t>(data.size(), body_size_ - passed_);
  UPDRAFT_TRY(Spent(JudgeBehind(data.size() - count)));
  return Spent(Decrypt(data, data));
}

// How many bytes of the front belonged to the header.
Result<std::size_t> Decryptor::TakeHeader(Bytes data) {
  if (state_ == State::kSpent) return Status(Code::kInvalidState, Stage::kEncrypted);
  if (state_ != State::kHeader) return std::size_t{0};
  if (work_.size() < kEncryptedHeaderSize) return Status(Code::kInvalidArgument, Stage::kEncrypted);
  const std::size_t before = gathered_size_;
  const std::size_t count = std::min(data.size(), kEncryptedHeaderSize - before);
  std::copy_n(data.begin(), count, work_.data() + before);
  gathered_size_ = static_cast<std::uint16_t>(before + count);
  if (before < kMagicSize && gathered_size_ >= kMagicSize) {
    const std::uint32_t magic = LoadLe32(work_.data());
    UPDRAFT_TRY(JudgeHere(*observer_, Code::kBadFormat,
                          {Check::kEncryptedMagic, magic == kEncryptedMagic,
                           Value::Hex(kEncryptedMagic), Value::Hex(magic)}));
  }
  if (gathered_size_ == kEncryptedHeaderSize) UPDRAFT_TRY(Open());
  return count;
}

Status Decryptor::Open() {
  // Field by field where they lie: a copy of the header is 420 bytes of stack.
  const EncryptedHeaderBytes header = this->header();
  body_size_ = LoadLe32(header.data() + kBodySizeAt);
  std::ranges::copy(header.subspan<kTagAt, kGcmTagSize>(), tag_.begin());
  UPDRAFT_TRY(JudgeAnnounced());
  UPDRAFT_TRY(JudgeSigner());
  UPDRAFT_TRY(ChooseKey(KeyBlockOf(header)));
  UPDRAFT_TRY(Unwrap(KeyBlockOf(header), header.subspan<kIvAt, kGcmIvSize>()));
  state_ = State::kBody;
  return kOk;
}

Status Decryptor::JudgeAnnounced() {
  if (!available_.has_value()) return kOk;
  const std::uint64_t whole = std::uint64_t{kEncryptedHeaderSize} + body_size_;
  return JudgeHere(
      *observer_, *available_ < whole ? Code::kTruncated : Code::kBadFormat,
      {Check::kLength, *available_ == whole, Value::Size(whole), Value::Size(*available_)});
}

Status Decryptor::ChooseKey(std::span<const std::uint8_t, kKeyBlockSize> block) {
  UPDRAFT_TRY_ASSIGN(scheme_, SchemeOf(block, *crypto_));
  const bool wants_rsa = scheme_ == EncryptionScheme::kRsa3072;
  const bool there = wants_rsa ? keys_.rsa != nullptr : keys_.ecies != nullptr;
  if (!there && wants_rsa && keys_.any()) {
    // Made for another kind of key, or its point is damaged: who can tell?
    return JudgeHere(
        *observer_, Code::kBadSignature,
        {Check::kKeyMatches, false, Value::Text("a point on P-256, which the ECIES key needs"),
         Value::Text("none: the file is for an RSA key, or damaged")});
  }
  return JudgeHere(*observer_, Code::kNotFound,
                   {Check::kKeyPresent, there, Value::Text(SchemeName(scheme_)),
                    there         ? Value::Text(SchemeName(scheme_))
                    : keys_.any() ? Value::Text("only one for rsa-3072")
                                  : Value::Text("none")});
}

Status Decryptor::Unwrap(std::span<const std::uint8_t, kKeyBlockSize> block,
                         std::span<const std::uint8_t, kGcmIvSize> iv) {
  Secret<kAes256KeySize> secret;
  const AesKey aes_key = secret.mutable_bytes().first<kAes256KeySize>();
  const Status unwrapped = scheme_ == EncryptionScheme::kRsa3072
                               ? OpenRsaImage(*keys_.rsa, *crypto_, block, aes_key)
                               : OpenEciesImage(*keys_.ecies, *crypto_, block, aes_key);
  if (!unwrapped.ok()) {
    Report(*observer_, {Check::kKeyPresent, false, Value::Text(SchemeName(scheme_)),
                        Value::Text("one that does not work")});
    return unwrapped;
  }
  if (seal_ != nullptr) {
    UPDRAFT_TRY(seal_->Start(Crypto::GcmDirection::kSeal, aes_key, iv));
  }
  return stage_.emplace<Gcm>(*crypto_).Start(Crypto::GcmDirection::kOpen, aes_key, iv);
}

// `out` has room for at least as much, and may be `data` itself.
Status Decryptor::Pass(Bytes data, MutableBytes out) {
  const std::size_t count = std::min<std::size_t>(data.size(), body_size_ - passed_);
  if (count > 0) {
    const MutableBytes plain = out.first(count);
    UPDRAFT_TRY(Decrypt(data.first(count), plain));
    UPDRAFT_TRY(next_->Write(plain));
  }
  return JudgeBehind(data.size() - count);
}

Status Decryptor::Decrypt(Bytes data, MutableBytes plain) {
  UPDRAFT_TRY(std::get_if<Gcm>(&stage_)->Update(data, plain));
  if (body_hash_.running()) UPDRAFT_TRY(body_hash_.Update(plain));
  if (passed_ == 0 && holds_image_) {
    UPDRAFT_TRY(JudgeHere(*observer_, Code::kBadSignature,
                          {Check::kKeyMatches,
                           plain[0] == kImageMagic,
                           {},
                           Value::Text("another key, or a damaged file")}));
  }
  passed_ += static_cast<std::uint32_t>(data.size());
  return kOk;
}

Status Decryptor::JudgeBehind(std::size_t more) {
  if (more == 0) return kOk;
  const std::uint64_t whole = std::uint64_t{kEncryptedHeaderSize} + body_size_;
  return JudgeHere(*observer_, Code::kBadFormat,
                   {Check::kLength, false, Value::Size(whole), Value::Size(whole + more)});
}

Status Decryptor::JudgeWhole() {
  const bool header_whole = state_ == State::kBody;
  const std::uint64_t whole = kEncryptedHeaderSize + std::uint64_t{body_size_};
  return JudgeHere(*observer_, Code::kTruncated,
                   {Check::kLength, header_whole && passed_ == body_size_, Value::Size(whole),
                    Value::Size(gathered_size_ + std::uint64_t{passed_})});
}

Status Decryptor::JudgeTag() {
  const Status opened = std::get_if<Gcm>(&stage_)->OpenFinish(tag_);
  if (!opened.ok() && opened.code() != Code::kBadSignature) return opened;
  return JudgeHere(*observer_, Code::kBadSignature,
                   {Check::kAuthenticationTag,
                    opened.ok(),
                    {},
                    opened.ok() ? Value::Text("the same")
                                : Value::Text("a key that does not fit this file, or a damaged "
                                              "file")});
}

Status Decryptor::Finish() {
  if (state_ == State::kSpent) return {Code::kInvalidState, Stage::kEncrypted};
  UPDRAFT_TRY(Spent(JudgeWhole()));
  state_ = State::kSpent;
  UPDRAFT_TRY(Spent(JudgeTag()));
  UPDRAFT_TRY(JudgeBody());
  return next_->Finish();
}

}  // namespace updraft
