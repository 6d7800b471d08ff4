// SPDX-License-Identifier: Apache-2.0
// From a request target to a path below the served directory. A pure function,
// called by the answers.
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace updraft {

// Percent-decodes the path of `target` ("/a%20b?query" or "https://host/a"),
// merges slashes and resolves "." and ".."; the result is relative and has no
// ".." in it ("" is the directory itself; a trailing slash stays). Nothing when
// the target is malformed, holds a NUL, or leaves the root.
std::optional<std::string> PathOfTarget(std::string_view target);

}  // namespace updraft
