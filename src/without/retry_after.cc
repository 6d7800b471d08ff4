// SPDX-License-Identifier: Apache-2.0
// In place of src/fetch/retry_after.cc: the server is not asked when to come back.
#include "src/fetch/judge.h"

namespace updraft {

std::optional<std::uint32_t> RetryAfterSeconds(const ResponseHead& /*head*/) {
  return std::nullopt;
}

}  // namespace updraft
