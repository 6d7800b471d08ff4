// SPDX-License-Identifier: Apache-2.0
// Text files as editors on any system write them: UTF-8, or UTF-8/16/32 with a
// byte order mark, with any line end. The partition CSV is read through this.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "updraft/bytes.h"

#include "cli/failure.h"

namespace updraft {

// The text as UTF-8, without its byte order mark. bad_format where the bytes
// are not valid in their encoding; the message says at which byte.
Outcome<std::string> DecodeText(Bytes file);

// The lines without their ends; views into `text`.
std::vector<std::string_view> SplitLines(std::string_view text);

// Without white space (Unicode's, not only ASCII's) at both ends.
std::string_view Trimmed(std::string_view text);

}  // namespace updraft
