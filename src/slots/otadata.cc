// SPDX-License-Identifier: Apache-2.0
// The two records of otadata, byte for byte, and the one way to write one.
#include <cstring>

#include "updraft/slots.h"

namespace updraft {
namespace {

// The half with state and CRC goes first: without its sequence the record is
// erased to every reader.
constexpr std::size_t kHalf = kOtadataRecordSize / 2;

}  // namespace

std::string_view SlotStateName(SlotState state) {
  switch (state) {
    case SlotState::kNew: return "new";
    case SlotState::kPendingVerify: return "pending_verify";
    case SlotState::kValid: return "valid";
    case SlotState::kInvalid: return "invalid";
    case SlotState::kAborted: return "aborted";
    case SlotState::kUndefined: return "undefined";
  }
  return "unknown";
}

std::uint32_t SequenceCrc(std::uint32_t sequence) {
  std::array<std::uint8_t, 4> bytes{};
  StoreLe32(bytes.data(), sequence);
  return Crc32(bytes, 0xFFFFFFFF);
}

bool OtadataRecord::crc_ok() const { return crc == SequenceCrc(sequence); }

OtadataRecord ErasedOtadataRecord() {
  OtadataRecord record;
  record.label.fill(0xFF);
  return record;
}

OtadataRecord ParseOtadataRecord(std::span<const std::uint8_t, kOtadataRecordSize> bytes) {
  OtadataRecord record;
  record.sequence = LoadLe32(&bytes[0]);
  std::memcpy(record.label.data(), &bytes[4], record.label.size());
  record.state = static_cast<SlotState>(LoadLe32(&bytes[24]));
  record.crc = LoadLe32(&bytes[28]);
  return record;
}

void StoreOtadataRecord(const OtadataRecord& record,
                        std::span<std::uint8_t, kOtadataRecordSize> bytes) {
  StoreLe32(&bytes[0], record.sequence);
  std::memcpy(&bytes[4], record.label.data(), record.label.size());
  StoreLe32(&bytes[24], static_cast<std::uint32_t>(record.state));
  StoreLe32(&bytes[28], record.crc);
}

std::optional<std::size_t> ActiveRecord(const OtadataRecords& records) {
  const bool first = records[0].is_usable();
  const bool second = records[1].is_usable();
  if (!first && !second) return std::nullopt;
  if (first && second) return records[1].sequence > records[0].sequence ? 1U : 0U;
  return second ? 1U : 0U;
}

Status WriteOtadataRecord(Flash& flash, const Partition& otadata, std::size_t index,
                          const OtadataRecord& record) {
  const std::uint64_t address = otadata.offset + index * kOtadataSectorSize;
  std::array<std::uint8_t, kOtadataRecordSize> bytes{};
  std::array<std::uint8_t, kOtadataRecordSize> stored{};
  StoreOtadataRecord(record, bytes);
  UPDRAFT_TRY(flash.Erase(address, kOtadataSectorSize));
  if (flash.geometry().program_unit <= kHalf) {
    UPDRAFT_TRY(flash.Program(address + kHalf, Bytes(bytes).subspan(kHalf)));
    UPDRAFT_TRY(flash.Sync());
    UPDRAFT_TRY(flash.Read(address, stored));
    if (std::memcmp(&stored[kHalf], &bytes[kHalf], kHalf) != 0) {
      return {Code::kFlash, Stage::kSlots};
    }
    UPDRAFT_TRY(flash.Program(address, Bytes(bytes).first(kHalf)));
  } else {
    UPDRAFT_TRY(flash.Program(address, bytes));
  }
  UPDRAFT_TRY(flash.Sync());
  UPDRAFT_TRY(flash.Read(address, stored));
  return stored == bytes ? kOk : Status(Code::kFlash, Stage::kSlots);
}

}  // namespace updraft
