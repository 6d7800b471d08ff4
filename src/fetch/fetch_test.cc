// SPDX-License-Identifier: Apache-2.0
#include "updraft/fetch.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <array>
#include <string>
#include <vector>

#include "testing/fetch_fixture.h"
#include "testing/scripted_connection.h"

namespace updraft {
namespace {

using testing::Contains;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;
using testing::StartsWith;

using Target = ScriptedConnection::Target;

TEST_F(FetchTest, YieldsTheBodyOfAUrl) {
  connection_.Accept().Answer(kHello, 7);
  EXPECT_TRUE(Run("https://a.example/f.bin?x").ok());
  EXPECT_EQ(body_, "hello");
  EXPECT_EQ(received_, 5U);
  EXPECT_THAT(
      connection_.sent(),
      ElementsAre("GET /f.bin?x HTTP/1.1\r\nHost: a.example\r\nUser-Agent: Updraft/" UPDRAFT_VERSION
                  "\r\n"
                  "Accept-Encoding: identity\r\n\r\n"));
  EXPECT_THAT(observer_.failed, IsEmpty());
  EXPECT_THAT(observer_.passed,
              ElementsAre("plain_http_refused: https / https", "http_status: 200 / 200",
                          "bad_response: one framing / one framing",
                          "content_encoding: identity / identity", "length_mismatch: 5 / 5"));
}

TEST_F(FetchTest, TellsItsSizeOnceOpen) {
  connection_.Accept().Answer(kHello);
  options_.url = "https://a/";
  Fetch fetch(client_, options_, observer_);
  EXPECT_EQ(fetch.size(), std::nullopt);
  ASSERT_TRUE(fetch.Open().ok());
  EXPECT_EQ(fetch.size(), 5U);
  EXPECT_EQ(fetch.Open().code(), Code::kInvalidState);
  EXPECT_TRUE(Drain(fetch).ok());
  std::array<std::uint8_t, 4> out{};
  EXPECT_EQ(*fetch.Read(out), 0U);
  EXPECT_EQ(fetch.Read({}).error().code(), Code::kInvalidArgument);
}

TEST_F(FetchTest, KnowsNoSizeOfAChunkedBody) {
  connection_.Accept().Answer(
      "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nhel\r\n2\r\nlo\r\n0\r\n\r\n");
  options_.url = "https://a/";
  Fetch fetch(client_, options_, observer_);
  ASSERT_TRUE(fetch.Open().ok());
  EXPECT_EQ(fetch.size(), std::nullopt);
  EXPECT_TRUE(Drain(fetch).ok());
  EXPECT_EQ(body_, "hello");
}

TEST_F(FetchTest, TakesAnEmptyBody) {
  EXPECT_TRUE(RunAnswer("HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n").ok());
  EXPECT_EQ(body_, "");
}

TEST_F(FetchTest, TakesABodyThatEndsWithTheConnection) {
  EXPECT_TRUE(RunAnswer("HTTP/1.0 200 ok\r\nContent-type: text/plain\r\n\r\nhello").ok());
  EXPECT_EQ(body_, "hello");
}

TEST_F(FetchTest, KeepsTheConnectionForTheNextFetch) {
  connection_.Accept()
      .Answer(kHello)
      .Answer(kHello)
      .Answer("HTTP/1.1 404 No\r\nContent-Length: 1\r\n\r\nx")
      .Answer(kHello);
  EXPECT_TRUE(Run("https://a/1").ok());
  EXPECT_TRUE(Run("https://a/2").ok());
  EXPECT_EQ(Run("https://a/3").detail(), 404);
  EXPECT_TRUE(Run("https://a/4").ok());
  EXPECT_EQ(client_.connections(), 1U);
}

TEST_F(FetchTest, KeepsTheConnectionWhenTheReaderStopsAtTheSize) {
  connection_.Accept().Answer(kHello);
  {
    options_.url = "https://a/";
    Fetch fetch(client_, options_, observer_);
    std::array<std::uint8_t, 5> out{};
    EXPECT_EQ(*fetch.Read(out), 5U);
  }
  EXPECT_TRUE(client_.can_reuse());
}

TEST_F(FetchTest, ClosesTheConnectionWhenItIsDroppedInTheMiddle) {
  connection_.Accept().Answer(kHello);
  {
    options_.url = "https://a/";
    Fetch fetch(client_, options_, observer_);
    std::array<std::uint8_t, 2> out{};
    EXPECT_EQ(*fetch.Read(out), 2U);
  }
  EXPECT_FALSE(connection_.is_open());
}

TEST_F(FetchTest, RefusesEveryFinalStatusBut200) {
  for (const int status :
       {201, 204, 205, 300, 304, 305, 306, 400, 401, 403, 404, 416, 429, 500, 503, 599}) {
    const std::string text = std::to_string(status);
    EXPECT_EQ(RunAnswer("HTTP/1.1 " + text + " X\r\nContent-Length: 0\r\n\r\n"),
              Status(Code::kHttpStatus, Stage::kFetch, static_cast<std::int16_t>(status)));
    EXPECT_THAT(observer_.failed, ElementsAre("http_status: 200 / " + text));
  }
  EXPECT_EQ(received_, 0U);
}

TEST_F(FetchTest, RefusesAPartialAnswerThatWasNotAskedFor) {
  EXPECT_EQ(
      RunAnswer(
          "HTTP/1.1 206 Partial\r\nContent-Range: bytes 0-4/9\r\nContent-Length: 5\r\n\r\nhello"),
      Status(NetworkFailure::kBadResponse));
  EXPECT_THAT(observer_.failed, ElementsAre("bad_response: 200 / 206"));
}

TEST_F(FetchTest, RefusesSeveralContentLengths) {
  const Status refused(NetworkFailure::kBadResponse);
  EXPECT_EQ(RunAnswer("HTTP/1.1 200 OK\r\nContent-Length: 5\r\nContent-length: 5\r\n\r\nhello"),
            refused);
  EXPECT_THAT(observer_.failed, ElementsAre("length_mismatch: one Content-Length / several"));
  EXPECT_EQ(RunAnswer("HTTP/1.1 200 OK\r\nContent-Length: 5, 5\r\n\r\nhello"), refused);
  EXPECT_THAT(observer_.failed, ElementsAre("length_mismatch: one Content-Length / several"));
  EXPECT_EQ(RunAnswer("HTTP/1.1 200 OK\r\nContent-Length: 5\r\nContent-Length: 6\r\n\r\nhello"),
            refused);
  EXPECT_THAT(observer_.failed,
              ElementsAre("length_mismatch: one Content-Length / two different Content-Length"));
  EXPECT_FALSE(connection_.is_open());
}

TEST_F(FetchTest, RefusesContentLengthBesideTransferEncoding) {
  EXPECT_EQ(RunAnswer("HTTP/1.1 200 OK\r\nContent-Length: 15\r\nTransfer-Encoding: chunked\r\n\r\n"
                      "5\r\nhello\r\n0\r\n\r\n"),
            Status(NetworkFailure::kBadResponse));
  EXPECT_THAT(observer_.failed,
              ElementsAre("bad_response: either Content-Length or Transfer-Encoding / both"));
}

TEST_F(FetchTest, RefusesAContentEncodingThatWasNotAskedFor) {
  for (const char* encoding : {"gzip", "br", "identity, gzip", "x"}) {
    EXPECT_EQ(RunAnswer("HTTP/1.1 200 OK\r\nContent-Encoding: " + std::string(encoding) +
                        "\r\nContent-Length: 5\r\n\r\nhello"),
              Status(NetworkFailure::kBadResponse));
    EXPECT_THAT(observer_.failed,
                ElementsAre("content_encoding: identity / " + std::string(encoding)));
  }
  EXPECT_EQ(RunAnswer("HTTP/1.1 200 OK\r\nContent-Encoding: identity\r\nContent-Encoding: gzip\r\n"
                      "Content-Length: 5\r\n\r\nhello"),
            Status(NetworkFailure::kBadResponse));
  EXPECT_TRUE(
      RunAnswer("HTTP/1.1 200 OK\r\ncontent-encoding: Identity\r\nContent-Length: 5\r\n\r\nhello")
          .ok());
}

TEST_F(FetchTest, RefusesAMalformedAnswer) {
  EXPECT_EQ(RunAnswer("HTTP/1.1 200 OK\r\nContent-Length: 5\r\n folded\r\n\r\nhello"),
            Status(NetworkFailure::kBadResponse));
  EXPECT_THAT(observer_.failed,
              ElementsAre("bad_response: a well-formed response / folded header line"));
  EXPECT_EQ(RunAnswer("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"
                      "5\r\nhello\r\nFFFFFFFFFFFFFFFF\r\n"),
            Status(NetworkFailure::kBadResponse));
  EXPECT_THAT(
      observer_.failed,
      ElementsAre("bad_response: a well-formed response / malformed or too large chunk size"));
  EXPECT_EQ(body_, "hello");
  EXPECT_EQ(RunAnswer("HTTP/1.1 200 OK\r\nX: " + std::string(1U << 20U, 'x') + "\r\n\r\n"),
            Status(NetworkFailure::kBadResponse));
  EXPECT_THAT(observer_.failed,
              ElementsAre("bad_response: a well-formed response / header larger than the buffer"));
}

TEST_F(FetchTest, CallsABodyThatEndsEarlyALostConnection) {
  const Status truncated(Code::kTruncated, Stage::kFetch);
  EXPECT_EQ(RunAnswer("HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nhello"), truncated);
  EXPECT_THAT(observer_.failed, ElementsAre("connection_lost: 9 / 5"));
  EXPECT_EQ(RunAnswer("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n"),
            truncated);
  EXPECT_THAT(observer_.failed, ElementsAre("connection_lost: the last chunk / 5"));
  EXPECT_EQ(received_, 5U);
}

TEST_F(FetchTest, StaysFailed) {
  connection_.Accept()
      .Answer("HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nhello")
      .Fail(NetworkFailure::kReset);
  options_.url = "https://a/";
  Fetch fetch(client_, options_, observer_);
  EXPECT_EQ(Drain(fetch), Status(NetworkFailure::kReset));
  EXPECT_EQ(Drain(fetch), Status(NetworkFailure::kReset));
  EXPECT_THAT(observer_.failed,
              ElementsAre("connection_lost: an answer to its end / connection broke"));
}

TEST_F(FetchTest, TellsWhyAConnectionFailed) {
  const struct {
    NetworkFailure failure;
    const char* text;
    const char* finding;
  } cases[] = {
      {NetworkFailure::kResolve, "no such host", "resolve_failed: a / no such host"},
      {NetworkFailure::kConnect, "", "connect_failed: a / no connection"},
      {NetworkFailure::kTls, "certificate has expired", "tls_failed: a / certificate has expired"},
      {NetworkFailure::kTimeout, "", "connect_failed: a / no connection in time"},
  };
  for (const auto& row : cases) {
    observer_ = {};
    connection_.Refuse(row.failure, row.text);
    EXPECT_EQ(Run("https://a/"), Status(row.failure));
    EXPECT_THAT(observer_.failed, ElementsAre(row.finding));
  }
}

TEST_F(FetchTest, TellsWhyAnAnswerFailed) {
  connection_.Accept()
      .Answer("HTTP/1.1 200 OK\r\n")
      .Fail(NetworkFailure::kTimeout, "no byte for 10 s");
  EXPECT_EQ(Run("https://a/"), Status(NetworkFailure::kTimeout));
  connection_.Accept().Close();
  EXPECT_EQ(Run("https://a/"), Status(NetworkFailure::kReset));
  connection_.Accept().Answer(kHello.substr(0, 40)).Fail(NetworkFailure::kReset, "reset by peer");
  EXPECT_EQ(Run("https://a/"), Status(NetworkFailure::kReset));
  connection_.Accept().Answer(kHello.substr(0, 40)).Fail(NetworkFailure::kTls, "bad record mac");
  EXPECT_EQ(Run("https://a/"), Status(NetworkFailure::kTls));
  connection_.Accept().Answer("").Fail(Status(Code::kCancelled, Stage::kFetch), "told to stop");
  EXPECT_EQ(Run("https://a/"), Status(Code::kCancelled, Stage::kFetch));
  EXPECT_THAT(observer_.failed,
              ElementsAre("stalled: bytes from the server / no byte for 10 s",
                          "connection_lost: an answer to its end / closed without an answer",
                          "connection_lost: an answer to its end / reset by peer",
                          "tls_failed: a / bad record mac", "cancelled: 0 / told to stop"));
}

TEST_F(FetchTest, RefusesPlainHttpUnlessAllowed) {
  EXPECT_EQ(Run("http://a/"), Status(NetworkFailure::kPlainHttp));
  EXPECT_THAT(observer_.failed, ElementsAre("plain_http_refused: https / http"));
  EXPECT_THAT(connection_.targets(), IsEmpty());
  options_.allow_plain_http = true;
  connection_.Accept().Answer(kHello);
  EXPECT_TRUE(Run("http://a/").ok());
}

TEST_F(FetchTest, FollowsEachKindOfRedirect) {
  for (const int status : {301, 302, 303, 307, 308}) {
    connection_.Accept().Answer(Redirect(status, "https://b:444/there?y#z"));
    connection_.Accept().Answer(kHello);
    EXPECT_TRUE(Run("https://a/here").ok()) << status;
    EXPECT_EQ(redirects_, 1U);
    EXPECT_EQ(connection_.targets().back(), (Target{"b", 444, true}));
    EXPECT_THAT(connection_.sent().back(), StartsWith("GET /there?y HTTP/1.1\r\nHost: b:444\r\n"));
  }
  EXPECT_THAT(observer_.passed, Contains("redirect_refused: 0 / b"));
}

TEST_F(FetchTest, FollowsRelativeRedirectsOnTheSameConnection) {
  connection_.Accept()
      .Answer(Redirect(302, "../x"))
      .Answer(Redirect(302, "?q"))
      .Answer(Redirect(302, "//a:8443/y/./z"))
      .Answer(kHello);
  EXPECT_TRUE(Run("https://a:8443/b/c").ok());
  EXPECT_EQ(redirects_, 3U);
  EXPECT_EQ(client_.connections(), 1U);
  EXPECT_THAT(connection_.sent()[0], HasSubstr("GET /x HTTP/1.1\r\nHost: a:8443\r\n"));
  EXPECT_THAT(connection_.sent()[0], HasSubstr("GET /x?q HTTP/1.1\r\n"));
  EXPECT_THAT(connection_.sent()[0], HasSubstr("GET /y/z HTTP/1.1\r\n"));
}

TEST_F(FetchTest, LimitsTheNumberOfRedirects) {
  const auto run = [&](unsigned redirects) {
    PeerScript& peer = connection_.Accept();
    for (unsigned i = 0; i < redirects; ++i) peer.Answer(Redirect(302, "/again"));
    peer.Answer(kHello);
    return Run("https://a/");
  };
  EXPECT_TRUE(run(10).ok());
  client_.Close();
  EXPECT_EQ(run(11), Status(NetworkFailure::kRedirect));
  EXPECT_THAT(observer_.failed, ElementsAre("redirect_refused: 10 / 11"));
  EXPECT_FALSE(connection_.is_open());
  options_.max_redirects = 0;
  EXPECT_EQ(run(1), Status(NetworkFailure::kRedirect));
  EXPECT_TRUE(run(0).ok());
}

TEST_F(FetchTest, NeverGoesFromHttpsToHttp) {
  options_.allow_plain_http = true;
  connection_.Accept().Answer(Redirect(302, "http://a/"));
  EXPECT_EQ(Run("https://a/"), Status(NetworkFailure::kRedirect));
  EXPECT_THAT(observer_.failed, ElementsAre("redirect_refused: https / http"));
  connection_.Accept().Answer(Redirect(302, "https://a/"));
  connection_.Accept().Answer(kHello);
  EXPECT_TRUE(Run("http://a/").ok());
  connection_.Accept().Answer(Redirect(302, "http://b/"));
  connection_.Accept().Answer(kHello);
  EXPECT_TRUE(Run("http://a/").ok());
}

TEST_F(FetchTest, RefusesARedirectThatLeadsNowhere) {
  const Status refused(NetworkFailure::kRedirect);
  EXPECT_EQ(RunAnswer("HTTP/1.1 302 Found\r\nContent-Length: 0\r\n\r\n"), refused);
  EXPECT_THAT(observer_.failed, ElementsAre("redirect_refused: one Location / 0"));
  EXPECT_EQ(RunAnswer(Redirect(302, "/x", "location: /y\r\n")), refused);
  EXPECT_THAT(observer_.failed, ElementsAre("redirect_refused: one Location / 2"));
  for (const char* location :
       {"ftp://a/", "https://", "https://a:0/", "/a b", "file:///etc/passwd"}) {
    EXPECT_EQ(RunAnswer(Redirect(302, location)), refused);
    EXPECT_THAT(observer_.failed,
                ElementsAre("redirect_refused: an http or https URL / " + std::string(location)));
  }
  EXPECT_EQ(RunAnswer(Redirect(302, "https://u:p@b/")), refused);
  EXPECT_EQ(RunAnswer(Redirect(302, "https://a/" + std::string(2048, 'x'))), refused);
  EXPECT_THAT(observer_.failed, ElementsAre("redirect_refused: 2048 / 2058"));
}

TEST_F(FetchTest, SendsCredentialsOfTheOptionsOrOfTheUrl) {
  connection_.Accept().Answer(kHello).Answer(kHello);
  EXPECT_TRUE(Run("https://Aladdin:open%20sesame@a/").ok());
  EXPECT_THAT(connection_.sent()[0],
              HasSubstr("\r\nAuthorization: Basic QWxhZGRpbjpvcGVuIHNlc2FtZQ==\r\n"));
  EXPECT_THAT(connection_.sent()[0], HasSubstr("\r\nHost: a\r\n"));
  options_.user = "x";
  options_.password = "y";
  EXPECT_TRUE(Run("https://Aladdin:open%20sesame@a/").ok());
  EXPECT_THAT(connection_.sent()[0], HasSubstr("\r\nAuthorization: Basic eDp5\r\n"));
}

TEST_F(FetchTest, LetsHeadersOfTheOptionsReplaceItsOwn) {
  const std::array<HeaderField, 4> headers{{{"authorization", "Bearer t"},
                                            {"USER-AGENT", "me"},
                                            {"Accept-Encoding", "identity;q=1"},
                                            {"X-Device", "7"}}};
  options_.headers = headers;
  options_.user = "x";
  connection_.Accept().Answer(kHello);
  EXPECT_TRUE(Run("https://a/").ok());
  EXPECT_THAT(
      connection_.sent(),
      ElementsAre("GET / HTTP/1.1\r\nHost: a\r\nauthorization: Bearer t\r\nUSER-AGENT: me\r\n"
                  "Accept-Encoding: identity;q=1\r\nX-Device: 7\r\n\r\n"));
}

TEST_F(FetchTest, KeepsCredentialsAndHeadersWithinOneOrigin) {
  const std::array<HeaderField, 1> headers{{{"X-Key", "secret"}}};
  options_.headers = headers;
  connection_.Accept()
      .Answer(Redirect(302, "/x"))
      .Answer(Redirect(302, "https://A:443/y"))
      .Answer(kHello);
  EXPECT_TRUE(Run("https://u:p@a/").ok());
  const std::string sent = connection_.sent()[0].substr(connection_.sent()[0].find("GET /y"));
  EXPECT_THAT(sent, HasSubstr("Authorization: Basic dTpw\r\n"));
  EXPECT_THAT(sent, HasSubstr("X-Key: secret\r\n"));
}

TEST_F(FetchTest, LeavesCredentialsAndHeadersBehindOnAnotherOriginForGood) {
  const std::array<HeaderField, 2> headers{{{"Authorization", "Bearer t"}, {"X-Key", "secret"}}};
  options_.allow_plain_http = true;
  for (const char* other : {"https://b/", "https://a:444/", "https://sub.a/"}) {
    for (const bool bearer : {false, true}) {
      options_.headers =
          bearer ? std::span<const HeaderField>(headers) : std::span<const HeaderField>();
      client_.Close();
      const std::size_t first = connection_.sent().size();
      connection_.Accept().Answer(Redirect(307, other));
      connection_.Accept().Answer(Redirect(307, "https://a/back"));
      connection_.Accept().Answer(kHello);
      ASSERT_TRUE(Run("https://u:p@a/").ok());
      EXPECT_THAT(connection_.sent()[first], HasSubstr("Authorization: "));
      for (std::size_t i = first + 1; i < first + 3; ++i) {
        EXPECT_THAT(connection_.sent()[i], Not(HasSubstr("Authorization")));
        EXPECT_THAT(connection_.sent()[i], Not(HasSubstr("X-Key")));
        EXPECT_THAT(connection_.sent()[i],
                    HasSubstr("User-Agent: Updraft/" UPDRAFT_VERSION "\r\n"));
      }
    }
  }
}

TEST_F(FetchTest, LeavesCredentialsBehindWhenTheSchemeChanges) {
  options_.allow_plain_http = true;
  connection_.Accept().Answer(Redirect(301, "https://a:8080/"));
  connection_.Accept().Answer(kHello);
  EXPECT_TRUE(Run("http://u:p@a:8080/").ok());
  EXPECT_THAT(connection_.sent()[0], HasSubstr("Authorization"));
  EXPECT_THAT(connection_.sent()[1], Not(HasSubstr("Authorization")));
}

TEST_F(FetchTest, WipesCredentialsFromItsWorkspace) {
  connection_.Accept().Answer(kHello);
  EXPECT_TRUE(Run("https://u:p@a/").ok());
  const std::string_view memory(reinterpret_cast<const char*>(workspace_.data()),
                                workspace_.size());
  EXPECT_EQ(memory.find("dTpw"), std::string_view::npos);
}

TEST_F(FetchTest, FollowsAVeryLongUrl) {
  std::vector<std::uint8_t> workspace(32768);
  std::vector<std::uint8_t> buffer(16384);
  HttpClient client(connection_, buffer);
  options_.workspace = workspace;
  const std::string url = "https://a/" + std::string(8192 - 10, 'x');
  const std::string next = "https://b/" + std::string(8192 - 10, 'y');
  options_.url = url;
  connection_.Accept().Answer(Redirect(302, next));
  connection_.Accept().Answer(kHello);
  Fetch fetch(client, options_, observer_);
  EXPECT_TRUE(fetch.Open().ok());
  EXPECT_EQ(fetch.url(), next);
  EXPECT_THAT(connection_.sent()[0], StartsWith("GET " + url.substr(9)));
  EXPECT_THAT(connection_.sent()[1], StartsWith("GET " + next.substr(9)));
}

TEST_F(FetchTest, RefusesOptionsThatCannotBe) {
  const auto refused = [&](std::string_view url) {
    const Status status = Run(url);
    return status == Status(Code::kInvalidArgument, Stage::kFetch) && observer_.failed.empty() &&
           observer_.passed.empty();
  };
  EXPECT_TRUE(refused(""));
  EXPECT_TRUE(refused("a/b"));
  EXPECT_TRUE(refused("ftp://a/"));
  EXPECT_TRUE(refused("https://a/ b"));
  EXPECT_TRUE(refused("https://a%0a:b@a/"));
  const HeaderField injected{"A", "b\r\nC: d"};
  options_.headers = {&injected, 1};
  EXPECT_TRUE(refused("https://a/"));
  options_.headers = {};
  options_.user_agent = "a\nb";
  EXPECT_TRUE(refused("https://a/"));
  options_.user_agent = "";
  options_.user = "a:b";
  EXPECT_TRUE(refused("https://a/"));
  options_.user = "";
  const std::string password(4096, 'x');
  options_.password = password;
  EXPECT_TRUE(refused("https://a/"));
  options_.password = "";
  options_.workspace = MutableBytes(workspace_).first(Fetch::kMinWorkspace - 1);
  EXPECT_TRUE(refused("https://a/"));
  EXPECT_THAT(connection_.targets(), IsEmpty());
}

TEST_F(FetchTest, WithoutAWorkspaceTakesFilesButNeitherRedirectsNorCredentials) {
  options_.workspace = {};
  connection_.Accept().Answer(kHello);
  EXPECT_TRUE(Run("https://a/f").ok());
  EXPECT_EQ(body_, "hello");
  client_.Close();
  connection_.Accept().Answer(Redirect(302, "/g"));
  EXPECT_EQ(Run("https://a/f"), Status(NetworkFailure::kRedirect));
  EXPECT_THAT(connection_.targets(), testing::SizeIs(2));
  EXPECT_EQ(Run("https://u:p@a/f").code(), Code::kInvalidArgument);
  options_.user = "u";
  EXPECT_EQ(Run("https://a/f").code(), Code::kInvalidArgument);
  EXPECT_THAT(connection_.targets(), testing::SizeIs(2));
}

}  // namespace
}  // namespace updraft
