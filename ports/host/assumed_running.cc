// SPDX-License-Identifier: Apache-2.0
#include "ports/host/assumed_running.h"

#include <vector>

#include "updraft/boot.h"
#include "updraft/slot_prover.h"

namespace updraft {

void AssumeRunning(Device& device) {
  if (device.running.has_value()) return;
  const auto view = ViewForBoot(device, NoObserver());
  if (!view) return;
  std::vector<std::uint8_t> buffer(std::size_t{64} * 1024);
  SlotProver prover(device, buffer, NoObserver(), AskedBy::kBootloader);
  const BootDecision decision = Choose(*view, prover);
  if (decision.boots.has_value()) device.running = *view->SlotAt(*decision.boots);
}

}  // namespace updraft
