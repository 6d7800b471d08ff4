// SPDX-License-Identifier: Apache-2.0
#include "server/answer.h"

#include <fmt/format.h>

#include <boost/beast/http/field.hpp>
#include <boost/beast/http/status.hpp>
#include <boost/beast/http/verb.hpp>
#include <optional>
#include <string_view>

#include "server/byte_range.h"
#include "server/http_date.h"
#include "server/preconditions.h"
#include "server/request_target.h"

namespace updraft {
namespace {

namespace http = boost::beast::http;

std::string_view View(boost::beast::string_view text) { return {text.data(), text.size()}; }

std::optional<std::string_view> HeaderOf(const Request& request, http::field field) {
  const auto found = request.find(field);
  if (found == request.end()) return std::nullopt;
  return View(found->value());
}

void SetStatus(Answer& answer, int status) {
  answer.status = status;
  answer.reason = View(http::obsolete_reason(http::int_to_status(static_cast<unsigned>(status))));
}

Answer StartAnswer(int status, std::int64_t now) {
  Answer answer;
  SetStatus(answer, status);
  answer.headers = {{"Server", "updraft"}, {"Date", FormatHttpDate(now)}};
  return answer;
}

void SetText(Answer& answer, bool head_only) {
  const std::string text = fmt::format("{} {}\n", answer.status, answer.reason);
  answer.headers.emplace_back("Content-Type", "text/plain");
  answer.headers.emplace_back("Content-Length", std::to_string(text.size()));
  if (!head_only) answer.text = text;
}

// A body that nobody reads would be taken for the next request.
bool HasBody(const Request& request) {
  if (request.find(http::field::transfer_encoding) != request.end()) return true;
  const auto length = HeaderOf(request, http::field::content_length);
  return length && *length != "0";
}

void SetKeepAlive(Answer& answer, const Request& request) {
  answer.keep_alive = request.keep_alive() && !HasBody(request);
  if (!answer.keep_alive) answer.headers.emplace_back("Connection", "close");
  if (answer.keep_alive && request.version() < 11)
    answer.headers.emplace_back("Connection", "keep-alive");
}

// A Last-Modified later than the answer's own Date must not be sent.
Validators ValidatorsOf(const ServedFile& file, std::int64_t now) {
  Validators validators{.etag = file.etag(), .modified = {}, .now = now};
  if (file.modified_seconds() <= now) validators.modified = file.modified_seconds();
  return validators;
}

Conditions ConditionsOf(const Request& request) {
  return {.if_match = HeaderOf(request, http::field::if_match),
          .if_none_match = HeaderOf(request, http::field::if_none_match),
          .if_modified_since = HeaderOf(request, http::field::if_modified_since),
          .if_unmodified_since = HeaderOf(request, http::field::if_unmodified_since),
          .if_range = HeaderOf(request, http::field::if_range)};
}

// Range is defined for GET only (RFC 9110 section 14.2).
RangeChoice RangeOf(const Request& request, const Conditions& conditions,
                    const Validators& validators, std::uint64_t size) {
  const auto range = HeaderOf(request, http::field::range);
  if (!range || request.method() != http::verb::get || request.count(http::field::range) > 1 ||
      !RangeStillApplies(conditions, validators))
    return {};
  return ChooseRange(*range, size);
}

void AddValidators(Answer& answer, const Validators& validators) {
  if (validators.modified)
    answer.headers.emplace_back("Last-Modified", FormatHttpDate(*validators.modified));
  answer.headers.emplace_back("ETag", validators.etag);
}

Answer AnswerUnsatisfiable(const Request& request, std::uint64_t size, std::int64_t now) {
  Answer answer = StartAnswer(416, now);
  answer.headers.emplace_back("Content-Range", fmt::format("bytes */{}", size));
  SetText(answer, false);
  SetKeepAlive(answer, request);
  return answer;
}

Answer AnswerWithFile(const Request& request, ServedFile file, std::int64_t now) {
  const Validators validators = ValidatorsOf(file, now);
  const Conditions conditions = ConditionsOf(request);
  const ConditionVerdict verdict = JudgeConditions(conditions, validators);
  if (verdict == ConditionVerdict::kFailed) return AnswerWithText(request, 412, now);
  if (verdict == ConditionVerdict::kNotModified) {
    Answer answer = StartAnswer(304, now);
    AddValidators(answer, validators);
    SetKeepAlive(answer, request);
    return answer;
  }

  const std::uint64_t size = file.size();
  const RangeChoice range = RangeOf(request, conditions, validators, size);
  if (range.verdict == RangeChoice::Verdict::kUnsatisfiable)
    return AnswerUnsatisfiable(request, size, now);
  const bool part = range.verdict == RangeChoice::Verdict::kPart;
  const std::uint64_t length = part ? range.length : size;

  Answer answer = StartAnswer(part ? 206 : 200, now);
  answer.headers.emplace_back("Content-Type", "application/octet-stream");
  answer.headers.emplace_back("Content-Length", std::to_string(length));
  AddValidators(answer, validators);
  if (part) {
    answer.headers.emplace_back("Content-Range", fmt::format("bytes {}-{}/{}", range.first,
                                                             range.first + range.length - 1, size));
  } else {
    answer.headers.emplace_back("Accept-Ranges", "bytes");
  }
  SetKeepAlive(answer, request);
  if (request.method() == http::verb::get) {
    answer.file = std::move(file);
    answer.first = range.first;
    answer.length = length;
  }
  return answer;
}

}  // namespace

Answer AnswerRequest(const Request& request, const DocumentRoot& root, std::int64_t now) {
  const std::size_t hosts = request.count(http::field::host);
  if (hosts > 1 || (hosts == 0 && request.version() >= 11)) return RefuseConnection(400, now);
  if (request.method() != http::verb::get && request.method() != http::verb::head)
    return AnswerWithText(request, 405, now);
  const auto path = PathOfTarget(View(request.target()));
  if (!path) return RefuseConnection(400, now);

  ServedFile file;
  switch (root.OpenFile(*path, file)) {
    case DocumentRoot::Refusal::kNone: return AnswerWithFile(request, std::move(file), now);
    case DocumentRoot::Refusal::kNotFound: return AnswerWithText(request, 404, now);
    case DocumentRoot::Refusal::kForbidden: return AnswerWithText(request, 403, now);
    case DocumentRoot::Refusal::kFailed: break;
  }
  return AnswerWithText(request, 500, now);
}

Answer AnswerWithText(const Request& request, int status, std::int64_t now) {
  Answer answer = StartAnswer(status, now);
  if (status == 405) answer.headers.emplace_back("Allow", "GET, HEAD");
  SetText(answer, request.method() == http::verb::head);
  SetKeepAlive(answer, request);
  return answer;
}

Answer RefuseConnection(int status, std::int64_t now) {
  Answer answer = StartAnswer(status, now);
  SetText(answer, false);
  answer.headers.emplace_back("Connection", "close");
  return answer;
}

std::string SerialiseHead(const Answer& answer) {
  std::string head = fmt::format("HTTP/1.1 {} {}\r\n", answer.status, answer.reason);
  for (const auto& [name, value] : answer.headers) {
    head += name;
    head += ": ";
    head += value;
    head += "\r\n";
  }
  head += "\r\n";
  return head;
}

}  // namespace updraft
