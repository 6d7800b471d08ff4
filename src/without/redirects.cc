// SPDX-License-Identifier: Apache-2.0
// In place of src/fetch/redirect.cc: an answer that leads elsewhere is refused.
#include "src/fetch/judge.h"

namespace updraft {

Status Fetch::FollowRedirect(const ResponseHead& /*head*/) {
  return Refuse(*observer_, NetworkFailure::kRedirect, Check::kRedirect,
                Value::Text("an answer without a redirect"), Value::Text("a redirect"));
}

}  // namespace updraft
