// SPDX-License-Identifier: Apache-2.0
// Answers to a server that asks who one is: Basic (RFC 7617) and Digest (RFC
// 7616, and the older form of RFC 2617 and 2069). Fetch uses it; so may whoever
// speaks over an HttpClient. No I/O; the memory is the caller's.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <string_view>

#include "updraft/bytes.h"
#include "updraft/http_response.h"
#include "updraft/port/crypto.h"
#include "updraft/status.h"

namespace updraft {

struct Credentials {
  std::string_view user;      // may hold any bytes but a colon
  std::string_view password;  // may hold any bytes
};

// "Basic ..." at the front of `out`. kInvalidArgument for a user with a colon or
// for control characters, kNoSpace when it does not fit.
Result<std::string_view> WriteBasicCredentials(const Credentials& credentials, MutableBytes out);

// Takes "user:password" or "user" of a URL, percent-encoded, apart; the decoded
// texts lie at the front of `out`. kInvalidArgument for control characters and
// what is not percent-encoded, kNoSpace.
Result<Credentials> DecodeUserInfo(std::string_view user_info, MutableBytes out);

enum class AuthenticationScheme : std::uint8_t { kNone, kBasic, kDigest };  // By strength.
enum class DigestAlgorithm : std::uint8_t { kMd5, kMd5Session, kSha256, kSha256Session };  // Hash.

// What a server asks for. The texts are views into the header, as they stand
// between the quotes.
struct Challenge {
  AuthenticationScheme scheme = AuthenticationScheme::kNone;  // the strongest offered and known
  std::string_view realm;  // as quoted by the server; a view of the head
  // The rest for Digest only.
  DigestAlgorithm algorithm = DigestAlgorithm::kMd5;
  bool names_algorithm = false;   // else it is MD5 by default
  bool protects_request = false;  // qop "auth": request counter and client nonce
  bool stale = false;             // the credentials were right, only the nonce was old
  std::string_view nonce;
  std::string_view opaque;
  bool has_opaque = false;
};

// Why no challenge can be answered, in words; views of constants and the header.
struct ChallengeObstacle {
  std::string_view expected;  // valid as long as the head
  std::string_view found;     // valid as long as the head
};

// The strongest challenge among the WWW-Authenticate fields of a 401 that can be
// answered: Digest with SHA-256, Digest with MD5, then Basic, where
// `basic_allowed`. kNotFound without such a field; kUnsupported when all are of
// other schemes or algorithms, or want their bodies protected (qop auth-int);
// kBadFormat when a field breaks the grammar. For the last two `obstacle` tells.
Result<Challenge> ChooseChallenge(const HeaderFields& headers, bool basic_allowed,
                                  ChallengeObstacle& obstacle);

// The answer to one server's challenge, for one user, over several requests: it
// counts them, as Digest wants it. Not thread-safe. The password is not kept.
class Authentication {
 public:
  // Enough for what servers send; a longer challenge needs more.
  static constexpr std::size_t kUsualRoom = 1024;

  // `crypto` and `room` outlive it. The room keeps texts of the challenge and the
  // user, or Basic's credentials; it is wiped at the end.
  Authentication(Crypto& crypto, MutableBytes room) : crypto_(&crypto), room_(room) {}
  Authentication(const Authentication&) = delete;
  Authentication& operator=(const Authentication&) = delete;
  ~Authentication() { Forget(); }

  // Answers that challenge from now on, in place of any before. After an error
  // none is answered. kInvalidArgument (see WriteBasicCredentials), kNoSpace when
  // the room is too small, and what the crypto says.
  Status Begin(const Challenge& challenge, const Credentials& credentials);
  void Forget();

  // kNone: nothing to answer yet.
  AuthenticationScheme scheme() const { return scheme_; }

  // The value of Authorization for one request: method and absolute URL as in
  // HttpRequest. It lies at the front of `out`, or in the room, and is valid
  // until the next call. Digest needs about 400 bytes more than user, realm,
  // nonce and URL have. kInvalidState when scheme() is kNone, kBadFormat and
  // kUnsupported (URL), kNoSpace, and what the crypto says.
  Result<std::string_view> Write(std::string_view method, std::string_view url, MutableBytes out);

 private:
  Status BeginDigest(const Challenge& challenge, const Credentials& credentials);

  Crypto* crypto_;
  MutableBytes room_;
  AuthenticationScheme scheme_ = AuthenticationScheme::kNone;
  std::string_view basic_{};
  DigestAlgorithm algorithm_ = DigestAlgorithm::kMd5;
  bool names_algorithm_ = false;
  bool protects_request_ = false;
  bool has_opaque_ = false;
  std::string_view user_{};
  std::string_view realm_{};
  std::string_view nonce_{};
  std::string_view opaque_{};
  std::array<char, 32> client_nonce_{};
  Secret<2 * kSha256Size> key_;  // H(A1), hexadecimal
  std::uint32_t requests_ = 0;   // with this nonce
};

}  // namespace updraft
