// SPDX-License-Identifier: Apache-2.0
#include "cli/device_folder.h"

#include <vector>

#include "updraft/boot.h"
#include "updraft/slot_prover.h"

namespace updraft {

Outcome<std::unique_ptr<HostDevice>> OpenDevice(const std::string& folder, FileFlash::Mode mode) {
  FindingCollector findings;
  auto device = HostDevice::Open(folder, {.mode = mode}, findings);
  if (!device) return FailureOf(device.error(), findings);
  return std::move(*device);
}

void AssumeRunning(Device& device) {
  if (device.running.has_value()) return;
  const auto view = ViewForBoot(device, NoObserver());
  if (!view) return;
  std::vector<std::uint8_t> buffer(kProofBuffer);
  SlotProver prover(device, buffer, NoObserver(), AskedBy::kBootloader);
  const BootDecision decision = Choose(*view, prover);
  if (decision.boots.has_value()) device.running = *view->SlotAt(*decision.boots);
}

}  // namespace updraft
