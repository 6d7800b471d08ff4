// SPDX-License-Identifier: Apache-2.0
#include "server/bent_answer.h"

#include <fmt/format.h>

#include <boost/beast/core/string.hpp>
#include <boost/beast/http/field.hpp>
#include <boost/beast/http/verb.hpp>
#include <charconv>
#include <limits>

#include "server/authenticate.h"
#include "server/byte_range.h"

namespace updraft {
namespace {

namespace http = boost::beast::http;

using End = BentAnswer::End;

constexpr std::string_view kLength = "Content-Length";
constexpr std::string_view kContentRange = "Content-Range";
constexpr std::uint64_t kDefaultChunk = 1000;
constexpr std::uint64_t kDefaultHugeHeader = 1 << 20;
constexpr std::size_t kFiller = 16384;

void RemoveHeader(Answer& answer, std::string_view name) {
  std::erase_if(answer.headers, [name](const auto& header) {
    return boost::beast::iequals(header.first, {name.data(), name.size()});
  });
}

void SetHeader(Answer& answer, std::string_view name, std::string value) {
  RemoveHeader(answer, name);
  answer.headers.emplace_back(name, std::move(value));
}

const std::string* FindHeader(const Answer& answer, std::string_view name) {
  for (const auto& header : answer.headers) {
    if (header.first == name) return &header.second;
  }
  return nullptr;
}

// What lies outside of 64 bits stays at their edge.
std::string Shifted(std::uint64_t number, std::int64_t by) {
  if (by >= 0) return std::to_string(number + static_cast<std::uint64_t>(by));
  const std::uint64_t down = std::uint64_t{0} - static_cast<std::uint64_t>(by);
  return down > number ? "-" + std::to_string(down - number) : std::to_string(number - down);
}

// The body's length as it was announced; 0 without.
std::uint64_t LengthOf(const Answer& answer) {
  std::uint64_t length = 0;
  if (const std::string* text = FindHeader(answer, kLength)) {
    std::from_chars(text->data(), text->data() + text->size(), length);
  }
  return length;
}

void LieAboutRange(Answer& answer, std::int64_t shift) {
  const std::string* const text = FindHeader(answer, kContentRange);
  std::uint64_t first = 0;
  std::uint64_t last = 0;
  if (text == nullptr || !text->starts_with("bytes ")) return;
  const char* const end = text->data() + text->size();
  const auto dash = std::from_chars(text->data() + 6, end, first);
  if (dash.ec != std::errc() || dash.ptr == end) return;
  const auto slash = std::from_chars(dash.ptr + 1, end, last);
  if (slash.ec != std::errc()) return;
  SetHeader(answer, kContentRange,
            fmt::format("bytes {}-{}{}", Shifted(first, shift), Shifted(last, shift),
                        std::string(slash.ptr, end)));
}

// The status line's own words, as the server would say them, and a short text.
Answer TextAnswer(const FaultRule& rule, const Request& request, std::int64_t now) {
  const int status = static_cast<int>(rule.status.value_or(302));
  Answer answer = AnswerWithText(request, status, now);
  if (status == 304 || status == 204 || status < 200) {
    RemoveHeader(answer, kLength);
    RemoveHeader(answer, "Content-Type");
    answer.text.clear();
  }
  if (status == 401) {
    answer.headers.emplace_back("WWW-Authenticate", "Basic realm=\"updraft\"");
  }
  if (!rule.retry_after.empty()) answer.headers.emplace_back("Retry-After", rule.retry_after);
  return answer;
}

Answer RedirectAnswer(const FaultRule& rule, const Request& request, std::int64_t now) {
  Answer answer = TextAnswer(rule, request, now);
  const std::string target(request.target());
  std::string to = rule.fault == Fault::kRedirect ? rule.to : target;
  if (rule.fault == Fault::kRedirectToHttp) {
    to = "http://" + std::string(request[http::field::host]) + target;
  }
  answer.headers.emplace_back("Location", std::move(to));
  return answer;
}

Answer SwappedAnswer(const FaultRule& rule, Request request, const DocumentRoot& root,
                     std::int64_t now) {
  using Tag = FaultRule::Tag;
  if (rule.ignore_if_range || rule.etag != Tag::kNew) request.erase(http::field::if_range);
  const Answer original = AnswerRequest(request, root, now);
  request.target(rule.file);
  Answer answer = AnswerRequest(request, root, now);
  if (rule.etag == Tag::kNew) return answer;
  for (const std::string_view name : {"ETag", "Last-Modified"}) {
    RemoveHeader(answer, name);
    const std::string* const value = FindHeader(original, name);
    if (rule.etag == Tag::kSame && value != nullptr) SetHeader(answer, name, *value);
  }
  return answer;
}

// The rules that are about which answer it is.
Answer ChooseAnswer(const FaultRule& rule, const Request& request, const DocumentRoot& root,
                    std::int64_t now) {
  switch (rule.fault) {
    case Fault::kIgnoreRange: {
      Request whole = request;
      whole.erase(http::field::range);
      return AnswerRequest(whole, root, now);
    }
    case Fault::kSwap: return SwappedAnswer(rule, request, root, now);
    case Fault::kAuthenticate: {
      const std::optional<std::string> challenge = ChallengeFor(rule, request);
      if (!challenge) return AnswerRequest(request, root, now);
      Answer answer = AnswerWithText(request, 401, now);
      answer.headers.emplace_back("WWW-Authenticate", *challenge);
      return answer;
    }
    case Fault::kStatus: return TextAnswer(rule, request, now);
    case Fault::kRedirect:
    case Fault::kRedirectLoop:
    case Fault::kRedirectToHttp: return RedirectAnswer(rule, request, now);
    default: return AnswerRequest(request, root, now);
  }
}

void SetChunked(Answer& answer) {
  RemoveHeader(answer, kLength);
  SetHeader(answer, "Transfer-Encoding", "chunked");
}

// Without a length the end of the connection is the end of the body.
void EndByClosing(BentAnswer& bent) {
  RemoveHeader(bent.answer, kLength);
  SetHeader(bent.answer, "Connection", "close");
  bent.end = End::kClose;
}

void SetEndless(const FaultRule& rule, BentAnswer& bent) {
  std::string filler(kFiller, '\xFF');
  if (!rule.chunked) {
    EndByClosing(bent);
  } else {
    SetChunked(bent.answer);
    bent.chunk = kFiller;
    filler = fmt::format("{:x}\r\n{}\r\n", kFiller, filler);
  }
  bent.endless = std::move(filler);
}

// The rules that are about what the head says of the body.
void BendHeaders(const FaultRule& rule, BentAnswer& bent) {
  Answer& answer = bent.answer;
  switch (rule.fault) {
    case Fault::kContentLength:
      SetHeader(answer, kLength, Shifted(LengthOf(answer), *rule.add));
      bent.end = End::kClose;
      break;
    case Fault::kTwoContentLengths:
      answer.headers.emplace_back(kLength, Shifted(LengthOf(answer), rule.add.value_or(1)));
      break;
    case Fault::kNoContentLength: EndByClosing(bent); break;
    case Fault::kHeader:
      RemoveHeader(answer, rule.name);
      if (rule.value) answer.headers.emplace_back(rule.name, *rule.value);
      break;
    case Fault::kContentRange: LieAboutRange(answer, rule.shift); break;
    case Fault::kChunked:
      SetChunked(answer);
      bent.chunk = rule.bytes.value_or(kDefaultChunk);
      break;
    case Fault::kBadChunk:
      SetChunked(answer);
      bent.before_body = rule.size + "\r\n";
      bent.end = End::kClose;
      break;
    case Fault::kEndlessBody: SetEndless(rule, bent); break;
    default: break;
  }
}

// The rules that are about the head as text.
void BendHead(const FaultRule& rule, BentAnswer& bent) {
  std::string& head = bent.head;
  head = SerialiseHead(bent.answer);
  const auto add = [&head](std::string_view line) { head.insert(head.size() - 2, line); };
  switch (rule.fault) {
    case Fault::kHugeHeader:
      add(fmt::format("X-Huge: {}\r\n", std::string(rule.bytes.value_or(kDefaultHugeHeader), 'h')));
      break;
    case Fault::kManyHeaders: {
      std::string lines;
      for (std::uint64_t i = 0; i < rule.count; ++i)
        lines += fmt::format("X-Many-{}: {}\r\n", i, i);
      add(lines);
      break;
    }
    case Fault::kStatusLine:
      head.replace(0, head.find("\r\n"), rule.value.value_or(std::string()));
      break;
    case Fault::kFoldedHeader: add("X-Folded: one\r\n two\r\n"); break;
    case Fault::kNulInHeader: add(std::string_view("X-Nul: a\0b\r\n", 12)); break;
    case Fault::kEndlessHeader:
      head.resize(head.size() - 2);
      bent.answer.length = 0;
      bent.answer.text.clear();
      for (int i = 0; i < 100; ++i) bent.endless += "X-Endless: again and again\r\n";
      break;
    default: break;
  }
}

// The rules that are about where the connection ends.
void SetEnd(const FaultRule& rule, BentAnswer& bent) {
  switch (rule.fault) {
    case Fault::kReset: bent.end = End::kReset; break;
    case Fault::kStall: bent.end = End::kStall; break;
    case Fault::kTruncate: bent.end = End::kClose; break;
    case Fault::kGarbage: bent.end = End::kGarbage; break;
    case Fault::kNoCloseNotify:
      bent.end = End::kNoCloseNotify;
      if (!rule.at) return;
      break;
    default: return;
  }
  bent.end_at = rule.at.value_or(0) + (rule.of_answer ? 0 : bent.head.size());
}

}  // namespace

BentAnswer BendAnswer(const FaultRule& rule, const Request& request, const DocumentRoot& root,
                      std::int64_t now) {
  BentAnswer bent;
  bent.answer = ChooseAnswer(rule, request, root, now);
  BendHeaders(rule, bent);
  BendHead(rule, bent);
  SetEnd(rule, bent);
  if (rule.fault == Fault::kDrip) {
    bent.drip = rule.bytes.value_or(1);
    bent.drip_every_ms = rule.every_ms;
  }
  if (request.method() == http::verb::head) {
    bent.chunk = 0;
    bent.before_body.clear();
    if (rule.fault != Fault::kEndlessHeader) bent.endless.clear();
  }
  return bent;
}

}  // namespace updraft
