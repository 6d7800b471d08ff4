// SPDX-License-Identifier: Apache-2.0
// What an encrypted image needs before the gate. A device that takes plain images only
// may leave it out (src/without).

#include <new>

#include "updraft/slot_prover.h"

#include "src/update/river.h"

namespace updraft {

Status UpdateRiver::OpenEncrypted() {
  EncryptedRules rules{.available = rules_.available, .holds_image = true};
  UPDRAFT_TRY_ASSIGN(rules.trust, HeaderTrustFor(*device_));
  decryptor_ = new (decryptor_room_.data())
      Decryptor(*device_->crypto, keys_, rules, decrypted_, MutableBytes{}, *observer_);
  return kOk;
}

Status UpdateRiver::PushEncrypted(MutableBytes data) {
  KeepFirstBlock(data);
  UPDRAFT_TRY(decryptor_->OpenInPlace(data));
  return data.empty() ? kOk : decrypted_.Write(data);
}

Status UpdateRiver::EndEncrypted() {
  UPDRAFT_TRY(decryptor_->Finish());
  CloseEncrypted();
  decryptor_ = nullptr;
  return kOk;
}

void UpdateRiver::CloseEncrypted() { decryptor_->~Decryptor(); }

void UpdateRiver::KeepFirstBlock(Bytes data) {
  constexpr std::size_t kEnd = kEncryptedHeaderSize + kCipherBlock;
  for (const std::uint8_t byte : data) {
    if (pushed_ >= kEnd) return;
    if (pushed_ >= kEncryptedHeaderSize) first_block_[pushed_ - kEncryptedHeaderSize] = byte;
    ++pushed_;
  }
}

// The header of the encrypted image says how much there is, the source or not.
Status UpdateRiver::Decrypted::OpenGate() {
  if (river_->gate_.has_value()) return kOk;
  return river_->OpenGate(river_->decryptor_->body_size());
}

Status UpdateRiver::Decrypted::Write(Bytes data) {
  UPDRAFT_TRY(OpenGate());
  return river_->gate_->Write(data);
}

Status UpdateRiver::Decrypted::Finish() {
  UPDRAFT_TRY(OpenGate());
  return river_->gate_->Finish();
}

}  // namespace updraft
