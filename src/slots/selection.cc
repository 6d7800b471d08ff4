// SPDX-License-Identifier: Apache-2.0
// Changing otadata: selecting, confirming, rolling back, erasing records.
#include "updraft/slots.h"

namespace updraft {
namespace {

// The smallest sequence above `active` that names `slot`; 64 bits, since it may
// pass the end of the sequence space. ESP-IDF takes an equal one too, which is
// one only for the sequence 0, that nobody writes: it would select nothing.
std::uint64_t NextSequence(std::uint32_t active, int slot, int slots) {
  const auto count = static_cast<std::uint32_t>(slots);
  const auto base = static_cast<std::uint32_t>((slot + 1) % slots);
  if (base > active) return base;
  return base + (std::uint64_t{(active - base) / count} + 1) * count;
}

}  // namespace

Status Slots::EraseRecord(std::size_t index) {
  const std::uint64_t sector = OtadataSectorSize(device_->flash->geometry());
  UPDRAFT_TRY(device_->flash->Erase(otadata_->offset + index * sector, sector));
  return device_->flash->Sync();
}

Status Slots::WriteRecord(std::size_t index, const OtadataRecord& record) {
  return WriteOtadataRecord(*device_->flash, *otadata_, index, record);
}

// Writes `record` anew, as one that names a slot by its sequence.
Status Slots::Name(std::size_t index, OtadataRecord& record, std::uint32_t sequence,
                   SlotState state, const std::optional<TrialTerms>& terms) {
  record.sequence = sequence;
  record.state = state;
  record.crc = SequenceCrc(sequence);
  record.SetTrialTerms(terms);
  return WriteRecord(index, record);
}

Status Slots::Select(const Partition& slot, const std::optional<TrialTerms>& terms) {
  if (slot.type != PartitionType::kApp) return {Code::kInvalidArgument, Stage::kSlots};
  OtadataRecords records;
  UPDRAFT_TRY(Load(records));
  if (slot.subtype == kSubtypeFactory) return EraseOtadata();
  UPDRAFT_TRY_ASSIGN(const int slots, table_.CountOtaSlots());
  const int wanted = slot.subtype & 0x0F;
  if (wanted >= slots) return {Code::kInvalidArgument, Stage::kSlots};

  const SlotState state = device_->policy.rollback ? SlotState::kNew : SlotState::kUndefined;
  const auto active = ActiveRecord(records);
  std::size_t target = 0;
  std::uint64_t sequence = static_cast<std::uint64_t>(wanted) + 1;
  bool exhausted = false;
  if (active.has_value()) {
    const bool same = records[*active].SlotIndex(slots) == wanted;
    target = same ? *active : 1 - *active;
    sequence =
        same ? records[*active].sequence : NextSequence(records[*active].sequence, wanted, slots);
    exhausted = sequence >= kNoSequence;
    if (exhausted) sequence = static_cast<std::uint64_t>(wanted) + 1;
  }
  const TrialTerms trial = terms.value_or(device_->policy.trial);
  const bool special = state == SlotState::kNew && !trial.usual();
  UPDRAFT_TRY(Name(target, records[target], static_cast<std::uint32_t>(sequence), state,
                   special ? std::optional(trial) : std::nullopt));
  // Counting starts anew: until the old record is gone, it is still the truth.
  return exhausted ? EraseRecord(1 - target) : kOk;
}

Status Slots::Deselect(const Partition& slot) {
  if (!has_otadata()) return kOk;
  OtadataRecords records;
  UPDRAFT_TRY(Load(records));
  UPDRAFT_TRY_ASSIGN(const int slots, table_.CountOtaSlots());
  const auto active = ActiveRecord(records);
  if (slots == 0 || !active.has_value()) return kOk;
  if (!slot.is_ota_slot() || records[*active].SlotIndex(slots) != slot.ota_index()) return kOk;
  return Replace(records, *active, slots);
}

// Selects the running slot in place of what the active record names.
[[gnu::noinline]] Status Slots::Replace(OtadataRecords& records, std::size_t active, int slots) {
  const std::size_t other = 1 - active;
  const auto& running = device_->running;
  const bool ota_runs = running.has_value() && running->is_ota_slot();
  if (!ota_runs) {
    UPDRAFT_TRY(EraseRecord(other));
    return EraseRecord(active);
  }
  const bool other_runs =
      records[other].is_usable() && records[other].SlotIndex(slots) == running->ota_index();
  if (other_runs) return EraseRecord(active);
  // The running image has no record of its own any more; it stays confirmed.
  const std::uint64_t sequence =
      NextSequence(records[active].sequence, running->ota_index(), slots);
  if (sequence >= kNoSequence) return EraseRecord(active);
  return Name(other, records[other], static_cast<std::uint32_t>(sequence),
              device_->policy.rollback ? SlotState::kValid : SlotState::kUndefined, std::nullopt);
}

Result<std::size_t> Slots::RequireActive(const OtadataRecords& records, int slots) const {
  const auto active = ActiveRecord(records);
  if (slots == 0 || !active.has_value()) return Status(Code::kInvalidState, Stage::kSlots);
  return *active;
}

Status Slots::SetState(std::size_t index, SlotState state) {
  OtadataRecords records;
  UPDRAFT_TRY(Load(records));
  records[index].state = state;
  return WriteRecord(index, records[index]);
}

Status Slots::Confirm(SlotJudge& judge) {
  OtadataRecords records;
  UPDRAFT_TRY(Load(records));
  UPDRAFT_TRY_ASSIGN(const int slots, table_.CountOtaSlots());
  UPDRAFT_TRY_ASSIGN(const std::size_t active, RequireActive(records, slots));
  if (records[active].state == SlotState::kValid) return kOk;
  UPDRAFT_TRY(SetState(active, SlotState::kValid));
  if (!device_->policy.anti_rollback || !device_->running.has_value()) return kOk;
  UPDRAFT_TRY_ASSIGN(const std::uint32_t version, judge.SecureVersion(*device_->running));
  return device_->efuse->BurnSecureVersion(version);
}

Status Slots::RollBack(SlotJudge& judge) {
  OtadataRecords records;
  UPDRAFT_TRY(Load(records));
  UPDRAFT_TRY_ASSIGN(const int slots, table_.CountOtaSlots());
  UPDRAFT_TRY_ASSIGN(const std::size_t active, RequireActive(records, slots));
  UPDRAFT_TRY_ASSIGN(const bool possible, RollBackIsPossible(judge));
  if (!possible) return {Code::kIncompatible, Stage::kSlots};
  return SetState(active, SlotState::kInvalid);
}

Result<Partition> Slots::InactiveSlot(std::size_t& inactive) const {
  OtadataRecords records;
  UPDRAFT_TRY(Load(records));
  UPDRAFT_TRY_ASSIGN(const int slots, table_.CountOtaSlots());
  UPDRAFT_TRY_ASSIGN(const std::size_t active, RequireActive(records, slots));
  inactive = 1 - active;
  if (records[inactive].is_initial()) return Status(Code::kInvalidState, Stage::kSlots);
  const auto slot = SlotOf(records[inactive], slots);
  const bool runs =
      slot.has_value() && device_->running.has_value() && slot->offset == device_->running->offset;
  if (!slot || runs) return Status(Code::kInvalidState, Stage::kSlots);
  return *slot;
}

Status Slots::EraseInactiveRecord() {
  std::size_t inactive = 0;
  UPDRAFT_TRY_ASSIGN([[maybe_unused]] const Partition slot, InactiveSlot(inactive));
  return EraseRecord(inactive);
}

Status Slots::EraseLastBootSlot() {
  std::size_t inactive = 0;
  UPDRAFT_TRY_ASSIGN(const Partition slot, InactiveSlot(inactive));
  UPDRAFT_TRY(device_->flash->Erase(slot.offset, slot.size));
  return EraseRecord(inactive);
}

Status Slots::EraseOtadata() {
  if (!otadata_.has_value()) return {Code::kNotFound, Stage::kSlots};
  // The inactive record first: a cut in between leaves what was selected.
  OtadataRecords records;
  UPDRAFT_TRY(Load(records));
  const std::size_t last = ActiveRecord(records).value_or(0);
  UPDRAFT_TRY(EraseRecord(1 - last));
  return EraseRecord(last);
}

}  // namespace updraft
