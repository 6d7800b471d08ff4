// SPDX-License-Identifier: Apache-2.0
// Time since start, and timers whose callbacks run one after another in a task
// of their own. Implemented in esp/src/timer.cc.
#pragma once

#include <esp_err.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

#ifdef __cplusplus
extern "C" {
#endif

typedef struct esp_timer* esp_timer_handle_t;
typedef void (*esp_timer_cb_t)(void* arg);

typedef enum {
  ESP_TIMER_TASK,
  ESP_TIMER_MAX,
} esp_timer_dispatch_t;

typedef struct {
  esp_timer_cb_t callback;
  void* arg;
  esp_timer_dispatch_t dispatch_method;
  const char* name;
  bool skip_unhandled_events;
} esp_timer_create_args_t;

esp_err_t esp_timer_early_init(void);
esp_err_t esp_timer_init(void);
esp_err_t esp_timer_deinit(void);
// ESP_ERR_INVALID_ARG, ESP_ERR_NO_MEM.
esp_err_t esp_timer_create(const esp_timer_create_args_t* create_args,
                           esp_timer_handle_t* out_handle);
// Microseconds. ESP_ERR_INVALID_ARG for no timer, ESP_ERR_INVALID_STATE when it
// runs already (stop, restart: when it does not).
esp_err_t esp_timer_start_once(esp_timer_handle_t timer, uint64_t timeout_us);
esp_err_t esp_timer_start_periodic(esp_timer_handle_t timer, uint64_t period);
esp_err_t esp_timer_restart(esp_timer_handle_t timer, uint64_t timeout_us);
esp_err_t esp_timer_stop(esp_timer_handle_t timer);
// ESP_ERR_INVALID_STATE while it runs.
esp_err_t esp_timer_delete(esp_timer_handle_t timer);
bool esp_timer_is_active(esp_timer_handle_t timer);
esp_err_t esp_timer_get_period(esp_timer_handle_t timer, uint64_t* period);
esp_err_t esp_timer_get_expiry_time(esp_timer_handle_t timer, uint64_t* expiry);
// Microseconds since the firmware started.
int64_t esp_timer_get_time(void);
// When the next timer is due; INT64_MAX when none runs.
int64_t esp_timer_get_next_alarm(void);

#ifdef __cplusplus
}
#endif
