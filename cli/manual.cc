// SPDX-License-Identifier: Apache-2.0
// `updraft man` and `updraft completion`: the manual and the shells' completion,
// made from the same text as --help.
#include <fmt/format.h>

#include <filesystem>
#include <memory>

#include "cli/command_tree.h"
#include "cli/commands.h"
#include "cli/files.h"
#include "cli/output.h"
#include "cli/text.h"

namespace updraft {
namespace {

int WriteAll(const std::vector<CommandText>& commands, const std::string& version,
             const std::string& folder) {
  std::error_code error;
  std::filesystem::create_directories(folder, error);
  for (const CommandText& command : commands) {
    const std::filesystem::path path = std::filesystem::path(folder) / (command.Name('-') + ".1");
    if (const auto failure = WriteWholeFile(path, AsBytes(ManPage(command, version)))) {
      return Fail(*failure);
    }
  }
  return kExitDone;
}

int PrintPage(const std::vector<CommandText>& commands, const std::string& version,
              const std::vector<std::string>& words) {
  std::string wanted = "updraft";
  for (const std::string& word : words) wanted += " " + word;
  for (const CommandText& command : commands) {
    if (command.Name() != wanted) continue;
    PrintLine(ManPage(command, version));
    return kExitDone;
  }
  return Fail({std::string(CodeName(Code::kNotFound)),
               fmt::format("expected a command of updraft, found '{}'; see 'updraft --help'.",
                           PrintableText(wanted))});
}

}  // namespace

void AddManualCommands(CLI::App& app, int& exit_code, const std::string& version) {
  CLI::App* const man = AddCommand(app, "man", "Prints the manual page of a command, for man(1).",
                                   "updraft man device update | man -l -\n"
                                   "updraft man --to /usr/local/share/man/man1");
  struct Arguments {
    std::vector<std::string> words;
    std::string folder;
  };
  const auto arguments = std::make_shared<Arguments>();
  man->add_option("COMMAND", arguments->words, "The command's words; none: the tool itself");
  man->add_option("--to", arguments->folder, "Write the pages of all commands into this folder")
      ->type_name("DIR");
  man->callback([&app, &exit_code, arguments, version] {
    const auto commands = CommandsOf(app);
    exit_code = arguments->folder.empty() ? PrintPage(commands, version, arguments->words)
                                          : WriteAll(commands, version, arguments->folder);
  });

  CLI::App* const completion =
      AddCommand(app, "completion", "Prints what a shell needs to complete updraft's words.",
                 "updraft completion bash > /etc/bash_completion.d/updraft\n"
                 "source <(updraft completion bash)");
  completion->require_subcommand(1);
  using Script = std::string (*)(const std::vector<CommandText>&);
  const auto add = [&](const char* name, Script script) {
    CLI::App* const shell = AddCommand(*completion, name, fmt::format("For {}.", name),
                                       fmt::format("updraft completion {}", name));
    shell->callback([&app, &exit_code, script] {
      PrintLine(script(CommandsOf(app)));
      exit_code = kExitDone;
    });
  };
  add("bash", &BashCompletion);
  add("zsh", &ZshCompletion);
  add("fish", &FishCompletion);
}

}  // namespace updraft
