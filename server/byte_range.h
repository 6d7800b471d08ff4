// SPDX-License-Identifier: Apache-2.0
// What a Range header asks of a file of a known size. A pure function, called
// by the answers; it owns nothing.
#pragma once

#include <cstdint>
#include <string_view>

namespace updraft {

struct RangeChoice {
  enum class Verdict {
    kWhole,          // no usable range: the whole file, 200
    kPart,           // `first` and `length` say which bytes, 206
    kUnsatisfiable,  // beyond the file or malformed, 416
  };

  Verdict verdict = Verdict::kWhole;
  std::uint64_t first = 0;
  std::uint64_t length = 0;

  bool operator==(const RangeChoice&) const = default;
};

// `header` is the value of Range ("bytes=0-99", "bytes=500-", "bytes=-500").
// A last byte beyond the file is clamped. Other units and several ranges are
// answered with the whole file, as RFC 9110 section 14.2 allows; a malformed
// byte range is refused with 416, as nginx does, so that a client's mistake is
// seen.
RangeChoice ChooseRange(std::string_view header, std::uint64_t size);

}  // namespace updraft
