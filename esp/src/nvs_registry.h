// SPDX-License-Identifier: Apache-2.0
// Which partitions hold a store in use, and which handles are open on them.
// Called by nvs*.cc; every call holds the device.
#pragma once

#include <nvs.h>

#include <map>
#include <memory>
#include <string>
#include <string_view>

#include "esp/src/nvs_store.h"

namespace updraft::esp {

// Reading takes a longer name for its first 15 characters, as ESP-IDF does.
inline std::string_view Shortened(const char* name) {
  return std::string_view(name).substr(0, kNvsMaxKey);
}

struct NvsHandle {
  std::string partition;
  NvsStore* store = nullptr;
  std::uint8_t namespace_index = 0;
  bool writes = false;
  bool purges = false;
};

struct NvsRegistry {
  std::map<std::string, std::unique_ptr<NvsStore>, std::less<>> stores;  // by label
  std::map<nvs_handle_t, NvsHandle> handles;
  nvs_handle_t last = 0;

  static NvsRegistry& Instance();
  NvsStore* FindStore(const char* label);
  // nullptr for a handle that is closed or never was.
  NvsHandle* FindHandle(nvs_handle_t handle);
  // Closes what is open on it. ESP_ERR_NVS_NOT_INITIALIZED.
  esp_err_t Release(const std::string& label);
};

}  // namespace updraft::esp
