// SPDX-License-Identifier: Apache-2.0
// What Fetch thinks of an answer, of a redirect and of a failure: each rule in
// one place, each told to the observer as a Finding. Nothing here does I/O.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

#include "updraft/fetch.h"
#include "updraft/http_client.h"
#include "updraft/observer.h"
#include "updraft/status.h"

#include "src/http/range.h"
#include "src/http/url.h"

namespace updraft {

// Bodies of redirects and error pages up to this many bytes are read and
// dropped, so that the connection can be kept.
inline constexpr std::uint64_t kSmallBody = 16384;

// Reports, and returns `failure`.
[[gnu::always_inline]] inline Status Refuse(Observer& observer, NetworkFailure failure, Check check,
                                            const Value& expected, const Value& found) {
  Report(observer, {check, false, expected, found});
  return failure;
}

// Reports a check that passed.
[[gnu::always_inline]] inline void Pass(Observer& observer, Check check, const Value& expected,
                                        const Value& found) {
  Report(observer, {check, true, expected, found});
}

// 301, 302, 303, 307, 308.
bool IsRedirect(std::uint16_t status);

// The final answer to a GET: 200, or also 206 where a range was asked for; framed
// in one way only, not encoded. kHttpStatus, or kNetwork with kBadResponse.
Status JudgeAnswer(Observer& observer, const ResponseHead& head, bool asked_for_range);

// The Content-Range of a 206: the part that was asked for or its front, of a file
// of known length. kNetwork with kBadResponse.
Result<http::ContentRange> JudgePart(Observer& observer, const ResponseHead& head,
                                     const FetchRange& asked);

// The one Retry-After of `head`: a number of seconds, or a date beside the Date of
// the answer.
std::optional<std::uint32_t> RetryAfterSeconds(const ResponseHead& head);

// Where the redirect `head` leads from `from`: an absolute URL, written to
// `room`. NetworkFailure::kRedirect.
Result<std::string_view> JudgeRedirect(Observer& observer, const http::Url& from,
                                       const ResponseHead& head, MutableBytes room);

// Circumstances of a failure that came from the client.
struct FailureContext {
  HttpClient::Phase phase = HttpClient::Phase::kIdle;
  ResponseFault fault = ResponseFault::kNone;
  std::string_view host;  // that was asked
  std::string_view text;  // Connection::failure_text()
  std::optional<std::uint64_t> promised{};
  std::uint64_t received = 0;
};

// Tells the observer what `failure` was; returns `failure`.
Status TellFailure(Observer& observer, Status failure, const FailureContext& context);

}  // namespace updraft
