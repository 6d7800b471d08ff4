// SPDX-License-Identifier: Apache-2.0
// IP addresses as programs print them. Types and macros only.
#pragma once

#include <stdint.h>

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
