// SPDX-License-Identifier: Apache-2.0
// Bluetooth, as far as update code asks whether it runs. Implemented in
// esp/src/stand_ins.cc.
#pragma once

#include <esp_err.h>

#ifdef __cplusplus
extern "C" {
#endif

typedef enum {
  ESP_BT_CONTROLLER_STATUS_IDLE = 0,
  ESP_BT_CONTROLLER_STATUS_INITED,
  ESP_BT_CONTROLLER_STATUS_ENABLED,
  ESP_BT_CONTROLLER_STATUS_NUM,
} esp_bt_controller_status_t;

esp_bt_controller_status_t esp_bt_controller_get_status(void);

#ifdef __cplusplus
}
#endif
