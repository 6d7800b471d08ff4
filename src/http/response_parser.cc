// SPDX-License-Identifier: Apache-2.0
// The head of a response: lines are judged as soon as they are whole, so that
// nonsense is refused at its first line; what the fields mean for the body is
// read once, at the end.
#include <cstring>

#include "updraft/http_response.h"

#include "src/http/grammar.h"

namespace updraft {

// A length that is known needs no code to find it out.
using namespace std::string_view_literals;

using http::CutListElement;
using http::EqualsIgnoringCase;
using http::IsDigit;

std::string_view FaultText(ResponseFault fault) {
  switch (fault) {
    case ResponseFault::kNone: return "no fault";
    case ResponseFault::kStatusLine: return "malformed status line";
    case ResponseFault::kHeaderLine: return "malformed header line";
    case ResponseFault::kFoldedHeader: return "folded header line";
    case ResponseFault::kHeaderTooLarge: return "header larger than the buffer";
    case ResponseFault::kTooManyInterim: return "too many interim responses";
    case ResponseFault::kSwitchedProtocols: return "switch of protocols that was not asked for";
    case ResponseFault::kContentLength: return "malformed Content-Length";
    case ResponseFault::kContentLengthsDiffer: return "two different Content-Length";
    case ResponseFault::kTransferEncoding: return "unknown Transfer-Encoding";
    case ResponseFault::kChunkSize: return "malformed or too large chunk size";
    case ResponseFault::kChunkEnd: return "chunk longer than its size";
    case ResponseFault::kTrailer: return "malformed trailer";
  }
  return "unknown fault";
}

void HeaderFields::Iterator::Next() {
  if (rest_.empty()) {
    at_end_ = true;
    return;
  }
  const std::size_t end = http::Find(rest_, '\n');
  const std::string_view line = http::Piece(rest_, 0, end - 1);
  rest_.remove_prefix(end + 1);
  const std::size_t colon = http::Find(line, ':');
  field_ = {http::Piece(line, 0, colon), http::Trim(http::Piece(line, colon + 1))};
}

std::optional<std::string_view> HeaderFields::Find(std::string_view name) const {
  for (const HeaderField& field : *this) {
    if (EqualsIgnoringCase(field.name, name)) return field.value;
  }
  return std::nullopt;
}

std::size_t HeaderFields::Count(std::string_view name) const {
  std::size_t count = 0;
  for (const HeaderField& field : *this) {
    if (EqualsIgnoringCase(field.name, name)) ++count;
  }
  return count;
}

void ResponseParser::Start(bool answers_head) {
  *this = ResponseParser(buffer_);
  answers_head_ = answers_head;
}

Status ResponseParser::Refuse(ResponseFault fault) {
  fault_ = fault;
  return NetworkFailure::kBadResponse;
}

std::string_view ResponseParser::Text(std::size_t from, std::size_t to) const {
  return {reinterpret_cast<const char*>(buffer_.data()) + from, to - from};
}

Status ResponseParser::Received(std::size_t count) {
  size_ += count;
  while (!complete_) {
    const std::size_t found = http::Find(Text(scanned_, size_), '\n');
    if (found == std::string_view::npos) {
      scanned_ = size_;
      // A response that is cut off at the end of the buffer can never be whole.
      return size_ == buffer_.size() ? Refuse(ResponseFault::kHeaderTooLarge) : kOk;
    }
    const std::size_t end = scanned_ + found;
    scanned_ = end + 1;
    std::string_view line = Text(line_start_, end);
    const bool ended_well = line.ends_with('\r');
    if (ended_well) line.remove_suffix(1);
    if (!ended_well || !http::IsFieldText(line)) {
      return Refuse(field_start_ == 0 ? ResponseFault::kStatusLine : ResponseFault::kHeaderLine);
    }
    UPDRAFT_TRY(TakeLine(line, end + 1));
  }
  return kOk;
}

Status ResponseParser::TakeLine(std::string_view line, std::size_t next_line) {
  if (field_start_ == 0) {
    UPDRAFT_TRY(TakeStatusLine(line));
    field_start_ = next_line;
  } else if (line.empty()) {
    return FinishHead(next_line);
  } else if (line.front() == ' ' || line.front() == '\t') {
    return Refuse(ResponseFault::kFoldedHeader);
  } else {
    const std::size_t colon = http::Find(line, ':');
    if (colon == std::string_view::npos || !http::IsToken(http::Piece(line, 0, colon))) {
      return Refuse(ResponseFault::kHeaderLine);
    }
  }
  line_start_ = next_line;
  return kOk;
}

// "HTTP/1." digit SP three digits [SP reason]
Status ResponseParser::TakeStatusLine(std::string_view line) {
  constexpr std::string_view kVersion = "HTTP/1.";
  const bool whole = line.size() >= 12 && line.starts_with(kVersion) && IsDigit(line[7]) &&
                     line[8] == ' ' && line[9] >= '1' && line[9] <= '5' && IsDigit(line[10]) &&
                     IsDigit(line[11]) && (line.size() == 12 || line[12] == ' ');
  if (!whole) return Refuse(ResponseFault::kStatusLine);
  head_.minor_version = static_cast<std::uint8_t>(line[7] - '0');
  head_.status =
      static_cast<std::uint16_t>((line[9] - '0') * 100 + (line[10] - '0') * 10 + (line[11] - '0'));
  head_.reason = line.size() > 13 ? http::Piece(line, 13) : std::string_view{};
  return kOk;
}

Status ResponseParser::FinishHead(std::size_t next_line) {
  if (head_.status == 101) return Refuse(ResponseFault::kSwitchedProtocols);
  if (head_.status < 200) {
    if (++interim_ > kMaxInterimResponses) return Refuse(ResponseFault::kTooManyInterim);
    std::memmove(buffer_.data(), buffer_.data() + next_line, size_ - next_line);
    size_ -= next_line;
    scanned_ = line_start_ = field_start_ = 0;
    head_ = {};
    return kOk;
  }
  head_.headers = HeaderFields(Text(field_start_, line_start_));
  line_start_ = next_line;
  UPDRAFT_TRY(ReadFraming());
  complete_ = true;
  return kOk;
}

// RFC 9112, sections 6.3 and 9.3.
Status ResponseParser::ReadFraming() {
  bool close = false;
  bool keep = false;
  std::size_t encodings = 0;
  std::size_t lengths = 0;
  for (const HeaderField& field : head_.headers) {
    if (EqualsIgnoringCase(field.name, "connection"sv)) {
      for (std::string_view list = field.value; !list.empty();) {
        const std::string_view option = CutListElement(list);
        close = close || EqualsIgnoringCase(option, "close"sv);
        keep = keep || EqualsIgnoringCase(option, "keep-alive"sv);
      }
    } else if (EqualsIgnoringCase(field.name, "transfer-encoding"sv)) {
      ++encodings;
      if (!EqualsIgnoringCase(field.value, "chunked"sv)) {
        return Refuse(ResponseFault::kTransferEncoding);
      }
    } else if (EqualsIgnoringCase(field.name, "content-length"sv)) {
      std::string_view list = field.value;
      do {
        ++lengths;
        const auto length = http::ParseDecimal(CutListElement(list));
        if (!length || field.value.ends_with(',')) return Refuse(ResponseFault::kContentLength);
        if (head_.content_length && *head_.content_length != *length) {
          return Refuse(ResponseFault::kContentLengthsDiffer);
        }
        head_.content_length = length;
      } while (!list.empty());
    }
  }
  if (encodings > 1 || (encodings == 1 && head_.minor_version == 0)) {
    return Refuse(ResponseFault::kTransferEncoding);
  }
  const bool ambiguous = lengths > 1 || (lengths == 1 && encodings == 1);
  if (encodings == 1) head_.content_length.reset();

  if (answers_head_ || head_.status == 204 || head_.status == 304) {
    head_.body_end = BodyEnd::kNone;
  } else if (encodings == 1) {
    head_.body_end = BodyEnd::kChunked;
  } else {
    head_.body_end = head_.content_length ? BodyEnd::kLength : BodyEnd::kClose;
  }
  const bool wants_to_keep = head_.minor_version == 0 ? keep : true;
  head_.keep_alive = wants_to_keep && !close && !ambiguous && head_.body_end != BodyEnd::kClose;
  return kOk;
}

}  // namespace updraft
