// SPDX-License-Identifier: Apache-2.0
// WWW-Authenticate taken apart (RFC 9110, section 11.6.1): several challenges may
// stand in one field and in several fields, and a comma parts challenges as well
// as parameters.
#include <optional>

#include "updraft/http_authentication.h"

#include "src/http/grammar.h"

namespace updraft {
namespace {

using http::EqualsIgnoringCase;
using http::Piece;

constexpr Status kMalformed{Code::kBadFormat, Stage::kFetch};

// Of one challenge, as far as we know them.
struct Parameters {
  std::optional<std::string_view> realm, nonce, opaque, algorithm, qop, stale;

  std::optional<std::string_view>* Find(std::string_view name) {
    if (EqualsIgnoringCase(name, "realm")) return &realm;
    if (EqualsIgnoringCase(name, "nonce")) return &nonce;
    if (EqualsIgnoringCase(name, "opaque")) return &opaque;
    if (EqualsIgnoringCase(name, "algorithm")) return &algorithm;
    if (EqualsIgnoringCase(name, "qop")) return &qop;
    if (EqualsIgnoringCase(name, "stale")) return &stale;
    return nullptr;
  }
};

class ChallengeReader {
 public:
  explicit ChallengeReader(std::string_view text) : rest_(text) {}

  bool at_end() {
    SkipSeparators();
    return rest_.empty();
  }

  // kBadFormat.
  Status Next(std::string_view& scheme, Parameters& parameters) {
    scheme = CutToken();
    if (scheme.empty()) return kMalformed;
    if (rest_.empty() || rest_.front() == ',') return kOk;
    if (rest_.front() != ' ') return kMalformed;
    SkipBlanks();
    if (SkipToken68()) return kOk;
    while (!at_end()) {
      const std::string_view before = rest_;
      const std::string_view name = CutToken();
      if (name.empty()) return kMalformed;
      SkipBlanks();
      if (rest_.empty() || rest_.front() != '=') {
        rest_ = before;  // the next challenge's scheme
        return kOk;
      }
      rest_ = Piece(rest_, 1);
      SkipBlanks();
      std::string_view value;
      UPDRAFT_TRY(CutValue(value));
      std::optional<std::string_view>* const slot = parameters.Find(name);
      if (slot == nullptr) continue;
      if (slot->has_value()) return kMalformed;
      *slot = value;
    }
    return kOk;
  }

 private:
  void SkipBlanks() {
    while (!rest_.empty() && (rest_.front() == ' ' || rest_.front() == '\t'))
      rest_.remove_prefix(1);
  }
  void SkipSeparators() {
    SkipBlanks();
    while (!rest_.empty() && rest_.front() == ',') {
      rest_.remove_prefix(1);
      SkipBlanks();
    }
  }
  std::string_view CutToken() {
    std::size_t size = 0;
    while (size < rest_.size() && http::IsToken(Piece(rest_, size, 1))) ++size;
    const std::string_view token = Piece(rest_, 0, size);
    rest_ = Piece(rest_, size);
    return token;
  }
  // One value in place of parameters: base64, with its equals signs at the end.
  bool SkipToken68() {
    std::size_t size = 0;
    const auto is = [&](std::string_view marks) {
      return size < rest_.size() && marks.find(rest_[size]) != std::string_view::npos;
    };
    while (is("-._~+/") ||
           (size < rest_.size() && (http::IsAlpha(rest_[size]) || http::IsDigit(rest_[size])))) {
      ++size;
    }
    if (size == 0) return false;
    while (is("=")) ++size;
    const std::string_view behind = http::Trim(Piece(rest_, size));
    if (!behind.empty() && behind.front() != ',') return false;
    rest_ = behind;
    return true;
  }
  Status CutValue(std::string_view& value) {
    if (rest_.empty() || rest_.front() != '"') {
      value = CutToken();
      if (value.empty()) return kMalformed;
    } else {
      std::size_t end = 1;
      while (end < rest_.size() && rest_[end] != '"') end += rest_[end] == '\\' ? 2U : 1U;
      if (end >= rest_.size()) return kMalformed;
      value = Piece(rest_, 1, end - 1);
      rest_ = Piece(rest_, end + 1);
    }
    SkipBlanks();
    return rest_.empty() || rest_.front() == ',' ? kOk : kMalformed;
  }

