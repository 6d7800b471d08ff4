// SPDX-License-Identifier: Apache-2.0
// The value of an Authorization field; Fetch calls it. Pure functions.
#pragma once

#include <string_view>

#include "updraft/bytes.h"
#include "updraft/status.h"

namespace updraft {

// "Basic ..." (RFC 7617) at the front of `out`. kInvalidArgument for a user
// with a colon or for control characters, kNoSpace when it does not fit.
Result<std::string_view> WriteBasicCredentials(std::string_view user, std::string_view password,
                                               MutableBytes out);

// The same from "user:password" or "user", percent-encoded as in a URL.
Result<std::string_view> WriteBasicCredentials(std::string_view user_info, MutableBytes out);

}  // namespace updraft
