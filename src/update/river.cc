// SPDX-License-Identifier: Apache-2.0
#include "src/update/river.h"

#include <algorithm>
#include <new>

namespace updraft {

UpdateRiver::UpdateRiver(const Device& device, Slots& slots, const Partition& slot,
                         const ImageRules& rules, const RiverOptions& options, Observer& observer)
    : device_(&device),
      slots_(&slots),
      slot_(&slot),
      rules_(rules),
      options_(&options),
      observer_(&observer),
      writer_(*device.flash, slot) {}

Status UpdateRiver::Push(MutableBytes data) {
  if (decryptor_ == nullptr && gate_ == nullptr) UPDRAFT_TRY(OpenHead(data[0]));
  UPDRAFT_TRY(decryptor_ != nullptr ? PushEncrypted(data) : gate_->Write(data));
  // Not before all of `data` is written: it may lie where the proof reads.
  return opened_ ? ProveWritten() : kOk;
}

[[gnu::noinline]] Status UpdateRiver::ProveWritten() {
  const std::uint64_t sector = device_->flash->geometry().sector_size;
  return Prove(std::max<std::uint64_t>(options_->proof_buffer.size() & ~(sector - 1), sector));
}

Status UpdateRiver::End() {
  if (decryptor_ != nullptr) {
    UPDRAFT_TRY(EndEncrypted());
  } else {
    if (gate_ == nullptr) UPDRAFT_TRY(OpenGate(rules_.available));
    UPDRAFT_TRY(gate_->Finish());
  }
  ended_ = true;
  UPDRAFT_TRY(Prove(0));
  return proof_->Finish();
}

// One byte tells: what is neither is for the gate to refuse.
[[gnu::noinline]] Status UpdateRiver::OpenHead(std::uint8_t first) {
  if (first != kEncryptedFirstByte) {
    if (device_->policy.signed_header) UPDRAFT_TRY(RefusePlain());
    return OpenGate(rules_.available);
  }
  return OpenEncrypted();
}

// A plain image has no header that could be signed: it would go around it.
Status UpdateRiver::RefusePlain() {
  return Judge(
      *observer_, Stage::kUpdate, Code::kBadSignature,
      {Check::kHeaderSignature, false, Value::Text("an encrypted image, its header signed"),
       Value::Text("an image that is not encrypted")});
}

Status UpdateRiver::OpenGate(std::optional<std::uint64_t> available) {
  if (available.has_value() && *available > slot_->size) {
    UPDRAFT_TRY(
        Judge(*observer_, Stage::kUpdate, Code::kNoSpace,
              {Check::kImageFitsSlot, false, Value::Size(slot_->size), Value::Size(*available)}));
  }
  rules_.available = available;
  Sink& behind_gate = *this;
  auto* const front = new (room_.data() + kBehindGate) ImageGate::Front;
  gate_ = new (room_.data())
      ImageGate(rules_, behind_gate, options_->judge, *front, options_->offered, *observer_);
  return kOk;
}

// Where the front was, which has been passed on.
void UpdateRiver::OpenProof() {
  proof_ = new (room_.data() + kBehindGate)
      SlotProof(*device_->flash, rules_, *device_->crypto, options_->proof_buffer,
                options_->buffer.first<kKeptBlockSize>(), *observer_);
}

Status UpdateRiver::Write(Bytes data) {
  if (!opened_) {
    // What was selected but never started is about to be overwritten.
    UPDRAFT_TRY(slots_->Deselect(*slot_));
    opened_ = true;
  }
  return writer_.Write(data);
}

// Reads back in whole sectors, the digest of which the journal wants, while what
// was written is still near.
[[gnu::noinline]] Status UpdateRiver::Prove(std::uint64_t lag) {
  if (proof_ == nullptr) OpenProof();
  const std::uint64_t end = lag == 0 ? writer_.stored() : whole_sectors();
  while (!proof_->complete() && end - std::min(end, proof_->position()) >= lag) {
    const std::uint64_t before = proof_->position();
    UPDRAFT_TRY(ProveUpTo(lag == 0 ? end : before + lag));
    if (proof_->position() == before) break;
  }
  return kOk;
}

// Not the signature sector before the source has ended: its blocks lie where the
// source's bytes come.
Status UpdateRiver::ProveUpTo(std::uint64_t end) {
  const std::uint64_t signed_length = gate_->signed_length();
  if (!ended_ && signed_length != 0) end = std::min(end, signed_length);
  proof_->SetWithheld(writer_.head());
  return proof_->Advance(end);
}

std::uint64_t UpdateRiver::whole_sectors() const {
  const std::uint64_t sector = device_->flash->geometry().sector_size;
  return writer_.stored() & ~(sector - 1);
}

Status UpdateRiver::Finish() { return writer_.Finish(); }

Status UpdateRiver::ProgramHead() {
  UPDRAFT_TRY(device_->flash->Sync());
  UPDRAFT_TRY(writer_.ProgramHead());
  return device_->flash->Sync();
}

}  // namespace updraft
