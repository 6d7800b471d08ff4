// SPDX-License-Identifier: Apache-2.0
// An update under the caller's control, from any Source: the core alone, no heap.
// README.md and updraft/update.h show it.
#include "updraft/update.h"

namespace updraft {

Status UpdateInSteps(const Device& device, Source& source);

Status UpdateInSteps(const Device& device, Source& source) {
  static std::uint8_t buffer[16 * 1024];
  static std::uint8_t proof_buffer[4 * 1024];
  Update update(device, source, {.buffer = buffer, .proof_buffer = proof_buffer});
  UPDRAFT_TRY(update.Open());
  for (;;) {
    UPDRAFT_TRY_ASSIGN(const auto progressed, update.Step());
    if (progressed == Update::Progressed::kDone) break;
    // Feed a watchdog, draw a bar, or give up with update.Abort().
  }
  return update.Commit();  // the next boot starts the new image
}

}  // namespace updraft
