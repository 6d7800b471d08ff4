// SPDX-License-Identifier: Apache-2.0
// `updraft key`: the group of the commands that make and show keys.
#include "cli/commands.h"
#include "cli/key_commands.h"

namespace updraft {

void AddKeyCommands(CLI::App& app, int& exit_code) {
  CLI::App* const group =
      AddCommand(app, "key", "Keys of signatures.", "updraft key new sign-p256 signing.pem");
  group->require_subcommand(1);
  AddSigningKeyCommands(*group, exit_code);
}

CLI::App* NewKeyGroup(CLI::App& key) {
  for (CLI::App* const command : key.get_subcommands([](CLI::App*) { return true; })) {
    if (command->get_name() == "new") return command;
  }
  CLI::App* const group = AddCommand(key, "new", "Makes a key; only its owner may read the file.",
                                     "updraft key new sign-p256 signing.pem");
  group->require_subcommand(1);
  return group;
}

}  // namespace updraft
