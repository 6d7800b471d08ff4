// SPDX-License-Identifier: Apache-2.0
// Time from the network. The host's clock is right already: what waits for the time
// has it at once. Nothing is asked, and the clock is never set. Implemented in
// esp/src/sntp.cc.
#pragma once

#include <esp_err.h>
#include <stdbool.h>
#include <stdint.h>
#include <sys/time.h>
#include <time.h>

#ifdef __cplusplus
extern "C" {
#endif

#define SNTP_OPMODE_POLL 0
#define SNTP_OPMODE_LISTENONLY 1
#define SNTP_MAX_SERVERS 4

typedef enum {
  ESP_SNTP_OPMODE_POLL,
  ESP_SNTP_OPMODE_LISTENONLY,
} esp_sntp_operatingmode_t;

typedef enum {
  SNTP_SYNC_MODE_IMMED,
  SNTP_SYNC_MODE_SMOOTH,
} sntp_sync_mode_t;

typedef enum {
  SNTP_SYNC_STATUS_RESET,
  SNTP_SYNC_STATUS_COMPLETED,
  SNTP_SYNC_STATUS_IN_PROGRESS,
} sntp_sync_status_t;

typedef void (*sntp_sync_time_cb_t)(struct timeval* tv);

void esp_sntp_setoperatingmode(esp_sntp_operatingmode_t operating_mode);
// The name is not copied; NULL for another index than 0 to 3.
void esp_sntp_setservername(uint8_t idx, const char* server);
const char* esp_sntp_getservername(uint8_t idx);
// Synchronised from now on; the notification is called before it returns.
void esp_sntp_init(void);
void esp_sntp_stop(void);
bool esp_sntp_enabled(void);

void sntp_set_time_sync_notification_cb(sntp_sync_time_cb_t callback);
void sntp_set_sync_mode(sntp_sync_mode_t sync_mode);
sntp_sync_mode_t sntp_get_sync_mode(void);
// COMPLETED once after each synchronisation, then RESET.
sntp_sync_status_t sntp_get_sync_status(void);
void sntp_set_sync_status(sntp_sync_status_t sync_status);
// In milliseconds; at least 15000.
void sntp_set_sync_interval(uint32_t interval_ms);
uint32_t sntp_get_sync_interval(void);
bool sntp_restart(void);

// lwIP's own names, as programs for ESP-IDF 4 have them.
#define sntp_setoperatingmode(mode) esp_sntp_setoperatingmode((esp_sntp_operatingmode_t)(mode))
#define sntp_setservername(idx, server) esp_sntp_setservername(idx, server)
#define sntp_getservername(idx) esp_sntp_getservername(idx)
#define sntp_init() esp_sntp_init()
#define sntp_stop() esp_sntp_stop()
#define sntp_enabled() esp_sntp_enabled()

#ifdef __cplusplus
}
#endif
