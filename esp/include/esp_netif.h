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
esp_err_t esp_netif_set_hostname(esp_netif_t* esp_netif, const char* hostname);
const char* esp_netif_get_desc(esp_netif_t* esp_netif);
const char* esp_netif_get_ifkey(esp_netif_t* esp_netif);
bool esp_netif_is_netif_up(esp_netif_t* esp_netif);

#ifdef __cplusplus
}
#endif
