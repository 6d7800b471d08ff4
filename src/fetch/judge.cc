// SPDX-License-Identifier: Apache-2.0
#include "src/fetch/judge.h"

#include "src/http/date.h"
#include "src/http/grammar.h"

namespace updraft {
namespace {

using http::EqualsIgnoringCase;

Status Refuse(Observer& observer, NetworkFailure failure, Check check, Value expected,
              Value found) {
  observer.OnFinding({check, false, expected, found});
  return failure;
}

void Pass(Observer& observer, Check check, Value expected, Value found) {
  observer.OnFinding({check, true, expected, found});
}

// Two values in one line count as two, as they would in two lines.
std::size_t CountLengths(const ResponseHead& head) {
  std::size_t count = 0;
  for (const HeaderField& field : head.headers) {
    if (!EqualsIgnoringCase(field.name, "content-length")) continue;
    count += field.value.find(',') == std::string_view::npos ? 1U : 2U;
  }
  return count;
}

Status JudgeFraming(Observer& observer, const ResponseHead& head) {
  constexpr NetworkFailure kBad = NetworkFailure::kBadResponse;
  const std::size_t lengths = CountLengths(head);
  if (lengths > 1) {
    return Refuse(observer, kBad, Check::kLength, Value::Text("one Content-Length"),
                  Value::Text("several"));
  }
  if (lengths == 1 && head.body_end == BodyEnd::kChunked) {
    return Refuse(observer, kBad, Check::kHttpResponse,
                  Value::Text("either Content-Length or Transfer-Encoding"), Value::Text("both"));
  }
  Pass(observer, Check::kHttpResponse, Value::Text("one framing"), Value::Text("one framing"));
  return kOk;
}

Status JudgeEncoding(Observer& observer, const ResponseHead& head) {
  const Value expected = Value::Text("identity");
  for (const HeaderField& field : head.headers) {
    if (!EqualsIgnoringCase(field.name, "content-encoding") || field.value.empty()) continue;
    if (!EqualsIgnoringCase(field.value, "identity")) {
      return Refuse(observer, NetworkFailure::kBadResponse, Check::kContentEncoding, expected,
                    Value::Text(field.value));
    }
  }
  Pass(observer, Check::kContentEncoding, expected, expected);
  return kOk;
}

Finding NetworkFinding(Status failure, const FailureContext& context) {
  const Value host = Value::Text(context.host);
  const auto found = [&](std::string_view otherwise) {
    return Value::Text(context.text.empty() ? otherwise : context.text);
  };
  switch (static_cast<NetworkFailure>(failure.detail())) {
    case NetworkFailure::kResolve: return {Check::kResolve, false, host, found("no address")};
    case NetworkFailure::kTls: return {Check::kTls, false, host, found("TLS failed")};
    case NetworkFailure::kTimeout:
      if (context.phase != HttpClient::Phase::kConnecting) {
        return {Check::kStall, false, Value::Text("bytes from the server"), found("none in time")};
      }
      return {Check::kConnect, false, host, found("no connection in time")};
    case NetworkFailure::kTooSlow:
      return {Check::kLowSpeed, false, Value::Text("bytes at a steady pace"), found("fewer")};
    case NetworkFailure::kDeadline:
      return {Check::kDeadline, false, Value::Text("an end before the deadline"),
              found("none yet")};
    case NetworkFailure::kReset:
      return {Check::kConnectionKept, false, Value::Text("an answer to its end"),
              found(context.phase == HttpClient::Phase::kBody ? "connection broke"
                                                              : "closed without an answer")};
    case NetworkFailure::kBadResponse:
      if (context.fault == ResponseFault::kContentLengthsDiffer) {
        return {Check::kLength, false, Value::Text("one Content-Length"),
                Value::Text(FaultText(context.fault))};
      }
      return {Check::kHttpResponse, false, Value::Text("a well-formed response"),
              Value::Text(FaultText(context.fault))};
    default: return {Check::kConnect, false, host, found("no connection")};
  }
}

}  // namespace

bool IsRedirect(std::uint16_t status) {
  return status == 301 || status == 302 || status == 303 || status == 307 || status == 308;
}

Status JudgeAnswer(Observer& observer, const ResponseHead& head, bool asked_for_range) {
  const Value expected = Value::Number(200);
  const Value found = Value::Number(head.status);
  if (head.status == 206 && !asked_for_range) {
    return Refuse(observer, NetworkFailure::kBadResponse, Check::kHttpResponse, expected, found);
  }
  if (head.status != 200 && head.status != 206) {
    observer.OnFinding({Check::kHttpStatus, false, expected, found});
    return {Code::kHttpStatus, Stage::kFetch, static_cast<std::int16_t>(head.status)};
  }
  Pass(observer, Check::kHttpStatus, expected, found);
  UPDRAFT_TRY(JudgeFraming(observer, head));
  return JudgeEncoding(observer, head);
}

Result<http::ContentRange> JudgePart(Observer& observer, const ResponseHead& head,
                                     const FetchRange& asked) {
  const auto refuse = [&](const Value& expected, const Value& found) {
    return Refuse(observer, NetworkFailure::kBadResponse, Check::kRange, expected, found);
  };
  const std::size_t ranges = head.headers.Count("content-range");
  if (ranges != 1) return refuse(Value::Text("one Content-Range"), Value::Number(ranges));
  const std::string_view text = *head.headers.Find("content-range");
  const Result<http::ContentRange> part = http::ParseContentRange(text);
  if (!part || !part->satisfied || !part->total) {
    return refuse(Value::Text("'bytes FIRST-LAST/LENGTH'"), Value::Text(text));
  }
  if (part->first != asked.first) {
    return refuse(Value::Size(asked.first), Value::Size(part->first));
  }
  const std::uint64_t length = part->last - part->first + 1;
  if (asked.length > 0 && length > asked.length) {
    return refuse(Value::Size(asked.length), Value::Size(length));
  }
  if (head.content_length && *head.content_length != length) {
    observer.OnFinding(
        {Check::kLength, false, Value::Size(length), Value::Size(*head.content_length)});
    return Status(NetworkFailure::kBadResponse);
  }
  Pass(observer, Check::kRange, Value::Size(asked.first), Value::Size(part->first));
  return *part;
}

std::optional<std::uint32_t> RetryAfterSeconds(const ResponseHead& head) {
  constexpr std::uint64_t kMost = 0xFFFFFFFF / 1000;  // it will be milliseconds
  if (head.headers.Count("retry-after") != 1) return std::nullopt;
  const std::string_view text = *head.headers.Find("retry-after");
  auto seconds = http::ParseDecimal(text);
  if (!seconds && head.headers.Count("date") == 1) {
    // A moment by the server's clock; ours may know nothing of the date.
    const auto then = http::ParseDate(text);
    const auto now = http::ParseDate(*head.headers.Find("date"));
    if (then && now) seconds = *then > *now ? *then - *now : 0;
  }
  if (!seconds) return std::nullopt;
  return static_cast<std::uint32_t>(*seconds < kMost ? *seconds : kMost);
}

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

Status TellFailure(Observer& observer, Status failure, const FailureContext& context) {
  switch (failure.code()) {
    case Code::kNetwork: observer.OnFinding(NetworkFinding(failure, context)); break;
    case Code::kTruncated:
      observer.OnFinding(
          {Check::kConnectionKept, false,
           context.promised ? Value::Size(*context.promised) : Value::Text("the last chunk"),
           Value::Size(context.received)});
      break;
    case Code::kCancelled:
      observer.OnFinding({Check::kCancelled, false, {}, Value::Text(context.text)});
      break;
    default: break;
  }
  return failure;
}

}  // namespace updraft
