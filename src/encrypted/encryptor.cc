// SPDX-License-Identifier: Apache-2.0
#include <algorithm>

#include "updraft/encrypted_image.h"

#include "src/encrypted/key_wrap.h"

namespace updraft {
namespace {

constexpr std::size_t kMinimumWork = 16;
constexpr Status kNotNow{Code::kInvalidState, Stage::kEncrypted};

}  // namespace

Status Encryptor::StartFor(const Rsa3072PublicKey& receiver) {
  if (state_ != State::kIdle) return kNotNow;
  Secret<kAes256KeySize> secret;
  const AesKey key = secret.mutable_bytes().first<kAes256KeySize>();
  UPDRAFT_TRY(crypto_->Random(key));
  UPDRAFT_TRY(WrapRsa(receiver, *crypto_, key, header_.key_block));
  return Started(key);
}

Status Encryptor::StartFor(const P256Point& receiver) {
  if (state_ != State::kIdle) return kNotNow;
  Secret<kAes256KeySize> secret;
  const AesKey key = secret.mutable_bytes().first<kAes256KeySize>();
  UPDRAFT_TRY(WrapEcies(receiver, *crypto_, key, header_.key_block));
  return Started(key);
}

Status Encryptor::Started(std::span<const std::uint8_t, kAes256KeySize> key) {
  if (work_.size() < kMinimumWork) return {Code::kInvalidArgument, Stage::kEncrypted};
  UPDRAFT_TRY(crypto_->Random(header_.iv));
  UPDRAFT_TRY(gcm_.Start(Crypto::GcmDirection::kSeal, key, header_.iv));
  state_ = State::kRunning;
  return kOk;
}

Status Encryptor::Write(Bytes data) {
  if (state_ != State::kRunning) return kNotNow;
  const Status written = Written(data);
  if (!written.ok()) state_ = State::kSpent;
  return written;
}

Status Encryptor::Written(Bytes data) {
  if (data.size() > kMaxEncryptedBody - taken_) return {Code::kNoSpace, Stage::kEncrypted};
  taken_ += data.size();
  while (!data.empty()) {
    const std::size_t some = std::min(data.size(), work_.size());
    UPDRAFT_TRY(gcm_.Update(data.first(some), work_));
    UPDRAFT_TRY(body_->Write(work_.first(some)));
    data = data.subspan(some);
  }
  return kOk;
}

Status Encryptor::Finish() {
  if (state_ != State::kRunning) return kNotNow;
  state_ = State::kSpent;
  header_.body_size = static_cast<std::uint32_t>(taken_);
  UPDRAFT_TRY(gcm_.SealFinish(header_.tag));
  return body_->Finish();
}

}  // namespace updraft
