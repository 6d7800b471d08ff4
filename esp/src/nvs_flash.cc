// SPDX-License-Identifier: Apache-2.0
// nvs_flash.h: taking partitions into use.
#include <nvs_flash.h>

#include <cstring>

#include "esp/src/immortal.h"
#include "esp/src/no_memory.h"
#include "esp/src/nvs_registry.h"
#include "esp/src/partition_list.h"

namespace updraft::esp {

NvsRegistry& NvsRegistry::Instance() {
  static updraft::esp::Immortal<NvsRegistry> registry;
  return *registry;
}

NvsStore* NvsRegistry::FindStore(const char* label) {
  const auto found = stores.find(std::string_view(label != nullptr ? label : ""));
  return found != stores.end() ? found->second.get() : nullptr;
}

NvsHandle* NvsRegistry::FindHandle(nvs_handle_t handle) {
  const auto found = handles.find(handle);
  return found != handles.end() ? &found->second : nullptr;
}

esp_err_t NvsRegistry::Release(const std::string& label) {
  if (stores.erase(label) == 0) return ESP_ERR_NVS_NOT_INITIALIZED;
  std::erase_if(handles, [&](const auto& pair) { return pair.second.partition == label; });
  return ESP_OK;
}

void ForgetNvs() {
  NvsRegistry& registry = NvsRegistry::Instance();
  registry.stores.clear();
  registry.handles.clear();
}

namespace {

// ESP_ERR_NOT_FOUND without it.
esp_err_t FindPartition(const char* label, const esp_partition_t** partition) {
  return esp_partition_find_first_err(ESP_PARTITION_TYPE_DATA, ESP_PARTITION_SUBTYPE_DATA_NVS,
                                      label, partition);
}

bool IsTooLong(const char* label) { return std::strlen(label) > NVS_PART_NAME_MAX_SIZE; }

}  // namespace
}  // namespace updraft::esp

using updraft::esp::BoundDevice;
using updraft::esp::NvsRegistry;
using updraft::esp::NvsStore;

esp_err_t nvs_flash_init_partition_ptr(const esp_partition_t* partition) try {
  BoundDevice device;
  if (!device) return ESP_ERR_INVALID_STATE;
  if (!updraft::esp::CorePartition(partition, device)) return ESP_ERR_INVALID_ARG;
  NvsRegistry& registry = NvsRegistry::Instance();
  if (registry.FindStore(partition->label) != nullptr) return ESP_OK;
  auto store = std::make_unique<NvsStore>(*device->flash, partition->address, partition->size,
                                          !partition->readonly);
  const esp_err_t error = store->Load();
  if (error == ESP_OK) registry.stores.emplace(partition->label, std::move(store));
  return error;
}
UPDRAFT_NO_MEMORY(ESP_ERR_NO_MEM)

esp_err_t nvs_flash_init_partition(const char* partition_label) try {
  if (partition_label == nullptr || updraft::esp::IsTooLong(partition_label)) {
    return ESP_ERR_INVALID_ARG;
  }
  const esp_partition_t* partition = nullptr;
  const esp_err_t error = updraft::esp::FindPartition(partition_label, &partition);
  return error == ESP_OK ? nvs_flash_init_partition_ptr(partition) : error;
}
UPDRAFT_NO_MEMORY(ESP_ERR_NO_MEM)

esp_err_t nvs_flash_init(void) { return nvs_flash_init_partition(NVS_DEFAULT_PART_NAME); }

esp_err_t nvs_flash_deinit_partition(const char* partition_label) try {
  if (partition_label == nullptr) return ESP_ERR_INVALID_ARG;
  const BoundDevice device;
  return NvsRegistry::Instance().Release(partition_label);
}
UPDRAFT_NO_MEMORY(ESP_ERR_NO_MEM)

esp_err_t nvs_flash_deinit(void) { return nvs_flash_deinit_partition(NVS_DEFAULT_PART_NAME); }

esp_err_t nvs_flash_erase_partition_ptr(const esp_partition_t* partition) try {
  if (partition == nullptr) return ESP_ERR_INVALID_ARG;
  const BoundDevice device;
  static_cast<void>(NvsRegistry::Instance().Release(partition->label));
  return esp_partition_erase_range(partition, 0, partition->size);
}
UPDRAFT_NO_MEMORY(ESP_ERR_NO_MEM)

esp_err_t nvs_flash_erase_partition(const char* part_name) try {
  if (part_name == nullptr) return ESP_ERR_INVALID_ARG;
  const esp_partition_t* partition = nullptr;
  const esp_err_t error = updraft::esp::FindPartition(part_name, &partition);
  return error == ESP_OK ? nvs_flash_erase_partition_ptr(partition) : error;
}
UPDRAFT_NO_MEMORY(ESP_ERR_NO_MEM)

esp_err_t nvs_flash_erase(void) { return nvs_flash_erase_partition(NVS_DEFAULT_PART_NAME); }
