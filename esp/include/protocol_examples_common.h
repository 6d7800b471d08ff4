// SPDX-License-Identifier: Apache-2.0
// What Espressif's examples bring themselves up with. Implemented in
// esp/src/netif.cc.
#pragma once

#include <esp_err.h>
#include <esp_netif.h>
#include <sdkconfig.h>

#ifdef __cplusplus
extern "C" {
#endif

#define EXAMPLE_NETIF_DESC_STA "example_netif_sta"
#define EXAMPLE_NETIF_DESC_ETH "example_netif_eth"
#define EXAMPLE_NETIF_DESC_PPP "example_netif_ppp"
#define EXAMPLE_INTERFACE get_example_netif()
#define get_example_netif() get_example_netif_from_desc(EXAMPLE_NETIF_DESC_ETH)

// Prints the lines that tests look for; the network is the host's.
esp_err_t example_connect(void);
esp_err_t example_disconnect(void);
// Standard input can be read line by line already.
esp_err_t example_configure_stdin_stdout(void);
esp_netif_t* get_example_netif_from_desc(const char* desc);

#ifdef __cplusplus
}
#endif
