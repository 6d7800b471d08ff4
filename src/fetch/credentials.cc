// SPDX-License-Identifier: Apache-2.0
// Fetch and credentials: Basic and Digest. A device whose server asks for none, or for
// a certificate, may leave it out (src/without).
#include "updraft/fetch.h"

#include "src/fetch/judge.h"

namespace updraft {
namespace {

constexpr Status kBadOption{Code::kInvalidArgument, Stage::kFetch};

// Challenges to one Fetch: the first, and nonces that have become stale since.
constexpr unsigned kMaxChallenges = 3;

}  // namespace

// Takes what the credentials need off the front of `room`.
Status Fetch::PrepareCredentials(std::string_view user_info, MutableBytes& room) {
  const MutableBytes all = room;
  if (options_->digest_only && options_->authentication == nullptr) return kBadOption;
  has_credentials_ = !options_->user.empty() || !options_->password.empty();
  if (has_credentials_) {
    credentials_ = {options_->user, options_->password};
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
  Authentication* const authentication = options_->authentication;
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
  sent_basic_ = !options_->digest_only && (tls || authentication == nullptr);
  return sent_basic_ ? basic_ : std::string_view{};
}

bool Fetch::MayAnswerChallenge() const {
  return options_->authentication != nullptr && has_credentials_ && !left_origin_ &&
         !Overridden("Authorization") && challenges_ < kMaxChallenges;
}

Status Fetch::RefuseChallenge(Status status, const Value& expected, const Value& found) {
  Report(*observer_, {Check::kAuthentication, false, expected, found});
  client_->Close();
  return status;
}

// False: the credentials were refused, or nobody asked for any.
Result<bool> Fetch::AnswerChallenge(const ResponseHead& head) {
  ChallengeObstacle obstacle;
  const Result<Challenge> challenge =
      ChooseChallenge(head.headers, !options_->digest_only, obstacle);
  if (!challenge && challenge.error().code() == Code::kNotFound) return false;
  if (!challenge) {
    return RefuseChallenge(challenge.error(), Value::Text(obstacle.expected),
                           Value::Text(obstacle.found));
  }
  const bool again = challenges_ > 0 && !challenge->stale;
  const bool same = challenge->scheme == AuthenticationScheme::kBasic && sent_basic_;
  if (again || same) return false;
  const Status begun = options_->authentication->Begin(*challenge, credentials_);
  if (!begun.ok()) {
    return RefuseChallenge(begun, Value::Text("a challenge that fits into the room for it"),
                           Value::Text("a longer one"));
  }
  ++challenges_;
  client_->SkipBody(kSmallBody);
  return true;
}

}  // namespace updraft
