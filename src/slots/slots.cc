// SPDX-License-Identifier: Apache-2.0
// Which slot is which, and what otadata says of it. Changing it: selection.cc.
#include "updraft/slots.h"

namespace updraft {

Result<Slots> Slots::Open(const Device& device, Observer& observer) {
  Slots slots;
  UPDRAFT_TRY(slots.Attach(device, observer));
  return slots;
}

Status Slots::Attach(const Device& device, Observer& observer) {
  device_ = &device;
  observer_ = &observer;
  otadata_.reset();
  UPDRAFT_TRY(
      table_.Attach(*device.flash, device.partition_table_offset, *device.crypto, observer));
  return FindOtadata();
}

[[gnu::noinline]] Status Slots::FindOtadata() {
  const auto otadata = table_.Find(PartitionType::kData, kSubtypeOtadata);
  if (!otadata) return otadata.error().code() == Code::kNotFound ? kOk : otadata.error();
  const std::uint64_t needed = 2 * OtadataSectorSize(device_->flash->geometry());
  if (otadata->size < needed) {
    return Judge(*observer_, Stage::kSlots, Code::kBadFormat,
                 {Check::kOtadata, false, Value::Size(needed), Value::Size(otadata->size)});
  }
  otadata_ = *otadata;
  return kOk;
}

Result<OtadataRecords> Slots::ReadRecords() const {
  Result<OtadataRecords> records{OtadataRecords{}};
  UPDRAFT_TRY(Load(*records));
  return records;
}

// Into the caller's room: an update asks where its stack is deep.
Status Slots::Load(OtadataRecords& records) const {
  if (!otadata_.has_value()) return {Code::kNotFound, Stage::kSlots};
  UPDRAFT_TRY(LoadRecord(0, records[0]));
  return LoadRecord(1, records[1]);
}

Status Slots::LoadRecord(std::size_t index, OtadataRecord& record) const {
  std::array<std::uint8_t, kOtadataRecordSize> bytes{};
  UPDRAFT_TRY(device_->flash->Read(RecordAddress(index), bytes));
  ParseOtadataRecord(bytes, record);
  return kOk;
}

[[gnu::noinline]] std::uint64_t Slots::RecordAddress(std::size_t index) const {
  return otadata_->offset + index * OtadataSectorSize(device_->flash->geometry());
}

Result<Partition> Slots::SlotOf(const OtadataRecord& record, int slots) const {
  return table_.Find(PartitionType::kApp,
                     static_cast<std::uint8_t>(kSubtypeOta0 + record.SlotIndex(slots)));
}

Result<Partition> Slots::DefaultSlot() const {
  auto slot = table_.Find(PartitionType::kApp, kSubtypeFactory);
  for (int i = 0; i < kMaxOtaSlots && slot.error().code() == Code::kNotFound; ++i) {
    slot = table_.Find(PartitionType::kApp, static_cast<std::uint8_t>(kSubtypeOta0 + i));
  }
  if (slot.error().code() == Code::kNotFound) {
    slot = table_.Find(PartitionType::kApp, kSubtypeTest);
  }
  return slot;
}

Result<Partition> Slots::Selected() const {
  OtadataRecords records;
  UPDRAFT_TRY(Load(records));
  UPDRAFT_TRY_ASSIGN(const int slots, table_.CountOtaSlots());
  const auto active = ActiveRecord(records);
  if (slots == 0 || !active.has_value()) return DefaultSlot();
  return SlotOf(records[*active], slots);
}

Result<Partition> Slots::NextUpdateSlot(std::optional<Partition> start) const {
  const std::optional<Partition>& from = start.has_value() ? start : device_->running;
  const auto find = [&](int index) {
    return table_.Find(PartitionType::kApp, static_cast<std::uint8_t>(kSubtypeOta0 + index));
  };
  std::optional<int> first;
  bool from_seen = false;
  for (int i = 0; i < kMaxOtaSlots; ++i) {
    auto slot = find(i);
    if (slot.error().code() == Code::kNotFound) continue;
    if (!slot || from_seen) return slot;
    if (!first.has_value()) first = i;
    from_seen = from.has_value() && from->offset == slot->offset;
  }
  if (!first.has_value()) return Status(Code::kNotFound, Stage::kSlots);
  return find(*first);
}

Result<SlotState> Slots::State(const Partition& slot) const {
  if (!slot.is_ota_slot()) return Status(Code::kUnsupported, Stage::kSlots);
  OtadataRecords records;
  UPDRAFT_TRY(Load(records));
  UPDRAFT_TRY_ASSIGN(const int slots, table_.CountOtaSlots());
  for (const OtadataRecord& record : records) {
    if (slots > 0 && record.crc_ok() && record.SlotIndex(slots) == slot.ota_index()) {
      return record.state;
    }
  }
  return Status(Code::kNotFound, Stage::kSlots);
}

Result<Partition> Slots::LastInvalid(SlotJudge& judge) const {
  OtadataRecords records;
  UPDRAFT_TRY(Load(records));
  UPDRAFT_TRY_ASSIGN(const int slots, table_.CountOtaSlots());
  const OtadataRecord* last = nullptr;
  for (const OtadataRecord& record : records) {
    const bool given_up =
        record.state == SlotState::kInvalid || record.state == SlotState::kAborted;
    if (record.is_initial() || !given_up) continue;
    if (last == nullptr || record.sequence < last->sequence) last = &record;
  }
  if (last == nullptr || slots == 0) return Status(Code::kNotFound, Stage::kSlots);
  UPDRAFT_TRY_ASSIGN(const Partition slot, SlotOf(*last, slots));
  if (!judge.IsBootable(slot)) return Status(Code::kNotFound, Stage::kSlots);
  return slot;
}

Result<bool> Slots::RollBackIsPossible(SlotJudge& judge) const {
  OtadataRecords records;
  UPDRAFT_TRY(Load(records));
  UPDRAFT_TRY_ASSIGN(const int slots, table_.CountOtaSlots());
  const auto active = ActiveRecord(records);
  if (slots == 0 || !active.has_value()) return false;
  const OtadataRecord& other = records[1 - *active];
  const bool anti_rollback = device_->policy.anti_rollback;
  if (!other.is_usable()) {
    if (anti_rollback) return false;
    const auto factory = table_.Find(PartitionType::kApp, kSubtypeFactory);
    return factory.has_value() && judge.IsBootable(*factory);
  }
  const auto slot = SlotOf(other, slots);
  if (!slot || !judge.IsBootable(*slot)) return false;
  if (!anti_rollback) return true;
  UPDRAFT_TRY_ASSIGN(const std::uint32_t minimum, device_->efuse->ReadSecureVersion());
  const auto version = judge.SecureVersion(*slot);
  return version.has_value() && *version >= minimum;
}

}  // namespace updraft
