// SPDX-License-Identifier: Apache-2.0
// A plain HTTP server on loopback that sends the front of one answer and holds the
// rest back until it is told: an update in its middle, for as long as a test wants.
// Owns a thread.
#pragma once

#include <condition_variable>
#include <mutex>
#include <optional>
#include <string>

#include "tests/e2e/canned_server.h"

namespace updraft {

class HeldServer {
 public:
  // Holds the first answer back from its byte `at` on; later ones are sent whole.
  HeldServer(std::string answer, std::size_t at)
      : server_({std::move(answer)}, [this, at](std::size_t sent) { return MaySend(sent, at); }) {}
  ~HeldServer() { Release(); }
  HeldServer(const HeldServer&) = delete;
  HeldServer& operator=(const HeldServer&) = delete;

  std::string url() const { return server_.url(); }
  // Until the front was sent.
  void WaitUntilHeld() {
    std::unique_lock lock(mutex_);
    changed_.wait(lock, [this] { return held_; });
  }
  void Release() {
    const std::lock_guard lock(mutex_);
    released_ = true;
    changed_.notify_all();
  }

 private:
  // How many bytes of the answer may be sent by now; blocks at the place.
  std::size_t MaySend(std::size_t sent, std::size_t at) {
    std::unique_lock lock(mutex_);
    if (released_) return SIZE_MAX;
    if (sent < at) return at;
    held_ = true;
    changed_.notify_all();
    changed_.wait(lock, [this] { return released_; });
    return SIZE_MAX;
  }

  std::mutex mutex_;
  std::condition_variable changed_;
  bool held_ = false;
  bool released_ = false;
  CannedServer server_;  // last: its thread ends first
};

}  // namespace updraft
