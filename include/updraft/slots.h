// SPDX-License-Identifier: Apache-2.0
// The application slots of a device and the otadata that chooses among them:
// which runs, which is next, selecting, confirming, rolling back. Bytes and end
// results are ESP-IDF's (docs/formats.md, "otadata").
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <span>
#include <string_view>

#include "updraft/device.h"
#include "updraft/observer.h"
#include "updraft/partition.h"
#include "updraft/status.h"

namespace updraft {

enum class SlotState : std::uint32_t {
  kNew = 0,            // selected, never started
  kPendingVerify = 1,  // on trial: started once, not confirmed yet
  kValid = 2,          // confirmed
  kInvalid = 3,        // rolled back by the application
  kAborted = 4,        // reset before it was confirmed
  kUndefined = 0xFFFFFFFF,
};
// "new", "pending_verify", "valid", "invalid", "aborted", "undefined".
std::string_view SlotStateName(SlotState state);

inline constexpr std::size_t kOtadataRecordSize = 32;                  // bytes
inline constexpr std::uint64_t kOtadataSectorSize = 4096;              // bytes
inline constexpr std::uint64_t kOtadataSize = 2 * kOtadataSectorSize;  // bytes
inline constexpr std::uint32_t kNoSequence = 0xFFFFFFFF;               // as an erased record reads
// Each record has a sector of its own: on a part with larger ones, which no ESP chip
// has, otadata is two of these.
constexpr std::uint64_t OtadataSectorSize(const FlashGeometry& geometry) {
  return geometry.sector_size > kOtadataSectorSize ? geometry.sector_size : kOtadataSectorSize;
}

// One of the two records of otadata.
struct OtadataRecord {
  std::uint32_t sequence = kNoSequence;     // the larger one counts
  std::array<std::uint8_t, 20> label{};     // ignored and kept, but for trial terms
  SlotState state = SlotState::kUndefined;  // with rollback only
  std::uint32_t crc = 0xFFFFFFFF;           // of the sequence alone

  bool crc_ok() const;  // for its sequence
  // Not usable for booting because of its sequence or state, whatever its CRC.
  bool is_invalid() const {
    return sequence == kNoSequence || state == SlotState::kInvalid || state == SlotState::kAborted;
  }
  bool is_usable() const { return !is_invalid() && crc_ok(); }  // it may choose a slot
  // As a never written or torn record.
  bool is_initial() const { return sequence == kNoSequence || !crc_ok(); }
  // The OTA slot that the record names among `slots` (> 0).
  int SlotIndex(int slots) const {
    return static_cast<int>((sequence - 1U) % static_cast<std::uint32_t>(slots));
  }
  // The terms that the label holds for this very sequence; `attempts` are those
  // left. Empty where it holds none, or others'.
  std::optional<TrialTerms> trial_terms() const;
  // Empty takes away what terms there are. The sequence is set before.
  void SetTrialTerms(const std::optional<TrialTerms>& terms);
  bool operator==(const OtadataRecord&) const = default;
};

// A record as an erased sector reads.
OtadataRecord ErasedOtadataRecord();
OtadataRecord ParseOtadataRecord(std::span<const std::uint8_t, kOtadataRecordSize> bytes);
void ParseOtadataRecord(std::span<const std::uint8_t, kOtadataRecordSize> bytes,
                        OtadataRecord& record);
void StoreOtadataRecord(const OtadataRecord& record,
                        std::span<std::uint8_t, kOtadataRecordSize> bytes);
// The CRC-32 of the four bytes of the sequence, as ESP-IDF seeds it.
std::uint32_t SequenceCrc(std::uint32_t sequence);

using OtadataRecords = std::array<OtadataRecord, 2>;  // in the order of their sectors
// The usable record with the larger sequence, the first of equals.
std::optional<std::size_t> ActiveRecord(const OtadataRecords& records);

// Proves images in slots; asked by Slots and by the bootloader. Implemented in
// src/image over the real slots, and by `slots choose` over words.
class SlotJudge {
 public:
  // Whether the bootloader would start what is in the slot.
  virtual bool IsBootable(const Partition& slot) = 0;
  // The secure version of the application there; an error when unreadable.
  virtual Result<std::uint32_t> SecureVersion(const Partition& slot) = 0;

