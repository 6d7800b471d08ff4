// SPDX-License-Identifier: Apache-2.0
#include "src/update/update_log.h"

#include <algorithm>

namespace updraft {
namespace {

constexpr std::uint32_t kSectorMagic = 0x676F4C55;  // "ULog"
constexpr std::uint32_t kVersion = 1;
constexpr std::uint8_t kRecordVersion = 1;
constexpr PartitionType kLogType{0x40};
constexpr std::uint8_t kLogSubtype = 0x00;
constexpr std::string_view kLogLabel = "updraft";

std::uint64_t SizeInFlash(std::size_t payload, std::size_t head, std::size_t block) {
  return AlignUp(head + payload, block);
}

}  // namespace

struct UpdateLog::Found {
  std::array<std::uint8_t, kLargestRecord> bytes{};
  std::size_t payload_size = 0;

  LogRecordType type() const { return static_cast<LogRecordType>(bytes[0]); }
  std::uint32_t serial() const { return LoadLe32(bytes.data() + 4); }
  Bytes payload() const { return Bytes(bytes).subspan(kRecordHead, payload_size); }
  std::uint64_t size() const { return SizeInFlash(payload_size, kRecordHead, kBlock); }
  LogRecord record() const { return {type(), serial(), payload()}; }
};

// Taken from a first look at all records: serials, 0 for none.
struct UpdateLog::Kept final : LogReader {
  std::uint32_t start = 0;  // of the download that may be taken up again
  std::uint32_t mark = 0;   // its last one
  std::array<std::uint32_t, kKeptFlights> flights{};
  std::size_t flight_count = 0;

