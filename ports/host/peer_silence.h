// SPDX-License-Identifier: Apache-2.0
// A fake clock for tests of time-outs: who knows that the peer has fallen silent
// tells it, and a connection of the host that waits then takes its time-out for over at
// once. Without such word it waits for the peer, as long as that takes. Owns a
// descriptor.
#pragma once

#include <atomic>
#include <chrono>
#include <cstdint>

#include "ports/host/posix_file.h"

namespace updraft {

class PeerSilence {
 public:
  // Without a descriptor left in the process nothing is ever skipped.
  PeerSilence();
  PeerSilence(const PeerSilence&) = delete;
  PeerSilence& operator=(const PeerSilence&) = delete;

  // Nothing more will come from the peer: ends one wait, that under way or the next
  // one. Any thread; FileServerOptions::on_silence is the place to call it.
  void Begin();
  // The time that the waits which it ended would have lasted. Any thread.
  std::chrono::milliseconds skipped() const {
    return std::chrono::milliseconds(skipped_ms_.load());
  }

  // For connections: can be read once Begin() was called; -1: none.
  int descriptor() const { return begun_.number(); }
  // For connections: `left` of their wait is over, and so is the silence.
  void Skip(std::chrono::milliseconds left);

 private:
  Descriptor begun_;
  std::atomic<std::int64_t> skipped_ms_{0};
};

}  // namespace updraft
