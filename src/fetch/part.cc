// SPDX-License-Identifier: Apache-2.0
// Fetch and a part of a file: what is asked for, and whether that came. A device that
// only fetches whole files may leave it out (src/without).
#include "updraft/fetch.h"

#include "src/fetch/judge.h"
#include "src/http/range.h"

namespace updraft {

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
    Report(observer,
           {Check::kLength, false, Value::Size(length), Value::Size(*head.content_length)});
    return Status(NetworkFailure::kBadResponse);
  }
  Pass(observer, Check::kRange, Value::Size(asked.first), Value::Size(part->first));
  return *part;
}

Status Fetch::AskForPart(OwnHeaders& headers) {
  http::ByteRange range{.first = range_->first, .last = {}};
  if (range_->length > 0) range.last = range.first + (range_->length - 1);
  UPDRAFT_TRY_ASSIGN(const std::string_view text, http::FormatRange(range, headers.range_text));
  headers.fields[headers.count++] = {"Range", text};
  if (!if_range_.empty()) {
    headers.fields[headers.count++] = {"If-Range", if_range_};
  }
  return kOk;
}

Status Fetch::TakePart(const ResponseHead& head) {
  UPDRAFT_TRY_ASSIGN(const http::ContentRange part, JudgePart(*observer_, head, *range_));
  partial_ = true;
  size_ = part.last - part.first + 1;
  file_size_ = part.total;
  return kOk;
}

// A part has the length that its Content-Range tells, however it is framed and in
// whatever pieces it comes: so its end is looked for. What goes wrong there takes
// nothing away.
Status Fetch::JudgeReceived(std::size_t count) {
  if (received_ == size_) {
    std::array<std::uint8_t, 1> surplus{};
    const Result<std::size_t> more = client_->Read(surplus);
    if (more) received_ += *more;
  }
  if ((count > 0 && received_ <= *size_) || received_ == *size_) return kOk;
  Report(*observer_, {Check::kLength, false, Value::Size(*size_), Value::Size(received_)});
  return NetworkFailure::kBadResponse;
}

}  // namespace updraft
