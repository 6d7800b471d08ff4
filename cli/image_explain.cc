// SPDX-License-Identifier: Apache-2.0
// `updraft image explain`: would this device take this image? Runs the device's
// own update and bootloader over a flash in memory that only reads the device's,
// and tells each check that they make, in their order.
#include <fmt/format.h>

#include <algorithm>
#include <memory>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <vector>

#include "updraft/boot.h"
#include "updraft/slot_prover.h"
#include "updraft/update.h"

#include "cli/boot_words.h"
#include "cli/commands.h"
#include "cli/device_folder.h"
#include "cli/given_key.h"
#include "cli/image_commands.h"
#include "cli/output.h"
#include "cli/streams.h"
#include "cli/text.h"
#include "ports/host/memory_flash.h"

namespace updraft {
namespace {

using Json = nlohmann::ordered_json;

struct ExplainArguments {
  std::string image;
  std::string device;
  std::string slot;
  std::string key;
  bool json = false;
};

struct ToldCheck {
  Check check{};
  bool passed = true;
  std::string expected;
  std::string found;  // empty: nothing to name
  bool operator==(const ToldCheck&) const = default;
};

// Every check once, however often it is made with the same outcome: gate, proof
// and bootloader all look at the header.
class Listener final : public Observer {
 public:
  void OnFinding(const Finding& finding) override {
    findings.OnFinding(finding);
    const ToldCheck told{finding.check, finding.passed, ExpectedText(finding), FoundText(finding)};
    if (std::ranges::find(checks, told) == checks.end()) checks.push_back(told);
  }

