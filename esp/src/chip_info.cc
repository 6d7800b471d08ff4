// SPDX-License-Identifier: Apache-2.0
// esp_chip_info.h and esp_mac.h: what the device is.
#include <esp_chip_info.h>
#include <esp_mac.h>

#include <array>
#include <cstring>

#include "esp/src/bound_device.h"

void esp_chip_info(esp_chip_info_t* out_info) {
  if (out_info == nullptr) return;
  *out_info = {};
  out_info->model = CHIP_POSIX_LINUX;
  out_info->cores = 1;
  const updraft::esp::BoundDevice device;
  if (!device) return;
  out_info->revision = device->chip.revision;
  out_info->features = CHIP_FEATURE_WIFI_BGN;
  const updraft::ChipFamily& family = *device->chip.family;
  // ESP32 alone is counted from 1 here.
  if (!family.runs_linux) {
    out_info->model = family.id == 0 ? CHIP_ESP32 : static_cast<esp_chip_model_t>(family.id);
  }
  if (family.name == "esp32" || family.name == "esp32s3" || family.name == "esp32p4") {
    out_info->cores = 2;
  }
}

esp_err_t esp_efuse_mac_get_default(std::uint8_t* mac) {
  if (mac == nullptr) return ESP_ERR_INVALID_ARG;
  const updraft::esp::BoundDevice device;
  const std::uint32_t crc = updraft::Crc32(updraft::AsBytes(device.identity()));
  // A locally administered address; the last byte leaves room for the derived ones.
  const std::array<std::uint8_t, 6> own{0x02,
                                        0x55,
                                        static_cast<std::uint8_t>(crc >> 24),
                                        static_cast<std::uint8_t>(crc >> 16),
                                        static_cast<std::uint8_t>(crc >> 8),
                                        static_cast<std::uint8_t>(crc & 0xFC)};
  std::memcpy(mac, own.data(), own.size());
  return ESP_OK;
}

esp_err_t esp_base_mac_addr_get(std::uint8_t* mac) { return esp_efuse_mac_get_default(mac); }

esp_err_t esp_read_mac(std::uint8_t* mac, esp_mac_type_t type) {
  if (mac == nullptr || type > ESP_MAC_EFUSE_EXT) return ESP_ERR_INVALID_ARG;
  static_cast<void>(esp_efuse_mac_get_default(mac));
  if (type == ESP_MAC_WIFI_SOFTAP) mac[5] = static_cast<std::uint8_t>(mac[5] + 1);
  if (type == ESP_MAC_BT) mac[5] = static_cast<std::uint8_t>(mac[5] + 2);
  if (type == ESP_MAC_ETH) mac[5] = static_cast<std::uint8_t>(mac[5] + 3);
  return ESP_OK;
}
