// SPDX-License-Identifier: Apache-2.0
#include "server/fault_script.h"

#include <algorithm>
#include <limits>

namespace updraft {

FaultPlayer::FaultPlayer(FaultScript script) {
  constexpr std::uint64_t kForEver = std::numeric_limits<std::uint64_t>::max();
  for (FaultRule& rule : script.rules) {
    const std::uint64_t skip = rule.skip;
    const std::uint64_t left = rule.times.value_or(kForEver);
    entries_.push_back({std::move(rule), skip, left});
  }
}

const FaultRule* FaultPlayer::Next(std::string_view method, std::string_view target, bool ranged) {
  const std::string_view path = target.substr(0, target.find('?'));
  for (Entry& entry : entries_) {
    const FaultRule& rule = entry.rule;
    const bool fits = (rule.path.empty() || rule.path == path) &&
                      (rule.method.empty() || rule.method == method) &&
                      rule.ranged.value_or(ranged) == ranged;
    if (!fits || entry.left == 0) continue;
    if (entry.skip > 0) {
      --entry.skip;
      continue;
    }
    --entry.left;
    return &rule;
  }
  return nullptr;
}

}  // namespace updraft
