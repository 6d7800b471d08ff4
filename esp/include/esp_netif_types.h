// SPDX-License-Identifier: Apache-2.0
// Types of esp_netif.h, and the events of getting an address.
#pragma once

#include <esp_err.h>
#include <esp_event_base.h>
#include <esp_netif_ip_addr.h>
#include <stdbool.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

typedef struct esp_netif_obj esp_netif_t;

typedef struct {
  esp_ip4_addr_t ip;
  esp_ip4_addr_t netmask;
  esp_ip4_addr_t gw;
} esp_netif_ip_info_t;

typedef enum {
  IP_EVENT_STA_GOT_IP,
  IP_EVENT_STA_LOST_IP,
  IP_EVENT_AP_STAIPASSIGNED,
  IP_EVENT_GOT_IP6,
  IP_EVENT_ETH_GOT_IP,
  IP_EVENT_ETH_LOST_IP,
  IP_EVENT_PPP_GOT_IP,
  IP_EVENT_PPP_LOST_IP,
} ip_event_t;

ESP_EVENT_DECLARE_BASE(IP_EVENT);

#define ESP_ERR_ESP_NETIF_BASE 0x5000
#define ESP_ERR_ESP_NETIF_INVALID_PARAMS (ESP_ERR_ESP_NETIF_BASE + 0x01)
#define ESP_ERR_ESP_NETIF_IF_NOT_READY (ESP_ERR_ESP_NETIF_BASE + 0x02)
#define ESP_ERR_ESP_NETIF_DHCPC_START_FAILED (ESP_ERR_ESP_NETIF_BASE + 0x03)
#define ESP_ERR_ESP_NETIF_DHCP_ALREADY_STARTED (ESP_ERR_ESP_NETIF_BASE + 0x04)
#define ESP_ERR_ESP_NETIF_DHCP_ALREADY_STOPPED (ESP_ERR_ESP_NETIF_BASE + 0x05)

typedef enum {
  ESP_NETIF_DNS_MAIN = 0,
  ESP_NETIF_DNS_BACKUP,
  ESP_NETIF_DNS_FALLBACK,
  ESP_NETIF_DNS_MAX,
} esp_netif_dns_type_t;

typedef struct {
  esp_ip_addr_t ip;
} esp_netif_dns_info_t;

typedef enum {
  ESP_NETIF_DHCP_INIT = 0,
  ESP_NETIF_DHCP_STARTED,
  ESP_NETIF_DHCP_STOPPED,
} esp_netif_dhcp_status_t;

// Which interface a program wants; the ones that there are, are always there.
typedef struct {
  const char* if_key;
  const char* if_desc;
  int route_prio;
} esp_netif_inherent_config_t;

typedef struct {
  const esp_netif_inherent_config_t* base;
  const void* driver;
  const void* stack;
} esp_netif_config_t;

typedef struct {
  esp_netif_t* esp_netif;
  esp_ip4_addr_t ip;
  uint8_t mac[6];
} ip_event_ap_staipassigned_t;

typedef struct {
  esp_ip6_addr_t ip;
} esp_netif_ip6_info_t;

typedef struct {
  esp_netif_t* esp_netif;
  esp_netif_ip6_info_t ip6_info;
  int ip_index;
} ip_event_got_ip6_t;

typedef struct {
  esp_netif_t* esp_netif;
  esp_netif_ip_info_t ip_info;
  bool ip_changed;
} ip_event_got_ip_t;

#ifdef __cplusplus
}
#endif
