// SPDX-License-Identifier: Apache-2.0
#include "ports/host/default_table.h"

#include <algorithm>
#include <string_view>

namespace updraft {
namespace {

#if defined(__x86_64__)
constexpr std::uint16_t kNativeChipId = kChipIdLinuxX8664;
#elif defined(__aarch64__)
constexpr std::uint16_t kNativeChipId = kChipIdLinuxAarch64;
#else
#error "no chip id stands for this machine: see include/updraft/chip.h"
#endif

constexpr std::uint64_t kMebibyte = 1 << 20;
constexpr std::uint64_t kSlotAlignment = 0x10000;
constexpr std::uint64_t kTableSize = 0x1000;
constexpr std::uint64_t kLargestFlash = std::uint64_t{1} << 32;
constexpr std::uint64_t kSlots = 3;
constexpr std::uint8_t kSubtypeNvs = 0x02;
constexpr PartitionType kJournalType{0x40};

Partition Row(std::string_view label, PartitionType type, std::uint8_t subtype,
              std::uint64_t offset, std::uint64_t size) {
  Partition partition;
  partition.type = type;
  partition.subtype = subtype;
  partition.offset = offset;
  partition.size = size;
  std::ranges::copy(label, partition.label_field.begin());
  return partition;
}

// Behind nvs, otadata and updraft.
std::uint64_t SlotsOffset(std::uint64_t table_offset) {
  return AlignUp(table_offset + kTableSize + 0x3000 + 0x2000 + 0x2000, kSlotAlignment);
}

}  // namespace

const ChipFamily& NativeChip() { return *FindChip(kNativeChipId); }

std::uint64_t DefaultFlashSize(const ChipFamily& chip) {
  return (chip.runs_linux ? 64 : 4) * kMebibyte;
}

std::uint64_t SmallestDefaultFlash(std::uint64_t table_offset) {
  return SlotsOffset(table_offset) + kSlots * kSlotAlignment;
}

Result<std::vector<Partition>> DefaultPartitions(std::uint64_t flash_size,
                                                 std::uint64_t table_offset) {
  if (flash_size > kLargestFlash || table_offset > flash_size) {
    return Status{Code::kInvalidArgument, Stage::kDevice};
  }
  const std::uint64_t nvs = table_offset + kTableSize;
  const std::uint64_t otadata = nvs + 0x3000;
  const std::uint64_t journal = otadata + 0x2000;
  const std::uint64_t slots = SlotsOffset(table_offset);
  if (SmallestDefaultFlash(table_offset) > flash_size) {
    return Status{Code::kNoSpace, Stage::kDevice};
  }
  const std::uint64_t slot = (flash_size - slots) / kSlots / kSlotAlignment * kSlotAlignment;
  return std::vector<Partition>{
      Row("nvs", PartitionType::kData, kSubtypeNvs, nvs, 0x3000),
      Row("otadata", PartitionType::kData, kSubtypeOtadata, otadata, 0x2000),
      Row("updraft", kJournalType, 0x00, journal, 0x2000),
      Row("factory", PartitionType::kApp, kSubtypeFactory, slots, slot),
      Row("ota_0", PartitionType::kApp, kSubtypeOta0, slots + slot, slot),
      Row("ota_1", PartitionType::kApp, kSubtypeOta0 + 1, slots + 2 * slot, slot)};
}

Result<std::vector<std::uint8_t>> StorePartitionTable(std::span<const Partition> partitions,
                                                      Crypto& crypto) {
  // The MD5 row and the end marker need a row each.
  if (partitions.size() + 2 > kMaxPartitions) return Status{Code::kNoSpace, Stage::kDevice};
  std::vector<std::uint8_t> table(kPartitionTableMaxLength, 0xFF);
  const std::size_t length = partitions.size() * kPartitionRowSize;
  for (std::size_t i = 0; i < partitions.size(); ++i) {
    const std::span row = std::span(table).subspan(i * kPartitionRowSize);
    StorePartitionRow(partitions[i], row.first<kPartitionRowSize>());
  }
  Hash md5(crypto);
  UPDRAFT_TRY(md5.Start(HashKind::kMd5));
  UPDRAFT_TRY(md5.Update(Bytes(table).first(length)));
  table[length] = 0xEB;
  table[length + 1] = 0xEB;
  UPDRAFT_TRY(md5.Finish(MutableBytes(table).subspan(length + 16, kMd5Size)));
  return table;
}

}  // namespace updraft
