// SPDX-License-Identifier: Apache-2.0
// What the transports below esp-tls say of a connection, and the types that other
// headers name. Transports of an application's own are not there.
#pragma once

#include <esp_err.h>
#include <stdbool.h>

typedef struct esp_transport_item_t* esp_transport_handle_t;

typedef struct esp_transport_keepalive {
  bool keep_alive_enable;
  int keep_alive_idle;  // seconds, as the interval
  int keep_alive_interval;
  int keep_alive_count;
} esp_transport_keep_alive_t;

#define ESP_ERR_TCP_TRANSPORT_BASE 0xe000
#define ESP_ERR_TCP_TRANSPORT_CONNECTION_TIMEOUT (ESP_ERR_TCP_TRANSPORT_BASE + 1)
#define ESP_ERR_TCP_TRANSPORT_CONNECTION_CLOSED_BY_FIN (ESP_ERR_TCP_TRANSPORT_BASE + 2)
#define ESP_ERR_TCP_TRANSPORT_CONNECTION_FAILED (ESP_ERR_TCP_TRANSPORT_BASE + 3)
#define ESP_ERR_TCP_TRANSPORT_NO_MEM (ESP_ERR_TCP_TRANSPORT_BASE + 4)
