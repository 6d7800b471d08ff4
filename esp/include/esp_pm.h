// SPDX-License-Identifier: Apache-2.0
// Power management: locks that are taken and given. Implemented in
// esp/src/stand_ins.cc.
#pragma once

#include <esp_err.h>
#include <stdbool.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

typedef enum { ESP_PM_CPU_FREQ_MAX, ESP_PM_APB_FREQ_MAX, ESP_PM_NO_LIGHT_SLEEP } esp_pm_lock_type_t;
typedef struct esp_pm_lock* esp_pm_lock_handle_t;
typedef struct {
  int max_freq_mhz;
  int min_freq_mhz;
  bool light_sleep_enable;
} esp_pm_config_t;

esp_err_t esp_pm_configure(const void* config);
esp_err_t esp_pm_lock_create(esp_pm_lock_type_t lock_type, int arg, const char* name,
                             esp_pm_lock_handle_t* out_handle);
esp_err_t esp_pm_lock_acquire(esp_pm_lock_handle_t handle);
esp_err_t esp_pm_lock_release(esp_pm_lock_handle_t handle);
esp_err_t esp_pm_lock_delete(esp_pm_lock_handle_t handle);

#ifdef __cplusplus
}
#endif
