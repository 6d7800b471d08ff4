// SPDX-License-Identifier: Apache-2.0
// NVS for C++, over nvs.h: a handle that closes itself, and one name for numbers of any
// width. Errors are those of the functions of nvs.h.
#pragma once

#include <nvs.h>

#include <cstddef>
#include <cstdint>
#include <memory>
#include <new>
#include <type_traits>

namespace nvs {

enum class ItemType : std::uint8_t {
  U8 = NVS_TYPE_U8,
  I8 = NVS_TYPE_I8,
  U16 = NVS_TYPE_U16,
  I16 = NVS_TYPE_I16,
  U32 = NVS_TYPE_U32,
  I32 = NVS_TYPE_I32,
  U64 = NVS_TYPE_U64,
  I64 = NVS_TYPE_I64,
  FLOAT = NVS_TYPE_FLOAT,
  DOUBLE = NVS_TYPE_DOUBLE,
  SZ = NVS_TYPE_STR,
  BLOB = 0x41,
  BLOB_DATA = NVS_TYPE_BLOB,
  BLOB_IDX = 0x48,
  ANY = NVS_TYPE_ANY,
};

// Not copied; made by open_nvs_handle. One task at a time, as nvs.h.
class NVSHandle {
 public:
  explicit NVSHandle(nvs_handle_t handle) : handle_(handle) {}
  NVSHandle(const NVSHandle&) = delete;
  NVSHandle& operator=(const NVSHandle&) = delete;
  virtual ~NVSHandle() { nvs_close(handle_); }

  // Integers, bool and enumerations, by their width; float and double.
  template <typename T>
  esp_err_t set_item(const char* key, T value) {
    static_assert(IsItem<T>(), "nvs: numbers and enumerations are items");
    if constexpr (std::is_same_v<T, float>) {
      return nvs_set_float(handle_, key, value);
    } else if constexpr (std::is_same_v<T, double>) {
      return nvs_set_double(handle_, key, value);
    } else if constexpr (IsSigned<T>()) {
      const auto number = static_cast<std::int64_t>(value);
      if constexpr (sizeof(T) == 1)
        return nvs_set_i8(handle_, key, static_cast<std::int8_t>(number));
      if constexpr (sizeof(T) == 2)
        return nvs_set_i16(handle_, key, static_cast<std::int16_t>(number));
      if constexpr (sizeof(T) == 4)
        return nvs_set_i32(handle_, key, static_cast<std::int32_t>(number));
      if constexpr (sizeof(T) == 8) return nvs_set_i64(handle_, key, number);
    } else {
      const auto number = static_cast<std::uint64_t>(value);
      if constexpr (sizeof(T) == 1)
        return nvs_set_u8(handle_, key, static_cast<std::uint8_t>(number));
      if constexpr (sizeof(T) == 2)
        return nvs_set_u16(handle_, key, static_cast<std::uint16_t>(number));
      if constexpr (sizeof(T) == 4)
        return nvs_set_u32(handle_, key, static_cast<std::uint32_t>(number));
      if constexpr (sizeof(T) == 8) return nvs_set_u64(handle_, key, number);
    }
  }

  // `value` is left as it is where there is an error.
  template <typename T>
  esp_err_t get_item(const char* key, T& value) {
    static_assert(IsItem<T>(), "nvs: numbers and enumerations are items");
    if constexpr (std::is_same_v<T, float>) {
      return nvs_get_float(handle_, key, &value);
    } else if constexpr (std::is_same_v<T, double>) {
      return nvs_get_double(handle_, key, &value);
    } else if constexpr (IsSigned<T>()) {
      if constexpr (sizeof(T) == 1) return Get<std::int8_t>(&nvs_get_i8, key, value);
      if constexpr (sizeof(T) == 2) return Get<std::int16_t>(&nvs_get_i16, key, value);
      if constexpr (sizeof(T) == 4) return Get<std::int32_t>(&nvs_get_i32, key, value);
      if constexpr (sizeof(T) == 8) return Get<std::int64_t>(&nvs_get_i64, key, value);
    } else {
      if constexpr (sizeof(T) == 1) return Get<std::uint8_t>(&nvs_get_u8, key, value);
      if constexpr (sizeof(T) == 2) return Get<std::uint16_t>(&nvs_get_u16, key, value);
      if constexpr (sizeof(T) == 4) return Get<std::uint32_t>(&nvs_get_u32, key, value);
      if constexpr (sizeof(T) == 8) return Get<std::uint64_t>(&nvs_get_u64, key, value);
    }
  }

