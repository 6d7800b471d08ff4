// SPDX-License-Identifier: Apache-2.0
// esp_partition.h, first half: finding, iterating, registering.
#include <esp_partition.h>

#include <algorithm>
#include <cstring>
#include <memory>
#include <set>

#include "esp/src/immortal.h"
#include "esp/src/no_memory.h"
#include "esp/src/partition_list.h"

// What an iterator yields is fixed when it is made.
struct esp_partition_iterator_opaque_ {
  std::deque<const esp_partition_t*> found;
};

namespace updraft::esp {
namespace {

// The iterators that are there; another pointer is a stale one. Guarded by the
// device.
std::set<esp_partition_iterator_t>& Iterators() {
  static updraft::esp::Immortal<std::set<esp_partition_iterator_t>> iterators;
  return *iterators;
}

bool Fits(const esp_partition_t& partition, esp_partition_type_t type,
          esp_partition_subtype_t subtype, const char* label) {
  return (type == ESP_PARTITION_TYPE_ANY || partition.type == type) &&
         (subtype == ESP_PARTITION_SUBTYPE_ANY || partition.subtype == subtype) &&
         (label == nullptr || std::strcmp(partition.label, label) == 0);
}

esp_err_t Find(esp_partition_type_t type, esp_partition_subtype_t subtype, const char* label,
               std::deque<const esp_partition_t*>& found) {
  if (type == ESP_PARTITION_TYPE_ANY && subtype != ESP_PARTITION_SUBTYPE_ANY) {
    return ESP_ERR_INVALID_ARG;
  }
  BoundDevice device;
  PartitionList& list = PartitionList::Instance();
  const esp_err_t loaded = list.Load(device);
  if (loaded != ESP_OK) return loaded;
  for (const PartitionList::Entry* const entry : list.order()) {
    if (Fits(entry->partition, type, subtype, label)) found.push_back(&entry->partition);
  }
  return found.empty() ? ESP_ERR_NOT_FOUND : ESP_OK;
}

bool Overlaps(const esp_partition_t& partition, std::uint64_t offset, std::uint64_t size) {
  return offset < std::uint64_t{partition.address} + partition.size &&
         partition.address < offset + size;
}

}  // namespace
}  // namespace updraft::esp

using updraft::esp::BoundDevice;
using updraft::esp::PartitionList;

esp_err_t esp_partition_find_err(esp_partition_type_t type, esp_partition_subtype_t subtype,
                                 const char* label, esp_partition_iterator_t* it) try {
  if (it == nullptr) return ESP_ERR_INVALID_ARG;
  *it = nullptr;
  auto iterator = std::make_unique<esp_partition_iterator_opaque_>();
  const esp_err_t error = updraft::esp::Find(type, subtype, label, iterator->found);
  if (error != ESP_OK) return error;
  const BoundDevice device;
  updraft::esp::Iterators().insert(iterator.get());
  *it = iterator.release();
  return ESP_OK;
}
UPDRAFT_NO_MEMORY(ESP_ERR_NO_MEM)

esp_partition_iterator_t esp_partition_find(esp_partition_type_t type,
                                            esp_partition_subtype_t subtype,
                                            const char* label) try {
  esp_partition_iterator_t iterator = nullptr;
  return esp_partition_find_err(type, subtype, label, &iterator) == ESP_OK ? iterator : nullptr;
}
UPDRAFT_NO_MEMORY(nullptr)

esp_err_t esp_partition_find_first_err(esp_partition_type_t type, esp_partition_subtype_t subtype,
                                       const char* label, const esp_partition_t** partition) try {
  if (partition == nullptr) return ESP_ERR_INVALID_ARG;
  std::deque<const esp_partition_t*> found;
  const esp_err_t error = updraft::esp::Find(type, subtype, label, found);
  *partition = error == ESP_OK ? found.front() : nullptr;
  return error;
}
UPDRAFT_NO_MEMORY(ESP_ERR_NO_MEM)

const esp_partition_t* esp_partition_find_first(esp_partition_type_t type,
                                                esp_partition_subtype_t subtype,
                                                const char* label) try {
  const esp_partition_t* partition = nullptr;
  return esp_partition_find_first_err(type, subtype, label, &partition) == ESP_OK ? partition
                                                                                  : nullptr;
}
UPDRAFT_NO_MEMORY(nullptr)

const esp_partition_t* esp_partition_get(esp_partition_iterator_t iterator) {
  const BoundDevice device;
  return updraft::esp::Iterators().contains(iterator) ? iterator->found.front() : nullptr;
}

