// SPDX-License-Identifier: Apache-2.0
#include "cli/policy.h"

#include <fmt/format.h>

#include "updraft/observer.h"

#include "cli/arguments.h"
#include "cli/text.h"

namespace updraft {

std::optional<Failure> PolicyArguments::Complete() {
  if (!command.empty()) settings.command = {"sh", "-c", command};
  if (interval_seconds) settings.interval = std::chrono::seconds(*interval_seconds);
  if (window.empty()) return std::nullopt;
  settings.window = ParseDailyWindow(window);
  if (settings.window) return std::nullopt;
  return Failure{"invalid_argument",
                 fmt::format("--window: expected two different times of the day such as "
                             "02:00-04:30, found '{}'; correct it.",
                             PrintableText(window))};
}

void AddPolicy(CLI::App& command, PolicyArguments& arguments) {
  CLI::Option* const policy =
      command
          .add_option("--policy", arguments.command,
                      "Ask this shell command before anything is sent, and again every "
                      "--policy-interval: its exit code 0 goes on, 1 waits, any other stops; "
                      "$UPDRAFT_RECEIVED and $UPDRAFT_TOTAL are bytes, $UPDRAFT_BEGINS is 1 before "
                      "the start, $UPDRAFT_PAUSED the seconds of this pause")
          ->type_name("COMMAND");
  AddNumber(command, "--policy-interval", arguments.interval_seconds,
            "Seconds for which an answer of --policy holds (default 30; 0: none)")
      ->check(Between(0, 1000000))
      ->needs(policy);
  command
      .add_option("--window", arguments.window,
                  "Wait outside of this local time of the day, over midnight too")
      ->type_name("HH:MM-HH:MM");
}

Failure PolicyStops(const std::string& stopped_by) {
  return {std::string(CheckReason(Check::kCancelled)),
          fmt::format("expected the policy to end with 0 (go on) or 1 (wait), found {}; the next "
                      "start goes on.",
                      stopped_by)};
}

}  // namespace updraft