 protected:
  ~SlotJudge() = default;
};

// The slots of one device. Reads flash whenever asked and keeps nothing, so it
// may be used beside other writers of the same process; not thread-safe.
// Common errors: kNotFound without an otadata partition, kFlash.
//
// Example, examples/api/confirm.cc:
//   Status EndTrial(const Device& device, bool works) {
//     static std::uint8_t buffer[4096];
//     UPDRAFT_TRY_ASSIGN(Slots slots, Slots::Open(device));
//     SlotProver prover(device, buffer);
//     if (works) return slots.Confirm(prover);
//     UPDRAFT_TRY(slots.RollBack(prover));
//     device.system->Restart();  // into the image before
//     return kOk;
//   }
class Slots {
 public:
  Slots() = default;
  // Judges the partition table. The device outlives the slots.
  static Result<Slots> Open(const Device& device, Observer& observer = NoObserver());
  // The same into this object, for who has no stack for a second one. After an error it
  // is not to be used.
  Status Attach(const Device& device, Observer& observer = NoObserver());

  const PartitionTable& table() const { return table_; }     // as long as the slots
  bool has_otadata() const { return otadata_.has_value(); }  // else nothing can be selected
  Result<OtadataRecords> ReadRecords() const;                // as they are; kNotFound, kFlash

  // The slot that otadata selects (not necessarily what would boot). kNotFound
  // without otadata or any slot.
  Result<Partition> Selected() const;
  // Where the next image goes: the OTA slot after `start` (the running one when
  // empty), around to the first. kNotFound without OTA slots.
  Result<Partition> NextUpdateSlot(std::optional<Partition> start = std::nullopt) const;
  // kUnsupported when not an OTA slot; kNotFound when no record names it.
  Result<SlotState> State(const Partition& slot) const;

  // Makes `slot` what the next boot starts; its image has been proven. Writes
  // one otadata sector, the other keeps the old truth. For factory both records
  // are erased. With rollback the slot goes on trial on these terms, or on those
  // of the policy. kInvalidArgument when not a slot that otadata can name.
  Status Select(const Partition& slot, const std::optional<TrialTerms>& terms = std::nullopt);
  // Before the selected but not yet started `slot` is overwritten: selects the
  // running slot again. Does nothing when `slot` is not selected.
  Status Deselect(const Partition& slot);

  // Confirms the selected image: VALID. With anti-rollback the secure version
  // of the running image is burnt. kInvalidState when factory runs;
  // kInvalidArgument: confirmed, but the chip cannot count to that version.
  Status Confirm(SlotJudge& judge);
  // Marks the selected image INVALID; the next boot takes the other. Restarting
  // is up to the caller. kInvalidState when factory runs, kIncompatible when
  // there is nothing to roll back to.
  Status RollBack(SlotJudge& judge);
  Result<bool> RollBackIsPossible(SlotJudge& judge) const;
  // The slot whose image was given up last; kNotFound.
  Result<Partition> LastInvalid(SlotJudge& judge) const;

  // Erases the record that is not active; kInvalidState where ESP-IDF refuses.
  Status EraseInactiveRecord();
  // Erases the slot of the inactive record too.
  Status EraseLastBootSlot();
  // Erases both records: the device is as if never updated.
  Status EraseOtadata();

 private:
  Status FindOtadata();
  Status Load(OtadataRecords& records) const;
  Status LoadRecord(std::size_t index, OtadataRecord& record) const;
  std::uint64_t RecordAddress(std::size_t index) const;
  Status Replace(OtadataRecords& records, std::size_t active, int slots);
  Result<std::size_t> RequireActive(const OtadataRecords& records, int slots) const;
  Result<Partition> SlotOf(const OtadataRecord& record, int slots) const;
  Result<Partition> InactiveSlot(std::size_t& inactive) const;
  Result<Partition> DefaultSlot() const;
  Status WriteRecord(std::size_t index, const OtadataRecord& record);
  Status Name(std::size_t index, OtadataRecord& record, std::uint32_t sequence, SlotState state,
              const std::optional<TrialTerms>& terms);
  Status EraseRecord(std::size_t index);
  Status SetState(std::size_t index, SlotState state);

  const Device* device_ = nullptr;
  PartitionTable table_;
  std::optional<Partition> otadata_;
  Observer* observer_ = nullptr;
};

// Writes one record of otadata so that torn in any manner it is no record:
// erase, state and CRC, then sequence. Also the bootloader's way. kFlash.
Status WriteOtadataRecord(Flash& flash, const Partition& otadata, std::size_t index,
                          const OtadataRecord& record);

}  // namespace updraft
