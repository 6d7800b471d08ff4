// SPDX-License-Identifier: Apache-2.0
// IP addresses as programs print and read them. Implemented in esp/src/netif.cc.
#pragma once

#include <esp_err.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

typedef struct {
  uint32_t addr;  // in network order
} esp_ip4_addr_t;

typedef struct {
  uint32_t addr[4];
  uint8_t zone;
} esp_ip6_addr_t;

typedef struct {
  union {
    esp_ip6_addr_t ip6;
    esp_ip4_addr_t ip4;
  } u_addr;
  uint8_t type;
} esp_ip_addr_t;

#define esp_ip4_addr_get_byte(ipaddr, idx) (((const uint8_t*)(&(ipaddr)->addr))[idx])
#define esp_ip4_addr1(ipaddr) esp_ip4_addr_get_byte(ipaddr, 0)
#define esp_ip4_addr2(ipaddr) esp_ip4_addr_get_byte(ipaddr, 1)
#define esp_ip4_addr3(ipaddr) esp_ip4_addr_get_byte(ipaddr, 2)
#define esp_ip4_addr4(ipaddr) esp_ip4_addr_get_byte(ipaddr, 3)
#define IP2STR(ipaddr) \
  esp_ip4_addr1(ipaddr), esp_ip4_addr2(ipaddr), esp_ip4_addr3(ipaddr), esp_ip4_addr4(ipaddr)
#define IPSTR "%d.%d.%d.%d"

#define esp_netif_htonl(x) ((uint32_t)__builtin_bswap32(x))
#define esp_netif_ip4_makeu32(a, b, c, d)                                                      \
  (((uint32_t)((a)&0xff) << 24) | ((uint32_t)((b)&0xff) << 16) | ((uint32_t)((c)&0xff) << 8) | \
   (uint32_t)((d)&0xff))
#define ESP_IP4TOUINT32(a, b, c, d) esp_netif_ip4_makeu32(a, b, c, d)
#define ESP_IP4TOADDR(a, b, c, d) esp_netif_htonl(ESP_IP4TOUINT32(a, b, c, d))
#define ESP_IP4ADDR_INIT(a, b, c, d)                                                    \
  {                                                                                     \
    .type = ESP_IPADDR_TYPE_V4, .u_addr = {.ip4 = {.addr = ESP_IP4TOADDR(a, b, c, d)} } \
  }
#define IP4_ADDR(ipaddr, a, b, c, d) ((ipaddr)->addr = ESP_IP4TOADDR(a, b, c, d))
#define IP4ADDR_STRLEN_MAX 16
#define ESP_IPADDR_TYPE_V4 0U
#define ESP_IPADDR_TYPE_V6 6U
#define ESP_IPADDR_TYPE_ANY 46U

#define ESP_IP6_ADDR_BLOCK(ip6addr, word, shift) \
  ((uint16_t)((esp_netif_htonl((ip6addr)->addr[word]) >> (shift)) & 0xffff))
#define IPV62STR(ip6)                                                      \
  ESP_IP6_ADDR_BLOCK(&(ip6), 0, 16), ESP_IP6_ADDR_BLOCK(&(ip6), 0, 0),     \
      ESP_IP6_ADDR_BLOCK(&(ip6), 1, 16), ESP_IP6_ADDR_BLOCK(&(ip6), 1, 0), \
      ESP_IP6_ADDR_BLOCK(&(ip6), 2, 16), ESP_IP6_ADDR_BLOCK(&(ip6), 2, 0), \
      ESP_IP6_ADDR_BLOCK(&(ip6), 3, 16), ESP_IP6_ADDR_BLOCK(&(ip6), 3, 0)
#define IPV6STR "%04x:%04x:%04x:%04x:%04x:%04x:%04x:%04x"

// Dotted decimal. `buf`, which is returned: NULL when it is too short.
char* esp_ip4addr_ntoa(const esp_ip4_addr_t* addr, char* buf, int buflen);
// In network order; 0 for what is no address.
uint32_t esp_ip4addr_aton(const char* addr);
// ESP_FAIL for what is no address.
esp_err_t esp_netif_str_to_ip4(const char* src, esp_ip4_addr_t* dst);

#ifdef __cplusplus
}
#endif