  std::string_view rest_;
};

std::optional<DigestAlgorithm> AlgorithmOf(std::string_view name) {
  if (EqualsIgnoringCase(name, "MD5")) return DigestAlgorithm::kMd5;
  if (EqualsIgnoringCase(name, "MD5-sess")) return DigestAlgorithm::kMd5Session;
  if (EqualsIgnoringCase(name, "SHA-256")) return DigestAlgorithm::kSha256;
  if (EqualsIgnoringCase(name, "SHA-256-sess")) return DigestAlgorithm::kSha256Session;
  return std::nullopt;
}

bool Lists(std::string_view list, std::string_view word) {
  while (!list.empty()) {
    if (EqualsIgnoringCase(http::CutListElement(list), word)) return true;
  }
  return false;
}

Result<Challenge> TakeDigest(const Parameters& parameters, ChallengeObstacle& obstacle) {
  const auto refuse = [&](Code code, std::string_view expected, std::string_view found) {
    obstacle = {expected, found};
    return Status(code, Stage::kFetch);
  };
  if (!parameters.realm || !parameters.nonce) {
    return refuse(Code::kBadFormat, "a Digest challenge with realm and nonce", "one without");
  }
  const std::string_view name = parameters.algorithm.value_or("MD5");
  const std::optional<DigestAlgorithm> algorithm = AlgorithmOf(name);
  if (!algorithm) return refuse(Code::kUnsupported, "Digest with MD5 or SHA-256", name);
  if (parameters.qop && !Lists(*parameters.qop, "auth")) {
    return refuse(Code::kUnsupported, "Digest with qop auth", *parameters.qop);
  }
  Challenge challenge;
  challenge.scheme = AuthenticationScheme::kDigest;
  challenge.realm = *parameters.realm;
  challenge.algorithm = *algorithm;
  challenge.names_algorithm = parameters.algorithm.has_value();
  challenge.protects_request = parameters.qop.has_value();
  challenge.stale = parameters.stale && EqualsIgnoringCase(*parameters.stale, "true");
  challenge.nonce = *parameters.nonce;
  challenge.opaque = parameters.opaque.value_or(std::string_view{});
  challenge.has_opaque = parameters.opaque.has_value();
  return challenge;
}

int StrengthOf(const Challenge& challenge) {
  if (challenge.scheme != AuthenticationScheme::kDigest) return 1;
  const bool sha256 = challenge.algorithm == DigestAlgorithm::kSha256 ||
                      challenge.algorithm == DigestAlgorithm::kSha256Session;
  return sha256 ? 3 : 2;
}

Result<Challenge> TakeOne(std::string_view scheme, const Parameters& parameters, bool basic_allowed,
                          ChallengeObstacle& obstacle) {
  if (EqualsIgnoringCase(scheme, "Digest")) return TakeDigest(parameters, obstacle);
  if (EqualsIgnoringCase(scheme, "Basic") && basic_allowed) {
    Challenge challenge;
    challenge.scheme = AuthenticationScheme::kBasic;
    challenge.realm = parameters.realm.value_or(std::string_view{});
    return challenge;
  }
  obstacle = {basic_allowed ? "Basic or Digest authentication" : "Digest authentication", scheme};
  return Status(Code::kUnsupported, Stage::kFetch);
}

}  // namespace

Result<Challenge> ChooseChallenge(const HeaderFields& headers, bool basic_allowed,
                                  ChallengeObstacle& obstacle) {
  std::optional<Challenge> best;
  Status refusal(Code::kNotFound, Stage::kFetch);
  for (const HeaderField& field : headers) {
    if (!EqualsIgnoringCase(field.name, "www-authenticate")) continue;
    ChallengeReader reader(field.value);
    while (!reader.at_end()) {
      std::string_view scheme;
      Parameters parameters;
      const Status read = reader.Next(scheme, parameters);
      if (!read.ok()) {
        obstacle = {"a well-formed WWW-Authenticate", field.value};
        return read;
      }
      const Result<Challenge> challenge = TakeOne(scheme, parameters, basic_allowed, obstacle);
      if (!challenge) {
        refusal = challenge.error();
      } else if (!best || StrengthOf(*challenge) > StrengthOf(*best)) {
        best = *challenge;
      }
    }
  }
  if (!best) return refusal;
  return *best;
}

}  // namespace updraft
