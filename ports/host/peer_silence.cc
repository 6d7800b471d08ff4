// SPDX-License-Identifier: Apache-2.0
#include "ports/host/peer_silence.h"

#include <sys/eventfd.h>
#include <unistd.h>

namespace updraft {

PeerSilence::PeerSilence() : begun_(eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK | EFD_SEMAPHORE)) {}

void PeerSilence::Begin() {
  const std::uint64_t one = 1;
  static_cast<void>(!write(begun_.number(), &one, sizeof one));
}

void PeerSilence::Skip(std::chrono::milliseconds left) {
  std::uint64_t one = 0;
  if (read(begun_.number(), &one, sizeof one) != sizeof one) return;
  skipped_ms_ += left.count();
}

}  // namespace updraft
