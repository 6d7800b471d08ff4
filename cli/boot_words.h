// SPDX-License-Identifier: Apache-2.0
// A decision of the bootloader in words: the JSON of `slots choose` and
// `boot --dry-run`, and the lines that tell a person why.
#pragma once

#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "updraft/boot.h"

#include "cli/failure.h"

namespace updraft {

// The slot's label; "factory", "ota_3", "test" where the table has no such slot.
std::string BootIndexLabel(const BootView& view, BootIndex index);

// As cli.md wants it: selected, boots, try_order, otadata_after.
nlohmann::ordered_json DecisionJson(const BootView& view, const BootDecision& decision);

// What otadata holds, what it selects, in which order slots are tried, and what
// changes; a sentence a line.
std::vector<std::string> DecisionLines(const BootView& view, const BootDecision& decision);

// When there is nothing to decide about: says why on standard error, with `json`
// also as a decision without a slot. Returns the exit code.
int NothingBoots(const Failure& failure, bool json);

}  // namespace updraft
