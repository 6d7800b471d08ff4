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
  // The journal wants the header for longer than this room is free.
  CipherStart* const start = options_->cipher_start;
  const MutableBytes header = start != nullptr ? MutableBytes(start->header) : room_;
  decryptor_ = new (decryptor_room_.data())
      Decryptor(*device_->crypto, options_->keys, rules, decrypted_, header, *observer_);
  return kOk;
}

Status UpdateRiver::PushEncrypted(MutableBytes data) {
  if (options_->cipher_start != nullptr) options_->cipher_start->Push(data);
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

void CipherStart::Push(Bytes data) {
  constexpr std::size_t kEnd = kEncryptedHeaderSize + kCipherBlock;
  for (const std::uint8_t byte : data) {
    if (pushed >= kEnd) return;
    if (pushed >= kEncryptedHeaderSize) first_block[pushed - kEncryptedHeaderSize] = byte;
    ++pushed;
  }
}

// The header of the encrypted image says how much there is, the source or not.
Status UpdateRiver::Decrypted::OpenGate() {
  if (river_->gate_ != nullptr) return kOk;
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