  void OnRecord(const LogRecord& record) override {
    switch (record.type) {
      case LogRecordType::kJournalStart:
        start = record.serial;
        mark = 0;
        break;
      case LogRecordType::kJournalMark: mark = record.serial; break;
      case LogRecordType::kJournalEnd: start = mark = 0; break;
      case LogRecordType::kFlight: flights[flight_count++ % kKeptFlights] = record.serial; break;
    }
  }
  bool Counts(const LogRecord& record) const {
    if (record.type == LogRecordType::kFlight) {
      return std::ranges::find(flights, record.serial) != flights.end();
    }
    return start != 0 && (record.serial == start || record.serial == mark);
  }
};

Result<UpdateLog> UpdateLog::Open(const Device& device) {
  UPDRAFT_TRY_ASSIGN(
      const PartitionTable table,
      PartitionTable::Load(*device.flash, device.partition_table_offset, *device.crypto));
  UPDRAFT_TRY_ASSIGN(const Partition partition, table.FindLabel(kLogLabel));
  const bool ours = partition.type == kLogType && partition.subtype == kLogSubtype;
  if (!ours) return Status(Code::kNotFound, Stage::kUpdate);
  UpdateLog log;
  log.flash_ = device.flash;
  log.offset_ = partition.offset;
  log.sector_size_ = device.flash->geometry().sector_size;
  if (partition.size < 2 * log.sector_size_ || log.sector_size_ < 4 * kLargestRecord) {
    return Status(Code::kNoSpace, Stage::kUpdate);
  }
  UPDRAFT_TRY(log.FindEnd());
  return log;
}

// 0 when the sector does not begin as one of the log.
Result<std::uint32_t> UpdateLog::ReadGeneration(unsigned sector) const {
  std::array<std::uint8_t, kBlock> head{};
  UPDRAFT_TRY(flash_->Read(SectorAt(sector), head));
  const bool valid = LoadLe32(head.data()) == kSectorMagic &&
                     LoadLe32(head.data() + 4) == kVersion &&
                     LoadLe32(head.data() + 12) == Crc32(Bytes(head).first(12));
  return valid ? LoadLe32(head.data() + 8) : 0;
}

Status UpdateLog::FindEnd() {
  std::array<std::uint32_t, 2> generations{};
  for (unsigned i = 0; i < 2; ++i) {
    UPDRAFT_TRY_ASSIGN(generations[i], ReadGeneration(i));
  }
  active_ = generations[1] > generations[0] ? 1 : 0;
  generation_ = generations[active_];
  clean_ = false;
  if (generation_ == 0) return kOk;
  end_ = SectorAt(active_) + kBlock;
  Found found;
  for (;;) {
    UPDRAFT_TRY_ASSIGN(const bool there, ReadRecord(end_, found));
    if (!there) break;
    serial_ = std::max(serial_, found.serial());
    end_ += found.size();
  }
  UPDRAFT_TRY_ASSIGN(clean_, IsErased(end_, SectorAt(active_) + sector_size_));
  if (generations[1 - active_] != 0) return kOk;
  // A beginning that can be read at one time and not at another would win later.
  UPDRAFT_TRY_ASSIGN(const bool other_is_clean,
                     IsErased(SectorAt(1 - active_), SectorAt(1 - active_) + kBlock));
  clean_ = clean_ && other_is_clean;
  return kOk;
}

// Twice: bits whose program was cut do not read the same each time.
Result<bool> UpdateLog::IsErased(std::uint64_t from, std::uint64_t to) const {
  std::array<std::uint8_t, 128> some{};
  for (int pass = 0; pass < 2; ++pass) {
    for (std::uint64_t at = from; at < to; at += some.size()) {
      const MutableBytes piece = MutableBytes(some).first(
          static_cast<std::size_t>(std::min<std::uint64_t>(some.size(), to - at)));
      UPDRAFT_TRY(flash_->Read(at, piece));
      if (!std::ranges::all_of(piece, [](std::uint8_t byte) { return byte == 0xFF; })) return false;
    }
  }
  return true;
}

// False where no whole record begins.
Result<bool> UpdateLog::ReadRecord(std::uint64_t at, Found& found) const {
  const std::uint64_t sector_end = SectorAt(active_) + sector_size_;
  if (at + kBlock > sector_end) return false;
  UPDRAFT_TRY(flash_->Read(at, MutableBytes(found.bytes).first(kBlock)));
  found.payload_size = LoadLe16(found.bytes.data() + 2);
  const bool plausible = found.bytes[1] == kRecordVersion && found.payload_size <= kMaxPayload &&
                         at + found.size() <= sector_end;
  if (!plausible) return false;
  const auto size = static_cast<std::size_t>(found.size());
  UPDRAFT_TRY(flash_->Read(at + kBlock, MutableBytes(found.bytes).subspan(kBlock, size - kBlock)));
  const std::uint32_t crc = Crc32(found.payload(), Crc32(Bytes(found.bytes).first(8)));
  return crc == LoadLe32(found.bytes.data() + 8);
}

Status UpdateLog::Read(LogReader& reader) const {
  if (generation_ == 0) return kOk;
  Found found;
  for (std::uint64_t at = SectorAt(active_) + kBlock; at < end_; at += found.size()) {
    UPDRAFT_TRY_ASSIGN(const bool there, ReadRecord(at, found));
    if (!there) break;
    reader.OnRecord(found.record());
  }
  return kOk;
}

Status UpdateLog::Append(LogRecordType type, Bytes payload) {
  if (payload.size() > kMaxPayload) return {Code::kInvalidArgument, Stage::kUpdate};
  const std::uint64_t size = SizeInFlash(payload.size(), kRecordHead, kBlock);
  // What does not go in well goes into a fresh sector, and that once.
  for (int attempt = 0; attempt < 2; ++attempt) {
    const bool fits = generation_ != 0 && clean_ && end_ + size <= SectorAt(active_) + sector_size_;
    if (!fits) UPDRAFT_TRY(ChangeSectors());
    if (end_ + size > SectorAt(active_) + sector_size_) return {Code::kNoSpace, Stage::kUpdate};
    clean_ = false;  // until it is known to be whole
    const Status programmed = ProgramRecord(end_, type, serial_ + 1, payload);
    if (!programmed.ok()) continue;
    UPDRAFT_TRY(flash_->Sync());
    ++serial_;
    end_ += size;
    clean_ = true;
    return kOk;
  }
  return {Code::kFlash, Stage::kUpdate};
}

Status UpdateLog::ProgramRecord(std::uint64_t at, LogRecordType type, std::uint32_t serial,
                                Bytes payload) {
  std::array<std::uint8_t, kLargestRecord> record{};
  record.fill(0xFF);
  record[0] = static_cast<std::uint8_t>(type);
  record[1] = kRecordVersion;
  StoreLe16(record.data() + 2, static_cast<std::uint16_t>(payload.size()));
  StoreLe32(record.data() + 4, serial);
  StoreLe32(record.data() + 8, Crc32(payload, Crc32(Bytes(record).first(8))));
  std::ranges::copy(payload, record.begin() + kRecordHead);
  const Bytes all = Bytes(record).first(
      static_cast<std::size_t>(SizeInFlash(payload.size(), kRecordHead, kBlock)));
  UPDRAFT_TRY(flash_->Program(at, all));
  for (std::size_t done = 0; done < all.size(); done += kBlock) {
    std::array<std::uint8_t, kBlock> stored{};
    UPDRAFT_TRY(flash_->Read(at + done, stored));
    if (!std::ranges::equal(stored, all.subspan(done, kBlock))) {
      return {Code::kFlash, Stage::kUpdate};
    }
  }
  return kOk;
}

// The other sector is erased and filled; its beginning, written last, makes it the
// one that counts. The old one stays as it is until it is needed: should the new
// beginning not hold, the records before are still there.
Status UpdateLog::ChangeSectors() {
  const unsigned fresh = generation_ == 0 ? active_ : 1 - active_;
  UPDRAFT_TRY(flash_->Erase(SectorAt(fresh), sector_size_));
  std::uint64_t end = SectorAt(fresh) + kBlock;
  if (generation_ != 0) UPDRAFT_TRY(CarryOver(end));
  UPDRAFT_TRY(flash_->Sync());
  std::array<std::uint8_t, kBlock> head{};
  head.fill(0xFF);
  StoreLe32(head.data(), kSectorMagic);
  StoreLe32(head.data() + 4, kVersion);
  StoreLe32(head.data() + 8, generation_ + 1);
  StoreLe32(head.data() + 12, Crc32(Bytes(head).first(12)));
  UPDRAFT_TRY(flash_->Program(SectorAt(fresh), head));
  UPDRAFT_TRY_ASSIGN(const std::uint32_t stored, ReadGeneration(fresh));
  if (stored != generation_ + 1) return {Code::kFlash, Stage::kUpdate};
  UPDRAFT_TRY(flash_->Sync());
  active_ = fresh;
  generation_ = stored;
  end_ = end;
  clean_ = true;
  return kOk;
}

Status UpdateLog::CarryOver(std::uint64_t& to) {
  Kept kept;
  UPDRAFT_TRY(Read(kept));
  Found found;
  for (std::uint64_t at = SectorAt(active_) + kBlock; at < end_; at += found.size()) {
    UPDRAFT_TRY_ASSIGN(const bool there, ReadRecord(at, found));
    if (!there) break;
    const LogRecord record = found.record();
    if (!kept.Counts(record)) continue;
    UPDRAFT_TRY(ProgramRecord(to, record.type, record.serial, record.payload));
    to += found.size();
  }
  return kOk;
}

}  // namespace updraft
