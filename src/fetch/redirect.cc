// SPDX-License-Identifier: Apache-2.0
// Fetch and redirects. A device that is told where its file is may leave it out
// (src/without).
#include "updraft/fetch.h"

#include "src/fetch/judge.h"
#include "src/http/url.h"

namespace updraft {

Result<std::string_view> JudgeRedirect(Observer& observer, const http::Url& from,
                                       const ResponseHead& head, MutableBytes room) {
  const auto refuse = [&](const Value& expected, const Value& found) {
    return Refuse(observer, NetworkFailure::kRedirect, Check::kRedirect, expected, found);
  };
  const std::size_t locations = head.headers.Count("location");
  if (locations != 1) {
    return refuse(Value::Text("one Location"), Value::Number(locations));
  }
  const std::string_view location = *head.headers.Find("location");
  http::Url base = from;
  base.has_user_info = false;
  const Result<std::string_view> resolved = http::ResolveUrl(base, location, room);
  if (!resolved && resolved.error().code() == Code::kNoSpace) {
    return refuse(Value::Size(room.size()), Value::Size(location.size()));
  }
  const Result<http::Url> to =
      resolved ? http::ParseUrl(*resolved) : Result<http::Url>(resolved.error());
  if (!to) return refuse(Value::Text("an http or https URL"), Value::Text(location));
  if (to->has_user_info) {
    return refuse(Value::Text("a URL without a user"), Value::Text("one with a user"));
  }
  if (from.tls && !to->tls) return refuse(Value::Text("https"), Value::Text("http"));
  Pass(observer, Check::kRedirect, {}, Value::Text(to->host));
  return *resolved;
}

Status Fetch::FollowRedirect(const ResponseHead& head) {
  if (redirects_ == options_->max_redirects) {
    Report(*observer_, {Check::kRedirect, false, Value::Number(options_->max_redirects),
                        Value::Number(redirects_ + 1U)});
    return NetworkFailure::kRedirect;
  }
  UPDRAFT_TRY_ASSIGN(const http::Url from, http::ParseUrl(url_));
  const MutableBytes room = url_rooms_[redirects_ % 2];
  UPDRAFT_TRY_ASSIGN(const std::string_view target, JudgeRedirect(*observer_, from, head, room));
  UPDRAFT_TRY_ASSIGN(const http::Url to, http::ParseUrl(target));
  if (http::SameOrigin(from, to)) {
    client_->SkipBody(kSmallBody);
  } else {
    left_origin_ = true;
    Wipe(secrets_);
    client_->Close();
  }
  url_ = target;
  ++redirects_;
  return kOk;
}

}  // namespace updraft