  FindingCollector findings;
  std::vector<ToldCheck> checks;
};

struct Explanation {
  std::vector<ToldCheck> checks;
  std::optional<Failure> refusal;  // of the update, or of the bootloader after it
  std::string slot;                // where it would go; empty before that is chosen
  std::string version;
  std::string boots;  // what starts afterwards; empty: nothing, or no update
  bool trial = false;
};

// The next start, after an update that went well.
std::optional<Failure> ExplainBoot(const Device& device, const Partition& slot, Listener& listener,
                                   Explanation& explanation) {
  std::vector<std::uint8_t> buffer(kProofBuffer);
  const auto view = ViewForBoot(device, listener);
  if (!view) return FailureOf(view.error(), listener.findings);
  const auto proven = SlotProver(device, buffer, listener, AskedBy::kBootloader).Prove(slot);
  SlotProver silent(device, buffer, NoObserver(), AskedBy::kBootloader);
  const BootDecision decision = Choose(*view, silent);
  if (decision.boots) explanation.boots = view->SlotAt(*decision.boots)->label();
  explanation.trial = decision.trial;
  if (!proven) return FailureOf(proven.error(), listener.findings);
  if (decision.boots && view->SlotAt(*decision.boots)->offset == slot.offset) return std::nullopt;
  return Failure{std::string(CheckReason(Check::kBootable)),
                 fmt::format("the bootloader would not start the image: expected it to choose {}, "
                             "found that it starts {}; look at 'updraft boot --dry-run'.",
                             PrintableText(slot.label()),
                             decision.boots ? PrintableText(explanation.boots) : "nothing")};
}

Outcome<std::optional<Partition>> NamedSlot(const Device& device, const std::string& label) {
  if (label.empty()) return std::optional<Partition>();
  FindingCollector findings;
  const auto slots = Slots::Open(device, findings);
  if (!slots) return FailureOf(slots.error(), findings);
  const auto slot = slots->table().FindLabel(label);
  if (slot && slot->is_slot()) return std::optional<Partition>(*slot);
  return Failure{std::string(CheckReason(Check::kUpdateSlot)),
                 fmt::format("expected a slot named '{}', found none of that name; see 'updraft "
                             "device info'.",
                             PrintableText(label))};
}

Outcome<Explanation> Explain(const ExplainArguments& arguments) {
  auto opened = OpenDevice(arguments.device);
  if (!opened) return opened.failure();
  Device device = (*opened)->device();
  AssumeRunning(device);
  MemoryFlash flash(*device.flash);
  device.flash = &flash;
  GivenKey key;
  if (auto failure = key.Open(arguments.key, *device.crypto)) return std::move(*failure);
  const auto slot = NamedSlot(device, arguments.slot);
  if (!slot) return slot.failure();
  InputFile image(arguments.image);
  if (const Status status = image.Open(); !status.ok()) return image.FailureOf(status);

  Listener listener;
  Explanation explanation;
  std::vector<std::uint8_t> buffer(kProofBuffer);
  std::vector<std::uint8_t> proof_buffer(kProofBuffer);
  AppDescription offered;
  Update update(device, image,
                {.buffer = buffer,
                 .proof_buffer = proof_buffer,
                 .slot = *slot,
                 .offered = &offered,
                 .keys = key.keys()},
                listener);
  const Status status = update.Run();
  explanation.slot = update.slot().label();
  if (update.offered() != nullptr) explanation.version = update.offered()->version();
  if (status.ok()) {
    explanation.refusal = ExplainBoot(device, update.slot(), listener, explanation);
  } else {
    explanation.refusal = FailureOf(status, listener.findings);
  }
  explanation.checks = std::move(listener.checks);
  return explanation;
}

Json TextOrNull(const std::string& text) { return text.empty() ? Json(nullptr) : Json(text); }

Json ExplanationJson(const Explanation& explanation) {
  const auto& refusal = explanation.refusal;
  Json json{{"verdict", refusal ? "reject" : "accept"},
            {"reason", refusal ? Json(refusal->reason) : Json(nullptr)},
            {"message", refusal ? Json(refusal->message) : Json(nullptr)},
            {"slot", TextOrNull(explanation.slot)},
            {"version", TextOrNull(explanation.version)},
            {"boots", TextOrNull(explanation.boots)},
            {"trial", explanation.trial},
            {"checks", Json::array()}};
  for (const ToldCheck& told : explanation.checks) {
    json["checks"].push_back({{"check", CheckReason(told.check)},
                              {"title", CheckTitle(told.check)},
                              {"passed", told.passed},
                              {"expected", told.expected},
                              {"found", TextOrNull(told.found)}});
  }
  return json;
}

std::string Line(const ToldCheck& told) {
  std::string line = fmt::format("{:<6} {}: expected {}", told.passed ? "ok" : "FAILED",
                                 CheckTitle(told.check), told.expected);
  if (!told.found.empty()) line += ", found " + told.found;
  return line;
}

void PrintExplanation(const ExplainArguments& arguments, const Explanation& explanation) {
  for (const ToldCheck& told : explanation.checks) PrintLine(Line(told));
  if (explanation.refusal) return;
  PrintLine(fmt::format("{} would take it: version {} into {}; it starts at the next boot{}",
                        PrintableText(arguments.device), PrintableText(explanation.version),
                        PrintableText(explanation.slot),
                        explanation.trial ? ", on trial until it is confirmed" : ""));
}

int Run(const ExplainArguments& arguments) {
  const auto explanation = Explain(arguments);
  if (!explanation) return Fail(explanation.failure(), arguments.json);
  if (arguments.json) {
    PrintJson(ExplanationJson(*explanation));
  } else {
    PrintExplanation(arguments, *explanation);
  }
  if (!explanation->refusal) return kExitDone;
  PrintError(fmt::format("{}: {}", PrintableText(arguments.image), explanation->refusal->message));
  return kExitFailed;
}

}  // namespace

void AddImageExplain(CLI::App& group, int& exit_code) {
  CLI::App* const command = AddCommand(
      group, "explain",
      "Would this device take this image? Tells each check in its order, with what is expected "
      "and what was found, by the code that updates and boots the device; nothing is written. "
      "Exit code 0: it would, 1: it would not.",
      "updraft image explain firmware.bin --device mydevice\n"
      "updraft image explain firmware.enc --device mydevice --json");
  const auto arguments = std::make_shared<ExplainArguments>();
  command->add_option("IMAGE", arguments->image, "The image, - for standard input")->required();
  command->add_option("--device", arguments->device, "The device's folder")
      ->required()
      ->type_name("DIR");
  command->add_option("--slot", arguments->slot, "Into this slot (default: where an update goes)")
      ->type_name("NAME");
  command
      ->add_option("--key", arguments->key,
                   "What decrypts the image: PEM, or the HMAC key's file (default: the key of "
                   "purpose HMAC_UP in eFuse)")
      ->type_name("KEY");
  command->add_flag("--json", arguments->json, "Print one JSON object");
  command->callback([arguments, &exit_code] { exit_code = Run(*arguments); });
}

}  // namespace updraft
