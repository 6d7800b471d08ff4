// SPDX-License-Identifier: Apache-2.0
#include "src/update/river.h"

namespace updraft {

UpdateRiver::UpdateRiver(const Device& device, Slots& slots, const Partition& slot,
                         const ImageRules& rules, const UpdateOptions& options, Observer& observer)
    : device_(&device),
      slots_(&slots),
      slot_(slot),
      proof_chunk_(options.proof_buffer.size()),
      gate_(rules, *this, options.judge, observer),
      writer_(*device.flash, slot),
      proof_(*device.flash, rules, *device.crypto, options.proof_buffer, observer) {}

Status UpdateRiver::Write(Bytes data) {
  if (!opened_) {
    // What was selected but never started is about to be overwritten.
    UPDRAFT_TRY(slots_->Deselect(slot_));
    opened_ = true;
  }
  UPDRAFT_TRY(writer_.Write(data));
  return Prove(proof_chunk_);
}

// Reads back in whole buffers, while what was written is still near.
Status UpdateRiver::Prove(std::uint64_t lag) {
  proof_.SetWithheld(writer_.head());
  while (!proof_.complete() && writer_.stored() - proof_.position() >= lag) {
    const std::uint64_t before = proof_.position();
    UPDRAFT_TRY(proof_.Advance(lag == 0 ? writer_.stored() : before + lag));
    if (proof_.position() == before) break;
  }
  return kOk;
}

Status UpdateRiver::Finish() {
  UPDRAFT_TRY(writer_.Finish());
  UPDRAFT_TRY(Prove(0));
  return proof_.Finish();
}

Status UpdateRiver::ProgramHead() {
  UPDRAFT_TRY(device_->flash->Sync());
  UPDRAFT_TRY(writer_.ProgramHead());
  return device_->flash->Sync();
}

}  // namespace updraft
