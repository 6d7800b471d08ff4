// SPDX-License-Identifier: Apache-2.0
#include "updraft/fetch.h"

#include <algorithm>

#include "src/fetch/judge.h"
#include "src/http/grammar.h"
#include "src/http/range.h"
#include "src/http/url.h"

namespace updraft {
namespace {

constexpr Status kBadOption{Code::kInvalidArgument, Stage::kFetch};

// Bodies of redirects and error pages up to this many bytes are read and
// dropped, so that the connection can be kept.
constexpr std::uint64_t kSmallBody = 16384;

// Challenges to one Fetch: the first, and nonces that have become stale since.
constexpr unsigned kMaxChallenges = 3;

}  // namespace

Fetch::Fetch(HttpClient& client, const FetchOptions& options, Observer& observer)
    : client_(&client), options_(options), observer_(&observer), url_(options.url) {}

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
  Status judged = JudgeAnswer(*observer_, head, options_.range.has_value());
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

Status Fetch::TakePart(const ResponseHead& head) {
  UPDRAFT_TRY_ASSIGN(const http::ContentRange part, JudgePart(*observer_, head, *options_.range));
  partial_ = true;
  size_ = part.last - part.first + 1;
  file_size_ = part.total;
  return kOk;
}

// Checks the options and divides the workspace.
Status Fetch::Prepare() {
  HttpRequest request;
  request.headers = options_.headers;
  const HeaderField agent{"User-Agent", options_.user_agent};
  request.more_headers = {&agent, 1};
  UPDRAFT_TRY(CheckRequest(request));
  const Result<http::Url> url = http::ParseUrl(options_.url);
  // Content-Range counts below 2^63.
  const FetchRange range = options_.range.value_or(FetchRange{});
  if (((range.first | range.length) >> 63) != 0) return kBadOption;
  if (!url || options_.workspace.size() < kMinWorkspace) return kBadOption;

  MutableBytes room = options_.workspace;
  UPDRAFT_TRY(PrepareCredentials(url->user_info, room));
  url_rooms_ = {room.first(room.size() / 2), room.subspan(room.size() / 2)};
  return kOk;
}

// Takes what the credentials need off the front of `room`.
Status Fetch::PrepareCredentials(std::string_view user_info, MutableBytes& room) {
  const MutableBytes all = room;
  if (options_.digest_only && options_.authentication == nullptr) return kBadOption;
  has_credentials_ = !options_.user.empty() || !options_.password.empty();
  if (has_credentials_) {
    credentials_ = {options_.user, options_.password};
  } else if (!user_info.empty()) {
    const Result<Credentials> decoded = DecodeUserInfo(user_info, room);
    if (!decoded) return kBadOption;
    credentials_ = *decoded;
    has_credentials_ = true;
    room = room.subspan(decoded->user.size() + decoded->password.size());
  }
  if (!has_credentials_) return kOk;
  // Written even where it is not sent: what Basic cannot say, Digest cannot.
  const Result<std::string_view> basic = WriteBasicCredentials(credentials_, room);
  if (!basic) return kBadOption;
  basic_ = *basic;
  room = room.subspan(basic->size());
  secrets_ = all.first(all.size() - room.size());
  return kOk;
}

// For the next request; empty where it has none.
Result<std::string_view> Fetch::Authorization(bool tls) {
  sent_basic_ = false;
  if (!has_credentials_ || left_origin_ || Overridden("Authorization")) return std::string_view{};
  Authentication* const authentication = options_.authentication;
  if (authentication != nullptr && authentication->scheme() != AuthenticationScheme::kNone) {
    sent_basic_ = authentication->scheme() == AuthenticationScheme::kBasic;
    // The room of the next redirect; until then it is free.
    const MutableBytes room = url_rooms_[redirects_ % 2];
    const Result<std::string_view> value = authentication->Write("GET", url_, room);
    if (!value && value.error().code() == Code::kNoSpace) {
      return RefuseChallenge(value.error(), Value::Size(room.size()),
                             Value::Text("a longer answer"));
    }
    return value;
  }
  sent_basic_ = !options_.digest_only && (tls || authentication == nullptr);
  return sent_basic_ ? basic_ : std::string_view{};
}

bool Fetch::MayAnswerChallenge() const {
  return options_.authentication != nullptr && has_credentials_ && !left_origin_ &&
         !Overridden("Authorization") && challenges_ < kMaxChallenges;
}

Status Fetch::RefuseChallenge(Status status, const Value& expected, const Value& found) {
  observer_->OnFinding({Check::kAuthentication, false, expected, found});
  client_->Close();
  return status;
}

// False: the credentials were refused, or nobody asked for any.
Result<bool> Fetch::AnswerChallenge(const ResponseHead& head) {
  ChallengeObstacle obstacle;
  const Result<Challenge> challenge =
      ChooseChallenge(head.headers, !options_.digest_only, obstacle);
  if (!challenge && challenge.error().code() == Code::kNotFound) return false;
  if (!challenge) {
    return RefuseChallenge(challenge.error(), Value::Text(obstacle.expected),
                           Value::Text(obstacle.found));
  }
  const bool again = challenges_ > 0 && !challenge->stale;
  const bool same = challenge->scheme == AuthenticationScheme::kBasic && sent_basic_;
  if (again || same) return false;
  const Status begun = options_.authentication->Begin(*challenge, credentials_);
  if (!begun.ok()) {
    return RefuseChallenge(begun, Value::Text("a challenge that fits into the room for it"),
                           Value::Text("a longer one"));
  }
  ++challenges_;
  client_->SkipBody(kSmallBody);
  return true;
}

bool Fetch::Overridden(std::string_view name) const {
  const auto named = [&](const HeaderField& field) {
    return http::EqualsIgnoringCase(field.name, name);
  };
  return !left_origin_ && std::ranges::any_of(options_.headers, named);
}

Status Fetch::JudgeScheme(bool tls) {
  const Value found = Value::Text(tls ? "https" : "http");
  const bool passed = tls || options_.allow_plain_http;
  observer_->OnFinding({Check::kPlainHttp, passed, Value::Text("https"), found});
  return passed ? kOk : Status(NetworkFailure::kPlainHttp);
}

// To url_; made of members.
Result<HttpRequest> Fetch::MakeRequest(bool tls) {
  std::size_t count = 0;
  const auto add = [&](std::string_view name, std::string_view value) {
    if (!value.empty() && !Overridden(name)) own_headers_[count++] = {name, value};
  };
  add("User-Agent", options_.user_agent);
  add("Accept-Encoding", "identity");
  UPDRAFT_TRY_ASSIGN(const std::string_view authorization, Authorization(tls));
  add("Authorization", authorization);
  if (options_.range) {
    http::ByteRange range{.first = options_.range->first, .last = {}};
    if (options_.range->length > 0) range.last = range.first + (options_.range->length - 1);
    UPDRAFT_TRY_ASSIGN(const std::string_view text, http::FormatRange(range, range_text_));
    own_headers_[count++] = {"Range", text};
    if (!options_.if_range.empty()) own_headers_[count++] = {"If-Range", options_.if_range};
  }

  HttpRequest request;
  request.url = url_;
  request.headers = std::span<const HeaderField>(own_headers_).first(count);
  if (!left_origin_) request.more_headers = options_.headers;
  return request;
}

// One request to url_, up to the head of its response.
Result<const ResponseHead*> Fetch::Ask() {
  UPDRAFT_TRY_ASSIGN(const http::Url url, http::ParseUrl(url_));
  UPDRAFT_TRY(JudgeScheme(url.tls));
  UPDRAFT_TRY_ASSIGN(const HttpRequest request, MakeRequest(url.tls));
  const Status sent = client_->Send(request);
  if (!sent.ok()) return Failed(sent);
  const Result<const ResponseHead*> head = client_->ReadHead();
  if (!head) return Failed(head.error());
  return *head;
}

bool Fetch::AskAhead(const FetchRange& next, std::string_view if_range) {
  // An answer to Digest counts the requests: the next one would not be the same.
  const bool counts = options_.authentication != nullptr &&
                      options_.authentication->scheme() == AuthenticationScheme::kDigest;
  if (state_ != State::kBody || !partial_ || redirects_ > 0 || challenges_ > 0 || counts) {
    return false;
  }
  const Result<http::Url> url = http::ParseUrl(url_);
  if (!url) return false;
  options_.range = next;
  options_.if_range = if_range;
  const Result<HttpRequest> request = MakeRequest(url->tls);
  return request && client_->SendAhead(*request, url_rooms_[0]);
}

Status Fetch::FollowRedirect(const ResponseHead& head) {
  if (redirects_ == options_.max_redirects) {
    observer_->OnFinding({Check::kRedirect, false, Value::Number(options_.max_redirects),
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

Status Fetch::Failed(Status status) {
  const Result<http::Url> url = http::ParseUrl(url_);
  FailureContext context;
  context.phase = client_->phase();
  context.fault = client_->fault();
  context.host = url ? url->host : url_;
  context.text = client_->failure_text();
  context.promised = size_;
  context.received = received_;
  return TellFailure(*observer_, status, context);
}

// A part has the length that its Content-Range tells, however it is framed and in
// whatever pieces it comes: so its end is looked for. What goes wrong there takes
// nothing away.
Status Fetch::JudgeReceived(std::size_t count) {
  if (partial_ && received_ == size_) {
    std::array<std::uint8_t, 1> surplus{};
    const Result<std::size_t> more = client_->Read(surplus);
    if (more) received_ += *more;
  }
  if (!partial_ || (count > 0 && received_ <= *size_) || received_ == *size_) return kOk;
  observer_->OnFinding({Check::kLength, false, Value::Size(*size_), Value::Size(received_)});
  return NetworkFailure::kBadResponse;
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
  if (const Status judged = JudgeReceived(*count); !judged.ok()) {
    client_->Close();
    failure_ = judged;
    state_ = State::kFailed;
    return failure_;
  }
  if (*count == 0 || received_ == size_) {
    state_ = State::kEnd;
    observer_->OnFinding(
        {Check::kLength, true, Value::Size(size_.value_or(received_)), Value::Size(received_)});
  }
  return *count;
}

}  // namespace updraft
