// SPDX-License-Identifier: Apache-2.0
// esp_eth.h: what programs wait for is posted to the default event loop.
#include <esp_eth.h>
#include <esp_mac.h>

#include <mutex>

#include "esp/src/immortal.h"
#include "esp/src/no_memory.h"

ESP_EVENT_DEFINE_BASE(ETH_EVENT);

struct esp_eth_mac_s {};
struct esp_eth_phy_s {};
struct esp_eth_netif_glue_t {};

namespace {

struct Ethernet {
  std::mutex mutex;
  bool installed = false;
  bool started = false;
  esp_eth_mac_s mac{};
  esp_eth_phy_s phy{};
  esp_eth_netif_glue_t glue{};
};

Ethernet& TheEthernet() {
  static updraft::esp::Immortal<Ethernet> ethernet;
  return *ethernet;
}

// Guarded by the mutex.
bool IsInstalled(esp_eth_handle_t handle) {
  return TheEthernet().installed && handle == &TheEthernet();
}

// Without a default loop nobody waits.
void Post(eth_event_t id) {
  esp_eth_handle_t handle = &TheEthernet();
  static_cast<void>(esp_event_post(ETH_EVENT, id, &handle, sizeof handle, portMAX_DELAY));
}

esp_err_t SetStarted(esp_eth_handle_t handle, bool started) {
  const std::lock_guard lock(TheEthernet().mutex);
  if (!IsInstalled(handle)) return ESP_ERR_INVALID_ARG;
  if (TheEthernet().started == started) return ESP_ERR_INVALID_STATE;
  TheEthernet().started = started;
  return ESP_OK;
}

esp_eth_phy_t* PhyOf(const eth_phy_config_t* config) {
  return config != nullptr ? &TheEthernet().phy : nullptr;
}

}  // namespace

esp_eth_mac_t* esp_eth_mac_new_esp32(const eth_esp32_emac_config_t* esp32_config,
                                     const eth_mac_config_t* config) {
  return esp32_config != nullptr && config != nullptr ? &TheEthernet().mac : nullptr;
}
esp_eth_phy_t* esp_eth_phy_new_generic(const eth_phy_config_t* config) { return PhyOf(config); }
esp_eth_phy_t* esp_eth_phy_new_ip101(const eth_phy_config_t* config) { return PhyOf(config); }
esp_eth_phy_t* esp_eth_phy_new_rtl8201(const eth_phy_config_t* config) { return PhyOf(config); }
esp_eth_phy_t* esp_eth_phy_new_lan87xx(const eth_phy_config_t* config) { return PhyOf(config); }
esp_eth_phy_t* esp_eth_phy_new_dp83848(const eth_phy_config_t* config) { return PhyOf(config); }
esp_eth_phy_t* esp_eth_phy_new_ksz80xx(const eth_phy_config_t* config) { return PhyOf(config); }

esp_err_t esp_eth_driver_install(const esp_eth_config_t* config, esp_eth_handle_t* out_hdl) {
  if (config == nullptr || out_hdl == nullptr) return ESP_ERR_INVALID_ARG;
  if (config->mac == nullptr || config->phy == nullptr) return ESP_ERR_INVALID_ARG;
  const std::lock_guard lock(TheEthernet().mutex);
  if (TheEthernet().installed) return ESP_ERR_INVALID_STATE;
  TheEthernet().installed = true;
  *out_hdl = &TheEthernet();
  return ESP_OK;
}
esp_err_t esp_eth_driver_uninstall(esp_eth_handle_t hdl) {
  const std::lock_guard lock(TheEthernet().mutex);
  if (!IsInstalled(hdl)) return ESP_ERR_INVALID_ARG;
  if (TheEthernet().started) return ESP_ERR_INVALID_STATE;
  TheEthernet().installed = false;
  return ESP_OK;
}

esp_err_t esp_eth_start(esp_eth_handle_t hdl) try {
  const esp_err_t error = SetStarted(hdl, true);
  if (error != ESP_OK) return error;
  Post(ETHERNET_EVENT_START);
  Post(ETHERNET_EVENT_CONNECTED);
  ip_event_got_ip_t address{};
  address.esp_netif = esp_netif_get_handle_from_ifkey("ETH_DEF");
  address.ip_changed = true;
  static_cast<void>(esp_netif_get_ip_info(address.esp_netif, &address.ip_info));
  static_cast<void>(
      esp_event_post(IP_EVENT, IP_EVENT_ETH_GOT_IP, &address, sizeof address, portMAX_DELAY));
  return ESP_OK;
}
UPDRAFT_NO_MEMORY(ESP_ERR_NO_MEM)
esp_err_t esp_eth_stop(esp_eth_handle_t hdl) try {
  const esp_err_t error = SetStarted(hdl, false);
  if (error != ESP_OK) return error;
  Post(ETHERNET_EVENT_STOP);
  Post(ETHERNET_EVENT_DISCONNECTED);
  return ESP_OK;
}
UPDRAFT_NO_MEMORY(ESP_ERR_NO_MEM)

esp_err_t esp_eth_ioctl(esp_eth_handle_t hdl, esp_eth_io_cmd_t cmd, void* data) {
  {
    const std::lock_guard lock(TheEthernet().mutex);
    if (!IsInstalled(hdl) || data == nullptr) return ESP_ERR_INVALID_ARG;
  }
  if (cmd == ETH_CMD_S_MAC_ADDR) return ESP_OK;
  if (cmd != ETH_CMD_G_MAC_ADDR) return ESP_ERR_NOT_SUPPORTED;
  return esp_read_mac(static_cast<std::uint8_t*>(data), ESP_MAC_ETH);
}

esp_eth_netif_glue_handle_t esp_eth_new_netif_glue(esp_eth_handle_t eth_hdl) {
  const std::lock_guard lock(TheEthernet().mutex);
  return IsInstalled(eth_hdl) ? &TheEthernet().glue : nullptr;
}
esp_err_t esp_eth_del_netif_glue(esp_eth_netif_glue_handle_t eth_netif_glue) {
  return eth_netif_glue == &TheEthernet().glue ? ESP_OK : ESP_ERR_INVALID_ARG;
}
