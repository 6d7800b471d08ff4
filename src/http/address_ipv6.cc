// SPDX-License-Identifier: Apache-2.0
// Literals of IPv6. A device that is told names, or addresses of IPv4, may leave them out
// (src/without).
#include <algorithm>

#include "src/http/address.h"
#include "src/http/grammar.h"

namespace updraft::http {
namespace {

bool IsHexGroup(std::string_view text) {
  return !text.empty() && text.size() <= 4 &&
         std::ranges::all_of(text, [](char c) { return HexDigit(c) >= 0; });
}

// How many 16-bit groups the colon-separated `text` has, the last of which may
// be an IPv4 address where `ipv4_at_end`; -1 when it is malformed.
int CountGroups(std::string_view text, bool ipv4_at_end) {
  if (text.empty()) return 0;
  int groups = 0;
  while (true) {
    const std::size_t colon = Find(text, ':');
    const std::string_view group = http::Piece(text, 0, colon);
    if (colon == std::string_view::npos && ipv4_at_end && IsIpv4(group)) return groups + 2;
    if (!IsHexGroup(group)) return -1;
    ++groups;
    if (colon == std::string_view::npos) return groups;
    text.remove_prefix(colon + 1);
  }
}

}  // namespace

bool IsIpv6(std::string_view text) {
  const std::size_t gap = text.find("::");
  if (gap == std::string_view::npos) return CountGroups(text, true) == 8;
  const int before = CountGroups(http::Piece(text, 0, gap), false);
  const int after = CountGroups(http::Piece(text, gap + 2), true);
  return before >= 0 && after >= 0 && before + after <= 7;
}

}  // namespace updraft::http
