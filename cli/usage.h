// SPDX-License-Identifier: Apache-2.0
// What the tool says of a command line that it does not understand, and how --help
// lists commands.
#pragma once

#include <CLI/App.hpp>
#include <CLI/Config.hpp>
#include <CLI/Formatter.hpp>
#include <optional>
#include <string>

namespace updraft {

// One sentence: what was expected, what was found, what was perhaps meant, and where to
// look. `app` is the root that parsed.
std::string UsageSentence(const CLI::App& app, const CLI::ParseError& error);

// The sentence for a command that there is none of, where otherwise --help or
// --version would answer as if it had not been typed.
std::optional<std::string> UnknownCommandSentence(const CLI::App& app);

// An empty word in place of a name or a value is what a script makes of a variable that is
// not set: to take it for "not given" would trust, write or sign otherwise than was meant.
// From here on `app`, with all its commands, refuses it.
void RefuseEmptyValues(CLI::App& app);

// Lists a command by the first sentence of what it does; its own --help has all of it.
class BriefFormatter final : public CLI::Formatter {
 public:
  std::string make_subcommand(const CLI::App* command) const override;
};

}  // namespace updraft
