// SPDX-License-Identifier: Apache-2.0
// What the transports below esp-tls say of a connection: the codes alone. Transports of
// an application's own are not there.
#pragma once

#include <esp_err.h>

#define ESP_ERR_TCP_TRANSPORT_BASE 0xe000
#define ESP_ERR_TCP_TRANSPORT_CONNECTION_TIMEOUT (ESP_ERR_TCP_TRANSPORT_BASE + 1)
#define ESP_ERR_TCP_TRANSPORT_CONNECTION_CLOSED_BY_FIN (ESP_ERR_TCP_TRANSPORT_BASE + 2)
#define ESP_ERR_TCP_TRANSPORT_CONNECTION_FAILED (ESP_ERR_TCP_TRANSPORT_BASE + 3)
#define ESP_ERR_TCP_TRANSPORT_NO_MEM (ESP_ERR_TCP_TRANSPORT_BASE + 4)
