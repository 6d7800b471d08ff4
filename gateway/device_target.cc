// SPDX-License-Identifier: Apache-2.0
#include "gateway/device_target.h"

#include <vector>

#include "updraft/slot_prover.h"
#include "updraft/slots.h"

#include "ports/host/assumed_running.h"
#include "ports/host/posix_file.h"

namespace updraft {
namespace {

constexpr std::size_t kProofBuffer = std::size_t{64} * 1024;
// For the firmware, which writes the device too.
constexpr std::chrono::milliseconds kLongestWait{60'000};

bool IsTrial(SlotState state) {
  return state == SlotState::kNew || state == SlotState::kPendingVerify;
}

}  // namespace

Result<std::unique_ptr<HostDevice>> DeviceTarget::Open(FileFlash::Mode mode,
                                                       Observer& observer) const {
  return HostDevice::Open(settings_->device,
                          {.mode = mode, .wait = true, .longest_wait = kLongestWait}, observer);
}

Status DeviceTarget::Begin(GatewayState& state, bool, bool& repaired, Observer& observer) {
  repaired = false;
  UPDRAFT_TRY_ASSIGN(const auto device, Open(FileFlash::Mode::kReadOnly, observer));
  if (!device->device().policy.rollback) {
    return RefuseFile(observer, Check::kDevice, {Code::kInvalidState, Stage::kDevice},
                      "a device with rollback, made by 'updraft device new DIR --rollback'",
                      "one that takes each update for good");
  }
  UPDRAFT_TRY_ASSIGN(const Slots slots, Slots::Open(device->device(), observer));
  const auto selected = slots.Selected();
  if (!selected || state.phase != GatewayState::Phase::kSettled) return kOk;
  const auto slot_state = slots.State(*selected);
  // Selected just before a cut, or by somebody else: it has to prove itself too.
  if (slot_state && IsTrial(*slot_state)) {
    state.phase = GatewayState::Phase::kTrial;
    state.label = selected->label();
    state.previous = state.installed;
    state.installed = GatewayFile{};
    repaired = true;
  }
  return kOk;
}

Status DeviceTarget::Install(const UrlUpdateOptions& options, const GatewayState&,
                             Observer& observer, UrlUpdateReport& report, GatewayState& next,
                             GatewayFile& file) {
  UPDRAFT_TRY_ASSIGN(const auto opened, Open(FileFlash::Mode::kReadWrite, observer));
  Device device = opened->device();
  AssumeRunning(device);
  UPDRAFT_TRY(UpdateFromUrl(device, options, observer, report));
  file.version = report.version;
  next.label = report.slot;
  return kOk;
}

GatewayTarget::Running DeviceTarget::IsRunning(const GatewayState& state) {
  const auto device = Open(FileFlash::Mode::kReadOnly, NoObserver());
  if (!device) return Running::kNotYet;
  const auto slots = Slots::Open((*device)->device());
  if (!slots) return Running::kNotYet;
  const auto selected = slots->Selected();
  if (!selected) return Running::kNotYet;
  if (selected->label() != state.label) return Running::kGone;
  const auto slot_state = slots->State(*selected);
  if (slot_state && (*slot_state == SlotState::kAborted || *slot_state == SlotState::kInvalid)) {
    return Running::kGone;
  }
  const auto& running = (*device)->device().running;
  return running && running->label() == state.label ? Running::kYes : Running::kNotYet;
}

Status DeviceTarget::Confirm(const GatewayState&) {
  UPDRAFT_TRY_ASSIGN(const auto device, Open(FileFlash::Mode::kReadWrite, NoObserver()));
  UPDRAFT_TRY_ASSIGN(Slots slots, Slots::Open(device->device()));
  std::vector<std::uint8_t> buffer(kProofBuffer);
  SlotProver prover(device->device(), buffer);
  return slots.Confirm(prover);
}

Status DeviceTarget::RollBack(const GatewayState& state, GatewayState& next, Observer& observer) {
  UPDRAFT_TRY_ASSIGN(const auto device, Open(FileFlash::Mode::kReadWrite, observer));
  UPDRAFT_TRY_ASSIGN(Slots slots, Slots::Open(device->device(), observer));
  UPDRAFT_TRY_ASSIGN(Partition selected, slots.Selected());
  // Where the bootloader was faster there is nothing left to do.
  if (state.label.empty() || selected.label() == state.label) {
    std::vector<std::uint8_t> buffer(kProofBuffer);
    SlotProver prover(device->device(), buffer, observer);
    const Status status = slots.RollBack(prover);
    if (status.code() == Code::kIncompatible || status.code() == Code::kInvalidState) {
      return RefuseFile(observer, Check::kBootable, {Code::kNotFound, Stage::kUpdate},
                        "another image that starts, to go back to", "none");
    }
    UPDRAFT_TRY(status);
    UPDRAFT_TRY_ASSIGN(selected, slots.Selected());
  }
  next.label = selected.label();
  return kOk;
}

std::vector<std::pair<std::string, std::string>> DeviceTarget::Environment(
    const GatewayState& state) const {
  return {{"UPDRAFT_SLOT", state.label},
          {"UPDRAFT_DEVICE", settings_->device.string()},
          {"UPDRAFT_VERSION", state.installed.value_or(GatewayFile{}).version}};
}

}  // namespace updraft
