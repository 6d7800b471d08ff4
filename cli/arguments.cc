// SPDX-License-Identifier: Apache-2.0
#include "cli/arguments.h"

#include <fmt/format.h>

#include <algorithm>

#include "cli/text.h"

namespace updraft {
namespace {

constexpr const char* kSizeExample = "a size such as 4MB, 64K or 0x150000";

template <typename Target, typename Parse>
CLI::Option* Add(CLI::App& app, const std::string& name, Target& target,
                 const std::string& description, const Parse& parse, const char* type,
                 const std::string& expected) {
  const auto take = [&target, parse, name, expected](const std::string& text) {
    const std::optional<std::uint64_t> number = parse(text);
    if (!number) {
      throw CLI::ValidationError(
          fmt::format("{}: expected {}, found '{}'", name, expected, PrintableText(text)));
    }
    target = *number;
  };
  return app.add_option_function<std::string>(name, take, description)->type_name(type);
}

std::string NumberWords(std::uint64_t highest) {
  if (highest >= kAnyNumber) return "a number such as 4096 or 0x1000";
  return fmt::format("a number up to {}", highest);
}

auto NumberUpTo(std::uint64_t highest) {
  return [highest](const std::string& text) -> std::optional<std::uint64_t> {
    const auto number = ParseNumber(text);
    return number && *number <= highest ? number : std::nullopt;
  };
}

std::optional<std::uint64_t> Size(const std::string& text) { return ParseSize(text); }

}  // namespace

CLI::Option* AddNumber(CLI::App& app, const std::string& name, std::uint64_t& number,
                       const std::string& description, std::uint64_t highest) {
  return Add(app, name, number, description, NumberUpTo(highest), "NUMBER", NumberWords(highest));
}

CLI::Option* AddNumber(CLI::App& app, const std::string& name, std::optional<std::uint64_t>& number,
                       const std::string& description, std::uint64_t highest) {
  return Add(app, name, number, description, NumberUpTo(highest), "NUMBER", NumberWords(highest));
}

CLI::Option* AddSize(CLI::App& app, const std::string& name, std::uint64_t& size,
                     const std::string& description) {
  return Add(app, name, size, description, Size, "SIZE", kSizeExample);
}

CLI::Option* AddSize(CLI::App& app, const std::string& name, std::optional<std::uint64_t>& size,
                     const std::string& description) {
  return Add(app, name, size, description, Size, "SIZE", kSizeExample);
}

CLI::Validator Between(std::uint64_t lowest, std::uint64_t highest) {
  const auto judge = [=](const std::string& text) -> std::string {
    const auto number = ParseNumber(text);
    if (number && *number >= lowest && *number <= highest) return {};
    return fmt::format("expected a number from {} to {}, found '{}'", lowest, highest,
                       PrintableText(text));
  };
  return {judge, fmt::format("{} to {}", lowest, highest)};
}

CLI::Validator OneOf(const std::vector<std::string>& words) {
  const auto judge = [words](const std::string& text) -> std::string {
    if (std::ranges::find(words, text) != words.end()) return {};
    return fmt::format("expected {}, found '{}'", fmt::join(words, " or "), PrintableText(text));
  };
  return {judge, fmt::format("{}", fmt::join(words, "|"))};
}

TrialTerms TrialArguments::Over(const TrialTerms& usual) const {
  return {.attempts = static_cast<std::uint8_t>(attempts.value_or(usual.attempts)),
          .deadline_seconds = static_cast<std::uint16_t>(seconds.value_or(usual.deadline_seconds))};
}

void AddTrialTerms(CLI::App& app, TrialArguments& trial) {
  app.add_option("--boot-attempts", trial.attempts,
                 "How often a new image may start until it has confirmed itself (default 1)")
      ->type_name("N")
      ->check(Between(1, 255));
  app.add_option("--boot-deadline", trial.seconds,
                 "Reset a new image that has not confirmed itself after so long (default: never)")
      ->type_name("SECONDS")
      ->check(Between(1, 65535));
}

}  // namespace updraft
