// SPDX-License-Identifier: Apache-2.0
#include "cli/device_folder.h"

#include <fmt/format.h>

#include "cli/arguments.h"
#include "cli/output.h"
#include "cli/text.h"
#include "src/update/update_log.h"

namespace updraft {
namespace {

constexpr std::uint64_t kLongestWait = std::uint64_t{7} * 24 * 3600;  // seconds

Outcome<std::unique_ptr<HostDevice>> Open(const std::string& folder,
                                          const HostDevice::OpenOptions& options) {
  FindingCollector findings;
  auto device = HostDevice::Open(folder, options, findings);
  if (!device) return FailureOf(device.error(), findings);
  return std::move(*device);
}

}  // namespace

Outcome<std::unique_ptr<HostDevice>> OpenDevice(const std::string& folder) {
  return Open(folder, {.mode = FileFlash::Mode::kReadOnly});
}

void AddDeviceToWrite(CLI::App& command, DeviceToWrite& device) {
  command.add_option("DIR", device.folder, "The device folder")->required();
  AddNumber(command, "--wait", device.wait,
            "Seconds to wait while another process writes the device (default 0: do not)",
            kLongestWait)
      ->type_name("SECONDS");
}

Outcome<std::unique_ptr<HostDevice>> OpenDeviceToWrite(const DeviceToWrite& device) {
  auto opened = Open(device.folder, {.mode = FileFlash::Mode::kReadWrite});
  const bool busy = !opened && opened.failure().reason == CheckReason(Check::kDeviceLock);
  if (!busy || device.wait == 0) return opened;
  PrintNote(fmt::format("{}: another process writes it; waiting up to {} s",
                        PrintableText(device.folder), device.wait));
  return Open(device.folder, {.mode = FileFlash::Mode::kReadWrite,
                              .wait = true,
                              .longest_wait = std::chrono::seconds(device.wait)});
}

FlashRegion LogRegion(const Device& device) {
  const auto log = UpdateLog::Open(device);
  return log ? log->region() : FlashRegion{};
}

}  // namespace updraft
