// SPDX-License-Identifier: Apache-2.0
// The two records of otadata, byte for byte, and the one way to write one.
#include <cstring>

#include "updraft/slots.h"

namespace updraft {
namespace {

// The half with state and CRC goes first: without its sequence the record is
// erased to every reader.
constexpr std::size_t kHalf = kOtadataRecordSize / 2;

// Trial terms in the label: bytes 16 to 23 of the record, in the half that is
// programmed first, so that a record that counts has them whole.
constexpr std::size_t kTermsInLabel = 12;
constexpr std::size_t kTermsSize = 8;
constexpr std::uint8_t kTermsMagic[2] = {0x55, 0x42};
using TermsBytes = std::span<std::uint8_t, kTermsSize>;

// CRC-8 with the polynomial x^8 + x^2 + x + 1, from 0.
std::uint8_t Crc8(Bytes data) {
  std::uint8_t crc = 0;
  for (const std::uint8_t byte : data) {
    crc = static_cast<std::uint8_t>(crc ^ byte);
    for (int bit = 0; bit < 8; ++bit) {
      crc = static_cast<std::uint8_t>((crc << 1) ^ ((crc & 0x80) != 0 ? 0x07 : 0));
    }
  }
  return crc;
}

bool HoldsTerms(Bytes terms) {
  return terms[0] == kTermsMagic[0] && terms[1] == kTermsMagic[1] &&
         terms[7] == Crc8(terms.first(7));
}

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

std::optional<TrialTerms> OtadataRecord::trial_terms() const {
  const Bytes terms = Bytes(label).subspan(kTermsInLabel, kTermsSize);
  if (!HoldsTerms(terms) || LoadLe16(&terms[2]) != (sequence & 0xFFFF)) return std::nullopt;
  return TrialTerms{.attempts = terms[4], .deadline_seconds = LoadLe16(&terms[5])};
}

void OtadataRecord::SetTrialTerms(const std::optional<TrialTerms>& terms) {
  const TermsBytes bytes = std::span(label).subspan<kTermsInLabel, kTermsSize>();
  if (!terms.has_value()) {
    if (HoldsTerms(bytes)) std::memset(bytes.data(), 0xFF, bytes.size());
    return;
  }
  bytes[0] = kTermsMagic[0];
  bytes[1] = kTermsMagic[1];
  StoreLe16(&bytes[2], static_cast<std::uint16_t>(sequence & 0xFFFF));
  bytes[4] = terms->attempts;
  StoreLe16(&bytes[5], terms->deadline_seconds);
  bytes[7] = Crc8(Bytes(bytes).first(7));
}

OtadataRecord ErasedOtadataRecord() {
  OtadataRecord record;
  record.label.fill(0xFF);
  return record;
}

OtadataRecord ParseOtadataRecord(std::span<const std::uint8_t, kOtadataRecordSize> bytes) {
  OtadataRecord record;
  ParseOtadataRecord(bytes, record);
  return record;
}

void ParseOtadataRecord(std::span<const std::uint8_t, kOtadataRecordSize> bytes,
                        OtadataRecord& record) {
  record.sequence = LoadLe32(&bytes[0]);
  std::memcpy(record.label.data(), &bytes[4], record.label.size());
  record.state = static_cast<SlotState>(LoadLe32(&bytes[24]));
  record.crc = LoadLe32(&bytes[28]);
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
  const std::uint64_t sector = OtadataSectorSize(flash.geometry());
  const std::uint64_t address = otadata.offset + index * sector;
  std::array<std::uint8_t, kOtadataRecordSize> bytes{};
  std::array<std::uint8_t, kOtadataRecordSize> stored{};
  StoreOtadataRecord(record, bytes);
  UPDRAFT_TRY(flash.Erase(address, sector));
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
