// SPDX-License-Identifier: Apache-2.0
// Whether a download may go on: asked by Download, answered by whoever knows of
// metered links, batteries and maintenance windows.
#pragma once

#include <cstdint>

namespace updraft {

enum class Permission : std::uint8_t {
  kContinue,
  kPause,  // asked again about ten times a second, until it is another answer
  kStop,   // Code::kCancelled (Check::kCancelled)
};

// What the answer is about.
struct DownloadStep {
  bool begins = false;          // nothing was sent yet
  std::uint64_t received = 0;   // body bytes so far, over all attempts
  std::uint64_t total = 0;      // of the file; 0: unknown
  std::uint64_t paused_ms = 0;  // so long already, this time
};

// Called on the thread that downloads; must not call back into it.
class DownloadPolicy {
 public:
  virtual Permission Ask(const DownloadStep& step) = 0;  // before each read

 protected:
  ~DownloadPolicy() = default;
};

}  // namespace updraft
