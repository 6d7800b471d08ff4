// SPDX-License-Identifier: Apache-2.0
// Rows of the partition table, and the table judged as the bootloader does.
#include <algorithm>
#include <bit>
#include <cstring>

#include "updraft/partition.h"

namespace updraft {
namespace {

constexpr std::uint16_t kRowMagic = 0x50AA;
constexpr std::uint16_t kMd5Magic = 0xEBEB;
constexpr std::uint16_t kEndMagic = 0xFFFF;
constexpr std::size_t kMd5Offset = 16;
constexpr std::size_t kLabelOffset = 12;
constexpr std::size_t kLabelSize = 16;

using Row = std::array<std::uint8_t, kPartitionRowSize>;

[[gnu::always_inline]] inline Status JudgeTable(Observer& observer, Code code,
                                                const Finding& finding) {
  return updraft::Judge(observer, Stage::kFlash, code, finding);
}

[[gnu::always_inline]] inline Status Refuse(Observer& observer, Code code, const Value& expected,
                                            const Value& found) {
  return JudgeTable(observer, code, {Check::kPartitionTable, false, expected, found});
}

[[gnu::noinline]] Status JudgeMd5(const Row& row, Hash& rows, Observer& observer) {
  std::array<std::uint8_t, kMd5Size> digest{};
  UPDRAFT_TRY(rows.Finish(digest));
  if (std::equal(digest.begin(), digest.end(), row.begin() + kMd5Offset)) return kOk;
  return Refuse(observer, Code::kBadChecksum, Value::Text("the MD5 of the rows"),
                Value::Text("another MD5"));
}

// On the stack only while it judges, and not while flash is read.
[[gnu::noinline]] Status JudgePartition(const Row& row, std::uint64_t flash_size,
                                        Observer& observer) {
  const Partition partition = ParsePartitionRow(row);
  if (partition.offset <= flash_size && partition.size <= flash_size - partition.offset) return kOk;
  return Refuse(observer, Code::kNoSpace, Value::Size(flash_size),
                Value::Size(partition.offset + partition.size));
}

[[gnu::noinline]] Result<Partition> Parsed(const Row& row) { return ParsePartitionRow(row); }

bool IsEndMarker(const Row& row) {
  return LoadLe16(row.data()) == kEndMagic && row[2] == 0xFF && row[3] == 0xFF;
}

}  // namespace

std::string_view Partition::label() const {
  return TextField({reinterpret_cast<const std::uint8_t*>(label_field.data()), label_field.size()});
}

Partition ParsePartitionRow(std::span<const std::uint8_t, kPartitionRowSize> row) {
  Partition partition;
  partition.type = static_cast<PartitionType>(row[2]);
  partition.subtype = row[3];
  partition.offset = LoadLe32(&row[4]);
  partition.size = LoadLe32(&row[8]);
  partition.flags = LoadLe32(&row[28]);
  std::memcpy(partition.label_field.data(), &row[kLabelOffset], kLabelSize);
  return partition;
}

void StorePartitionRow(const Partition& partition, std::span<std::uint8_t, kPartitionRowSize> row) {
  StoreLe16(&row[0], kRowMagic);
  row[2] = static_cast<std::uint8_t>(partition.type);
  row[3] = partition.subtype;
  StoreLe32(&row[4], static_cast<std::uint32_t>(partition.offset));
  StoreLe32(&row[8], static_cast<std::uint32_t>(partition.size));
  std::memcpy(&row[kLabelOffset], partition.label_field.data(), kLabelSize);
  StoreLe32(&row[28], partition.flags);
}

Result<PartitionTable> PartitionTable::Load(Flash& flash, std::uint64_t offset, Crypto& crypto,
                                            Observer& observer) {
  PartitionTable table;
  UPDRAFT_TRY(table.Attach(flash, offset, crypto, observer));
  return table;
}

Status PartitionTable::Attach(Flash& flash, std::uint64_t offset, Crypto& crypto,
                              Observer& observer) {
  *this = PartitionTable();
  flash_ = &flash;
  offset_ = offset;
  return Judge(crypto, observer);
}

Status PartitionTable::Judge(Crypto& crypto, Observer& observer) {
  const std::uint64_t flash_size = flash_->geometry().size;
  if (offset_ > flash_size || kPartitionTableMaxLength > flash_size - offset_) {
    return Refuse(observer, Code::kNoSpace, Value::Size(flash_size),
                  Value::Size(offset_ + kPartitionTableMaxLength));
  }
  Hash md5(crypto);
  UPDRAFT_TRY(md5.Start(HashKind::kMd5));
  for (std::size_t i = 0; i < kMaxPartitions; ++i) {
    Row row{};
    UPDRAFT_TRY(flash_->Read(offset_ + i * kPartitionRowSize, row));
    const std::uint16_t magic = LoadLe16(row.data());
    if (magic == kRowMagic) {
      UPDRAFT_TRY(JudgePartition(row, flash_size, observer));
      ++count_;
    } else if (magic == kMd5Magic && md5_row_ == kMaxPartitions) {
      UPDRAFT_TRY(JudgeMd5(row, md5, observer));
      md5_row_ = i;
    } else if (IsEndMarker(row) && i > 0) {
      return JudgeTable(observer, Code::kBadFormat,
                        {Check::kPartitionTable, true, {}, Value::Number(count_)});
    } else if (IsEndMarker(row)) {
      return Refuse(observer, Code::kBadFormat, Value::Text("at least one row"),
                    Value::Text("none: erased flash"));
    } else {
      return Refuse(observer, Code::kBadFormat, Value::Hex(kRowMagic), Value::Hex(magic));
    }
    if (md5.running()) UPDRAFT_TRY(md5.Update(row));
  }
  return Refuse(observer, Code::kBadFormat, Value::Text("an end marker"),
                Value::Text("96 rows without one"));
}

// Counted without the row of the MD5.
Status PartitionTable::ReadRow(std::size_t index,
                               std::span<std::uint8_t, kPartitionRowSize> row) const {
  const std::size_t place = index < md5_row_ ? index : index + 1;
  return flash_->Read(offset_ + place * kPartitionRowSize, row);
}

Result<Partition> PartitionTable::At(std::size_t index) const {
  Row row{};
  UPDRAFT_TRY(ReadRow(index, row));
  return Parsed(row);
}

// As bytes: an update finds its slot where the stack is deep.
Result<Partition> PartitionTable::Find(PartitionType type, std::uint8_t subtype) const {
  Row row{};
  for (std::size_t i = 0; i < count_; ++i) {
    UPDRAFT_TRY(ReadRow(i, row));
    if (row[2] == static_cast<std::uint8_t>(type) && row[3] == subtype) return Parsed(row);
  }
  return Status(Code::kNotFound, Stage::kFlash);
}

Result<Partition> PartitionTable::FindLabel(std::string_view label) const {
  for (std::size_t i = 0; i < count_; ++i) {
    UPDRAFT_TRY_ASSIGN(const Partition partition, At(i));
    if (partition.label() == label) return partition;
  }
  return Status(Code::kNotFound, Stage::kFlash);
}

Result<int> PartitionTable::CountOtaSlots() const {
  // Row by row: an update is deepest in the stack where it asks this.
  std::uint32_t there = 0;  // a bit for each of the sixteen
  for (std::size_t i = 0; i < count_; ++i) {
    Row row{};
    UPDRAFT_TRY(ReadRow(i, row));
    const bool app = row[2] == static_cast<std::uint8_t>(PartitionType::kApp);
    if (app && (row[3] & 0xF0) == kSubtypeOta0) there |= std::uint32_t{1} << (row[3] & 0x0FU);
  }
  return std::countr_one(there);
}

Result<int> PartitionTable::CountOtaRows() const {
  int count = 0;
  for (std::size_t i = 0; i < count_; ++i) {
    UPDRAFT_TRY_ASSIGN(const Partition partition, At(i));
    if (partition.is_ota_slot()) ++count;
  }
  return count;
}

}  // namespace updraft
