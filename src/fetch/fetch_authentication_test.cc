// SPDX-License-Identifier: Apache-2.0
// How Fetch answers a 401, and whom it does not answer.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <array>
#include <string>
#include <vector>

#include "ports/host/crypto_openssl.h"
#include "testing/fetch_fixture.h"

namespace updraft {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::Not;

class FetchAuthenticationTest : public FetchTest {
 protected:
  FetchAuthenticationTest() {
    options_.user = "u";
    options_.password = "p";
    options_.authentication = &authentication_;
  }
  static std::string Asks(std::string_view challenge) {
    return "HTTP/1.1 401 No\r\nContent-Length: 3\r\nWWW-Authenticate: " + std::string(challenge) +
           "\r\n\r\nno!";
  }
  // The requests on the last connection.
  std::vector<std::string> Requests() const {
    std::vector<std::string> requests;
    const std::string& all = connection_.sent().back();
    for (std::size_t at = 0; at < all.size();) {
      const std::size_t end = all.find("\r\n\r\n", at) + 4;
      requests.push_back(all.substr(at, end - at));
      at = end;
    }
    return requests;
  }

  static constexpr std::string_view kDigest = "Digest realm=\"r\", nonce=\"1\", qop=\"auth\"";
  OpensslCrypto crypto_;
  std::array<std::uint8_t, Authentication::kUsualRoom> room_{};
  Authentication authentication_{crypto_, room_};
};

TEST_F(FetchAuthenticationTest, AnswersADigestChallengeOverTheSameConnection) {
  connection_.Accept().Answer(Asks(kDigest)).Answer(kHello);
  EXPECT_TRUE(Run("https://a/f?x").ok());
  EXPECT_EQ(body_, "hello");
  EXPECT_THAT(Requests(),
              ElementsAre(HasSubstr("Authorization: Basic dTpw\r\n"),
                          HasSubstr("Authorization: Digest uri=\"/f?x\", username=\"u\"")));
  EXPECT_EQ(client_.connections(), 1U);
}

TEST_F(FetchAuthenticationTest, AnswersBeforehandAndCountsOnLaterRequests) {
  connection_.Accept().Answer(Asks(kDigest)).Answer(kHello).Answer(kHello);
  EXPECT_TRUE(Run("https://a/f").ok());
  EXPECT_TRUE(Run("https://a/f").ok());
  EXPECT_THAT(Requests(),
              ElementsAre(HasSubstr("Basic"), HasSubstr("nc=00000001"), HasSubstr("nc=00000002")));
}

TEST_F(FetchAuthenticationTest, TakesANewNonceWhenTheOldOneIsStale) {
  const std::string stale = "Digest realm=\"r\", nonce=\"2\", qop=\"auth\", stale=true";
  connection_.Accept().Answer(Asks(kDigest)).Answer(kHello).Answer(Asks(stale)).Answer(kHello);
  EXPECT_TRUE(Run("https://a/f").ok());
  EXPECT_TRUE(Run("https://a/f").ok());
  EXPECT_THAT(Requests()[3], HasSubstr("nonce=\"2\""));
  EXPECT_THAT(Requests()[3], HasSubstr("nc=00000001"));
}

TEST_F(FetchAuthenticationTest, GivesUpWhenTheAnswerIsRefused) {
  connection_.Accept().Answer(Asks(kDigest)).Answer(Asks(kDigest));
  EXPECT_EQ(Run("https://a/f"), Status(Code::kHttpStatus, Stage::kFetch, 401));
  EXPECT_TRUE(connection_.finished());
}

TEST_F(FetchAuthenticationTest, GivesUpWhenEveryNonceIsStale) {
  PeerScript& peer = connection_.Accept();
  const std::string stale = std::string(kDigest) + ", stale=true";
  for (int i = 0; i < 4; ++i) peer.Answer(Asks(stale));
  EXPECT_EQ(Run("https://a/f").detail(), 401);
  EXPECT_EQ(Requests().size(), 4U);
}

TEST_F(FetchAuthenticationTest, GivesUpWhenBasicIsRefused) {
  connection_.Accept().Answer(Asks("Basic realm=\"r\""));
  EXPECT_EQ(Run("https://a/f").detail(), 401);
  EXPECT_EQ(Requests().size(), 1U);
}

TEST_F(FetchAuthenticationTest, SendsNoPasswordOverPlainHttpBeforeItIsAskedFor) {
  options_.allow_plain_http = true;
  connection_.Accept().Answer(Asks("Basic realm=\"r\"")).Answer(kHello).Answer(kHello);
  EXPECT_TRUE(Run("http://a/f").ok());
  EXPECT_TRUE(Run("http://a/f").ok());
  EXPECT_THAT(Requests(), ElementsAre(Not(HasSubstr("Authorization")), HasSubstr("Basic dTpw"),
                                      HasSubstr("Basic dTpw")));
}

TEST_F(FetchAuthenticationTest, NeverSendsThePasswordWhereOnlyDigestIsWanted) {
  options_.digest_only = true;
  connection_.Accept()
      .Answer(Asks(std::string("Basic realm=\"r\", ") + std::string(kDigest)))
      .Answer(kHello);
  EXPECT_TRUE(Run("https://a/f").ok());
  EXPECT_THAT(Requests(), ElementsAre(Not(HasSubstr("Authorization")), HasSubstr("Digest")));

  authentication_.Forget();
  const Status unsupported(Code::kUnsupported, Stage::kFetch);
  EXPECT_EQ(RunAnswer(Asks("Basic realm=\"r\"")), unsupported);
  EXPECT_THAT(observer_.failed,
              ElementsAre("authentication_unsupported: Digest authentication / Basic"));
  options_.authentication = nullptr;
  EXPECT_EQ(Run("https://a/f").code(), Code::kInvalidArgument);
}

TEST_F(FetchAuthenticationTest, SaysWhatItCannotAnswer) {
  EXPECT_EQ(RunAnswer(Asks("Digest realm=\"r\", nonce=\"n\", qop=\"auth-int\"")).code(),
            Code::kUnsupported);
  EXPECT_THAT(observer_.failed,
              ElementsAre("authentication_unsupported: Digest with qop auth / auth-int"));
  EXPECT_EQ(RunAnswer(Asks("Digest realm=\"r")).code(), Code::kBadFormat);
  EXPECT_EQ(RunAnswer(Asks("Digest realm=\"r\", nonce=\"" + std::string(1024, 'n') + "\"")).code(),
            Code::kNoSpace);
  EXPECT_THAT(observer_.failed, ElementsAre(HasSubstr("authentication_unsupported: ")));
}

TEST_F(FetchAuthenticationTest, AnswersNoOtherOrigin) {
  for (const char* other : {"https://b/", "https://a:444/"}) {
    client_.Close();
    authentication_.Forget();
    connection_.Accept().Answer(Asks(kDigest)).Answer(Redirect(302, other));
    connection_.Accept().Answer(Asks(kDigest));
    EXPECT_EQ(Run("https://a/f").detail(), 401);
    EXPECT_THAT(Requests(), ElementsAre(Not(HasSubstr("Authorization"))));
  }
}

TEST_F(FetchAuthenticationTest, AnswersForTheNewPathAfterARedirect) {
  connection_.Accept().Answer(Asks(kDigest)).Answer(Redirect(302, "/g")).Answer(kHello);
  EXPECT_TRUE(Run("https://u:other@a/f").ok());
  EXPECT_THAT(Requests()[2], HasSubstr("Digest uri=\"/g\""));
}

}  // namespace
}  // namespace updraft
