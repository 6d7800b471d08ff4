// SPDX-License-Identifier: Apache-2.0
// nvs.h, second half: iterating over entries. What an iterator yields is fixed
// when it is made.
#include <nvs.h>

#include <algorithm>
#include <cstring>
#include <deque>
#include <memory>
#include <set>

#include "esp/src/bound_device.h"
#include "esp/src/immortal.h"
#include "esp/src/no_memory.h"
#include "esp/src/nvs_registry.h"

struct nvs_opaque_iterator_t {
  std::deque<nvs_entry_info_t> entries;
};

namespace updraft::esp {
namespace {

// The iterators that are there. Guarded by the device.
std::set<nvs_iterator_t>& Iterators() {
  static updraft::esp::Immortal<std::set<nvs_iterator_t>> iterators;
  return *iterators;
}

// A blob appears where its first chunk stands; its index does not.
std::deque<nvs_entry_info_t> Collect(const NvsStore& store, int space, nvs_type_t type) {
  std::deque<nvs_entry_info_t> entries;
  for (const NvsStore::Place& place : store.Values()) {
    const NvsItem& item = place.item;
    if (item.type == kNvsBlobIndex || item.type == kNvsOldBlob) continue;
    if (item.type == kNvsBlobChunk && item.chunk != 0x00 && item.chunk != 0x80) continue;
    if (space >= 0 && item.namespace_index != space) continue;
    if (type != NVS_TYPE_ANY && item.type != type) continue;
    nvs_entry_info_t entry{};
    std::strncpy(entry.namespace_name, store.NamespaceName(item.namespace_index).c_str(),
                 sizeof entry.namespace_name - 1);
    std::strncpy(entry.key, item.key.c_str(), sizeof entry.key - 1);
    entry.type = static_cast<nvs_type_t>(item.type);
    entries.push_back(entry);
  }
  return entries;
}

esp_err_t Make(const NvsStore& store, int space, nvs_type_t type, nvs_iterator_t* iterator) {
  auto made = std::make_unique<nvs_opaque_iterator_t>();
  made->entries = Collect(store, space, type);
  if (made->entries.empty()) return ESP_ERR_NVS_NOT_FOUND;
  Iterators().insert(made.get());
  *iterator = made.release();
  return ESP_OK;
}

}  // namespace
}  // namespace updraft::esp

using updraft::esp::BoundDevice;
using updraft::esp::Iterators;
using updraft::esp::NvsRegistry;

esp_err_t nvs_entry_find(const char* part_name, const char* namespace_name, nvs_type_t type,
                         nvs_iterator_t* output_iterator) try {
  if (part_name == nullptr || output_iterator == nullptr) return ESP_ERR_INVALID_ARG;
  *output_iterator = nullptr;
  const BoundDevice device;
  const auto* const store = NvsRegistry::Instance().FindStore(part_name);
  if (store == nullptr) return ESP_ERR_NVS_NOT_FOUND;
  int space = -1;
  if (namespace_name != nullptr) {
    const auto index = store->FindNamespace(updraft::esp::Shortened(namespace_name));
    if (!index.has_value()) return ESP_ERR_NVS_NOT_FOUND;
    space = *index;
  }
  return updraft::esp::Make(*store, space, type, output_iterator);
}
UPDRAFT_NO_MEMORY(ESP_ERR_NO_MEM)

esp_err_t nvs_entry_find_in_handle(nvs_handle_t handle, nvs_type_t type,
                                   nvs_iterator_t* output_iterator) try {
  if (output_iterator == nullptr) return ESP_ERR_INVALID_ARG;
  *output_iterator = nullptr;
  const BoundDevice device;
  const auto* const open = NvsRegistry::Instance().FindHandle(handle);
  if (open == nullptr) return ESP_ERR_NVS_INVALID_HANDLE;
  return updraft::esp::Make(*open->store, open->namespace_index, type, output_iterator);
}
UPDRAFT_NO_MEMORY(ESP_ERR_NO_MEM)

esp_err_t nvs_entry_next(nvs_iterator_t* iterator) {
  if (iterator == nullptr) return ESP_ERR_INVALID_ARG;
  const BoundDevice device;
  if (!Iterators().contains(*iterator)) return ESP_ERR_INVALID_ARG;
  auto& entries = (*iterator)->entries;
  entries.pop_front();
  if (!entries.empty()) return ESP_OK;
  nvs_release_iterator(*iterator);
  *iterator = nullptr;
  return ESP_ERR_NVS_NOT_FOUND;
}

// NOLINTNEXTLINE(misc-misplaced-const): as ESP-IDF declares it
esp_err_t nvs_entry_info(const nvs_iterator_t iterator, nvs_entry_info_t* out_info) {
  if (out_info == nullptr) return ESP_ERR_INVALID_ARG;
  const BoundDevice device;
  if (!Iterators().contains(iterator)) return ESP_ERR_INVALID_ARG;
  *out_info = iterator->entries.front();
  return ESP_OK;
}

void nvs_release_iterator(nvs_iterator_t iterator) {
  const BoundDevice device;
  if (Iterators().erase(iterator) == 0) return;
  const std::unique_ptr<nvs_opaque_iterator_t> owned(iterator);
}