  virtual esp_err_t set_string(const char* key, const char* value) {
    return nvs_set_str(handle_, key, value);
  }
  virtual esp_err_t set_blob(const char* key, const void* blob, std::size_t len) {
    return nvs_set_blob(handle_, key, blob, len);
  }
  // ESP_ERR_NVS_INVALID_LENGTH when `len` bytes do not hold it, with its NUL.
  virtual esp_err_t get_string(const char* key, char* out_str, std::size_t len) {
    if (out_str == nullptr) return ESP_ERR_INVALID_ARG;
    return nvs_get_str(handle_, key, out_str, &len);
  }
  virtual esp_err_t get_blob(const char* key, void* out_blob, std::size_t len) {
    if (out_blob == nullptr) return ESP_ERR_INVALID_ARG;
    return nvs_get_blob(handle_, key, out_blob, &len);
  }
  // In bytes, of a string with its NUL.
  virtual esp_err_t get_item_size(ItemType datatype, const char* key, std::size_t& size) {
    switch (datatype) {
      case ItemType::SZ: return nvs_get_str(handle_, key, nullptr, &size);
      case ItemType::BLOB:
      case ItemType::BLOB_DATA:
      case ItemType::BLOB_IDX: return nvs_get_blob(handle_, key, nullptr, &size);
      default: break;
    }
    nvs_type_t type = NVS_TYPE_ANY;
    const esp_err_t error = nvs_find_key(handle_, key, &type);
    if (error != ESP_OK) return error;
    if (datatype == ItemType::ANY) return get_item_size(static_cast<ItemType>(type), key, size);
    if (static_cast<std::uint8_t>(type) != static_cast<std::uint8_t>(datatype)) {
      return ESP_ERR_NVS_NOT_FOUND;
    }
    size = static_cast<std::size_t>(type) & 0x0F;
    return ESP_OK;
  }
  virtual esp_err_t find_key(const char* key, nvs_type_t& nvstype) {
    return nvs_find_key(handle_, key, &nvstype);
  }
  virtual esp_err_t erase_item(const char* key) { return nvs_erase_key(handle_, key); }
  virtual esp_err_t erase_all() { return nvs_erase_all(handle_); }
  virtual esp_err_t purge_all() { return nvs_purge_all(handle_); }
  virtual esp_err_t commit() { return nvs_commit(handle_); }
  virtual esp_err_t get_used_entry_count(std::size_t& used_entries) {
    return nvs_get_used_entry_count(handle_, &used_entries);
  }

 private:
  template <typename T>
  static constexpr bool IsItem() {
    return std::is_integral_v<T> || std::is_enum_v<T> || std::is_same_v<T, float> ||
           std::is_same_v<T, double>;
  }
  template <typename T>
  static constexpr bool IsSigned() {
    if constexpr (std::is_enum_v<T>) {
      return std::is_signed_v<std::underlying_type_t<T>>;
    } else {
      return std::is_signed_v<T>;
    }
  }
  template <typename Stored, typename T>
  esp_err_t Get(esp_err_t (*get)(nvs_handle_t, const char*, Stored*), const char* key, T& value) {
    Stored stored{};
    const esp_err_t error = get(handle_, key, &stored);
    if (error == ESP_OK) value = static_cast<T>(stored);
    return error;
  }

  nvs_handle_t handle_;
};

// nullptr, and the reason in *err if that is given, where there is none.
inline std::unique_ptr<NVSHandle> open_nvs_handle_from_partition(const char* partition_name,
                                                                 const char* ns_name,
                                                                 nvs_open_mode_t open_mode,
                                                                 esp_err_t* err = nullptr) {
  nvs_handle_t opened = 0;
  esp_err_t error = nvs_open_from_partition(partition_name, ns_name, open_mode, &opened);
  std::unique_ptr<NVSHandle> handle;
  if (error == ESP_OK) {
    handle.reset(new (std::nothrow) NVSHandle(opened));
    if (handle == nullptr) {
      nvs_close(opened);
      error = ESP_ERR_NO_MEM;
    }
  }
  if (err != nullptr) *err = error;
  return handle;
}
inline std::unique_ptr<NVSHandle> open_nvs_handle(const char* ns_name, nvs_open_mode_t open_mode,
                                                  esp_err_t* err = nullptr) {
  return open_nvs_handle_from_partition(NVS_DEFAULT_PART_NAME, ns_name, open_mode, err);
}

}  // namespace nvs
