// SPDX-License-Identifier: Apache-2.0
#include "cli/usage.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <numeric>
#include <string_view>
#include <utility>
#include <vector>

#include "cli/text.h"

namespace updraft {
namespace {

// The subcommand that was being read when the command line turned out wrong.
const CLI::App& Innermost(const CLI::App& app) {
  const CLI::App* at = &app;
  while (!at->get_subcommands().empty()) at = at->get_subcommands().back();
  return *at;
}

std::string FullName(const CLI::App& app) {
  std::string name = app.get_name();
  for (const CLI::App* at = app.get_parent(); at != nullptr; at = at->get_parent()) {
    name = at->get_name() + " " + name;
  }
  return name;
}

// How many letters to insert, delete or replace make one of the other.
std::size_t Distance(std::string_view one, std::string_view other) {
  std::vector<std::size_t> row(other.size() + 1);
  std::iota(row.begin(), row.end(), std::size_t{0});
  for (std::size_t i = 0; i < one.size(); ++i) {
    std::size_t diagonal = row[0];
    row[0] = i + 1;
    for (std::size_t j = 0; j < other.size(); ++j) {
      const std::size_t replaced = diagonal + (one[i] == other[j] ? 0U : 1U);
      diagonal = row[j + 1];
      row[j + 1] = std::min({replaced, row[j] + 1, diagonal + 1});
    }
  }
  return row.back();
}

// "; did you mean 'device'?", or nothing where no candidate is near.
std::string Guess(const std::string& word, const std::vector<std::string>& candidates) {
  const auto nearest = std::ranges::min_element(
      candidates, {}, [&](const std::string& candidate) { return Distance(word, candidate); });
  if (nearest == candidates.end() || Distance(word, *nearest) > 1 + word.size() / 4) return {};
  return fmt::format("; did you mean '{}'?", *nearest);
}

std::vector<std::string> CommandsOf(const CLI::App& app) {
  std::vector<std::string> names;
  for (const CLI::App* command : app.get_subcommands([](const CLI::App*) { return true; })) {
    names.push_back(command->get_name());
  }
  return names;
}

std::vector<std::string> OptionsOf(const CLI::App& app) {
  std::vector<std::string> names;
  for (const CLI::Option* option : app.get_options()) {
    for (const std::string& name : option->get_lnames()) names.push_back("--" + name);
  }
  return names;
}

std::string WithHelp(const CLI::App& at, const std::string& said) {
  return fmt::format("{}{} '{} --help'.", said, said.ends_with('?') ? " See" : "; see",
                     FullName(at));
}

std::string UnknownCommand(const CLI::App& at, const std::string& word) {
  const auto commands = CommandsOf(at);
  std::string guess = Guess(word, commands);
  if (guess.empty()) guess = fmt::format("; there are {}", fmt::join(commands, ", "));
  return fmt::format("expected a command behind '{}', found '{}'{}", FullName(at),
                     PrintableText(word), guess);
}

// "LEFT WORDS RIGHT", cut in two; nothing where the words are not in it.
std::optional<std::pair<std::string, std::string>> CutAt(std::string_view text,
                                                         std::string_view words) {
  const std::size_t at = text.find(words);
  if (at == std::string_view::npos) return std::nullopt;
  return std::pair{std::string(text.substr(0, at)), std::string(text.substr(at + words.size()))};
}

// In our words what CLI11 says in its own; as it is where it says something else.
std::string InOurWords(const std::string& said) {
  if (const auto twice = CutAt(said, ": At Most 1 required but received ")) {
    return fmt::format("{}: expected once, found {} times", twice->first, twice->second);
  }
  if (const auto behind = CutAt(said, ": 1 required "); behind && said.ends_with(" missing")) {
    const std::string& what = behind->second;
    return fmt::format("{}: expected {} behind it, found nothing", behind->first,
                       what.substr(0, what.size() - std::string_view(" missing").size()));
  }
  if (const auto both = CutAt(said, " excludes ")) {
    return fmt::format("expected {} or {}, found both", both->first, both->second);
  }
  if (const auto alone = CutAt(said, " requires ")) {
    return fmt::format("{}: expected {} beside it, found none", alone->first, alone->second);
  }
  return said;
}

// What is expected, what is found, and what perhaps was meant.
std::string Unexpected(const CLI::App& root, const CLI::App& at, const CLI::ParseError& error) {
  const std::vector<std::string> rest = root.remaining(true);
  const auto commands = CommandsOf(at);
  const auto is = [&error](CLI::ExitCodes code) {
    return error.get_exit_code() == static_cast<int>(code);
  };
  if (!commands.empty() && is(CLI::ExitCodes::RequiredError) &&
      std::string_view(error.what()).starts_with("A subcommand")) {
    if (rest.empty()) {
      return fmt::format("expected a command behind '{}', found none; there are {}", FullName(at),
                         fmt::join(commands, ", "));
    }
    return UnknownCommand(at, rest.front());
  }
  if (!is(CLI::ExitCodes::ExtrasError) || rest.empty()) return InOurWords(error.what());
  // Behind "--" nothing is an option.
  const bool only_words = rest.size() > 1 && rest.front() == "--";
  const std::string& word = rest[only_words ? 1 : 0];
  if (word.starts_with("-") && !only_words) {
    return fmt::format("expected an option of '{}', found '{}'{}", FullName(at),
                       PrintableText(word), Guess(word, OptionsOf(at)));
  }
  return fmt::format("expected no more words for '{}', found '{}'", FullName(at),
                     PrintableText(word));
}

}  // namespace

std::string UsageSentence(const CLI::App& app, const CLI::ParseError& error) {
  const CLI::App& at = Innermost(app);
  return WithHelp(at, Unexpected(app, at, error));
}

std::optional<std::string> UnknownCommandSentence(const CLI::App& app) {
  const CLI::App& at = Innermost(app);
  if (CommandsOf(at).empty()) return std::nullopt;
  for (const std::string& word : app.remaining(true)) {
    if (!word.starts_with("-")) return WithHelp(at, UnknownCommand(at, word));
  }
  return std::nullopt;
}

void RefuseEmptyValues(CLI::App& app) {
  // What an image may be without.
  constexpr std::array<std::string_view, 5> kMayBeEmpty{"--version", "--project-name", "--date",
                                                        "--time", "--idf-version"};
  for (CLI::Option* const option : app.get_options()) {
    const std::string name = option->get_name();
    const bool may = std::ranges::find(kMayBeEmpty, name) != kMayBeEmpty.end();
    if (may || option->get_expected_min() == 0) continue;
    option->check([](const std::string& text) {
      return text.empty() ? std::string("expected a value, found an empty one") : std::string();
    });
  }
  for (CLI::App* const command : app.get_subcommands([](CLI::App*) { return true; })) {
    RefuseEmptyValues(*command);
  }
}

std::string BriefFormatter::make_subcommand(const CLI::App* command) const {
  constexpr std::size_t kWidest = 88;
  std::string words = command->get_description();
  words.resize(std::min({words.size(), words.find('\n'), words.find(". ")}));
  const std::size_t pause = words.find_last_of(",;:", kWidest);
  if (words.size() > kWidest && pause != std::string::npos) words.resize(pause);
  if (words.ends_with('.')) words.pop_back();
  std::string line = "  " + command->get_name();
  line.resize(std::max(line.size() + 1, get_column_width()), ' ');
  return line + words + "\n";
}

}  // namespace updraft
