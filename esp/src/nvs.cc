// SPDX-License-Identifier: Apache-2.0
// nvs.h, first half: handles, and values by key.
#include <nvs.h>

#include <bit>
#include <cmath>
#include <cstring>

#include "esp/src/bound_device.h"
#include "esp/src/err.h"
#include "esp/src/no_memory.h"
#include "esp/src/nvs_registry.h"

namespace updraft::esp {
namespace {

// One call on one handle: the device held, the handle found.
class Access {
 public:
  explicit Access(nvs_handle_t handle) : handle_(NvsRegistry::Instance().FindHandle(handle)) {}

  // ESP_OK when the call may go on.
  esp_err_t Judge(bool writes) const {
    if (!device_) return ESP_ERR_NVS_NOT_INITIALIZED;
    if (handle_ == nullptr) return ESP_ERR_NVS_INVALID_HANDLE;
    return writes && !handle_->writes ? ESP_ERR_NVS_READ_ONLY : ESP_OK;
  }
  NvsHandle& operator*() const { return *handle_; }
  NvsStore& store() const { return *handle_->store; }
  std::uint8_t space() const { return handle_->namespace_index; }
  bool purges() const { return handle_->purges; }
  Device& device() const { return *device_; }

 private:
  BoundDevice device_;
  NvsHandle* handle_;
};

template <typename T>
std::uint64_t BitsOf(T value) {
  std::uint64_t bits = 0;
  std::memcpy(&bits, &value, sizeof value);
  return bits;
}

esp_err_t SetBits(nvs_handle_t handle, const char* key, nvs_type_t type, std::uint64_t bits) try {
  if (key == nullptr) return ESP_ERR_INVALID_ARG;
  const Access access(handle);
  const esp_err_t error = access.Judge(true);
  if (error != ESP_OK) return error;
  if (std::strlen(key) > kNvsMaxKey) return ESP_ERR_NVS_KEY_TOO_LONG;
  return access.store().SetNumber(access.space(), key, type, bits, access.purges());
}
UPDRAFT_NO_MEMORY(ESP_ERR_NO_MEM)

esp_err_t GetNumber(nvs_handle_t handle, const char* key, nvs_type_t type, void* value) try {
  if (key == nullptr || value == nullptr) return ESP_ERR_INVALID_ARG;
  const Access access(handle);
  const esp_err_t error = access.Judge(false);
  if (error != ESP_OK) return error;
  const auto place = access.store().Find(access.space(), Shortened(key));
  if (!place.has_value() || place->item.type != type) return ESP_ERR_NVS_NOT_FOUND;
  // The low bits of the type are the number's size.
  std::memcpy(value, place->item.value.data(), static_cast<std::size_t>(type) & 0x0FU);
  return ESP_OK;
}
UPDRAFT_NO_MEMORY(ESP_ERR_NO_MEM)

template <typename T>
esp_err_t Set(nvs_handle_t handle, const char* key, nvs_type_t type, T value) {
  return SetBits(handle, key, type, BitsOf(value));
}
template <typename T>
esp_err_t Get(nvs_handle_t handle, const char* key, nvs_type_t type, T* value) {
  return GetNumber(handle, key, type, value);
}

bool IsBlob(const NvsItem& item) { return item.type == kNvsBlobIndex || item.type == kNvsOldBlob; }

esp_err_t GetBytes(nvs_handle_t handle, const char* key, bool blob, void* value,
                   std::size_t* length) try {
  if (key == nullptr) return ESP_ERR_INVALID_ARG;
  const Access access(handle);
  esp_err_t error = access.Judge(false);
  if (error != ESP_OK) return error;
  const auto place = access.store().Find(access.space(), Shortened(key));
  const bool right =
      place.has_value() && (blob ? IsBlob(place->item) : place->item.type == NVS_TYPE_STR);
  if (!right) return ESP_ERR_NVS_NOT_FOUND;
  if (length == nullptr) return ESP_ERR_NVS_INVALID_LENGTH;
  const std::size_t needed = NvsStore::SizeOf(*place);
  if (value == nullptr || *length < needed) {
    *length = needed;
    return value == nullptr ? ESP_OK : ESP_ERR_NVS_INVALID_LENGTH;
  }
  std::vector<std::uint8_t> data;
  error = access.store().Get(*place, &data);
  if (error != ESP_OK) return error;
  if (!data.empty()) std::memcpy(value, data.data(), data.size());
  *length = data.size();
  return ESP_OK;
}
UPDRAFT_NO_MEMORY(ESP_ERR_NO_MEM)

}  // namespace
}  // namespace updraft::esp

using updraft::esp::Access;
using updraft::esp::BoundDevice;
using updraft::esp::kNvsMaxKey;
using updraft::esp::NvsRegistry;

