// SPDX-License-Identifier: Apache-2.0
#include "esp/src/partition_list.h"

#include <algorithm>
#include <cstring>
#include <type_traits>

#include "esp/src/err.h"
#include "esp/src/immortal.h"

// There is one chip; nobody looks behind the pointer.
struct esp_flash_t {
  int number;
};

namespace {
esp_flash_t g_chip{0};
}  // namespace
esp_flash_t* esp_flash_default_chip = &g_chip;

namespace updraft::esp {
namespace {

constexpr std::uint32_t kEncryptedFlag = 1;
constexpr std::uint32_t kReadOnlyFlag = 2;

esp_partition_t FromRow(const Partition& row) {
  esp_partition_t partition{};
  partition.flash_chip = esp_flash_default_chip;
  partition.type = static_cast<esp_partition_type_t>(row.type);
  partition.subtype = static_cast<esp_partition_subtype_t>(row.subtype);
  partition.address = static_cast<std::uint32_t>(row.offset);
  partition.size = static_cast<std::uint32_t>(row.size);
  partition.erase_size = esp_partition_get_main_flash_sector_size();
  std::copy(row.label_field.begin(), row.label_field.end(), partition.label);
  partition.readonly = (row.flags & kReadOnlyFlag) != 0;
  static_cast<void>(kEncryptedFlag);  // without flash encryption nothing is encrypted
  return partition;
}

bool LabelsEqual(const esp_partition_t& a, const esp_partition_t& b) {
  return std::strncmp(a.label, b.label, sizeof a.label) == 0;
}

bool SamePlace(const esp_partition_t& a, const esp_partition_t& b) {
  return a.type == b.type && a.subtype == b.subtype && a.address == b.address && a.size == b.size;
}

}  // namespace

PartitionList& PartitionList::Instance() {
  static updraft::esp::Immortal<PartitionList> list;
  return *list;
}

esp_err_t PartitionList::Load(BoundDevice& device) {
  if (loaded_) return ESP_OK;
  if (!device) return ESP_ERR_INVALID_STATE;
  const auto table =
      PartitionTable::Load(*device->flash, device->partition_table_offset, *device->crypto);
  if (!table) return ErrorOf(table.error());
  std::deque<esp_partition_t> rows;
  for (std::size_t i = 0; i < table->size(); ++i) {
    const auto row = table->At(i);
    if (!row) return ErrorOf(row.error());
    rows.push_back(FromRow(*row));
  }
  // What was registered before the table was read stays last.
  const std::deque<Entry*> externals = std::move(order_);
  order_.clear();
  for (const esp_partition_t& row : rows) Admit(row, false);
  order_.insert(order_.end(), externals.begin(), externals.end());
  loaded_ = true;
  return ESP_OK;
}

void PartitionList::Unload() {
  for (Entry* const entry : order_) entry->listed = false;
  order_.clear();
  loaded_ = false;
}

PartitionList::Entry* PartitionList::Admit(const esp_partition_t& partition, bool external) {
  const auto same = [&](const Entry& entry) {
    return !entry.listed && entry.external == external && SamePlace(entry.partition, partition) &&
           LabelsEqual(entry.partition, partition) &&
           entry.partition.readonly == partition.readonly;
  };
  auto found = std::find_if(entries_.begin(), entries_.end(), same);
  if (found == entries_.end()) {
    entries_.push_back({partition, false, external});
    found = std::prev(entries_.end());
  }
  found->listed = true;
  order_.push_back(&*found);
  return &*found;
}

const PartitionList::Entry* PartitionList::Match(const esp_partition_t* partition) const {
  if (partition == nullptr) return nullptr;
  for (const Entry* const entry : order_) {
    const esp_partition_t& own = entry->partition;
    if (partition == &own) return entry;
    const bool chip = partition->flash_chip == nullptr || partition->flash_chip == own.flash_chip;
    const bool label = partition->label[0] == '\0' || LabelsEqual(*partition, own);
    if (chip && label && SamePlace(*partition, own)) return entry;
  }
  return nullptr;
}

const esp_partition_t* PartitionList::At(const Partition& partition) const {
  for (const Entry* const entry : order_) {
    const esp_partition_t& own = entry->partition;
    if (own.type == static_cast<esp_partition_type_t>(partition.type) &&
        own.address == partition.offset && own.size == partition.size) {
      return &own;
    }
  }
  return nullptr;
}

const esp_partition_t* PartitionList::Register(const esp_partition_t& partition) {
  return &Admit(partition, true)->partition;
}

esp_err_t PartitionList::Deregister(const esp_partition_t* partition) {
  const auto found = std::find_if(order_.begin(), order_.end(), [&](const Entry* entry) {
    return &entry->partition == partition;
  });
  if (found == order_.end()) return ESP_ERR_NOT_FOUND;
  if (!(*found)->external) return ESP_ERR_INVALID_ARG;
  (*found)->listed = false;
  order_.erase(found);
  return ESP_OK;
}

namespace {

// A partition that a program filled by half may hold what is no enumerator.
template <typename Enumeration>
std::uint8_t FirstByte(const Enumeration& value) {
  std::underlying_type_t<Enumeration> number{};
  std::memcpy(&number, &value, sizeof number);
  return static_cast<std::uint8_t>(number);
}

}  // namespace

std::optional<Partition> CorePartition(const esp_partition_t* partition, BoundDevice& device) {
  if (partition == nullptr || !device) return std::nullopt;
  const std::uint64_t flash_size = device->flash->geometry().size;
  if (partition->address > flash_size || partition->size > flash_size - partition->address) {
    return std::nullopt;
  }
  Partition core;
  core.type = static_cast<PartitionType>(FirstByte(partition->type));
  core.subtype = FirstByte(partition->subtype);
  core.offset = partition->address;
  core.size = partition->size;
  return core;
}

void ForgetPartitions() { PartitionList::Instance().Unload(); }

}  // namespace updraft::esp
