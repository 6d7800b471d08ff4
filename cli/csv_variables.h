// SPDX-License-Identifier: Apache-2.0
// $NAME and ${NAME} in a line of a partition CSV, as ESP-IDF's generator expands
// them before it looks at the fields.
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <string_view>

namespace updraft {

// The value of a variable, or nothing when there is none of the name.
using Environment = std::function<std::optional<std::string>(const std::string& name)>;
// That of the process.
std::optional<std::string> ProcessEnvironment(const std::string& name);

struct ExpandedLine {
  std::string text;
  // The first $NAME without a value, unless a backslash stands before it. A
  // ${NAME} without one stays as it is.
  std::string unknown;
};

// What a value contains is not expanded again.
ExpandedLine ExpandVariables(std::string_view line, const Environment& environment);

}  // namespace updraft
