// SPDX-License-Identifier: Apache-2.0
#include "cli/csv_variables.h"

#include <algorithm>
#include <cstdlib>

namespace updraft {
namespace {

bool IsNameLetter(char letter, bool first) {
  const bool digit = letter >= '0' && letter <= '9';
  const char lower = static_cast<char>(letter | 0x20);
  return letter == '_' || (lower >= 'a' && lower <= 'z') || (digit && !first);
}

bool IsWordLetter(char letter) { return IsNameLetter(letter, false); }

struct Variable {
  std::string_view whole;  // with its $ and braces
  std::string_view name;
  bool braces = false;
};

// The variable at the front of `text`, which begins with $.
std::optional<Variable> VariableAt(std::string_view text) {
  if (text.substr(1).starts_with('{')) {
    const std::size_t end = text.find('}');
    if (end == std::string_view::npos) return std::nullopt;
    return Variable{text.substr(0, end + 1), text.substr(2, end - 2), true};
  }
  std::size_t length = 1;
  while (length < text.size() && IsWordLetter(text[length])) ++length;
  if (length == 1) return std::nullopt;
  return Variable{text.substr(0, length), text.substr(1, length - 1), false};
}

}  // namespace

std::optional<std::string> ProcessEnvironment(const std::string& name) {
  const char* const value = std::getenv(name.c_str());
  if (value == nullptr) return std::nullopt;
  return std::string(value);
}

ExpandedLine ExpandVariables(std::string_view line, const Environment& environment) {
  ExpandedLine expanded;
  while (!line.empty()) {
    const std::size_t dollar = std::min(line.find('$'), line.size());
    expanded.text += line.substr(0, dollar);
    const bool escaped = dollar > 0 && line[dollar - 1] == '\\';
    line.remove_prefix(dollar);
    if (line.empty()) break;
    const auto variable = VariableAt(line);
    const std::string_view taken = variable ? variable->whole : line.substr(0, 1);
    const auto value = variable ? environment(std::string(variable->name)) : std::nullopt;
    const bool must_exist =
        variable && !variable->braces && !escaped && IsNameLetter(variable->name.front(), true);
    if (must_exist && !value && expanded.unknown.empty()) expanded.unknown = variable->name;
    expanded.text += value ? std::string_view(*value) : taken;
    line.remove_prefix(taken.size());
  }
  return expanded;
}

}  // namespace updraft