esp_partition_iterator_t esp_partition_next(esp_partition_iterator_t iterator) {
  const BoundDevice device;
  if (!updraft::esp::Iterators().contains(iterator)) return nullptr;
  iterator->found.pop_front();
  if (!iterator->found.empty()) return iterator;
  esp_partition_iterator_release(iterator);
  return nullptr;
}

void esp_partition_iterator_release(esp_partition_iterator_t iterator) {
  const BoundDevice device;
  if (updraft::esp::Iterators().erase(iterator) == 0) return;
  const std::unique_ptr<esp_partition_iterator_opaque_> owned(iterator);
}

esp_err_t esp_partition_verify_err(const esp_partition_t* partition,
                                   const esp_partition_t** out_partition) try {
  if (partition == nullptr || out_partition == nullptr) return ESP_ERR_INVALID_ARG;
  *out_partition = nullptr;
  BoundDevice device;
  PartitionList& list = PartitionList::Instance();
  const esp_err_t loaded = list.Load(device);
  if (loaded != ESP_OK) return loaded;
  const PartitionList::Entry* const entry = list.Match(partition);
  if (entry == nullptr) return ESP_ERR_NOT_FOUND;
  *out_partition = &entry->partition;
  return ESP_OK;
}
UPDRAFT_NO_MEMORY(ESP_ERR_NO_MEM)

const esp_partition_t* esp_partition_verify(const esp_partition_t* partition) try {
  const esp_partition_t* own = nullptr;
  return esp_partition_verify_err(partition, &own) == ESP_OK ? own : nullptr;
}
UPDRAFT_NO_MEMORY(nullptr)

esp_err_t esp_partition_register_external(esp_flash_t* flash_chip, std::size_t offset,
                                          std::size_t size, const char* label,
                                          esp_partition_type_t type,
                                          esp_partition_subtype_t subtype,
                                          const esp_partition_t** out_partition) try {
  if (out_partition != nullptr) *out_partition = nullptr;
  if (flash_chip != nullptr && flash_chip != esp_flash_default_chip) return ESP_ERR_INVALID_ARG;
  BoundDevice device;
  if (!device) return ESP_ERR_INVALID_STATE;
  const std::uint64_t flash_size = device->flash->geometry().size;
  if (offset > flash_size || size > flash_size - offset) return ESP_ERR_INVALID_SIZE;
  PartitionList& list = PartitionList::Instance();
  static_cast<void>(list.Load(device));  // a device without a table has externals all the same
  const auto& order = list.order();
  if (std::any_of(order.begin(), order.end(), [&](const PartitionList::Entry* entry) {
        return updraft::esp::Overlaps(entry->partition, offset, size);
      })) {
    return ESP_ERR_INVALID_ARG;
  }
  esp_partition_t partition{};
  partition.flash_chip = esp_flash_default_chip;
  partition.type = type;
  partition.subtype = subtype;
  partition.address = static_cast<std::uint32_t>(offset);
  partition.size = static_cast<std::uint32_t>(size);
  partition.erase_size = esp_partition_get_main_flash_sector_size();
  std::strncpy(partition.label, label != nullptr ? label : "", sizeof partition.label - 1);
  const esp_partition_t* const registered = list.Register(partition);
  if (out_partition != nullptr) *out_partition = registered;
  return ESP_OK;
}
UPDRAFT_NO_MEMORY(ESP_ERR_NO_MEM)

esp_err_t esp_partition_deregister_external(const esp_partition_t* partition) try {
  const BoundDevice device;
  return PartitionList::Instance().Deregister(partition);
}
UPDRAFT_NO_MEMORY(ESP_ERR_NO_MEM)

void esp_partition_unload_all(void) try {
  const BoundDevice device;
  PartitionList::Instance().Unload();
}
UPDRAFT_NO_MEMORY()

std::uint32_t esp_partition_get_main_flash_sector_size(void) { return 4096; }

bool esp_partition_check_identity(const esp_partition_t* partition_1,
                                  const esp_partition_t* partition_2) try {
  std::uint8_t digest_1[32];
  std::uint8_t digest_2[32];
  return esp_partition_get_sha256(partition_1, digest_1) == ESP_OK &&
         esp_partition_get_sha256(partition_2, digest_2) == ESP_OK &&
         std::memcmp(digest_1, digest_2, sizeof digest_1) == 0;
}
UPDRAFT_NO_MEMORY(false)
