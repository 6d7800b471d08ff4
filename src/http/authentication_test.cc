// SPDX-License-Identifier: Apache-2.0
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <array>
#include <string>

#include "updraft/http_authentication.h"

#include "ports/host/crypto_openssl.h"
#include "src/http/digest.h"

namespace updraft {
namespace {

using testing::HasSubstr;
using testing::Not;
using testing::StartsWith;

constexpr std::string_view kNonce = "7ypf/xlj9XXwfDPEoM4URrv/xwf94BcCAzFZH4GiTo0v";
constexpr std::string_view kClientNonce = "f2/wE4q74E6zIJEtWaHKaf5wv/H5QzzpXusqGemxURZJ";

class AuthenticationTest : public testing::Test {
 protected:
  std::string Response(http::DigestRequest request, const Credentials& credentials,
                       std::string_view realm, std::string_view url) {
    std::array<std::uint8_t, 64> key{};
    std::array<std::uint8_t, 64> response{};
    EXPECT_TRUE(http::WriteDigestKey(crypto_, request, credentials, realm, key).ok());
    EXPECT_TRUE(
        http::WriteDigestResponse(crypto_, request, key, *http::ParseUrl(url), response).ok());
    return {response.begin(), response.begin() + static_cast<std::ptrdiff_t>(
                                                     http::DigestTextSize(request.algorithm))};
  }

  // The challenge of one field, or the code and what stands in the way.
  std::string Choose(std::string_view field, bool basic_allowed = true) {
    text_ = std::string(field) + "\r\n";
    ChallengeObstacle obstacle;
    const auto chosen = ChooseChallenge(HeaderFields(text_), basic_allowed, obstacle);
    if (!chosen) {
      return std::string(CodeName(chosen.error().code())) + ": " + std::string(obstacle.expected) +
             " / " + std::string(obstacle.found);
    }
    challenge_ = *chosen;
    if (chosen->scheme == AuthenticationScheme::kBasic) return "Basic";
    constexpr std::array<const char*, 4> kNames{"MD5", "MD5-sess", "SHA-256", "SHA-256-sess"};
    return std::string("Digest ") + kNames.at(static_cast<std::size_t>(chosen->algorithm)) +
           (chosen->protects_request ? " auth" : "") + (chosen->stale ? " stale" : "");
  }
  std::string Digest(std::string_view parameters) {
    return Choose("WWW-Authenticate: Digest " + std::string(parameters));
  }

  std::string Write(std::string_view url = "https://a/f") {
    const auto value = authentication_.Write("GET", url, out_);
    return value ? std::string(*value) : std::string(CodeName(value.error().code()));
  }

