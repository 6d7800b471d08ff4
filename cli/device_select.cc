// SPDX-License-Identifier: Apache-2.0
// `updraft device confirm|rollback|select|reset-otadata`: what a firmware, or a
// technician, does to otadata, from outside.
#include <fmt/format.h>

#include <memory>
#include <string>
#include <vector>

#include "updraft/slot_prover.h"
#include "updraft/slots.h"

#include "cli/commands.h"
#include "cli/device_commands.h"
#include "cli/device_folder.h"
#include "cli/output.h"
#include "cli/text.h"

namespace updraft {
namespace {

// A device open for writing, with what its commands need.
struct Session {
  std::unique_ptr<HostDevice> device;
  std::vector<std::uint8_t> buffer = std::vector<std::uint8_t>(kProofBuffer);
  Slots slots;
};

using Act = Outcome<std::string> (*)(Session& session, const std::string& slot);

int Run(const DeviceToWrite& device, const std::string& slot, Act act) {
  auto opened = OpenDeviceToWrite(device);
  if (!opened) return Fail(opened.failure());
  Session session;
  session.device = std::move(*opened);
  AssumeRunning(session.device->device());
  FindingCollector findings;
  const auto slots = Slots::Open(session.device->device(), findings);
  if (!slots) return Fail(FailureOf(slots.error(), findings));
  session.slots = *slots;
  const auto done = act(session, slot);
  if (!done) return Fail(done.failure());
  PrintLine(fmt::format("{}: {}", PrintableText(device.folder), *done));
  return kExitDone;
}

Failure NothingSelected(const char* what) {
  return {std::string(CodeName(Code::kInvalidState)),
          fmt::format("expected an image that otadata selects, found that factory runs; there is "
                      "nothing to {}.",
                      what)};
}

Failure NotSelectable(const Partition& slot) {
  return {std::string(CheckReason(Check::kUpdateSlot)),
          fmt::format("expected factory or an OTA slot, found '{}', which otadata cannot name; the "
                      "bootloader starts it when nothing else boots.",
                      PrintableText(slot.label()))};
}

Outcome<std::string> Confirm(Session& session, const std::string&) {
  SlotProver prover(session.device->device(), session.buffer);
  const Status status = session.slots.Confirm(prover);
  if (status.code() == Code::kInvalidState) return NothingSelected("confirm");
  if (!status.ok()) return FailureOf(status);
  const auto slot = session.slots.Selected();
  return fmt::format("{} is confirmed", slot ? PrintableText(slot->label()) : "the image");
}

Outcome<std::string> RollBack(Session& session, const std::string&) {
  SlotProver prover(session.device->device(), session.buffer);
  const Status status = session.slots.RollBack(prover);
  if (status.code() == Code::kInvalidState) return NothingSelected("roll back");
  if (status.code() == Code::kIncompatible) {
    return Failure{std::string(CheckReason(Check::kBootable)),
                   "expected another image to roll back to, found none that starts; install one "
                   "first."};
  }
  if (!status.ok()) return FailureOf(status);
  const auto slot = session.slots.Selected();
  return fmt::format("rolled back; {} starts at the next boot",
                     slot ? PrintableText(slot->label()) : "another image");
}

Outcome<std::string> Select(Session& session, const std::string& label) {
  const auto slot = session.slots.table().FindLabel(label);
  if (!slot || !slot->is_slot()) {
    return Failure{std::string(CheckReason(Check::kUpdateSlot)),
                   fmt::format("expected a slot named '{}', found none of that name; see 'updraft "
                               "device info'.",
                               PrintableText(label))};
  }
  if (!CanBeSelected(*slot)) return NotSelectable(*slot);
  FindingCollector findings;
  SlotProver prover(session.device->device(), session.buffer, findings);
  if (const auto proven = prover.Prove(*slot); !proven) return FailureOf(proven.error(), findings);
  const Status status = session.slots.Select(*slot);
  if (!status.ok()) return FailureOf(status);
  return fmt::format("{} is selected", PrintableText(label));
}

Outcome<std::string> ResetOtadata(Session& session, const std::string&) {
  const Status status = session.slots.EraseOtadata();
  if (!status.ok()) return FailureOf(status);
  return std::string("otadata is erased, as on a device that was never updated");
}

void Add(CLI::App& group, int& exit_code, const std::string& name, const std::string& description,
         const std::string& example, Act act, bool with_slot = false) {
  CLI::App* const command = AddCommand(group, name, description, example);
  struct Arguments {
    DeviceToWrite device;
    std::string slot;
  };
  const auto arguments = std::make_shared<Arguments>();
  AddDeviceToWrite(*command, arguments->device);
  if (with_slot) command->add_option("SLOT", arguments->slot, "The slot's name")->required();
  command->callback(
      [arguments, &exit_code, act] { exit_code = Run(arguments->device, arguments->slot, act); });
}

}  // namespace

void AddDeviceSelection(CLI::App& group, int& exit_code) {
  Add(group, exit_code, "confirm",
      "Confirms the selected image, as its firmware does after its self-test.",
      "updraft device confirm mydevice", &Confirm);
  Add(group, exit_code, "rollback",
      "Gives the selected image up; the next boot starts the one before, if that still starts.",
      "updraft device rollback mydevice", &RollBack);
  Add(group, exit_code, "select", "Proves the image in a slot and selects it for the next boot.",
      "updraft device select mydevice ota_1", &Select, true);
  Add(group, exit_code, "reset-otadata", "Erases otadata: factory, or the first slot, boots.",
      "updraft device reset-otadata mydevice", &ResetOtadata);
}

}  // namespace updraft
