// SPDX-License-Identifier: Apache-2.0
#include "src/update/river.h"

#include <algorithm>

#include "updraft/slot_prover.h"

namespace updraft {

UpdateRiver::UpdateRiver(const Device& device, Slots& slots, const Partition& slot,
                         const ImageRules& rules, const UpdateOptions& options, Observer& observer)
    : device_(&device),
      slots_(&slots),
      slot_(slot),
      rules_(rules),
      keys_(options.keys.Or(device.keys)),
      proof_buffer_(options.proof_buffer),
      judge_(options.judge),
      observer_(&observer),
      writer_(*device.flash, slot) {}

Status UpdateRiver::Push(MutableBytes data) {
  if (!decryptor_.has_value() && !gate_.has_value()) UPDRAFT_TRY(OpenHead(data[0]));
  if (!decryptor_.has_value()) return gate_->Write(data);
  KeepFirstBlock(data);
  return decryptor_->WriteInPlace(data);
}

void UpdateRiver::KeepFirstBlock(Bytes data) {
  constexpr std::size_t kEnd = kEncryptedHeaderSize + kCipherBlock;
  for (const std::uint8_t byte : data) {
    if (pushed_ >= kEnd) return;
    if (pushed_ >= kEncryptedHeaderSize) first_block_[pushed_ - kEncryptedHeaderSize] = byte;
    ++pushed_;
  }
}

Status UpdateRiver::End() {
  if (decryptor_.has_value()) return decryptor_->Finish();
  if (!gate_.has_value()) UPDRAFT_TRY(OpenGate(rules_.available));
  return gate_->Finish();
}

// One byte tells: what is neither is for the gate to refuse.
Status UpdateRiver::OpenHead(std::uint8_t first) {
  if (first != kEncryptedFirstByte) {
    if (device_->policy.signed_header) return RefusePlain();
    return OpenGate(rules_.available);
  }
  EncryptedRules rules{.available = rules_.available, .holds_image = true};
  UPDRAFT_TRY_ASSIGN(rules.trust, HeaderTrustFor(*device_));
  decryptor_.emplace(*device_->crypto, keys_, rules, decrypted_, MutableBytes{}, *observer_);
  return kOk;
}

// A plain image has no header that could be signed: it would go around it.
Status UpdateRiver::RefusePlain() {
  return Judge(
      *observer_, Stage::kUpdate, Code::kBadSignature,
      {Check::kHeaderSignature, false, Value::Text("an encrypted image, its header signed"),
       Value::Text("an image that is not encrypted")});
}

Status UpdateRiver::OpenGate(std::optional<std::uint64_t> available) {
  if (available.has_value() && *available > slot_.size) {
    return Judge(*observer_, Stage::kUpdate, Code::kNoSpace,
                 {Check::kImageFitsSlot, false, Value::Size(slot_.size), Value::Size(*available)});
  }
  ImageRules rules = rules_;
  rules.available = available;
  Sink& behind_gate = *this;
  gate_.emplace(rules, behind_gate, judge_, *observer_);
  proof_.emplace(*device_->flash, rules, *device_->crypto, proof_buffer_, *observer_);
  return kOk;
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

Status UpdateRiver::Write(Bytes data) {
  if (!opened_) {
    // What was selected but never started is about to be overwritten.
    UPDRAFT_TRY(slots_->Deselect(slot_));
    opened_ = true;
  }
  UPDRAFT_TRY(writer_.Write(data));
  const std::uint64_t sector = device_->flash->geometry().sector_size;
  return Prove(std::max<std::uint64_t>(proof_buffer_.size() / sector, 1) * sector);
}

// Reads back in whole sectors, the digest of which the journal wants, while what
// was written is still near.
Status UpdateRiver::Prove(std::uint64_t lag) {
  const std::uint64_t end = lag == 0 ? writer_.stored() : whole_sectors();
  while (!proof_->complete() && end - std::min(end, proof_->position()) >= lag) {
    const std::uint64_t before = proof_->position();
    UPDRAFT_TRY(ProveUpTo(lag == 0 ? end : before + lag));
    if (proof_->position() == before) break;
  }
  return kOk;
}

Status UpdateRiver::ProveUpTo(std::uint64_t end) {
  proof_->SetWithheld(writer_.head());
  return proof_->Advance(end);
}

std::uint64_t UpdateRiver::whole_sectors() const {
  const std::uint64_t sector = device_->flash->geometry().sector_size;
  return writer_.stored() / sector * sector;
}

Result<Sha256Digest> UpdateRiver::DigestOfSectors() {
  const std::uint64_t end = whole_sectors();
  if (end == 0 || proof_->complete()) return Status(Code::kInvalidState, Stage::kUpdate);
  UPDRAFT_TRY(ProveUpTo(end));
  if (proof_->position() != end) return Status(Code::kInvalidState, Stage::kUpdate);
  Sha256Digest digest{};
  UPDRAFT_TRY(proof_->DigestSoFar(digest));
  return digest;
}

// Another key makes another ciphertext of the same plaintext, which it opens again:
// the tag alone would tell, after all of the download.
Status UpdateRiver::JudgeKey(const Journal& journal, Bytes sealed) const {
  const bool same = std::ranges::equal(sealed.first(kCipherBlock), journal.start.first_block);
  return Judge(*observer_, Stage::kEncrypted, Code::kBadSignature,
               {Check::kKeyMatches, same, Value::Text("the key that the download began with"),
                Value::Text(same ? "that one" : "another key")});
}

Status UpdateRiver::Resume(const Journal& journal, MutableBytes buffer) {
  Gcm seal(*device_->crypto);
  writer_.Adopt(journal.offset);
  if (journal.start.encrypted) {
    const MutableBytes header = buffer.first(kEncryptedHeaderSize);
    std::ranges::copy(journal.start.header, header.begin());
    UPDRAFT_TRY(OpenHead(header[0]));
    decryptor_->ShareKey(&seal);
    const Status opened = Push(header);
    decryptor_->ShareKey(nullptr);
    UPDRAFT_TRY(opened);
  }
  for (std::uint64_t at = 0; at < journal.offset;) {
    const std::uint64_t left = journal.offset - at;
    const MutableBytes some =
        buffer.first(static_cast<std::size_t>(std::min<std::uint64_t>(buffer.size(), left)));
    UPDRAFT_TRY(ReadStored(*device_->flash, journal, at, some));
    at += some.size();
    if (journal.start.encrypted) {
      UPDRAFT_TRY(seal.Update(some, some));
      if (at == some.size()) UPDRAFT_TRY(JudgeKey(journal, some));
    }
    UPDRAFT_TRY(Push(some));
  }
  return kOk;
}

Status UpdateRiver::Finish() {
  UPDRAFT_TRY(writer_.Finish());
  UPDRAFT_TRY(Prove(0));
  return proof_->Finish();
}

Status UpdateRiver::ProgramHead() {
  UPDRAFT_TRY(device_->flash->Sync());
  UPDRAFT_TRY(writer_.ProgramHead());
  return device_->flash->Sync();
}

}  // namespace updraft
