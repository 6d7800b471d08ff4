// SPDX-License-Identifier: Apache-2.0
// Byte ranges (RFC 9110, section 14): the fields Range and Content-Range, taken
// apart and written. fetch calls it for partial downloads. Pure functions.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string_view>

#include "updraft/bytes.h"
#include "updraft/status.h"

namespace updraft::http {

// "bytes=first-last", "bytes=first-" (no last), or "bytes=-length" (suffix).
struct ByteRange {
  bool suffix = false;
  std::uint64_t first = 0;            // of a suffix: its length
  std::optional<std::uint64_t> last;  // inclusive

  bool operator==(const ByteRange&) const = default;
};

// "bytes first-last/total", "bytes first-last/*", or "bytes */total", which
// says that a range cannot be satisfied.
struct ContentRange {
  bool satisfied = true;
  std::uint64_t first = 0;
  std::uint64_t last = 0;  // inclusive
  std::optional<std::uint64_t> total;

  bool operator==(const ContentRange&) const = default;
};

// Long enough for each of the two fields.
inline constexpr std::size_t kRangeTextSize = 72;

// One range in bytes; several ranges are kUnsupported, the rest kBadFormat.
Result<ByteRange> ParseRange(std::string_view value);
// kBadFormat unless first <= last < total, all below 2^63.
Result<ContentRange> ParseContentRange(std::string_view value);

// The field's value at the front of `out`; kNoSpace when it does not fit.
Result<std::string_view> FormatRange(const ByteRange& range, MutableBytes out);
Result<std::string_view> FormatContentRange(const ContentRange& range, MutableBytes out);

}  // namespace updraft::http
