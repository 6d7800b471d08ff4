// SPDX-License-Identifier: Apache-2.0
// esp_system.h: the end of the firmware, and why it started.
#include <esp_system.h>
#include <malloc.h>
#include <unistd.h>

#include <array>
#include <atomic>
#include <cstdio>
#include <cstdlib>
#include <mutex>

#include "esp/src/bound_device.h"
#include "esp/src/immortal.h"
#include "esp/src/memory.h"

namespace updraft::esp {
namespace {

struct ShutdownHandlers {
  std::mutex mutex;
  std::array<shutdown_handler_t, 5> handlers{};
};

ShutdownHandlers& Handlers() {
  static updraft::esp::Immortal<ShutdownHandlers> handlers;
  return *handlers;
}

void RunShutdownHandlers() {
  std::array<shutdown_handler_t, 5> handlers{};
  {
    const std::lock_guard lock(Handlers().mutex);
    handlers = Handlers().handlers;
  }
  for (auto handler = handlers.rbegin(); handler != handlers.rend(); ++handler) {
    if (*handler != nullptr) (*handler)();
  }
}

}  // namespace

// A chip's memory, so that programs that look see a plausible number.
std::size_t TotalMemory() { return std::size_t{320} * 1024; }

std::size_t FreeMemory() {
  const struct mallinfo2 info = mallinfo2();
  const std::size_t used = info.uordblks + info.hblkhd;
  // What the host's libraries take is not the firmware's: never less than a half.
  return used < TotalMemory() / 2 ? TotalMemory() - used : TotalMemory() / 2;
}

std::size_t LeastFreeMemory() {
  static std::atomic<std::size_t> least{TotalMemory()};
  const std::size_t now = FreeMemory();
  std::size_t before = least.load();
  while (now < before && !least.compare_exchange_weak(before, now)) {
  }
  return least.load();
}

}  // namespace updraft::esp

using updraft::esp::Handlers;

esp_err_t esp_register_shutdown_handler(shutdown_handler_t handle) {
  if (handle == nullptr) return ESP_ERR_INVALID_ARG;
  const std::lock_guard lock(Handlers().mutex);
  auto& handlers = Handlers().handlers;
  for (const shutdown_handler_t known : handlers) {
    if (known == handle) return ESP_ERR_INVALID_STATE;
  }
  for (shutdown_handler_t& room : handlers) {
    if (room != nullptr) continue;
    room = handle;
    return ESP_OK;
  }
  return ESP_ERR_NO_MEM;
}

esp_err_t esp_unregister_shutdown_handler(shutdown_handler_t handle) {
  if (handle == nullptr) return ESP_ERR_INVALID_ARG;
  const std::lock_guard lock(Handlers().mutex);
  for (shutdown_handler_t& known : Handlers().handlers) {
    if (known != handle) continue;
    known = nullptr;
    return ESP_OK;
  }
  return ESP_ERR_INVALID_STATE;
}

void esp_restart(void) {
  updraft::esp::RunShutdownHandlers();
  // Held for good: nothing writes flash any more.
  static updraft::esp::Immortal<updraft::esp::BoundDevice> device;
  if (*device) {
    static_cast<void>((*device)->flash->Sync());
    (*device)->system->Restart();
  }
  std::fflush(stdout);
  _exit(EXIT_FAILURE);
}

esp_reset_reason_t esp_reset_reason(void) { return updraft::esp::BoundDevice().reset_reason(); }

void esp_system_abort(const char* details) {
  std::printf("\nabort() was called: %s\n", details != nullptr ? details : "");
  std::fflush(stdout);
  std::abort();
}

std::uint32_t esp_get_free_heap_size(void) {
  return static_cast<std::uint32_t>(updraft::esp::FreeMemory());
}
std::uint32_t esp_get_free_internal_heap_size(void) { return esp_get_free_heap_size(); }
std::uint32_t esp_get_minimum_free_heap_size(void) {
  return static_cast<std::uint32_t>(updraft::esp::LeastFreeMemory());
}

#define UPDRAFT_TEXT_OF(x) #x
#define UPDRAFT_TEXT(x) UPDRAFT_TEXT_OF(x)
const char* esp_get_idf_version(void) {
  return "v" UPDRAFT_TEXT(ESP_IDF_VERSION_MAJOR) "." UPDRAFT_TEXT(
      ESP_IDF_VERSION_MINOR) "." UPDRAFT_TEXT(ESP_IDF_VERSION_PATCH);
}
