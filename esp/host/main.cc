// SPDX-License-Identifier: Apache-2.0
// main() of a firmware built from an ESP-IDF application: opens the virtual
// device that started it, binds the façade, runs app_main in the main task. When
// app_main returns the firmware runs on, as on a chip.
#include <unistd.h>

#include <array>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <string>
#include <string_view>

#include "updraft/observer.h"

#include "esp/device_binding.h"
#include "esp/host/host_keys.h"
#include "esp/host/host_network.h"
#include "esp/host/host_sleep.h"
#include "esp/host/socket_server.h"
#include "esp/src/main_task.h"
#include "esp/src/rtc_memory.h"
#include "ports/host/firmware_environment.h"
#include "ports/host/host_device.h"
#include "ports/host/sleep_record.h"

extern "C" void app_main(void);

namespace {

using namespace updraft;

class Complaint final : public Observer {
 public:
  void OnFinding(const Finding& finding) override {
    if (finding.passed) return;
    std::fprintf(stderr, "firmware: expected %s, found %s\n",
                 std::string(finding.expected.text).c_str(),
                 std::string(finding.found.text).c_str());
  }
};

esp_reset_reason_t ReasonOfStart() {
  const char* const text = std::getenv(kResetReasonVariable);
  const std::string_view reason = text != nullptr ? text : "";
  if (reason == ResetReasonName(ResetReason::kPowerOn)) return ESP_RST_POWERON;
  if (reason == ResetReasonName(ResetReason::kSoftware)) return ESP_RST_SW;
  if (reason == ResetReasonName(ResetReason::kPanic)) return ESP_RST_PANIC;
  if (reason == ResetReasonName(ResetReason::kWatchdog)) return ESP_RST_TASK_WDT;
  if (reason == ResetReasonName(ResetReason::kDeepSleep)) return ESP_RST_DEEPSLEEP;
  return ESP_RST_UNKNOWN;
}

esp::RtcStart RtcStartOf(esp_reset_reason_t reason) {
  if (reason == ESP_RST_POWERON) return esp::RtcStart::kPowerOn;
  return reason == ESP_RST_DEEPSLEEP ? esp::RtcStart::kDeepSleep : esp::RtcStart::kReset;
}

// What woke the device, told once.
esp::WakeUp TakeWakeUp(const std::filesystem::path& folder, esp_reset_reason_t reason) {
  const auto record = ReadSleepRecord(folder);
  RemoveSleepRecord(folder);
  if (!record || reason != ESP_RST_DEEPSLEEP) return {};
  return {record->cause, record->pins};
}

}  // namespace

int main() {
  // Somebody may wait for a line at the other end of a pipe.
  setvbuf(stdout, nullptr, _IOLBF, 0);
  Complaint complaint;
  // Never closed: tasks use it until the process is gone.
  static auto device = HostDevice::OpenOwn(complaint);
  if (!device) return EXIT_FAILURE;
  const esp_reset_reason_t reason = ReasonOfStart();
  const auto rtc_file = (*device)->folder() / "rtc.bin";
  if (const int error = esp::MapRtcMemory(rtc_file, RtcStartOf(reason)); error != 0) {
    std::fprintf(stderr, "firmware: expected to keep RTC memory in %s, found: %s\n",
                 rtc_file.c_str(), std::strerror(error));
  }
  static esp::HostNetwork network;
  static esp::SocketServer server_network;
  static esp::HostSleep sleep((*device)->folder());
  static esp::HostKeys keys((*device)->efuse(), *(*device)->device().crypto);
  esp::Bind({.device = &(*device)->device(),
             .network = &network,
             .server_network = &server_network,
             .private_keys = &keys,
             .deep_sleep = &sleep,
             .reset_reason = reason,
             .wake_up = TakeWakeUp((*device)->folder(), reason),
             .identity = (*device)->folder().string()});
  esp::RunMainTask(&app_main);
}
