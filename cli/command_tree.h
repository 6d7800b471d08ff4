// SPDX-License-Identifier: Apache-2.0
// The tool's commands as data, read from what --help is printed from: man pages and
// shell completion are made of this, so that they say the same.
#pragma once

#include <CLI/App.hpp>
#include <string>
#include <vector>

namespace updraft {

struct OptionText {
  std::vector<std::string> names;  // "-h", "--help"; of a positional "DIR"
  std::string value;               // what follows: "PEM"; empty for a flag
  std::string description;
  bool positional = false;
  bool required = false;
};

struct CommandText {
  std::vector<std::string> path;  // {"updraft", "image", "info"}
  std::string description;
  std::string footer;  // example, exit codes
  std::vector<OptionText> options;
  std::vector<std::string> subcommands;

  // "updraft image info", with `between` the words.
  std::string Name(char between = ' ') const;
};

// All of them, each before its subcommands.
std::vector<CommandText> CommandsOf(const CLI::App& app);

// One page for man(1), of section 1. `version` of the tool.
std::string ManPage(const CommandText& command, const std::string& version);

// A script that the shell reads; complete for every command.
std::string BashCompletion(const std::vector<CommandText>& commands);
std::string ZshCompletion(const std::vector<CommandText>& commands);
std::string FishCompletion(const std::vector<CommandText>& commands);

}  // namespace updraft
