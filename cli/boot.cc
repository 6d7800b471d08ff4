// SPDX-License-Identifier: Apache-2.0
// `updraft boot DIR`: the bootloader of a virtual device.
#include "updraft/boot.h"

#include <fmt/format.h>

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "updraft/slot_prover.h"

#include "cli/arguments.h"
#include "cli/boot_loop.h"
#include "cli/boot_words.h"
#include "cli/commands.h"
#include "cli/device_folder.h"
#include "cli/output.h"

namespace updraft {
namespace {

struct BootArguments {
  std::string folder;
  bool dry_run = false;
  bool json = false;
  std::optional<std::uint64_t> max_boots;
  std::optional<std::uint64_t> timeout_seconds;
  std::string until;
};

int DryRun(const BootArguments& arguments) {
  auto device = OpenDevice(arguments.folder);
  if (!device) return NothingBoots(device.failure(), arguments.json);
  FindingCollector findings;
  const auto view = ViewForBoot((*device)->device(), findings);
  if (!view) return NothingBoots(FailureOf(view.error(), findings), arguments.json);
  std::vector<std::uint8_t> buffer(kProofBuffer);
  SlotProver prover((*device)->device(), buffer, NoObserver(), AskedBy::kBootloader);
  const BootDecision decision = Choose(*view, prover);
  if (arguments.json) {
    PrintJson(DecisionJson(*view, decision));
  } else {
    for (const std::string& line : DecisionLines(*view, decision)) PrintLine(line);
  }
  return decision.boots.has_value() ? kExitDone : kExitFailed;
}

int Boot(const BootArguments& arguments) {
  if (arguments.json && !arguments.dry_run) {
    return FailUsage(
        "--json: expected --dry-run with it, found none; the firmware has standard output "
        "otherwise.",
        true);
  }
  if (arguments.dry_run) return DryRun(arguments);
  BootLoopOptions options;
  options.folder = arguments.folder;
  options.max_boots = arguments.max_boots;
  if (arguments.timeout_seconds) options.timeout_ms = *arguments.timeout_seconds * 1000;
  options.until = arguments.until;
  options.log = [](std::string_view line) { fmt::print(stderr, "boot: {}\n", line); };
  const auto end = RunBootLoop(options);
  return end ? kExitDone : Fail(end.failure());
}

}  // namespace

void AddBootCommand(CLI::App& app, int& exit_code) {
  CLI::App* const command = AddCommand(
      app, "boot",
      "The bootloader of a virtual device: chooses a slot as the ESP bootloader does, proves the "
      "image and runs the firmware in it, again after every restart and reset. The firmware has "
      "standard input and output, the bootloader speaks on standard error. Ends with 0 when the "
      "firmware powers off, when --until's text was printed, or at --timeout or --max-boots; with "
      "1 when nothing boots or after three resets in a row without a new choice. While another "
      "process writes the device it waits, no longer than --timeout.",
      "updraft boot mydevice --until 'confirmed' --timeout 60\n"
      "updraft boot mydevice --dry-run --json");
  const auto arguments = std::make_shared<BootArguments>();
  command->add_option("DIR", arguments->folder, "The device folder")->required();
  command->add_flag("--dry-run", arguments->dry_run, "Tell what would boot; write and run nothing");
  command->add_flag("--json", arguments->json, "With --dry-run: print one JSON object");
  AddNumber(*command, "--max-boots", arguments->max_boots, "End after so many runs of firmware")
      ->check(Between(1, kAnyNumber));
  AddNumber(*command, "--timeout", arguments->timeout_seconds, "End after so many seconds");
  command->add_option("--until", arguments->until, "End when the firmware prints this")
      ->type_name("TEXT");
  command->callback([arguments, &exit_code] { exit_code = Boot(*arguments); });
}

}  // namespace updraft
