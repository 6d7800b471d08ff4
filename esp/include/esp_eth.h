// SPDX-License-Identifier: Apache-2.0
// Ethernet that is always plugged in: starting posts the events that programs wait for,
// over the host's network. MAC and PHY are whatever the program names; of their settings
// nothing is looked at. Implemented in esp/src/ethernet.cc.
#pragma once

#include <esp_err.h>
#include <esp_event.h>
#include <esp_netif.h>
#include <stdbool.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

ESP_EVENT_DECLARE_BASE(ETH_EVENT);

typedef enum {
  ETHERNET_EVENT_START,
  ETHERNET_EVENT_STOP,
  ETHERNET_EVENT_CONNECTED,  // data of all of them: esp_eth_handle_t
  ETHERNET_EVENT_DISCONNECTED,
} eth_event_t;

typedef enum {
  ETH_CMD_G_MAC_ADDR,
  ETH_CMD_S_MAC_ADDR,
} esp_eth_io_cmd_t;

typedef void* esp_eth_handle_t;
typedef struct esp_eth_mac_s esp_eth_mac_t;
typedef struct esp_eth_phy_s esp_eth_phy_t;
typedef struct esp_eth_netif_glue_t* esp_eth_netif_glue_handle_t;

typedef struct {
  uint32_t sw_reset_timeout_ms;
  uint32_t rx_task_stack_size;
  uint32_t rx_task_prio;
  uint32_t flags;
} eth_mac_config_t;
#define ETH_MAC_DEFAULT_CONFIG() \
  { 100, 4096, 15, 0 }

typedef struct {
  int32_t phy_addr;
  uint32_t reset_timeout_ms;
  uint32_t autonego_timeout_ms;
  int reset_gpio_num;
} eth_phy_config_t;
#define ESP_ETH_PHY_ADDR_AUTO (-1)
#define ETH_PHY_DEFAULT_CONFIG() \
  { ESP_ETH_PHY_ADDR_AUTO, 100, 4000, 5 }

typedef struct {
  int mdc_num;
  int mdio_num;
} emac_esp_smi_gpio_config_t;
typedef struct {
  emac_esp_smi_gpio_config_t smi_gpio;
  int smi_mdc_gpio_num;  // the names of ESP-IDF 5.0
  int smi_mdio_gpio_num;
} eth_esp32_emac_config_t;
#define ETH_ESP32_EMAC_DEFAULT_CONFIG() \
  { {23, 18}, 23, 18 }

typedef struct {
  esp_eth_mac_t* mac;
  esp_eth_phy_t* phy;
  uint32_t check_link_period_ms;
} esp_eth_config_t;
#define ETH_DEFAULT_CONFIG(emac, ephy) \
  { emac, ephy, 2000 }

esp_eth_mac_t* esp_eth_mac_new_esp32(const eth_esp32_emac_config_t* esp32_config,
                                     const eth_mac_config_t* config);
esp_eth_phy_t* esp_eth_phy_new_generic(const eth_phy_config_t* config);
esp_eth_phy_t* esp_eth_phy_new_ip101(const eth_phy_config_t* config);
esp_eth_phy_t* esp_eth_phy_new_rtl8201(const eth_phy_config_t* config);
esp_eth_phy_t* esp_eth_phy_new_lan87xx(const eth_phy_config_t* config);
esp_eth_phy_t* esp_eth_phy_new_dp83848(const eth_phy_config_t* config);
esp_eth_phy_t* esp_eth_phy_new_ksz80xx(const eth_phy_config_t* config);

// One at a time. ESP_ERR_INVALID_ARG without MAC or PHY, ESP_ERR_INVALID_STATE when there
// is one, while it is started (uninstall), is started (start) or not started (stop).
esp_err_t esp_eth_driver_install(const esp_eth_config_t* config, esp_eth_handle_t* out_hdl);
esp_err_t esp_eth_driver_uninstall(esp_eth_handle_t hdl);
// ETHERNET_EVENT_START and _CONNECTED, then IP_EVENT_ETH_GOT_IP.
esp_err_t esp_eth_start(esp_eth_handle_t hdl);
// ETHERNET_EVENT_STOP and _DISCONNECTED.
esp_err_t esp_eth_stop(esp_eth_handle_t hdl);
// The MAC address; ESP_ERR_NOT_SUPPORTED for other commands.
esp_err_t esp_eth_ioctl(esp_eth_handle_t hdl, esp_eth_io_cmd_t cmd, void* data);
esp_eth_netif_glue_handle_t esp_eth_new_netif_glue(esp_eth_handle_t eth_hdl);
esp_err_t esp_eth_del_netif_glue(esp_eth_netif_glue_handle_t eth_netif_glue);

#ifdef __cplusplus
}
#endif
