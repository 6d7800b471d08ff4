// SPDX-License-Identifier: Apache-2.0
// When a download may use the link: at some time of the day, and while a command of
// the user says so, who knows of metered links, batteries and maintenance. Used by
// Gateway and by `updraft device update`.
#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "updraft/download_policy.h"
#include "updraft/port/system.h"

#include "gateway/command.h"
#include "gateway/schedule.h"

namespace updraft {

struct RestraintSettings {
  // The program and its arguments; empty: nobody is asked. Its exit code is the
  // answer: 0 go on, 1 wait, any other stop; so is a signal, and no end within
  // `timeout`. It finds in its environment UPDRAFT_RECEIVED and UPDRAFT_TOTAL (bytes;
  // empty: unknown), UPDRAFT_BEGINS (1 before anything is sent, else 0) and
  // UPDRAFT_PAUSED (seconds).
  std::vector<std::string> command{};
  // An answer holds for so long.
  std::chrono::seconds interval{30};
  std::chrono::milliseconds timeout{60'000};
  // Local time; outside of it the download waits, and the command is not asked.
  std::optional<DailyWindow> window{};

  bool restrains() const { return !command.empty() || window.has_value(); }
};

class Restraint final : public DownloadPolicy {
 public:
  struct Ports {
    // A sentence whenever a pause begins, and when it ends.
    std::function<void(const std::string&)> tell{};
    std::function<bool()> should_stop{};  // asked often; true: kStop
    std::function<std::uint32_t()> second_of_day = &SecondOfDay;
  };

  // Both outlive it.
  Restraint(const RestraintSettings& settings, System& system, Ports ports)
      : settings_(&settings), system_(&system), ports_(std::move(ports)) {}

  // Waits for the command.
  Permission Ask(const DownloadStep& step) override;

  // What the command ended with instead of leave to go on or to wait: "exit code 2".
  // Empty until it stops the download.
  const std::string& stopped_by() const { return stopped_by_; }

 private:
  Permission AskCommand(const DownloadStep& step);
  void TellPause(const std::string& cause);

  const RestraintSettings* settings_;
  System* system_;
  Ports ports_;
  std::optional<std::uint64_t> asked_ms_{};
  Permission answer_ = Permission::kContinue;
  std::string paused_by_{};
  std::string stopped_by_{};
};

}  // namespace updraft
