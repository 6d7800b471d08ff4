// SPDX-License-Identifier: Apache-2.0
#include "server/preconditions.h"

#include "server/http_date.h"

namespace updraft {
namespace {

enum class Comparison { kStrong, kWeak };

std::string_view TrimLeft(std::string_view text) {
  while (!text.empty() && (text.front() == ' ' || text.front() == '\t' || text.front() == ','))
    text.remove_prefix(1);
  return text;
}

std::string_view TrimRight(std::string_view text) {
  while (!text.empty() && (text.back() == ' ' || text.back() == '\t')) text.remove_suffix(1);
  return text;
}

// `list` is "*" or entity tags between commas; a comma may stand in a tag.
bool ListHasTag(std::string_view list, std::string_view etag, Comparison comparison) {
  list = TrimLeft(list);
  if (TrimRight(list) == "*") return true;
  while (!list.empty()) {
    const bool weak = list.starts_with("W/");
    if (weak) list.remove_prefix(2);
    if (!list.starts_with('"')) return false;
    const std::size_t end = list.find('"', 1);
    if (end == std::string_view::npos) return false;
    if (list.substr(0, end + 1) == etag && !(weak && comparison == Comparison::kStrong))
      return true;
    list = TrimLeft(list.substr(end + 1));
  }
  return false;
}

bool ModifiedAfter(std::string_view date, const Validators& validators, bool otherwise) {
  const auto seconds = ParseHttpDate(TrimRight(TrimLeft(date)), validators.now);
  if (!seconds || !validators.modified) return otherwise;
  return *validators.modified > *seconds;
}

}  // namespace

ConditionVerdict JudgeConditions(const Conditions& conditions, const Validators& validators) {
  if (conditions.if_match) {
    if (!ListHasTag(*conditions.if_match, validators.etag, Comparison::kStrong))
      return ConditionVerdict::kFailed;
  } else if (conditions.if_unmodified_since &&
             ModifiedAfter(*conditions.if_unmodified_since, validators, false)) {
    return ConditionVerdict::kFailed;
  }
  if (conditions.if_none_match) {
    if (ListHasTag(*conditions.if_none_match, validators.etag, Comparison::kWeak))
      return ConditionVerdict::kNotModified;
  } else if (conditions.if_modified_since &&
             !ModifiedAfter(*conditions.if_modified_since, validators, true)) {
    return ConditionVerdict::kNotModified;
  }
  return ConditionVerdict::kProceed;
}

bool RangeStillApplies(const Conditions& conditions, const Validators& validators) {
  if (!conditions.if_range) return true;
  const std::string_view condition = TrimRight(TrimLeft(*conditions.if_range));
  if (condition.starts_with('"')) return condition == validators.etag;
  const auto seconds = ParseHttpDate(condition, validators.now);
  return seconds && validators.modified && *seconds == *validators.modified;
}

}  // namespace updraft
