// SPDX-License-Identifier: Apache-2.0
#include "updraft/fetch.h"

#include <algorithm>

#include "src/fetch/judge.h"
#include "src/http/grammar.h"
#include "src/http/url.h"

namespace updraft {

// A length that is known needs no code to find it out.
using namespace std::string_view_literals;

namespace {

constexpr Status kBadOption{Code::kInvalidArgument, Stage::kFetch};

}  // namespace

Fetch::Fetch(HttpClient& client, const FetchOptions& options, Observer& observer)
    : client_(&client),
      options_(&options),
      observer_(&observer),
      url_(options.url),
      range_(options.range),
      if_range_(options.if_range) {}

Fetch::~Fetch() {
  if (state_ == State::kBody) client_->Close();
  Wipe(secrets_);
}

Status Fetch::Open() {
  if (state_ != State::kNew) return {Code::kInvalidState, Stage::kFetch};
  failure_ = DoOpen();
  state_ = failure_.ok() ? State::kBody : State::kFailed;
  return failure_;
}

Status Fetch::DoOpen() {
  UPDRAFT_TRY(Prepare());
  while (true) {
    UPDRAFT_TRY_ASSIGN(const ResponseHead* head, Ask());
    if (IsRedirect(head->status)) {
      const Status followed = FollowRedirect(*head);
      if (!followed.ok()) {
        client_->Close();
        return followed;
      }
      continue;
    }
    if (head->status == 401 && MayAnswerChallenge()) {
      UPDRAFT_TRY_ASSIGN(const bool answered, AnswerChallenge(*head));
      if (answered) continue;
    }
    return TakeAnswer(*head);
  }
}

Status Fetch::TakeAnswer(const ResponseHead& head) {
  Status judged = JudgeAnswer(*observer_, head, range_.has_value());
  if (judged.ok() && head.status == 206) judged = TakePart(head);
  if (judged.ok()) {
    if (!partial_) size_ = head.content_length;
    answer_ = &head;
  } else if (judged.code() == Code::kHttpStatus) {
    retry_after_ = RetryAfterSeconds(head);
    client_->SkipBody(kSmallBody);
  } else {
    client_->Close();
  }
  return judged;
}

// Checks the options and divides the workspace.
Status Fetch::Prepare() {
  HttpRequest request;
  request.headers = options_->headers;
  const HeaderField agent{"User-Agent"sv, options_->user_agent};
  request.more_headers = {&agent, 1};
  UPDRAFT_TRY(CheckRequest(request));
  const Result<http::Url> url = http::ParseUrl(options_->url);
  // Content-Range counts below 2^63.
  if (range_ && ((range_->first | range_->length) >> 63) != 0) return kBadOption;
  MutableBytes room = options_->workspace;
  if (!url || (!room.empty() && room.size() < kMinWorkspace)) return kBadOption;

  UPDRAFT_TRY(PrepareCredentials(url->user_info, room));
  url_rooms_ = {room.first(room.size() / 2), room.subspan(room.size() / 2)};
  return kOk;
}

bool Fetch::Overridden(std::string_view name) const {
  const auto named = [&](const HeaderField& field) {
    return http::EqualsIgnoringCase(field.name, name);
  };
  return !left_origin_ && std::ranges::any_of(options_->headers, named);
}

// To url_; made of members and `headers`.
Status Fetch::MakeRequest(bool tls, OwnHeaders& headers, HttpRequest& request) {
  const auto add = [&](std::string_view name, std::string_view value) {
    if (!value.empty() && !Overridden(name)) {
      headers.fields[headers.count++] = {name, value};
    }
  };
  add("User-Agent"sv, options_->user_agent);
  add("Accept-Encoding"sv, "identity"sv);
  UPDRAFT_TRY_ASSIGN(const std::string_view authorization, Authorization(tls));
  add("Authorization"sv, authorization);
  if (range_) UPDRAFT_TRY(AskForPart(headers));

  request.url = url_;
  request.headers = std::span<const HeaderField>(headers.fields).first(headers.count);
  if (!left_origin_) request.more_headers = options_->headers;
  return kOk;
}

// Of url_; `tls` says which one it is.
[[gnu::noinline]] Status Fetch::JudgeScheme(bool& tls) {
  const Result<http::Url> url = http::ParseUrl(url_);
  if (!url) return url.error();
  tls = url->tls;
  const Value found = Value::Text(tls ? "https" : "http");
  const bool passed = tls || options_->allow_plain_http;
  Report(*observer_, {Check::kPlainHttp, passed, Value::Text("https"), found});
  return passed ? kOk : Status(NetworkFailure::kPlainHttp);
}

// One request to url_, up to the head of its response. The request is on the stack
// until then: nothing else should be.
Result<const ResponseHead*> Fetch::Ask() {
  bool tls = false;
  UPDRAFT_TRY(JudgeScheme(tls));
  OwnHeaders headers;
  HttpRequest request;
  UPDRAFT_TRY(MakeRequest(tls, headers, request));
  const Status sent = client_->Send(request);
  if (!sent.ok()) return Failed(sent);
  const Result<const ResponseHead*> head = client_->ReadHead();
  if (!head) return Failed(head.error());
  return *head;
}

bool Fetch::AskAhead(const FetchRange& next, std::string_view if_range) {
  // An answer to Digest counts the requests: the next one would not be the same.
  const bool counts = options_->authentication != nullptr &&
                      options_->authentication->scheme() == AuthenticationScheme::kDigest;
  const bool asked_straight = redirects_ == 0 && challenges_ == 0 && !counts;
  if (state_ != State::kBody || !partial_ || !asked_straight || url_rooms_[0].empty()) return false;
  const Result<http::Url> url = http::ParseUrl(url_);
  if (!url) return false;
  range_ = next;
  if_range_ = if_range;
  OwnHeaders headers;
  HttpRequest request;
  return MakeRequest(url->tls, headers, request).ok() && client_->SendAhead(request, url_rooms_[0]);
}

Status Fetch::Failed(Status status) {
  FailureContext context;
  context.phase = client_->phase();
  context.fault = client_->fault();
  if constexpr (kTellsValues) {
    const Result<http::Url> url = http::ParseUrl(url_);
    context.host = url ? url->host : url_;
    context.text = client_->failure_text();
    context.promised = size_;
    context.received = received_;
  }
  return TellFailure(*observer_, status, context);
}

Result<std::size_t> Fetch::Read(MutableBytes out) {
  if (out.empty()) return kBadOption;
  if (state_ == State::kNew) UPDRAFT_TRY(Open());
  if (state_ == State::kFailed) return failure_;
  if (state_ == State::kEnd) return std::size_t{0};
  const Result<std::size_t> count = client_->Read(out);
  if (!count) {
    failure_ = Failed(count.error());
    state_ = State::kFailed;
    return failure_;
  }
  received_ += *count;
  const Status judged = partial_ ? JudgeReceived(*count) : kOk;
  if (!judged.ok()) {
    client_->Close();
    failure_ = judged;
    state_ = State::kFailed;
    return failure_;
  }
  if (*count == 0 || received_ == size_) {
    state_ = State::kEnd;
    Report(*observer_,
           {Check::kLength, true, Value::Size(size_.value_or(received_)), Value::Size(received_)});
  }
  return *count;
}

}  // namespace updraft
