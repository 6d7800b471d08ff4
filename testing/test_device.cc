// SPDX-License-Identifier: Apache-2.0
#include "testing/test_device.h"

#include <algorithm>
#include <cstdlib>
#include <string>

namespace updraft {
namespace {

constexpr std::uint64_t kUsualSector = 0x1000;

// Of a device with sectors of that size.
std::uint64_t OtadataOffset(std::uint64_t sector) {
  return sector == kUsualSector ? 0xC000 : 2 * sector;
}

std::vector<Partition> Rows(const TestLayout& layout, std::uint64_t sector) {
  const std::uint64_t otadata = OtadataOffset(sector);
  const bool usual = sector == kUsualSector;
  std::vector<Partition> rows;
  rows.push_back(MakePartition("nvs", PartitionType::kData, 0x02, usual ? 0x9000 : sector,
                               usual ? 0x3000 : sector));
  if (layout.otadata) {
    rows.push_back(
        MakePartition("otadata", PartitionType::kData, kSubtypeOtadata, otadata, 2 * sector));
  }
  if (layout.log) {
    rows.push_back(
        MakePartition("updraft", PartitionType{0x40}, 0x00, otadata + 2 * sector, 2 * sector));
  }
  std::uint64_t offset = otadata + 4 * sector;
  const auto add = [&](std::string_view label, std::uint8_t subtype) {
    rows.push_back(MakePartition(label, PartitionType::kApp, subtype, offset, layout.slot_size));
    offset = AlignUp(offset + layout.slot_size, 0x10000);
  };
  if (layout.factory) add("factory", kSubtypeFactory);
  for (int i = 0; i < layout.ota_slots; ++i) {
    add("ota_" + std::to_string(i), static_cast<std::uint8_t>(kSubtypeOta0 + i));
  }
  if (layout.test) add("test", kSubtypeTest);
  return rows;
}

}  // namespace

Partition MakePartition(std::string_view label, PartitionType type, std::uint8_t subtype,
                        std::uint64_t offset, std::uint64_t size) {
  Partition partition;
  partition.type = type;
  partition.subtype = subtype;
  partition.offset = offset;
  partition.size = size;
  std::copy_n(label.begin(), std::min<std::size_t>(label.size(), 16),
              partition.label_field.begin());
  return partition;
}

std::vector<std::uint8_t> MakePartitionTable(const std::vector<Partition>& rows, Crypto& crypto) {
  std::vector<std::uint8_t> table(rows.size() * kPartitionRowSize);
  for (std::size_t i = 0; i < rows.size(); ++i) {
    StorePartitionRow(rows[i], std::span<std::uint8_t, kPartitionRowSize>(
                                   table.data() + i * kPartitionRowSize, kPartitionRowSize));
  }
  std::array<std::uint8_t, kPartitionRowSize> md5_row{};
  md5_row.fill(0xFF);
  md5_row[0] = md5_row[1] = 0xEB;
  Hash md5(crypto);
  const bool hashed = md5.Start(HashKind::kMd5).ok() && md5.Update(table).ok() &&
                      md5.Finish(std::span(md5_row).subspan(16)).ok();
  if (!hashed) std::abort();
  table.insert(table.end(), md5_row.begin(), md5_row.end());
  table.resize(kPartitionTableMaxLength, 0xFF);
  return table;
}

TestDevice::TestDevice(Crypto& crypto, const TestLayout& layout, FlashGeometry geometry)
    : flash_(geometry) {
  flash_.Load(kPartitionTableOffset,
              MakePartitionTable(Rows(layout, geometry.sector_size), crypto));
  device_.flash = &flash_;
  device_.crypto = &crypto;
  device_.efuse = &efuse_;
  device_.system = &system_;
  device_.chip.family = FindChip("esp32c3");
  device_.chip.revision = 4;
  device_.chip.efuse_block_revision = 100;
}

Partition TestDevice::Find(std::string_view label) {
  const auto table = PartitionTable::Load(flash_, device_.partition_table_offset, *device_.crypto);
  const auto partition = table->FindLabel(label);
  if (!partition) std::abort();
  return *partition;
}

void TestDevice::Install(std::string_view label, Bytes image) {
  const Partition slot = Find(label);
  const std::vector<std::uint8_t> erased(slot.size, 0xFF);
  flash_.Load(slot.offset, erased);
  flash_.Load(slot.offset, image);
}

std::uint64_t TestDevice::OtadataAt(std::size_t index) const {
  const FlashGeometry geometry = flash_.geometry();
  return OtadataOffset(geometry.sector_size) + index * OtadataSectorSize(geometry);
}

OtadataRecords TestDevice::Records() {
  OtadataRecords records;
  for (std::size_t i = 0; i < records.size(); ++i) {
    records[i] = ParseOtadataRecord(std::span<const std::uint8_t, kOtadataRecordSize>(
        flash_.bytes().data() + OtadataAt(i), kOtadataRecordSize));
  }
  return records;
}

void TestDevice::WriteRecord(std::size_t index, std::uint32_t sequence, SlotState state) {
  OtadataRecord record = ErasedOtadataRecord();
  record.sequence = sequence;
  record.state = state;
  record.crc = SequenceCrc(sequence);
  std::array<std::uint8_t, kOtadataRecordSize> bytes{};
  StoreOtadataRecord(record, bytes);
  flash_.Load(OtadataAt(index), bytes);
}

}  // namespace updraft
