// SPDX-License-Identifier: Apache-2.0
// `updraft device info`: the slots of a device, their states and images.
#include <fmt/format.h>
#include <unistd.h>

#include <array>
#include <memory>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "updraft/slot_prover.h"
#include "updraft/slots.h"

#include "cli/commands.h"
#include "cli/device_commands.h"
#include "cli/device_folder.h"
#include "cli/flash_map.h"
#include "cli/output.h"
#include "cli/partition_names.h"
#include "cli/text.h"
#include "ports/host/device_settings.h"

namespace updraft {
namespace {

using Json = nlohmann::ordered_json;

struct InfoArguments {
  std::string folder;
  bool json = false;
};

Json OtadataJson(const Slots& slots, int slot_count) {
  const auto records = slots.ReadRecords();
  if (!records) return nullptr;
  Json json = Json::array();
  for (const OtadataRecord& record : *records) {
    std::array<std::uint8_t, kOtadataRecordSize> bytes{};
    StoreOtadataRecord(record, bytes);
    const auto terms = record.trial_terms();
    const bool named = record.sequence != kNoSequence && record.crc_ok() && slot_count > 0;
    json.push_back({{"sequence", record.sequence},
                    {"state", SlotStateName(record.state)},
                    {"crc_valid", record.crc_ok()},
                    {"attempts_left", terms ? Json(terms->attempts) : Json(nullptr)},
                    {"deadline", terms ? Json(terms->deadline_seconds) : Json(nullptr)},
                    {"slot", named ? Json(fmt::format("ota_{}", record.SlotIndex(slot_count)))
                                   : Json(nullptr)},
                    {"hex", HexText(bytes)}});
  }
  return json;
}

Json SlotJson(const Slots& slots, SlotProver& prover, const Partition& slot) {
  const auto state = slots.State(slot);
  const auto description = prover.ReadDescription(slot);
  const auto facts = prover.Prove(slot);
  const auto text = [&](std::string_view field) {
    return description ? Json(std::string(field)) : Json(nullptr);
  };
  return {{"name", std::string(slot.label())},
          {"offset", slot.offset},
          {"size", slot.size},
          {"state", state ? Json(SlotStateName(*state)) : Json(nullptr)},
          {"version", text(description->version())},
          {"project_name", text(description->project_name())},
          {"secure_version", description ? Json(description->secure_version) : Json(nullptr)},
          {"valid", facts.has_value()},
          {"image_length", facts ? Json(facts->length) : Json(nullptr)}};
}

Json PartitionJson(const Partition& partition) {
  const PartitionNames names;
  const auto type = static_cast<std::uint8_t>(partition.type);
  return {{"name", std::string(partition.label())},
          {"type", type},
          {"subtype", partition.subtype},
          {"offset", partition.offset},
          {"size", partition.size},
          {"flags", partition.flags},
          {"type_name", names.TypeText(type)},
          {"subtype_name", names.SubtypeText(type, partition.subtype)}};
}

Outcome<Json> Describe(HostDevice& device, FindingCollector& findings) {
  Device& ports = device.device();
  const auto slots = Slots::Open(ports, findings);
  if (!slots) return FailureOf(slots.error(), findings);
  AssumeRunning(ports);
  std::vector<std::uint8_t> buffer(kProofBuffer);
  SlotProver prover(ports, buffer, NoObserver(), AskedBy::kBootloader);
  const auto slot_count = slots->table().CountOtaSlots();
  Json json{{"chip", ports.chip.family->name},
            {"chip_revision", ports.chip.revision},
            {"flash_size", ports.flash->geometry().size},
            {"rollback", ports.policy.rollback},
            {"anti_rollback", ports.policy.anti_rollback},
            {"signature", SignaturePolicyName(ports.policy.signature)},
            {"flash_encryption", FlashEncryptionName(device.flash_encryption())},
            {"running", ports.running ? Json(std::string(ports.running->label())) : Json(nullptr)},
            {"slots", Json::array()},
            {"partitions", Json::array()}};
  for (std::size_t i = 0; i < slots->table().size(); ++i) {
    const auto partition = slots->table().At(i);
    if (!partition) return FailureOf(partition.error());
    json["partitions"].push_back(PartitionJson(*partition));
    if (partition->is_slot()) json["slots"].push_back(SlotJson(*slots, prover, *partition));
  }
  const auto version = ports.efuse->ReadSecureVersion();
  json["secure_version"] = version ? Json(*version) : Json(nullptr);
  json["otadata"] = OtadataJson(*slots, slot_count.has_value() ? *slot_count : 0);
  json["journal"] = LogRegion(ports).size > 0;
  return json;
}

void PrintDeviceHead(const Json& device) {
  PrintLine(fmt::format("{} {}, {} of flash{}", WordText(device.at("chip")),
                        RevisionText(device.at("chip_revision").get<std::uint64_t>()),
                        SizeText(device.at("flash_size").get<std::uint64_t>()),
                        device.at("rollback").get<bool>() ? ", with rollback" : ""));
}

void PrintDeviceNotes(const Json& device) {
  PrintLine(device.at("running").is_null()
                ? "nothing on it can boot; 'updraft device install DIR IMAGE' puts an image there"
                : "* runs");
  if (!device.at("journal").get<bool>()) {
    PrintLine(
        "no partition 'updraft' of two sectors: downloads are not resumed over a restart, and "
        "nothing is "
        "recorded");
  }
}

int Info(const InfoArguments& arguments) {
  const auto json = DescribeDevice(arguments.folder);
  if (!json) return Fail(json.failure(), arguments.json);
  if (arguments.json) {
    PrintJson(*json);
  } else if (IsTerminal(STDOUT_FILENO)) {
    PrintDeviceHead(*json);
    for (const std::string& line : DrawFlashMap(
             *json, {.width = TerminalWidth(STDOUT_FILENO), .color = WantsColor(STDOUT_FILENO)})) {
      PrintLine(line);
    }
    PrintDeviceNotes(*json);
  } else {
    PrintDeviceTable(*json);
  }
  return kExitDone;
}

}  // namespace

Outcome<Json> DescribeDevice(const std::string& folder) {
  auto device = OpenDevice(folder);
  if (!device) return device.failure();
  FindingCollector findings;
  return Describe(**device, findings);
}

void PrintDeviceTable(const Json& device) {
  PrintDeviceHead(device);
  PrintLine(fmt::format("  {:<10} {:>10} {:>10}  {:<15} {:<24} {}", "slot", "offset", "size",
                        "state", "project and version", "image"));
  for (const Json& slot : device.at("slots")) {
    const bool runs = slot.at("name") == device.at("running");
    PrintLine(fmt::format(
        "{} {:<10} {:>#10x} {:>10}  {:<15} {:<24} {}", runs ? '*' : ' ', WordText(slot.at("name")),
        slot.at("offset").get<std::uint64_t>(), SizeText(slot.at("size").get<std::uint64_t>()),
        WordText(slot.at("state")), ImageText(slot),
        slot.at("valid").get<bool>() ? "valid, " + FillText(slot) + " full" : FillText(slot)));
  }
  PrintDeviceNotes(device);
}

void AddDeviceInfo(CLI::App& group, int& exit_code) {
  CLI::App* const command = AddCommand(
      group, "info",
      "Prints the slots of a device, what they hold, and which runs; on a terminal as a map of "
      "the flash. Reads only, and "
      "never waits for a writer.",
      "updraft device info mydevice\nupdraft device info mydevice --json");
  const auto arguments = std::make_shared<InfoArguments>();
  command->add_option("DIR", arguments->folder, "The device folder")->required();
  command->add_flag("--json", arguments->json, "Print one JSON object");
  command->callback([arguments, &exit_code] { exit_code = Info(*arguments); });
}

}  // namespace updraft
