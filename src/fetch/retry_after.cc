// SPDX-License-Identifier: Apache-2.0
// When a server wants to be asked again. A device that waits as it sees fit may leave
// it out (src/without).
#include "src/fetch/judge.h"
#include "src/http/date.h"
#include "src/http/grammar.h"

namespace updraft {

std::optional<std::uint32_t> RetryAfterSeconds(const ResponseHead& head) {
  constexpr std::uint64_t kMost = 0xFFFFFFFF / 1000;  // it will be milliseconds
  if (head.headers.Count("retry-after") != 1) return std::nullopt;
  const std::string_view text = *head.headers.Find("retry-after");
  auto seconds = http::ParseDecimal(text);
  if (!seconds && head.headers.Count("date") == 1) {
    // A moment by the server's clock; ours may know nothing of the date.
    const auto then = http::ParseDate(text);
    const auto now = http::ParseDate(*head.headers.Find("date"));
    if (then && now) seconds = *then > *now ? *then - *now : 0;
  }
  if (!seconds) return std::nullopt;
  return static_cast<std::uint32_t>(*seconds < kMost ? *seconds : kMost);
}

}  // namespace updraft
