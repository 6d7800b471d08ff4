// SPDX-License-Identifier: Apache-2.0
// Small files written whole or not at all: certificates, keys, port numbers.
// Called by the tool; a reader sees the old content or the new, never a part.
#pragma once

#include <sys/types.h>

#include <string>
#include <string_view>

#include "server/explained_status.h"

namespace updraft {

inline constexpr mode_t kPublicFile = 0644;
inline constexpr mode_t kPrivateFile = 0600;

// Replaces `path`; its permissions are `mode` from the first byte on. kNoSpace
// or kNotFound with errno when it cannot be written; nothing is left behind.
ExplainedStatus ReplaceFile(const std::string& path, std::string_view content, mode_t mode);

}  // namespace updraft
