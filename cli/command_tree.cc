// SPDX-License-Identifier: Apache-2.0
#include "cli/command_tree.h"

namespace updraft {
namespace {

OptionText TextOf(const CLI::Option& option) {
  OptionText text;
  for (const std::string& name : option.get_snames()) text.names.push_back("-" + name);
  for (const std::string& name : option.get_lnames()) text.names.push_back("--" + name);
  text.positional = option.get_positional();
  if (text.positional && text.names.empty()) text.names.push_back(option.get_name(true, false));
  if (!text.positional && option.get_expected_max() != 0) text.value = option.get_type_name();
  text.description = option.get_description();
  text.required = option.get_required();
  return text;
}

void Collect(const CLI::App& app, std::vector<std::string> path, std::vector<CommandText>& all) {
  path.push_back(app.get_name());
  CommandText command{.path = path,
                      .description = app.get_description(),
                      .footer = app.get_footer(),
                      .options = {},
                      .subcommands = {}};
  for (const CLI::Option* const option : app.get_options()) {
    if (!option->get_group().empty()) command.options.push_back(TextOf(*option));
  }
  const auto children = app.get_subcommands([](const CLI::App* child) {
    return !child->get_name().empty() && !child->get_group().empty();
  });
  for (const CLI::App* const child : children) command.subcommands.push_back(child->get_name());
  all.push_back(std::move(command));
  for (const CLI::App* const child : children) Collect(*child, path, all);
}

}  // namespace

std::string CommandText::Name(char between) const {
  std::string name;
  for (const std::string& word : path) {
    if (!name.empty()) name += between;
    name += word;
  }
  return name;
}

std::vector<CommandText> CommandsOf(const CLI::App& app) {
  std::vector<CommandText> all;
  Collect(app, {}, all);
  return all;
}

}  // namespace updraft
