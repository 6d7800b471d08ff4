// SPDX-License-Identifier: Apache-2.0
// What a host has no part for: watchdog, power management, Bluetooth, ROM, and
// the flash calls of ESP-IDF 4.
#include <esp_bt.h>
#include <esp_flash.h>
#include <esp_partition.h>
#include <esp_pm.h>
#include <esp_rom_sys.h>
#include <esp_spi_flash.h>
#include <esp_task_wdt.h>

#include <chrono>
#include <cstdarg>
#include <cstdio>
#include <limits>
#include <memory>
#include <mutex>
#include <set>
#include <thread>

#include "esp/src/immortal.h"
#include "esp/src/no_memory.h"

struct esp_pm_lock {
  int held = 0;
};

namespace {

// Who is watched, and the locks that are there.
struct Parts {
  std::mutex mutex;
  std::set<TaskHandle_t> watched;
  std::set<esp_pm_lock_handle_t> locks;
};

Parts& All() {
  static updraft::esp::Immortal<Parts> parts;
  return *parts;
}

TaskHandle_t OrCurrent(TaskHandle_t task) {
  return task != nullptr ? task : xTaskGetCurrentTaskHandle();
}

}  // namespace

esp_err_t esp_task_wdt_init(const esp_task_wdt_config_t* config) {
  // It runs from the start, as CONFIG_ESP_TASK_WDT_INIT has it.
  return config != nullptr ? ESP_ERR_INVALID_STATE : ESP_ERR_INVALID_ARG;
}
esp_err_t esp_task_wdt_reconfigure(const esp_task_wdt_config_t* config) {
  return config != nullptr ? ESP_OK : ESP_ERR_INVALID_ARG;
}
esp_err_t esp_task_wdt_deinit(void) { return ESP_OK; }

esp_err_t esp_task_wdt_add(TaskHandle_t task_handle) try {
  auto* const task = OrCurrent(task_handle);
  const std::lock_guard lock(All().mutex);
  return All().watched.insert(task).second ? ESP_OK : ESP_ERR_INVALID_ARG;
}
UPDRAFT_NO_MEMORY(ESP_ERR_NO_MEM)
esp_err_t esp_task_wdt_delete(TaskHandle_t task_handle) {
  auto* const task = OrCurrent(task_handle);
  const std::lock_guard lock(All().mutex);
  return All().watched.erase(task) == 1 ? ESP_OK : ESP_ERR_INVALID_ARG;
}
esp_err_t esp_task_wdt_status(TaskHandle_t task_handle) {
  auto* const task = OrCurrent(task_handle);
  const std::lock_guard lock(All().mutex);
  return All().watched.contains(task) ? ESP_OK : ESP_ERR_NOT_FOUND;
}
esp_err_t esp_task_wdt_reset(void) { return esp_task_wdt_status(nullptr); }

esp_err_t esp_pm_configure(const void* config) {
  return config != nullptr ? ESP_OK : ESP_ERR_INVALID_ARG;
}
esp_err_t esp_pm_lock_create(esp_pm_lock_type_t lock_type, int arg, const char* name,
                             esp_pm_lock_handle_t* out_handle) try {
  static_cast<void>(arg);
  static_cast<void>(name);
  if (out_handle == nullptr || lock_type > ESP_PM_NO_LIGHT_SLEEP) return ESP_ERR_INVALID_ARG;
  const std::lock_guard lock(All().mutex);
  auto made = std::make_unique<esp_pm_lock>();
  All().locks.insert(made.get());
  *out_handle = made.release();
  return ESP_OK;
}
UPDRAFT_NO_MEMORY(ESP_ERR_NO_MEM)
esp_err_t esp_pm_lock_acquire(esp_pm_lock_handle_t handle) {
  const std::lock_guard lock(All().mutex);
  if (!All().locks.contains(handle)) return ESP_ERR_INVALID_ARG;
  ++handle->held;
  return ESP_OK;
}
esp_err_t esp_pm_lock_release(esp_pm_lock_handle_t handle) {
  const std::lock_guard lock(All().mutex);
  if (!All().locks.contains(handle)) return ESP_ERR_INVALID_ARG;
  if (handle->held == 0) return ESP_ERR_INVALID_STATE;
  --handle->held;
  return ESP_OK;
}
esp_err_t esp_pm_lock_delete(esp_pm_lock_handle_t handle) {
  const std::lock_guard lock(All().mutex);
  if (!All().locks.contains(handle)) return ESP_ERR_INVALID_ARG;
  if (handle->held != 0) return ESP_ERR_INVALID_STATE;
  All().locks.erase(handle);
  const std::unique_ptr<esp_pm_lock> owned(handle);
  return ESP_OK;
}

esp_bt_controller_status_t esp_bt_controller_get_status(void) {
  return ESP_BT_CONTROLLER_STATUS_IDLE;
}

void esp_rom_delay_us(std::uint32_t us) {
  std::this_thread::sleep_for(std::chrono::microseconds(us));
}

int esp_rom_printf(const char* fmt, ...) {
  va_list args;
  va_start(args, fmt);
  const int count = std::vprintf(fmt, args);
  va_end(args);
  return count;
}

namespace {

// Arguments had the width of a pointer then.
bool Fits(std::size_t address, std::size_t size) {
  constexpr std::size_t kLimit = std::numeric_limits<std::uint32_t>::max();
  return address <= kLimit && size <= kLimit - address;
}

}  // namespace

esp_err_t spi_flash_erase_range(std::size_t start_address, std::size_t size) {
  if (!Fits(start_address, size)) return ESP_ERR_INVALID_ARG;
  return esp_flash_erase_region(nullptr, static_cast<std::uint32_t>(start_address),
                                static_cast<std::uint32_t>(size));
}
esp_err_t spi_flash_erase_sector(std::size_t sector) {
  if (sector > std::numeric_limits<std::uint32_t>::max() / SPI_FLASH_SEC_SIZE) {
    return ESP_ERR_INVALID_ARG;
  }
  return spi_flash_erase_range(sector * SPI_FLASH_SEC_SIZE, SPI_FLASH_SEC_SIZE);
}
esp_err_t spi_flash_write(std::size_t dest_addr, const void* src, std::size_t size) {
  if (!Fits(dest_addr, size)) return ESP_ERR_INVALID_ARG;
  return esp_flash_write(nullptr, src, static_cast<std::uint32_t>(dest_addr),
                         static_cast<std::uint32_t>(size));
}
esp_err_t spi_flash_read(std::size_t src_addr, void* dest, std::size_t size) {
  if (!Fits(src_addr, size)) return ESP_ERR_INVALID_ARG;
  return esp_flash_read(nullptr, dest, static_cast<std::uint32_t>(src_addr),
                        static_cast<std::uint32_t>(size));
}
void spi_flash_munmap(spi_flash_mmap_handle_t handle) { esp_partition_munmap(handle); }
std::size_t spi_flash_get_chip_size(void) {
  std::uint32_t size = 0;
  static_cast<void>(esp_flash_get_size(nullptr, &size));
  return size;
}
