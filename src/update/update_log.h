// SPDX-License-Identifier: Apache-2.0
// The append-only log in the partition `updraft`: two sectors, checksummed
// records, what still counts is carried over when a sector is full. The journal
// and the flight recorder write here. Format: docs/formats.md.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>

#include "updraft/bytes.h"
#include "updraft/device.h"
#include "updraft/flash_encryption.h"
#include "updraft/partition.h"
#include "updraft/status.h"

namespace updraft {

// A byte of flash each; 0xFF is none.
enum class LogRecordType : std::uint8_t {
  kJournalStart = 0x4A,  // J: a download begins
  kJournalMark = 0x4D,   // M: so far it came
  kJournalEnd = 0x45,    // E: it is not to be taken up again
  kFlight = 0x46,        // F: how an update went
};

struct LogRecord {
  LogRecordType type{};
  std::uint32_t serial = 0;  // grows by one with each record that is appended
  Bytes payload{};           // valid during the call
};

class LogReader {
 public:
  virtual void OnRecord(const LogRecord& record) = 0;

 protected:
  ~LogReader() = default;
};

// One at a time on a device. The Device outlives it. Nothing is kept in RAM but
// where the log ends.
class UpdateLog {
 public:
  static constexpr std::size_t kMaxPayload = 752;
  // Flight entries that a change of sectors carries over.
  static constexpr std::uint32_t kKeptFlights = 16;

  UpdateLog() = default;

  // kNotFound where the table has no such partition, kNoSpace where it has less
  // than two sectors; the codes of PartitionTable; kFlash. Writes nothing.
  static Result<UpdateLog> Open(const Device& device);

  // Of both sectors.
  FlashRegion region() const { return {offset_, 2 * sector_size_}; }

  // All records, the oldest first. What was torn is not among them.
  Status Read(LogReader& reader) const;

  // The record is in flash and read back when this returns kOk, and survives a
  // power cut; a cut before that leaves the records before it. kInvalidArgument
  // when the payload is too long; kFlash.
  Status Append(LogRecordType type, Bytes payload);

 private:
  static constexpr std::size_t kBlock = kMaxProgramUnit;
  static constexpr std::size_t kRecordHead = 12;
  static constexpr std::size_t kLargestRecord = 768;

  struct Found;  // one record as it lies in flash
  struct Kept;   // which records still count

  std::uint64_t SectorAt(unsigned sector) const { return offset_ + sector * sector_size_; }
  Result<std::uint32_t> ReadGeneration(unsigned sector) const;
  Status FindEnd();
  Result<bool> IsErased(std::uint64_t from, std::uint64_t to) const;
  Result<bool> ReadRecord(std::uint64_t at, Found& found) const;
  Status ProgramRecord(std::uint64_t at, LogRecordType type, std::uint32_t serial, Bytes payload);
  Status ChangeSectors();
  Status CarryOver(std::uint64_t& to);

  Flash* flash_ = nullptr;
  std::uint64_t offset_ = 0;  // of the partition
  std::uint64_t sector_size_ = 0;
  unsigned active_ = 0;           // the sector that counts, if any
  std::uint32_t generation_ = 0;  // of it; 0: none is valid
  std::uint64_t end_ = 0;         // in flash, behind the last record
  std::uint32_t serial_ = 0;      // of the last record
  bool clean_ = false;            // nothing lies behind the end
};

}  // namespace updraft
