// SPDX-License-Identifier: Apache-2.0
// `updraft device install`: flashes an image into a slot from outside, as a
// programmer does with a board on the desk; the running slot is no taboo here.
#include <fmt/format.h>

#include <algorithm>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "updraft/slot_prover.h"
#include "updraft/slots.h"
#include "updraft/update.h"

#include "cli/commands.h"
#include "cli/device_commands.h"
#include "cli/device_folder.h"
#include "cli/files.h"
#include "cli/image_commands.h"
#include "cli/output.h"
#include "cli/text.h"
#include "src/update/river.h"

namespace updraft {
namespace {

struct InstallArguments {
  std::string folder;
  std::string image;
  std::string slot;
};

Outcome<Partition> ChooseSlot(const Slots& slots, const std::string& label) {
  if (label.empty()) {
    for (std::size_t i = 0; i < slots.table().size(); ++i) {
      const auto partition = slots.table().At(i);
      if (partition && partition->is_slot() && partition->subtype == kSubtypeFactory) {
        return *partition;
      }
    }
  }
  for (std::size_t i = 0; i < slots.table().size(); ++i) {
    const auto partition = slots.table().At(i);
    if (!partition || !partition->is_slot()) continue;
    if (label.empty() || partition->label() == label) return *partition;
  }
  return Failure{std::string(CheckReason(Check::kUpdateSlot)),
                 label.empty()
                     ? std::string("expected a slot in the partition table, found none; make the "
                                   "device with another table.")
                     : fmt::format("expected a slot named '{}', found none of that name; see "
                                   "'updraft device info'.",
                                   PrintableText(label))};
}

// The river of an update, without a running image to spare.
Status Write(const Device& device, Slots& slots, const Partition& slot, MutableBytes image,
             Observer& observer) {
  std::vector<std::uint8_t> buffer(kProofBuffer);
  UPDRAFT_TRY_ASSIGN(ImageRules rules, RulesFor(device, slot, AskedBy::kBootloader, observer));
  rules.available = image.size();
  UpdateOptions options;
  options.proof_buffer = buffer;
  UpdateRiver river(device, slots, slot, rules, options, observer);
  while (!image.empty()) {
    const MutableBytes piece = image.first(std::min(image.size(), kProofBuffer));
    UPDRAFT_TRY(river.Push(piece));
    image = image.subspan(piece.size());
  }
  UPDRAFT_TRY(river.End());
  UPDRAFT_TRY(river.ProgramHead());
  // A device without otadata starts what is in factory.
  if (!slots.has_otadata() && slot.subtype == kSubtypeFactory) return kOk;
  return slots.Select(slot);
}

}  // namespace

Failure InstallImage(const std::string& folder, const std::string& image_path,
                     const std::string& label, std::string* installed_slot) {
  auto image = ReadWholeFile(image_path, kLargestImageFile);
  if (!image) return image.failure();
  auto opened = OpenDevice(folder, FileFlash::Mode::kReadWrite);
  if (!opened) return opened.failure();
  Device device = (*opened)->device();
  device.running.reset();
  FindingCollector findings;
  auto slots = Slots::Open(device, findings);
  if (!slots) return FailureOf(slots.error(), findings);
  const auto slot = ChooseSlot(*slots, label);
  if (!slot) return slot.failure();
  const Status status = Write(device, *slots, *slot, *image, findings);
  if (!status.ok()) return InFile(image_path, FailureOf(status, findings));
  if (installed_slot != nullptr) *installed_slot = slot->label();
  return {};
}

namespace {

int Install(const InstallArguments& arguments) {
  std::string slot;
  const Failure failure = InstallImage(arguments.folder, arguments.image, arguments.slot, &slot);
  if (!failure.reason.empty()) return Fail(failure);
  PrintLine(fmt::format("{}: {} in {} and selected", PrintableText(arguments.folder),
                        PrintableText(arguments.image), PrintableText(slot)));
  return kExitDone;
}

}  // namespace

void AddDeviceInstall(CLI::App& group, int& exit_code) {
  CLI::App* const command = AddCommand(
      group, "install",
      "Writes an image into a slot and selects it: factory unless told, else the first slot. The "
      "image is proven as the bootloader would.",
      "updraft device install mydevice firmware.bin\n"
      "updraft device install mydevice firmware.bin --slot ota_1");
  const auto arguments = std::make_shared<InstallArguments>();
  command->add_option("DIR", arguments->folder, "The device folder")->required();
  command->add_option("IMAGE", arguments->image, "The image, - for standard input")->required();
  command->add_option("--slot", arguments->slot, "The slot's name")->type_name("NAME");
  command->callback([arguments, &exit_code] { exit_code = Install(*arguments); });
}

}  // namespace updraft
