// SPDX-License-Identifier: Apache-2.0
#include "server/byte_range.h"

#include <algorithm>
#include <limits>
#include <optional>

namespace updraft {
namespace {

using Verdict = RangeChoice::Verdict;
constexpr std::uint64_t kMax = std::numeric_limits<std::uint64_t>::max();
constexpr RangeChoice kRefused{Verdict::kUnsatisfiable, 0, 0};

std::string_view Trim(std::string_view text) {
  while (!text.empty() && (text.front() == ' ' || text.front() == '\t')) text.remove_prefix(1);
  while (!text.empty() && (text.back() == ' ' || text.back() == '\t')) text.remove_suffix(1);
  return text;
}

// A number too large to hold is as good as the largest: it lies beyond any file.
std::optional<std::uint64_t> ParseSaturated(std::string_view text) {
  if (text.empty()) return std::nullopt;
  std::uint64_t value = 0;
  for (const char c : text) {
    if (c < '0' || c > '9') return std::nullopt;
    const auto digit = static_cast<std::uint64_t>(c - '0');
    value = value > (kMax - digit) / 10 ? kMax : value * 10 + digit;
  }
  return value;
}

bool IsBytesUnit(std::string_view unit) {
  constexpr std::string_view kBytes = "bytes";
  return std::ranges::equal(unit, kBytes, {},
                            [](char c) { return c >= 'A' && c <= 'Z' ? c - 'A' + 'a' : c + 0; });
}

RangeChoice ChooseSuffix(std::uint64_t count, std::uint64_t size) {
  if (count == 0) return kRefused;
  if (size == 0) return {};
  const std::uint64_t length = std::min(count, size);
  return {Verdict::kPart, size - length, length};
}

}  // namespace

RangeChoice ChooseRange(std::string_view header, std::uint64_t size) {
  const std::size_t equals = header.find('=');
  if (equals == std::string_view::npos || !IsBytesUnit(Trim(header.substr(0, equals)))) return {};
  const std::string_view spec = Trim(header.substr(equals + 1));
  if (spec.empty() || spec.find(',') != std::string_view::npos) return {};

  const std::size_t dash = spec.find('-');
  if (dash == std::string_view::npos) return kRefused;
  const std::string_view before = Trim(spec.substr(0, dash));
  const std::string_view after = Trim(spec.substr(dash + 1));
  if (before.empty()) {
    const auto count = ParseSaturated(after);
    return count ? ChooseSuffix(*count, size) : kRefused;
  }
  const auto first = ParseSaturated(before);
  const auto last = after.empty() ? kMax : ParseSaturated(after);
  if (!first || !last || *last < *first || *first >= size) return kRefused;
  return {Verdict::kPart, *first, std::min(*last, size - 1) - *first + 1};
}

}  // namespace updraft
