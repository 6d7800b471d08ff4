// SPDX-License-Identifier: Apache-2.0
// Options that several commands share, read the same way everywhere.
#pragma once

#include <CLI/App.hpp>
#include <CLI/Validators.hpp>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "updraft/device.h"

namespace updraft {

inline constexpr std::uint64_t kAnyNumber = 0xFFFFFFFF;

// --NAME NUMBER: decimal, 0x, 0o or 0b, at most `highest`; anything else is wrong
// usage. `number` lives as long as the application.
CLI::Option* AddNumber(CLI::App& app, const std::string& name, std::uint64_t& number,
                       const std::string& description, std::uint64_t highest = kAnyNumber);
CLI::Option* AddNumber(CLI::App& app, const std::string& name, std::optional<std::uint64_t>& number,
                       const std::string& description, std::uint64_t highest = kAnyNumber);

// --NAME SIZE: also 4MB, 64K (text.h, ParseSize).
CLI::Option* AddSize(CLI::App& app, const std::string& name, std::uint64_t& size,
                     const std::string& description);
CLI::Option* AddSize(CLI::App& app, const std::string& name, std::optional<std::uint64_t>& size,
                     const std::string& description);

// Checks of an option's value, in the tool's own words.
CLI::Validator Between(std::uint64_t lowest, std::uint64_t highest);
CLI::Validator OneOf(const std::vector<std::string>& words);

// --boot-attempts N and --boot-deadline SECONDS: what a new image's trial may take.
struct TrialArguments {
  std::optional<std::uint64_t> attempts;
  std::optional<std::uint64_t> seconds;

  bool given() const { return attempts.has_value() || seconds.has_value(); }
  // What is not given is as in `usual`.
  TrialTerms Over(const TrialTerms& usual) const;
};
void AddTrialTerms(CLI::App& app, TrialArguments& trial);

}  // namespace updraft
