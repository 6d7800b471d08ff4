// SPDX-License-Identifier: Apache-2.0
// Network interfaces: the host's network stands behind all of them. Implemented
// in esp/src/netif.cc.
#pragma once

#include <esp_err.h>
#include <esp_event.h>
#include <esp_netif_ip_addr.h>
#include <esp_netif_types.h>
#include <net/if.h>
#include <sdkconfig.h>
#include <stdbool.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

esp_err_t esp_netif_init(void);
esp_err_t esp_netif_deinit(void);
esp_netif_t* esp_netif_create_default_wifi_sta(void);
esp_netif_t* esp_netif_create_default_wifi_ap(void);
void esp_netif_destroy(esp_netif_t* esp_netif);
void esp_netif_destroy_default_wifi(void* esp_netif);
// "WIFI_STA_DEF", "WIFI_AP_DEF", "ETH_DEF"; NULL for another.
esp_netif_t* esp_netif_get_handle_from_ifkey(const char* if_key);
esp_netif_t* esp_netif_get_default_netif(void);
// At least 6 bytes are written.
esp_err_t esp_netif_get_netif_impl_name(esp_netif_t* esp_netif, char* name);
esp_err_t esp_netif_get_ip_info(esp_netif_t* esp_netif, esp_netif_ip_info_t* ip_info);
// Addresses are the host's: what is set is checked, and nothing changes. The DHCP client
// and server only remember whether they run: ESP_ERR_ESP_NETIF_DHCP_ALREADY_STARTED and
// _STOPPED as there.
esp_err_t esp_netif_set_ip_info(esp_netif_t* esp_netif, const esp_netif_ip_info_t* ip_info);
esp_err_t esp_netif_dhcpc_start(esp_netif_t* esp_netif);
esp_err_t esp_netif_dhcpc_stop(esp_netif_t* esp_netif);
esp_err_t esp_netif_dhcpc_get_status(esp_netif_t* esp_netif, esp_netif_dhcp_status_t* status);
esp_err_t esp_netif_dhcps_start(esp_netif_t* esp_netif);
esp_err_t esp_netif_dhcps_stop(esp_netif_t* esp_netif);
esp_err_t esp_netif_set_dns_info(esp_netif_t* esp_netif, esp_netif_dns_type_t type,
                                 esp_netif_dns_info_t* dns);
esp_err_t esp_netif_get_dns_info(esp_netif_t* esp_netif, esp_netif_dns_type_t type,
                                 esp_netif_dns_info_t* dns);
// ESP_FAIL: no interface gets an address of IPv6 here.
esp_err_t esp_netif_create_ip6_linklocal(esp_netif_t* esp_netif);
esp_err_t esp_netif_set_default_netif(esp_netif_t* esp_netif);

// The interface of the configuration's key; NULL for a key that is none.
esp_netif_t* esp_netif_new(const esp_netif_config_t* config);
esp_err_t esp_netif_attach(esp_netif_t* esp_netif, void* driver_handle);
#define ESP_NETIF_INHERENT_DEFAULT_WIFI_STA() \
  { "WIFI_STA_DEF", "sta", 100 }
#define ESP_NETIF_INHERENT_DEFAULT_WIFI_AP() \
  { "WIFI_AP_DEF", "ap", 10 }
#define ESP_NETIF_INHERENT_DEFAULT_ETH() \
  { "ETH_DEF", "eth", 50 }
extern const esp_netif_inherent_config_t _g_esp_netif_inherent_sta_config;
extern const esp_netif_inherent_config_t _g_esp_netif_inherent_ap_config;
extern const esp_netif_inherent_config_t _g_esp_netif_inherent_eth_config;
#define ESP_NETIF_BASE_DEFAULT_WIFI_STA &_g_esp_netif_inherent_sta_config
#define ESP_NETIF_BASE_DEFAULT_WIFI_AP &_g_esp_netif_inherent_ap_config
#define ESP_NETIF_BASE_DEFAULT_ETH &_g_esp_netif_inherent_eth_config
#define ESP_NETIF_NETSTACK_DEFAULT_WIFI_STA NULL
#define ESP_NETIF_NETSTACK_DEFAULT_WIFI_AP NULL
#define ESP_NETIF_NETSTACK_DEFAULT_ETH NULL
#define ESP_NETIF_DEFAULT_WIFI_STA() \
  { ESP_NETIF_BASE_DEFAULT_WIFI_STA, NULL, ESP_NETIF_NETSTACK_DEFAULT_WIFI_STA }
#define ESP_NETIF_DEFAULT_WIFI_AP() \
  { ESP_NETIF_BASE_DEFAULT_WIFI_AP, NULL, ESP_NETIF_NETSTACK_DEFAULT_WIFI_AP }
#define ESP_NETIF_DEFAULT_ETH() \
  { ESP_NETIF_BASE_DEFAULT_ETH, NULL, ESP_NETIF_NETSTACK_DEFAULT_ETH }

// At most 32 bytes are kept.
esp_err_t esp_netif_get_hostname(esp_netif_t* esp_netif, const char** hostname);
esp_err_t esp_netif_set_hostname(esp_netif_t* esp_netif, const char* hostname);
const char* esp_netif_get_desc(esp_netif_t* esp_netif);
const char* esp_netif_get_ifkey(esp_netif_t* esp_netif);
bool esp_netif_is_netif_up(esp_netif_t* esp_netif);

#ifdef __cplusplus
}
#endif
