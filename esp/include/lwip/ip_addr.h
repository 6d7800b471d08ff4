// SPDX-License-Identifier: Apache-2.0
// Addresses under lwIP's names. Types and macros only.
#pragma once

#include <esp_netif_ip_addr.h>
#include <lwip/sockets.h>

typedef esp_ip4_addr_t ip4_addr_t;
typedef esp_ip6_addr_t ip6_addr_t;
typedef esp_ip_addr_t ip_addr_t;