esp_err_t nvs_open_from_partition(const char* part_name, const char* namespace_name,
                                  nvs_open_mode_t open_mode, nvs_handle_t* out_handle) try {
  if (part_name == nullptr || namespace_name == nullptr || out_handle == nullptr) {
    return ESP_ERR_INVALID_ARG;
  }
  const BoundDevice device;
  NvsRegistry& registry = NvsRegistry::Instance();
  if (registry.stores.empty()) return ESP_ERR_NVS_NOT_INITIALIZED;
  auto* const store = registry.FindStore(part_name);
  if (store == nullptr) return ESP_ERR_NVS_PART_NOT_FOUND;
  const bool writes = open_mode != NVS_READONLY;
  if (writes && !store->writes()) return ESP_ERR_NOT_ALLOWED;
  std::uint8_t index = 0;
  if (const auto known = store->FindNamespace(updraft::esp::Shortened(namespace_name))) {
    index = *known;
  } else if (!writes) {
    return ESP_ERR_NVS_NOT_FOUND;
  } else if (const esp_err_t error = store->OpenNamespace(namespace_name, &index);
             error != ESP_OK) {
    return error;
  }
  registry.handles.emplace(registry.last + 1,
                           updraft::esp::NvsHandle{.partition = part_name,
                                                   .store = store,
                                                   .namespace_index = index,
                                                   .writes = writes,
                                                   .purges = open_mode == NVS_READWRITE_PURGE});
  *out_handle = ++registry.last;
  return ESP_OK;
}
UPDRAFT_NO_MEMORY(ESP_ERR_NO_MEM)

esp_err_t nvs_open(const char* namespace_name, nvs_open_mode_t open_mode,
                   nvs_handle_t* out_handle) {
  return nvs_open_from_partition(NVS_DEFAULT_PART_NAME, namespace_name, open_mode, out_handle);
}

void nvs_close(nvs_handle_t handle) {
  const BoundDevice device;
  NvsRegistry::Instance().handles.erase(handle);
}

// All is in flash already; on the disk of the host it is from now on.
esp_err_t nvs_commit(nvs_handle_t handle) {
  const Access access(handle);
  const esp_err_t error = access.Judge(false);
  return error == ESP_OK ? updraft::esp::ErrorOf(access.device().flash->Sync()) : error;
}

#define UPDRAFT_NVS_NUMBER(c_type, suffix, nvs_type)                                    \
  esp_err_t nvs_set_##suffix(nvs_handle_t handle, const char* key, c_type value) {      \
    return updraft::esp::Set(handle, key, nvs_type, value);                             \
  }                                                                                     \
  esp_err_t nvs_get_##suffix(nvs_handle_t handle, const char* key, c_type* out_value) { \
    return updraft::esp::Get(handle, key, nvs_type, out_value);                         \
  }
UPDRAFT_NVS_NUMBER(std::int8_t, i8, NVS_TYPE_I8)
UPDRAFT_NVS_NUMBER(std::uint8_t, u8, NVS_TYPE_U8)
UPDRAFT_NVS_NUMBER(std::int16_t, i16, NVS_TYPE_I16)
UPDRAFT_NVS_NUMBER(std::uint16_t, u16, NVS_TYPE_U16)
UPDRAFT_NVS_NUMBER(std::int32_t, i32, NVS_TYPE_I32)
UPDRAFT_NVS_NUMBER(std::uint32_t, u32, NVS_TYPE_U32)
UPDRAFT_NVS_NUMBER(std::int64_t, i64, NVS_TYPE_I64)
UPDRAFT_NVS_NUMBER(std::uint64_t, u64, NVS_TYPE_U64)
#undef UPDRAFT_NVS_NUMBER

esp_err_t nvs_set_float(nvs_handle_t handle, const char* key, float value) try {
  if (std::isnan(value)) return ESP_ERR_INVALID_ARG;
  return updraft::esp::Set(handle, key, NVS_TYPE_FLOAT, value);
}
UPDRAFT_NO_MEMORY(ESP_ERR_NO_MEM)
esp_err_t nvs_get_float(nvs_handle_t handle, const char* key, float* out_value) try {
  return updraft::esp::Get(handle, key, NVS_TYPE_FLOAT, out_value);
}
UPDRAFT_NO_MEMORY(ESP_ERR_NO_MEM)
esp_err_t nvs_set_double(nvs_handle_t handle, const char* key, double value) try {
  if (std::isnan(value)) return ESP_ERR_INVALID_ARG;
  return updraft::esp::Set(handle, key, NVS_TYPE_DOUBLE, value);
}
UPDRAFT_NO_MEMORY(ESP_ERR_NO_MEM)
esp_err_t nvs_get_double(nvs_handle_t handle, const char* key, double* out_value) try {
  return updraft::esp::Get(handle, key, NVS_TYPE_DOUBLE, out_value);
}
UPDRAFT_NO_MEMORY(ESP_ERR_NO_MEM)

