// SPDX-License-Identifier: Apache-2.0
// esp_netif.h and protocol_examples_common.h: three interfaces that are always
// there, over the host's network.
#include <arpa/inet.h>
#include <esp_log.h>
#include <esp_netif.h>
#include <protocol_examples_common.h>

#include <array>
#include <cstdio>
#include <cstring>
#include <mutex>
#include <string_view>

struct esp_netif_obj {
  const char* key;
  const char* description;
  std::array<char, 33> hostname{"espressif"};
  bool has_dhcp_client = true;
  bool has_dhcp_server = false;
};

ESP_EVENT_DEFINE_BASE(IP_EVENT);

namespace {

// 127.0.0.1 and 255.0.0.0, in network order.
constexpr std::uint32_t kLoopback = 0x0100007F;
constexpr std::uint32_t kLoopbackMask = 0x000000FF;

std::array<esp_netif_obj, 3> g_interfaces{{{"WIFI_STA_DEF", "sta"},
                                           {"WIFI_AP_DEF", "ap", {"espressif"}, false, true},
                                           {"ETH_DEF", "eth"}}};
std::mutex g_interfaces_mutex;  // their settings

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
  if (!IsOne(esp_netif) || hostname == nullptr) return ESP_ERR_ESP_NETIF_INVALID_PARAMS;
  const std::lock_guard lock(g_interfaces_mutex);
  if (std::strlen(hostname) >= esp_netif->hostname.size()) return ESP_ERR_ESP_NETIF_INVALID_PARAMS;
  std::memcpy(esp_netif->hostname.data(), hostname, std::strlen(hostname) + 1);
  return ESP_OK;
}
esp_err_t esp_netif_get_hostname(esp_netif_t* esp_netif, const char** hostname) {
  if (!IsOne(esp_netif) || hostname == nullptr) return ESP_ERR_ESP_NETIF_INVALID_PARAMS;
  *hostname = esp_netif->hostname.data();
  return ESP_OK;
}

esp_err_t esp_netif_set_ip_info(esp_netif_t* esp_netif, const esp_netif_ip_info_t* ip_info) {
  if (!IsOne(esp_netif) || ip_info == nullptr) return ESP_ERR_ESP_NETIF_INVALID_PARAMS;
  const std::lock_guard lock(g_interfaces_mutex);
  return esp_netif->has_dhcp_client ? ESP_ERR_ESP_NETIF_DHCP_ALREADY_STARTED : ESP_OK;
}

namespace {

esp_err_t SetRunning(esp_netif_t* esp_netif, bool esp_netif_obj::*runs, bool start) {
  if (!IsOne(esp_netif)) return ESP_ERR_ESP_NETIF_INVALID_PARAMS;
  const std::lock_guard lock(g_interfaces_mutex);
  if (esp_netif->*runs == start) {
    return start ? ESP_ERR_ESP_NETIF_DHCP_ALREADY_STARTED : ESP_ERR_ESP_NETIF_DHCP_ALREADY_STOPPED;
  }
  esp_netif->*runs = start;
  return ESP_OK;
}

}  // namespace

esp_err_t esp_netif_dhcpc_start(esp_netif_t* esp_netif) {
  return SetRunning(esp_netif, &esp_netif_obj::has_dhcp_client, true);
}
esp_err_t esp_netif_dhcpc_stop(esp_netif_t* esp_netif) {
  return SetRunning(esp_netif, &esp_netif_obj::has_dhcp_client, false);
}
esp_err_t esp_netif_dhcps_start(esp_netif_t* esp_netif) {
  return SetRunning(esp_netif, &esp_netif_obj::has_dhcp_server, true);
}
esp_err_t esp_netif_dhcps_stop(esp_netif_t* esp_netif) {
  return SetRunning(esp_netif, &esp_netif_obj::has_dhcp_server, false);
}
esp_err_t esp_netif_dhcpc_get_status(esp_netif_t* esp_netif, esp_netif_dhcp_status_t* status) {
  if (!IsOne(esp_netif) || status == nullptr) return ESP_ERR_ESP_NETIF_INVALID_PARAMS;
  const std::lock_guard lock(g_interfaces_mutex);
  *status = esp_netif->has_dhcp_client ? ESP_NETIF_DHCP_STARTED : ESP_NETIF_DHCP_STOPPED;
  return ESP_OK;
}

// The host resolves names: its resolver is the one that is told.
esp_err_t esp_netif_set_dns_info(esp_netif_t* esp_netif, esp_netif_dns_type_t type,
                                 esp_netif_dns_info_t* dns) {
  const bool known = IsOne(esp_netif) && type < ESP_NETIF_DNS_MAX && dns != nullptr;
  return known ? ESP_OK : ESP_ERR_ESP_NETIF_INVALID_PARAMS;
}
esp_err_t esp_netif_get_dns_info(esp_netif_t* esp_netif, esp_netif_dns_type_t type,
                                 esp_netif_dns_info_t* dns) {
  const bool known = IsOne(esp_netif) && type < ESP_NETIF_DNS_MAX && dns != nullptr;
  if (!known) return ESP_ERR_ESP_NETIF_INVALID_PARAMS;
  *dns = {};
  if (type == ESP_NETIF_DNS_MAIN) dns->ip.u_addr.ip4.addr = kLoopback;
  return ESP_OK;
}

esp_err_t esp_netif_create_ip6_linklocal(esp_netif_t* esp_netif) {
  return IsOne(esp_netif) ? ESP_FAIL : ESP_ERR_ESP_NETIF_INVALID_PARAMS;
}
esp_err_t esp_netif_set_default_netif(esp_netif_t* esp_netif) {
  return IsOne(esp_netif) ? ESP_OK : ESP_ERR_ESP_NETIF_INVALID_PARAMS;
}

const esp_netif_inherent_config_t _g_esp_netif_inherent_sta_config =
    ESP_NETIF_INHERENT_DEFAULT_WIFI_STA();
const esp_netif_inherent_config_t _g_esp_netif_inherent_ap_config =
    ESP_NETIF_INHERENT_DEFAULT_WIFI_AP();
const esp_netif_inherent_config_t _g_esp_netif_inherent_eth_config =
    ESP_NETIF_INHERENT_DEFAULT_ETH();

esp_netif_t* esp_netif_new(const esp_netif_config_t* config) {
  if (config == nullptr || config->base == nullptr) return nullptr;
  return esp_netif_get_handle_from_ifkey(config->base->if_key);
}
esp_err_t esp_netif_attach(esp_netif_t* esp_netif, void* driver_handle) {
  const bool known = IsOne(esp_netif) && driver_handle != nullptr;
  return known ? ESP_OK : ESP_ERR_ESP_NETIF_INVALID_PARAMS;
}

char* esp_ip4addr_ntoa(const esp_ip4_addr_t* addr, char* buf, int buflen) {
  if (addr == nullptr || buf == nullptr || buflen <= 0) return nullptr;
  const int length = std::snprintf(buf, static_cast<std::size_t>(buflen), IPSTR, IP2STR(addr));
  return length < buflen ? buf : nullptr;
}
esp_err_t esp_netif_str_to_ip4(const char* src, esp_ip4_addr_t* dst) {
  if (src == nullptr || dst == nullptr) return ESP_ERR_INVALID_ARG;
  return inet_pton(AF_INET, src, &dst->addr) == 1 ? ESP_OK : ESP_FAIL;
}
std::uint32_t esp_ip4addr_aton(const char* addr) {
  esp_ip4_addr_t read{};
  return esp_netif_str_to_ip4(addr, &read) == ESP_OK ? read.addr : 0;
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
