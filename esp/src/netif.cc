// SPDX-License-Identifier: Apache-2.0
// esp_netif.h and protocol_examples_common.h: three interfaces that are always
// there, over the host's network.
#include <esp_log.h>
#include <esp_netif.h>
#include <protocol_examples_common.h>

#include <array>
#include <cstdio>
#include <cstring>
#include <string_view>

struct esp_netif_obj {
  const char* key;
  const char* description;
};

ESP_EVENT_DEFINE_BASE(IP_EVENT);

namespace {

// 127.0.0.1 and 255.0.0.0, in network order.
constexpr std::uint32_t kLoopback = 0x0100007F;
constexpr std::uint32_t kLoopbackMask = 0x000000FF;

std::array<esp_netif_obj, 3> g_interfaces{
    {{"WIFI_STA_DEF", "sta"}, {"WIFI_AP_DEF", "ap"}, {"ETH_DEF", "eth"}}};

bool IsOne(const esp_netif_t* interface) {
  for (const esp_netif_obj& own : g_interfaces) {
    if (&own == interface) return true;
  }
  return false;
}

}  // namespace

esp_err_t esp_netif_init(void) { return ESP_OK; }
esp_err_t esp_netif_deinit(void) { return ESP_ERR_NOT_SUPPORTED; }
esp_netif_t* esp_netif_create_default_wifi_sta(void) { return g_interfaces.data(); }
esp_netif_t* esp_netif_create_default_wifi_ap(void) { return &g_interfaces[1]; }
void esp_netif_destroy(esp_netif_t* esp_netif) { static_cast<void>(esp_netif); }
void esp_netif_destroy_default_wifi(void* esp_netif) { static_cast<void>(esp_netif); }
esp_netif_t* esp_netif_get_default_netif(void) { return &g_interfaces[2]; }

esp_netif_t* esp_netif_get_handle_from_ifkey(const char* if_key) {
  if (if_key == nullptr) return nullptr;
  for (esp_netif_obj& own : g_interfaces) {
    if (std::strcmp(own.key, if_key) == 0) return &own;
  }
  return nullptr;
}

esp_err_t esp_netif_get_netif_impl_name(esp_netif_t* esp_netif, char* name) {
  if (!IsOne(esp_netif) || name == nullptr) return ESP_ERR_INVALID_ARG;
  std::memcpy(name, "lo", sizeof "lo");
  return ESP_OK;
}

esp_err_t esp_netif_get_ip_info(esp_netif_t* esp_netif, esp_netif_ip_info_t* ip_info) {
  if (!IsOne(esp_netif) || ip_info == nullptr) return ESP_ERR_INVALID_ARG;
  *ip_info = {.ip = {kLoopback}, .netmask = {kLoopbackMask}, .gw = {kLoopback}};
  return ESP_OK;
}

esp_err_t esp_netif_set_hostname(esp_netif_t* esp_netif, const char* hostname) {
  return IsOne(esp_netif) && hostname != nullptr ? ESP_OK : ESP_ERR_INVALID_ARG;
}
const char* esp_netif_get_desc(esp_netif_t* esp_netif) {
  return IsOne(esp_netif) ? esp_netif->description : nullptr;
}
const char* esp_netif_get_ifkey(esp_netif_t* esp_netif) {
  return IsOne(esp_netif) ? esp_netif->key : nullptr;
}
bool esp_netif_is_netif_up(esp_netif_t* esp_netif) { return IsOne(esp_netif); }

esp_err_t example_connect(void) {
  ESP_LOGI("example_common", "Connected to %s", EXAMPLE_NETIF_DESC_ETH);
  ESP_LOGI("example_common", "- IPv4 address: 127.0.0.1,");
  return ESP_OK;
}
esp_err_t example_disconnect(void) { return ESP_OK; }
// What waits in a pipe belongs to the firmware that is started next, too.
esp_err_t example_configure_stdin_stdout(void) {
  std::setvbuf(stdin, nullptr, _IONBF, 0);
  return ESP_OK;
}

esp_netif_t* get_example_netif_from_desc(const char* desc) {
  if (desc == nullptr) return nullptr;
  const std::string_view wanted(desc);
  if (wanted == EXAMPLE_NETIF_DESC_STA) return g_interfaces.data();
  return wanted == EXAMPLE_NETIF_DESC_ETH ? &g_interfaces[2] : nullptr;
}
