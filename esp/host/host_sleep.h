// SPDX-License-Identifier: Apache-2.0
// Deep sleep of a firmware process: the launcher waits, nothing runs meanwhile.
#pragma once

#include <filesystem>
#include <utility>

#include "esp/sleep_binding.h"

namespace updraft::esp {

class HostSleep final : public DeepSleep {
 public:
  explicit HostSleep(std::filesystem::path folder) : folder_(std::move(folder)) {}
  void Start(const WakeUp& wake_up, std::optional<std::uint64_t> duration_us) override;

 private:
  std::filesystem::path folder_;
};

}  // namespace updraft::esp
