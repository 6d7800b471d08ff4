// SPDX-License-Identifier: Apache-2.0
// esp_sntp.h and esp_netif_sntp.h: the host keeps the time.
#include <esp_netif_sntp.h>
#include <esp_sntp.h>
#include <sys/time.h>

#include <algorithm>
#include <array>
#include <mutex>

#include "esp/src/immortal.h"
#include "esp/src/no_memory.h"

ESP_EVENT_DEFINE_BASE(NETIF_SNTP_EVENT);

namespace {

constexpr std::uint32_t kShortestInterval = 15000;

struct Sntp {
  std::mutex mutex;
  bool enabled = false;
  std::array<const char*, SNTP_MAX_SERVERS> servers{};
  sntp_sync_time_cb_t notify = nullptr;
  sntp_sync_mode_t mode = SNTP_SYNC_MODE_IMMED;
  sntp_sync_status_t status = SNTP_SYNC_STATUS_RESET;
  std::uint32_t interval_ms = 3600000;
  // What esp_netif_sntp_init made.
  SemaphoreHandle_t synchronised = nullptr;
  bool is_set_up = false;
};

Sntp& TheSntp() {
  static updraft::esp::Immortal<Sntp> sntp;
  return *sntp;
}

// What a server's answer leads to. No lock: the program's own function may call back.
void Synchronise() {
  timeval now{};
  gettimeofday(&now, nullptr);
  sntp_sync_time_cb_t notify = nullptr;
  SemaphoreHandle_t synchronised = nullptr;
  bool is_set_up = false;
  {
    const std::lock_guard lock(TheSntp().mutex);
    TheSntp().status = SNTP_SYNC_STATUS_COMPLETED;
    notify = TheSntp().notify;
    synchronised = TheSntp().synchronised;
    is_set_up = TheSntp().is_set_up;
  }
  if (synchronised != nullptr) xSemaphoreGive(synchronised);
  if (notify != nullptr) notify(&now);
  if (!is_set_up) return;
  const esp_netif_sntp_time_sync_t event{now};
  static_cast<void>(
      esp_event_post(NETIF_SNTP_EVENT, NETIF_SNTP_TIME_SYNC, &event, sizeof event, 0));
}

}  // namespace

void esp_sntp_setoperatingmode(esp_sntp_operatingmode_t operating_mode) {
  static_cast<void>(operating_mode);
}
void esp_sntp_setservername(std::uint8_t idx, const char* server) {
  const std::lock_guard lock(TheSntp().mutex);
  if (idx < TheSntp().servers.size()) TheSntp().servers[idx] = server;
}
const char* esp_sntp_getservername(std::uint8_t idx) {
  const std::lock_guard lock(TheSntp().mutex);
  return idx < TheSntp().servers.size() ? TheSntp().servers[idx] : nullptr;
}
void esp_sntp_init(void) try {
  {
    const std::lock_guard lock(TheSntp().mutex);
    TheSntp().enabled = true;
  }
  Synchronise();
}
UPDRAFT_NO_MEMORY()
void esp_sntp_stop(void) {
  const std::lock_guard lock(TheSntp().mutex);
  TheSntp().enabled = false;
}
bool esp_sntp_enabled(void) {
  const std::lock_guard lock(TheSntp().mutex);
  return TheSntp().enabled;
}

void sntp_set_time_sync_notification_cb(sntp_sync_time_cb_t callback) {
  const std::lock_guard lock(TheSntp().mutex);
  TheSntp().notify = callback;
}
void sntp_set_sync_mode(sntp_sync_mode_t sync_mode) {
  const std::lock_guard lock(TheSntp().mutex);
  TheSntp().mode = sync_mode;
}
sntp_sync_mode_t sntp_get_sync_mode(void) {
  const std::lock_guard lock(TheSntp().mutex);
  return TheSntp().mode;
}
sntp_sync_status_t sntp_get_sync_status(void) {
  const std::lock_guard lock(TheSntp().mutex);
  const sntp_sync_status_t status = TheSntp().status;
  if (status == SNTP_SYNC_STATUS_COMPLETED) TheSntp().status = SNTP_SYNC_STATUS_RESET;
  return status;
}
void sntp_set_sync_status(sntp_sync_status_t sync_status) {
  const std::lock_guard lock(TheSntp().mutex);
  TheSntp().status = sync_status;
}
void sntp_set_sync_interval(std::uint32_t interval_ms) {
  const std::lock_guard lock(TheSntp().mutex);
  TheSntp().interval_ms = std::max(interval_ms, kShortestInterval);
}
std::uint32_t sntp_get_sync_interval(void) {
  const std::lock_guard lock(TheSntp().mutex);
  return TheSntp().interval_ms;
}
bool sntp_restart(void) try {
  if (!esp_sntp_enabled()) return false;
  Synchronise();
  return true;
}
UPDRAFT_NO_MEMORY(false)

esp_err_t esp_netif_sntp_init(const esp_sntp_config_t* config) try {
  if (config == nullptr) return ESP_ERR_INVALID_ARG;
  {
    const std::lock_guard lock(TheSntp().mutex);
    if (TheSntp().is_set_up) return ESP_ERR_INVALID_STATE;
    if (config->wait_for_sync) {
      TheSntp().synchronised = xSemaphoreCreateBinary();
      if (TheSntp().synchronised == nullptr) return ESP_ERR_NO_MEM;
    }
    TheSntp().is_set_up = true;
    TheSntp().notify = config->sync_cb;
    TheSntp().mode = config->smooth_sync ? SNTP_SYNC_MODE_SMOOTH : SNTP_SYNC_MODE_IMMED;
    const std::size_t count = std::min<std::size_t>(config->num_of_servers, SNTP_MAX_SERVERS);
    std::copy_n(config->servers, count, TheSntp().servers.begin());
  }
  if (config->start) esp_sntp_init();
  return ESP_OK;
}
UPDRAFT_NO_MEMORY(ESP_ERR_NO_MEM)

esp_err_t esp_netif_sntp_start(void) try {
  {
    const std::lock_guard lock(TheSntp().mutex);
    if (!TheSntp().is_set_up) return ESP_ERR_INVALID_STATE;
  }
  esp_sntp_init();
  return ESP_OK;
}
UPDRAFT_NO_MEMORY(ESP_ERR_NO_MEM)

void esp_netif_sntp_deinit(void) {
  SemaphoreHandle_t synchronised = nullptr;
  {
    const std::lock_guard lock(TheSntp().mutex);
    if (!TheSntp().is_set_up) return;
    TheSntp().is_set_up = false;
    TheSntp().enabled = false;
    TheSntp().notify = nullptr;
    TheSntp().servers = {};
    std::swap(synchronised, TheSntp().synchronised);
  }
  if (synchronised != nullptr) vSemaphoreDelete(synchronised);
}

esp_err_t esp_netif_sntp_sync_wait(TickType_t tout) {
  SemaphoreHandle_t synchronised = nullptr;
  {
    const std::lock_guard lock(TheSntp().mutex);
    synchronised = TheSntp().synchronised;
  }
  if (synchronised == nullptr) return ESP_ERR_INVALID_STATE;
  return xSemaphoreTake(synchronised, tout) == pdTRUE ? ESP_OK : ESP_ERR_TIMEOUT;
}
