// SPDX-License-Identifier: Apache-2.0
// A firmware that keeps itself up to date: confirms itself after its self-test,
// then asks a server for another version, installs it and restarts into it.
// Runs under `updraft boot`; SELF_UPDATE_URL and SELF_UPDATE_CA say where from.
#include <unistd.h>

#include <cstdio>
#include <cstdlib>
#include <string>
#include <vector>

#include "updraft/slot_prover.h"
#include "updraft/slots.h"
#include "updraft/version_judge.h"

#include "ports/host/host_device.h"
#include "ports/host/url_update.h"

namespace {

using namespace updraft;

// What a firmware shows of an update: how far it is, and why it was refused.
class Console final : public Observer {
 public:
  void OnFinding(const Finding& finding) override {
    if (!finding.passed) reason_ = CheckReason(finding.check);
  }

  bool OnProgress(const Progress& progress) override {
    if (progress.total == 0) return true;
    const auto percent = static_cast<int>(progress.received * 100 / progress.total);
    if (percent == percent_ || (percent % 5 != 0 && percent != 100)) return true;
    percent_ = percent;
    if (isatty(STDOUT_FILENO) != 0) {
      const std::string bar(static_cast<std::size_t>(percent) * 30 / 100, '#');
      std::printf("\r  [%-30s] %3d %%%s", bar.c_str(), percent, percent == 100 ? "\n" : "");
    } else if (percent % 25 == 0) {
      std::printf("  %d %% received\n", percent);
    }
    std::fflush(stdout);
    return true;
  }

  const std::string& reason() const { return reason_; }

 private:
  int percent_ = -1;
  std::string reason_;
};

bool SelfTest() {
#ifdef SELF_UPDATE_CRASHES
  std::printf("self-test: reading the sensor ...\n");
  std::abort();
#else
  return true;
#endif
}

// An image on trial that does not confirm itself is given up at the next reset.
Status ConfirmOrRollBack(Device& device, Slots& slots, SlotProver& prover) {
  const auto state = slots.State(*device.running);
  if (!state || *state != SlotState::kPendingVerify) return kOk;
  std::printf("on trial: self-test\n");
  if (!SelfTest()) {
    UPDRAFT_TRY(slots.RollBack(prover));
    device.system->Restart();
  }
  UPDRAFT_TRY(slots.Confirm(prover));
  std::printf("self-test passed, confirmed\n");
  return kOk;
}

// True when another version is installed and waits for the restart.
bool UpdateItself(Device& device, Slots& slots, SlotProver& prover, const AppDescription& running) {
  const char* const url = std::getenv("SELF_UPDATE_URL");
  const char* const ca = std::getenv("SELF_UPDATE_CA");
  if (url == nullptr) return false;
  std::optional<AppDescription> given_up;
  if (const auto slot = slots.LastInvalid(prover)) {
    if (const auto description = prover.ReadDescription(*slot)) given_up = *description;
  }
  VersionJudge judge(running, given_up);
  UrlUpdateOptions options;
  options.url = url;
  options.connection.ca_file = ca != nullptr ? ca : "";
  options.judge = &judge;
  Console console;
  UrlUpdateReport report;
  std::printf("asking %s\n", url);
  const Status status = UpdateFromUrl(device, options, console, report);
  if (status.ok()) {
    std::printf("version %s installed in %s\n", report.version.c_str(), report.slot.c_str());
  } else if (console.reason() == CheckReason(Check::kVersionPolicy)) {
    std::printf(
        "nothing new: the server has %s%s\n", report.version.c_str(),
        given_up && given_up->version() == report.version ? ", which was given up here" : "");
  } else {
    std::printf("no update: %s\n", console.reason().c_str());
  }
  return status.ok();
}

}  // namespace

int main() {
  // A bootloader that waits for a text reads a pipe.
  setvbuf(stdout, nullptr, _IOLBF, 0);
  Console console;
  const auto own = HostDevice::OpenOwn(console);
  if (!own) {
    std::fprintf(stderr, "self_update: %s; run it by 'updraft boot'\n", console.reason().c_str());
    return 1;
  }
  Device& device = (*own)->device();
  std::vector<std::uint8_t> buffer(std::size_t{64} * 1024);
  SlotProver prover(device, buffer);
  auto slots = Slots::Open(device);
  const auto running = prover.ReadDescription(*device.running);
  if (!slots || !running) return 1;
  std::printf("self_update %s runs from %s\n", std::string(running->version()).c_str(),
              std::string(device.running->label()).c_str());
  if (!ConfirmOrRollBack(device, *slots, prover).ok()) return 1;
  if (UpdateItself(device, *slots, prover, *running)) {
    std::printf("restarting\n");
    device.system->Restart();
  }
  return 0;
}
