// SPDX-License-Identifier: Apache-2.0
// `updraft device install`: flashes an image into a slot, or a file into another
// partition, from outside, as a programmer does with a board on the desk; the
// running slot is no taboo here.
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
#include "cli/flash_range.h"
#include "cli/image_commands.h"
#include "cli/output.h"
#include "cli/text.h"
#include "ports/host/memory_flash.h"
#include "src/update/river.h"

namespace updraft {
namespace {

using Json = nlohmann::ordered_json;

struct InstallArguments {
  DeviceToWrite device;
  std::string file;
  std::string partition;
  bool json = false;
};

// Where an image goes when nobody says: factory, else the first OTA slot.
Outcome<Partition> DefaultSlot(const PartitionTable& table) {
  if (const auto factory = table.Find(PartitionType::kApp, kSubtypeFactory)) return *factory;
  for (std::size_t i = 0; i < table.size(); ++i) {
    const auto partition = table.At(i);
    if (partition && partition->is_ota_slot()) return *partition;
  }
  return Failure{std::string(CheckReason(Check::kUpdateSlot)),
                 "expected a factory or OTA slot in the partition table, found none; name a slot "
                 "with --slot, or make the device with another table."};
}

// The river of an update, without a running image to spare.
Status WriteImage(const Device& device, Slots& slots, const Partition& slot, MutableBytes image,
                  Observer& observer) {
  std::vector<std::uint8_t> buffer(kProofBuffer);
  UPDRAFT_TRY_ASSIGN(ImageRules rules, RulesFor(device, slot, AskedBy::kBootloader, observer));
  rules.available = image.size();
  const RiverOptions options{.buffer = buffer, .proof_buffer = buffer, .keys = device.keys};
  UpdateRiver river(device, slots, slot, rules, options, observer);
  while (!image.empty()) {
    const MutableBytes piece = image.first(std::min(image.size(), kProofBuffer));
    UPDRAFT_TRY(river.Push(piece));
    image = image.subspan(piece.size());
  }
  UPDRAFT_TRY(river.End());
  return river.ProgramHead();
}

// Into memory over the flash: what is refused leaves the slot as it is.
Status Rehearse(Device device, const Partition& slot, Bytes image, Observer& observer) {
  MemoryFlash flash(*device.flash);
  device.flash = &flash;
  UPDRAFT_TRY_ASSIGN(Slots slots, Slots::Open(device, observer));
  // An encrypted one is opened where it lies.
  std::vector<std::uint8_t> copy(image.begin(), image.end());
  return WriteImage(device, slots, slot, copy, observer);
}

Outcome<Installed> InstallImage(const Device& device, Slots& slots, const Partition& slot,
                                MutableBytes image) {
  FindingCollector findings;
  Status status = Rehearse(device, slot, image, findings);
  if (status.ok()) status = WriteImage(device, slots, slot, image, findings);
  Installed installed{.partition = slot, .bytes = image.size()};
  // A device without otadata starts what is in factory.
  installed.selected = CanBeSelected(slot);
  if (status.ok() && installed.selected && slots.has_otadata()) status = slots.Select(slot);
  if (!status.ok()) return FailureOf(status, findings);
  std::vector<std::uint8_t> buffer(kProofBuffer);
  const auto description = SlotProver(device, buffer).ReadDescription(slot);
  if (description) installed.version = description->version();
  return installed;
}

Outcome<Installed> InstallBytes(const Device& device, const Partition& partition, Bytes data) {
  const auto range = PartOf(RangeOf(partition), 0, data.size());
  if (!range) return range.failure();
  std::vector<std::uint8_t> whole(data.begin(), data.end());
  whole.resize(partition.size, 0xFF);
  const Status status = ReplaceBytes(*device.flash, partition.offset, whole);
  if (!status.ok()) return FailureOf(status);
  return Installed{.partition = partition, .bytes = data.size()};
}

}  // namespace

Outcome<Installed> Install(const DeviceToWrite& named, const std::string& path,
                           const std::string& label) {
  auto file = ReadWholeFile(path, kLargestImageFile);
  if (!file) return file.failure();
  auto opened = OpenDeviceToWrite(named);
  if (!opened) return opened.failure();
  Device device = (*opened)->device();
  device.running.reset();
  device.policy.signed_header = false;  // that is about what comes over the air
  FindingCollector findings;
  auto slots = Slots::Open(device, findings);
  if (!slots) return FailureOf(slots.error(), findings);
  const auto partition =
      label.empty() ? DefaultSlot(slots->table()) : FindPartition(slots->table(), label);
  if (!partition) return partition.failure();
  auto installed = partition->is_slot() ? InstallImage(device, *slots, *partition, *file)
                                        : InstallBytes(device, *partition, *file);
  if (!installed) return InFile(path, installed.failure());
  return installed;
}

namespace {

std::string Sentence(const InstallArguments& arguments, const Installed& installed) {
  const Partition& partition = installed.partition;
  std::string text = fmt::format("{}: {} in {}", PrintableText(arguments.device.folder),
                                 PrintableText(arguments.file), PrintableText(partition.label()));
  if (installed.selected) return text + " and selected";
  if (!partition.is_slot()) return text + ", as it is";
  return text + ", not selected: otadata cannot name this slot";
}

int Run(const InstallArguments& arguments) {
  const auto installed = Install(arguments.device, arguments.file, arguments.partition);
  if (!installed) return Fail(installed.failure(), arguments.json);
  if (!arguments.json) {
    PrintLine(Sentence(arguments, *installed));
    return kExitDone;
  }
  const Partition& partition = installed->partition;
  PrintJson({{"partition", std::string(partition.label())},
             {"offset", partition.offset},
             {"size", partition.size},
             {"bytes_written", installed->bytes},
             {"selected", installed->selected},
             {"version", installed->version.empty() ? Json(nullptr) : Json(installed->version)}});
  return kExitDone;
}

}  // namespace

void AddDeviceInstall(CLI::App& group, int& exit_code) {
  CLI::App* const command = AddCommand(
      group, "install",
      "Writes an image into a slot and selects it: factory unless told, else the first OTA slot. "
      "The image is proven as the bootloader would. Any other partition takes a file as it is; "
      "what the file does not fill is erased.",
      "updraft device install mydevice firmware.bin\n"
      "updraft device install mydevice firmware.bin --slot ota_1\n"
      "updraft device install mydevice settings.bin --partition nvs");
  const auto arguments = std::make_shared<InstallArguments>();
  AddDeviceToWrite(*command, arguments->device);
  command->add_option("IMAGE", arguments->file, "The image or file, - for standard input")
      ->required();
  command->add_option("--slot,--partition", arguments->partition, "The slot or partition")
      ->type_name("NAME");
  command->add_flag("--json", arguments->json, "Print one JSON object");
  command->callback([arguments, &exit_code] { exit_code = Run(*arguments); });
}

}  // namespace updraft
