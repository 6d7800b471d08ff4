// SPDX-License-Identifier: Apache-2.0
// What a firmware does after its self-test, when it runs on trial. updraft/slots.h
// shows it.
#include "updraft/slot_prover.h"
#include "updraft/slots.h"

namespace updraft {

Status EndTrial(const Device& device, bool works);

Status EndTrial(const Device& device, bool works) {
  static std::uint8_t buffer[4096];
  UPDRAFT_TRY_ASSIGN(Slots slots, Slots::Open(device));
  SlotProver prover(device, buffer);
  if (works) return slots.Confirm(prover);
  UPDRAFT_TRY(slots.RollBack(prover));
  device.system->Restart();  // into the image before
  return kOk;
}

}  // namespace updraft
