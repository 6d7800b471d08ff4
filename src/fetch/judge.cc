// SPDX-License-Identifier: Apache-2.0
#include "src/fetch/judge.h"

#include "src/http/grammar.h"

namespace updraft {

// A length that is known needs no code to find it out.
using namespace std::string_view_literals;

namespace {

using http::EqualsIgnoringCase;

// Two values in one line count as two, as they would in two lines.
std::size_t CountLengths(const ResponseHead& head) {
  std::size_t count = 0;
  for (const HeaderField& field : head.headers) {
    if (!EqualsIgnoringCase(field.name, "content-length"sv)) continue;
    count += http::Find(field.value, ',') == std::string_view::npos ? 1U : 2U;
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
    if (!EqualsIgnoringCase(field.name, "content-encoding"sv) || field.value.empty()) continue;
    if (!EqualsIgnoringCase(field.value, "identity"sv)) {
      return Refuse(observer, NetworkFailure::kBadResponse, Check::kContentEncoding, expected,
                    Value::Text(field.value));
    }
  }
  Pass(observer, Check::kContentEncoding, expected, expected);
  return kOk;
}

inline Finding NetworkFinding(Status failure, const FailureContext& context) {
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
    Report(observer, {Check::kHttpStatus, false, expected, found});
    return {Code::kHttpStatus, Stage::kFetch, static_cast<std::int16_t>(head.status)};
  }
  Pass(observer, Check::kHttpStatus, expected, found);
  UPDRAFT_TRY(JudgeFraming(observer, head));
  return JudgeEncoding(observer, head);
}

Status TellFailure(Observer& observer, Status failure, const FailureContext& context) {
  switch (failure.code()) {
    case Code::kNetwork: Report(observer, NetworkFinding(failure, context)); break;
    case Code::kTruncated:
      Report(observer,
             {Check::kConnectionKept, false,
              context.promised ? Value::Size(*context.promised) : Value::Text("the last chunk"),
              Value::Size(context.received)});
      break;
    case Code::kCancelled:
      Report(observer, {Check::kCancelled, false, {}, Value::Text(context.text)});
      break;
    default: break;
  }
  return failure;
}

}  // namespace updraft