esp_err_t nvs_set_str(nvs_handle_t handle, const char* key, const char* value) try {
  if (key == nullptr || value == nullptr) return ESP_ERR_INVALID_ARG;
  const Access access(handle);
  const esp_err_t error = access.Judge(true);
  if (error != ESP_OK) return error;
  if (std::strlen(key) > kNvsMaxKey) return ESP_ERR_NVS_KEY_TOO_LONG;
  const updraft::Bytes with_nul(reinterpret_cast<const std::uint8_t*>(value),
                                std::strlen(value) + 1);
  return access.store().SetString(access.space(), key, with_nul, access.purges());
}
UPDRAFT_NO_MEMORY(ESP_ERR_NO_MEM)

esp_err_t nvs_set_blob(nvs_handle_t handle, const char* key, const void* value,
                       std::size_t length) try {
  if (key == nullptr || (value == nullptr && length > 0)) return ESP_ERR_INVALID_ARG;
  const Access access(handle);
  const esp_err_t error = access.Judge(true);
  if (error != ESP_OK) return error;
  return access.store().SetBlob(access.space(), key,
                                {static_cast<const std::uint8_t*>(value), length}, access.purges());
}
UPDRAFT_NO_MEMORY(ESP_ERR_NO_MEM)

esp_err_t nvs_get_str(nvs_handle_t handle, const char* key, char* out_value,
                      std::size_t* length) try {
  return updraft::esp::GetBytes(handle, key, false, out_value, length);
}
UPDRAFT_NO_MEMORY(ESP_ERR_NO_MEM)

esp_err_t nvs_get_blob(nvs_handle_t handle, const char* key, void* out_value,
                       std::size_t* length) try {
  return updraft::esp::GetBytes(handle, key, true, out_value, length);
}
UPDRAFT_NO_MEMORY(ESP_ERR_NO_MEM)

esp_err_t nvs_find_key(nvs_handle_t handle, const char* key, nvs_type_t* out_type) try {
  if (key == nullptr) return ESP_ERR_INVALID_ARG;
  const Access access(handle);
  const esp_err_t error = access.Judge(false);
  if (error != ESP_OK) return error;
  const auto place = access.store().Find(access.space(), updraft::esp::Shortened(key));
  if (!place.has_value()) return ESP_ERR_NVS_NOT_FOUND;
  if (out_type != nullptr) {
    *out_type = updraft::esp::IsBlob(place->item) ? NVS_TYPE_BLOB
                                                  : static_cast<nvs_type_t>(place->item.type);
  }
  return ESP_OK;
}
UPDRAFT_NO_MEMORY(ESP_ERR_NO_MEM)

esp_err_t nvs_erase_key(nvs_handle_t handle, const char* key) try {
  if (key == nullptr) return ESP_ERR_INVALID_ARG;
  const Access access(handle);
  const esp_err_t error = access.Judge(true);
  if (error != ESP_OK) return error;
  const auto place = access.store().Find(access.space(), updraft::esp::Shortened(key));
  if (!place.has_value()) return ESP_ERR_NVS_NOT_FOUND;
  return access.store().Erase(*place, access.purges());
}
UPDRAFT_NO_MEMORY(ESP_ERR_NO_MEM)

esp_err_t nvs_erase_all(nvs_handle_t handle) try {
  const Access access(handle);
  const esp_err_t error = access.Judge(true);
  if (error != ESP_OK) return error;
  return access.store().EraseNamespace(access.space(), access.purges());
}
UPDRAFT_NO_MEMORY(ESP_ERR_NO_MEM)

esp_err_t nvs_purge_all(nvs_handle_t handle) try {
  const Access access(handle);
  const esp_err_t error = access.Judge(true);
  return error == ESP_OK ? access.store().PurgeErased() : error;
}
UPDRAFT_NO_MEMORY(ESP_ERR_NO_MEM)

esp_err_t nvs_get_used_entry_count(nvs_handle_t handle, std::size_t* used_entries) {
  if (used_entries == nullptr) return ESP_ERR_INVALID_ARG;
  *used_entries = 0;
  const Access access(handle);
  const esp_err_t error = access.Judge(false);
  if (error == ESP_OK) *used_entries = access.store().CountUsed(access.space());
  return error;
}

esp_err_t nvs_get_stats(const char* part_name, nvs_stats_t* nvs_stats) {
  if (nvs_stats == nullptr) return ESP_ERR_INVALID_ARG;
  *nvs_stats = {};
  const BoundDevice device;
  const auto* const store =
      NvsRegistry::Instance().FindStore(part_name != nullptr ? part_name : NVS_DEFAULT_PART_NAME);
  if (store == nullptr) return ESP_ERR_NVS_NOT_INITIALIZED;
  *nvs_stats = store->Stats();
  return ESP_OK;
}
