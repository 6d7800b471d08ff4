// SPDX-License-Identifier: Apache-2.0
// The conditional headers of a request against the validators of a file (RFC
// 9110 section 13). Pure functions, called by the answers.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace updraft {

// What the server knows of the file that is asked for.
struct Validators {
  std::string etag;                      // with its quotes, strong
  std::optional<std::int64_t> modified;  // Last-Modified, when it is sent
  std::int64_t now = 0;
};

// The conditional headers as received; nothing when absent.
struct Conditions {
  std::optional<std::string_view> if_match;
  std::optional<std::string_view> if_none_match;
  std::optional<std::string_view> if_modified_since;
  std::optional<std::string_view> if_unmodified_since;
  std::optional<std::string_view> if_range;
};

enum class ConditionVerdict {
  kProceed,      // 200 or 206
  kNotModified,  // 304
  kFailed,       // 412
};

// In the order of RFC 9110 section 13.2.2; dates that cannot be read count as
// absent.
ConditionVerdict JudgeConditions(const Conditions& conditions, const Validators& validators);

// False when If-Range names another file than this one: then Range is ignored.
// A weak entity tag never matches, a date only exactly.
bool RangeStillApplies(const Conditions& conditions, const Validators& validators);

}  // namespace updraft