  OpensslCrypto crypto_;
  std::string text_;
  Challenge challenge_;
  std::array<std::uint8_t, 256> room_{};
  std::array<std::uint8_t, 1024> out_{};
  Authentication authentication_{crypto_, room_};
};

TEST_F(AuthenticationTest, SumsUpAsTheExamplesOfTheStandards) {
  const Credentials mufasa{"Mufasa", "Circle of Life"};
  http::DigestRequest request{DigestAlgorithm::kMd5, kNonce, kClientNonce, "00000001", "GET"};
  const auto response = [&] {
    return Response(request, mufasa, "http-auth@example.org", "http://a/dir/index.html");
  };
  EXPECT_EQ(response(), "8ca523f5e9506fed4657c9700eebdbec");  // RFC 7616, section 3.9.1
  request.algorithm = DigestAlgorithm::kSha256;
  EXPECT_EQ(response(), "753927fa0e85d155564e2e272a28d1802ca10daf4496794697cf8db5856cb6c1");
  // The following by Python's hashlib.
  request.algorithm = DigestAlgorithm::kMd5Session;
  EXPECT_EQ(response(), "e783283f46242139c486a698fec7211d");
  request.algorithm = DigestAlgorithm::kSha256Session;
  EXPECT_EQ(response(), "2fd51b3a77ad75bad6afad6003e818d767133c46d9e2749e7f5232ae1ea3efd7");
  request.count = "";
  EXPECT_EQ(response(), "30bc0742357e535c85094121d22cf826b794be0667e19537beb7b28f2251c274");

  // RFC 2617, section 3.5; and without qop, RFC 2069 with its erratum 749.
  request = {DigestAlgorithm::kMd5, "dcd98b7102dd2f0e8b11d0f600bfb0c093", "0a4f113b", "00000001",
             "GET"};
  EXPECT_EQ(Response(request, {"Mufasa", "Circle Of Life"}, "testrealm@host.com",
                     "http://a/dir/index.html"),
            "6629fae49393a05397450978507c4ef1");
  request.count = "";
  EXPECT_EQ(Response(request, {"Mufasa", "CircleOfLife"}, "testrealm@host.com",
                     "http://a/dir/index.html"),
            "1949323746fe6a43ef61f9606e7febea");
}

TEST_F(AuthenticationTest, ReadsAChallenge) {
  EXPECT_EQ(Digest("realm=\"r\", nonce=\"n\""), "Digest MD5");
  EXPECT_EQ(Digest("realm=\"r\",nonce=\"n\",algorithm=sha-256,qop=\"auth,auth-int\",stale=TRUE"),
            "Digest SHA-256 auth stale");
  EXPECT_EQ(Digest("algorithm=\"MD5-sess\" , qop=auth , nonce=\"a\\\"b\" , realm = \"\""),
            "Digest MD5-sess auth");
  EXPECT_EQ(challenge_.nonce, "a\\\"b");
  EXPECT_FALSE(challenge_.has_opaque);
  EXPECT_EQ(Digest("realm=\"r\", nonce=\"n\", opaque=\"\", unheard=of, charset=UTF-8"),
            "Digest MD5");
  EXPECT_TRUE(challenge_.has_opaque);
  EXPECT_EQ(Choose("www-authenticate: basic realm=\"x, Digest y\""), "Basic");
  EXPECT_EQ(challenge_.realm, "x, Digest y");
}

TEST_F(AuthenticationTest, ChoosesTheStrongestOfManyChallenges) {
  EXPECT_EQ(Choose("WWW-Authenticate: Basic realm=\"b\", Digest realm=\"r\", nonce=\"n\""),
            "Digest MD5");
  EXPECT_EQ(Choose("WWW-Authenticate: Negotiate, Bearer a+/9==, Digest realm=\"r\", nonce=\"n\", "
                   "algorithm=SHA-256,, Basic"),
            "Digest SHA-256");
  EXPECT_EQ(Choose("WWW-Authenticate: Digest realm=r,nonce=n,algorithm=SHA-256-sess\r\n"
                   "X: y\r\nWWW-Authenticate: Digest realm=r,nonce=n"),
            "Digest SHA-256-sess");
  EXPECT_EQ(Choose("WWW-Authenticate: Digest realm=r,nonce=n,algorithm=SHA-512-256\r\n"
                   "WWW-Authenticate: Basic realm=\"r\""),
            "Basic");
}

TEST_F(AuthenticationTest, SaysWhatItCannotAnswer) {
  EXPECT_EQ(Choose("Server: x"), "not_found:  / ");
  EXPECT_EQ(Digest("realm=r,nonce=n,algorithm=SHA-512-256,qop=\"auth\""),
            "unsupported: Digest with MD5 or SHA-256 / SHA-512-256");
  EXPECT_EQ(Digest("realm=r,nonce=n,qop=\"auth-int\""),
            "unsupported: Digest with qop auth / auth-int");
  EXPECT_EQ(Choose("WWW-Authenticate: Negotiate"),
            "unsupported: Basic or Digest authentication / Negotiate");
  EXPECT_EQ(Choose("WWW-Authenticate: Basic realm=\"r\"", false),
            "unsupported: Digest authentication / Basic");
}

TEST_F(AuthenticationTest, RefusesAMalformedChallenge) {
  for (const char* parameters :
       {"realm=\"r\", nonce=\"n", "realm=r, nonce=", "realm=r, realm=s, nonce=n", "realm=r, =n",
        "realm=\"r\"x, nonce=n", "realm=r nonce=n", "nonce=n", "realm=r", "realm=\"r\\"}) {
    EXPECT_THAT(Digest(parameters), StartsWith("bad_format: ")) << parameters;
  }
  EXPECT_THAT(Choose("WWW-Authenticate: \"Digest\""), StartsWith("bad_format: "));
  EXPECT_THAT(Choose("WWW-Authenticate: Basic=x"), StartsWith("bad_format: "));
}

TEST_F(AuthenticationTest, AnswersAndCountsItsRequests) {
  ASSERT_EQ(Digest("realm=\"a \\\"b\\\"\", nonce=\"n\", qop=auth, opaque=\"o\", algorithm=MD5"),
            "Digest MD5 auth");
  ASSERT_TRUE(authentication_.Begin(challenge_, {"u\\", "p"}).ok());
  const std::string first = Write("https://a?x=1");
  EXPECT_THAT(first, StartsWith("Digest uri=\"/?x=1\", username=\"u\\\\\", realm=\"a \\\"b\\\"\", "
                                "nonce=\"n\", response=\""));
  EXPECT_THAT(first, HasSubstr("\", algorithm=MD5, qop=auth, nc=00000001, cnonce=\""));
  EXPECT_THAT(first, HasSubstr("\", opaque=\"o\""));
  EXPECT_THAT(Write(), HasSubstr("nc=00000002"));
  ASSERT_TRUE(authentication_.Begin(challenge_, {"u", "p"}).ok());
  EXPECT_THAT(Write(), HasSubstr("nc=00000001"));
}

TEST_F(AuthenticationTest, LeavesOutWhatAnOldServerDoesNotKnow) {
  ASSERT_EQ(Digest("realm=\"r\", nonce=\"n\""), "Digest MD5");
  ASSERT_TRUE(authentication_.Begin(challenge_, {"u", "p"}).ok());
  const std::string answer = Write();
  for (const char* word : {"algorithm", "qop", "nc=", "cnonce", "opaque"}) {
    EXPECT_THAT(answer, Not(HasSubstr(word)));
  }
}

TEST_F(AuthenticationTest, SumsUpWithWhatItSends) {
  ASSERT_EQ(Digest("realm=\"r\", nonce=\"n\", qop=auth, algorithm=SHA-256-sess"),
            "Digest SHA-256-sess auth");
  ASSERT_TRUE(authentication_.Begin(challenge_, {"u", "p"}).ok());
  const std::string answer = Write("https://a/f?q");
  const std::size_t at = answer.find("cnonce=\"") + 8;
  const std::string client_nonce = answer.substr(at, 32);
  http::DigestRequest request{DigestAlgorithm::kSha256Session, "n", client_nonce, "00000001",
                              "GET"};
  EXPECT_THAT(answer, HasSubstr("response=\"" +
                                Response(request, {"u", "p"}, "r", "https://a/f?q") + "\""));
}

TEST_F(AuthenticationTest, RefusesCredentialsThatCannotBeSent) {
  ASSERT_EQ(Digest("realm=\"r\", nonce=\"n\""), "Digest MD5");
  EXPECT_EQ(authentication_.Begin(challenge_, {"a:b", "p"}).code(), Code::kInvalidArgument);
  EXPECT_EQ(authentication_.Begin(challenge_, {"a\r", "p"}).code(), Code::kInvalidArgument);
  EXPECT_EQ(authentication_.Begin(challenge_, {"a", "p\n"}).code(), Code::kInvalidArgument);
  EXPECT_EQ(Write(), "invalid_state");
}

TEST_F(AuthenticationTest, SaysWhenAChallengeOrAnAnswerDoesNotFit) {
  ASSERT_EQ(Digest("realm=\"r\", nonce=\"" + std::string(255, 'n') + "\""), "Digest MD5");
  EXPECT_EQ(authentication_.Begin(challenge_, {"u", "p"}).code(), Code::kNoSpace);
  EXPECT_EQ(Write(), "invalid_state");
  ASSERT_EQ(Digest("realm=\"r\", nonce=\"" + std::string(254, 'n') + "\""), "Digest MD5");
  EXPECT_TRUE(authentication_.Begin(challenge_, {"u", "p"}).ok());
  EXPECT_EQ(Write("https://a/" + std::string(800, 'x')), "no_space");
}

TEST_F(AuthenticationTest, ForgetsAllSecrets) {
  ASSERT_EQ(Choose("WWW-Authenticate: Basic"), "Basic");
  ASSERT_TRUE(authentication_.Begin(challenge_, {"Aladdin", "open sesame"}).ok());
  EXPECT_EQ(Write(), "Basic QWxhZGRpbjpvcGVuIHNlc2FtZQ==");
  authentication_.Forget();
  EXPECT_EQ(authentication_.scheme(), AuthenticationScheme::kNone);
  EXPECT_THAT(room_, testing::Each(0));
}

}  // namespace
}  // namespace updraft
