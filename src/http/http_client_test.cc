// SPDX-License-Identifier: Apache-2.0
#include "updraft/http_client.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <array>
#include <string>
#include <vector>

#include "testing/scripted_connection.h"

namespace updraft {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::StartsWith;

using Target = ScriptedConnection::Target;

constexpr std::string_view kOkHead = "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\n";
constexpr std::string_view kHello = "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello";

class HttpClientTest : public testing::Test {
 protected:
  Status Send(std::string_view url, std::string_view method = "GET", std::string_view body = "") {
    request_ = {};
    request_.method = method;
    request_.url = url;
    request_.body = AsBytes(body);
    return client_.Send(request_);
  }

  // The status of the whole exchange; the body goes to body_.
  Status Exchange(std::string_view url, std::string_view method = "GET",
                  std::string_view body = "") {
    body_.clear();
    UPDRAFT_TRY(Send(url, method, body));
    UPDRAFT_TRY_ASSIGN(const ResponseHead* head, client_.ReadHead());
    code_ = head->status;
    return ReadBody();
  }

  Status ReadBody(std::size_t room = 64) {
    std::vector<std::uint8_t> out(room);
    while (true) {
      UPDRAFT_TRY_ASSIGN(const std::size_t count, client_.Read(out));
      if (count == 0) return kOk;
      body_.append(reinterpret_cast<const char*>(out.data()), count);
    }
  }

  ScriptedConnection connection_;
  HttpRequest request_;
  std::array<std::uint8_t, 2048> buffer_{};
  HttpClient client_{connection_, buffer_};
  std::string body_;
  unsigned code_ = 0;
};

TEST_F(HttpClientTest, SendsARequestAndReadsTheResponse) {
  connection_.Accept().Answer(kHello);
  ASSERT_TRUE(Exchange("https://example.com/a?b#c").ok());
  EXPECT_EQ(code_, 200U);
  EXPECT_EQ(body_, "hello");
  EXPECT_THAT(connection_.targets(), ElementsAre(Target{"example.com", 443, true}));
  EXPECT_THAT(connection_.sent(), ElementsAre("GET /a?b HTTP/1.1\r\nHost: example.com\r\n\r\n"));
  EXPECT_EQ(client_.bytes_received(), kHello.size());
}

TEST_F(HttpClientTest, NamesPortAndBracketsInHostOnlyWhereNeeded) {
  connection_.Accept().Answer(kHello);
  connection_.Accept().Answer(kHello);
  connection_.Accept().Answer(kHello);
  ASSERT_TRUE(Exchange("https://u:p@[::1]:8443").ok());
  ASSERT_TRUE(Exchange("http://a:443/").ok());
  ASSERT_TRUE(Exchange("http://a:80?q").ok());
  EXPECT_THAT(connection_.targets(), ElementsAre(Target{"::1", 8443, true}, Target{"a", 443, false},
                                                 Target{"a", 80, false}));
  EXPECT_EQ(connection_.sent()[0], "GET / HTTP/1.1\r\nHost: [::1]:8443\r\n\r\n");
  EXPECT_EQ(connection_.sent()[1], "GET / HTTP/1.1\r\nHost: a:443\r\n\r\n");
  EXPECT_EQ(connection_.sent()[2], "GET /?q HTTP/1.1\r\nHost: a\r\n\r\n");
}

TEST_F(HttpClientTest, SendsHeadersInOrderAndABodyWithItsLength) {
  connection_.Accept().Answer(kHello);
  const std::array<HeaderField, 2> first{{{"User-Agent", "x"}, {"Host", "other"}}};
  const std::array<HeaderField, 1> second{{{"X-Empty", " "}}};
  HttpRequest request;
  request.method = "POST";
  request.url = "https://a/";
  request.headers = first;
  request.more_headers = second;
  request.body = AsBytes("data");
  ASSERT_TRUE(client_.Send(request).ok());
  EXPECT_THAT(connection_.sent(),
              ElementsAre("POST / HTTP/1.1\r\nUser-Agent: x\r\nHost: other\r\nX-Empty: \r\n"
                          "Content-Length: 4\r\n\r\ndata"));
}

TEST_F(HttpClientTest, SaysThatAnEmptyPostIsEmpty) {
  connection_.Accept().Answer(kHello);
  ASSERT_TRUE(Send("https://a/", "POST").ok());
  EXPECT_THAT(connection_.sent()[0], HasSubstr("\r\nContent-Length: 0\r\n\r\n"));
}

TEST_F(HttpClientTest, RefusesHeadersThatWouldInjectLines) {
  for (const HeaderField& field :
       {HeaderField{"A", "b\r\nC: d"}, HeaderField{"A", "b\n"}, HeaderField{"A", "\r"},
        HeaderField{"A", std::string_view("b\0c", 3)}, HeaderField{"A\r\nB", "c"},
        HeaderField{"A:", "c"}, HeaderField{"", "c"}, HeaderField{"A B", "c"},
        HeaderField{"A", "\x7F"}, HeaderField{"Content-Length", "5"},
        HeaderField{"transfer-encoding", "chunked"}}) {
    HttpRequest request;
    request.url = "https://a/";
    request.more_headers = {&field, 1};
    EXPECT_EQ(client_.Send(request).code(), Code::kInvalidArgument) << field.name;
  }
  EXPECT_EQ(Send("https://a/", "GE T").code(), Code::kInvalidArgument);
  EXPECT_EQ(Send("https://a/", "").code(), Code::kInvalidArgument);
  EXPECT_EQ(Send("https://a/", "GET\r\n").code(), Code::kInvalidArgument);
  EXPECT_EQ(Send("https://a/", "CONNECT").code(), Code::kInvalidArgument);
  EXPECT_EQ(Send("https://a/ HTTP/1.1\r\nX: y\r\n\r\n").code(), Code::kBadFormat);
  EXPECT_EQ(Send("gopher://a/").code(), Code::kUnsupported);
  EXPECT_TRUE(connection_.targets().empty());
}

TEST_F(HttpClientTest, SendsARequestThatIsLargerThanItsBuffer) {
  connection_.Accept().Answer(kHello);
  const std::string url = "https://a/" + std::string(8192, 'x') + "?" + std::string(8192, 'y');
  ASSERT_TRUE(Exchange(url).ok());
  EXPECT_EQ(connection_.sent()[0], "GET " + url.substr(9) + " HTTP/1.1\r\nHost: a\r\n\r\n");
}

TEST_F(HttpClientTest, LeavesNoRequestBehindInItsBuffer) {
  connection_.Accept().Answer("HTTP/1.1 204 No\r\n\r\n");
  const HeaderField secret{"Authorization", "Bearer hunter2"};
  HttpRequest request;
  request.url = "https://a/";
  request.headers = {&secret, 1};
  ASSERT_TRUE(client_.Send(request).ok());
  const std::string_view memory(reinterpret_cast<const char*>(buffer_.data()), buffer_.size());
  EXPECT_EQ(memory.find("hunter2"), std::string_view::npos);
}

// The early body is moved to the front, all of the buffer is for the rest; with less of
// it, what is left waits behind.
TEST_F(HttpClientTest, ReadsABodyIntoItsOwnBuffer) {
  std::string body;
  while (body.size() < 6000) body += "line " + std::to_string(body.size()) + "\n";
  const std::string answer =
      "HTTP/1.1 200 OK\r\nContent-Length: " + std::to_string(body.size()) + "\r\n\r\n" + body;
  for (const std::size_t room : {std::size_t{7}, std::size_t{100}, buffer_.size()}) {
    connection_.Accept().Answer(answer).Answer(kHello);
    ASSERT_TRUE(Send("https://a/").ok());
    ASSERT_TRUE(client_.ReadHead().has_value());
    body_.clear();
    for (std::size_t count = 1; count > 0;) {
      const auto read = client_.Read(MutableBytes(buffer_).first(room));
      ASSERT_TRUE(read.has_value());
      count = *read;
      body_.append(reinterpret_cast<const char*>(buffer_.data()), count);
    }
    EXPECT_TRUE(body_ == body) << room;
    ASSERT_TRUE(Exchange("https://a/").ok());
    EXPECT_EQ(body_, "hello");
    client_.Close();
  }
}

TEST_F(HttpClientTest, NeedsABuffer) {
  HttpClient client(connection_, MutableBytes(buffer_).first(HttpClient::kMinBuffer - 1));
  HttpRequest request;
  request.url = "https://a/";
  EXPECT_EQ(client.Send(request).code(), Code::kInvalidArgument);
}

TEST_F(HttpClientTest, GivesTheSameBodyHoweverItArrives) {
  const std::string response =
      "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n6;x\r\n world\r\n0\r\nT: "
      "u\r\n\r\n";
  for (std::size_t piece = 1; piece <= response.size(); ++piece) {
    for (const std::size_t room : {1U, 3U, 64U}) {
      connection_.Accept().Answer(response, piece);
      body_.clear();
      ASSERT_TRUE(
          Send("https://a" + std::to_string(piece) + "-" + std::to_string(room) + "/").ok());
      ASSERT_TRUE(client_.ReadHead());
      ASSERT_TRUE(ReadBody(room).ok()) << piece;
      EXPECT_EQ(body_, "hello world") << piece;
      EXPECT_TRUE(client_.can_reuse());
    }
  }
}

TEST_F(HttpClientTest, ReusesTheConnectionToTheSameEndpoint) {
  connection_.Accept().Answer(kHello).Answer(kHello, 1);
  ASSERT_TRUE(Exchange("https://A.example/1").ok());
  ASSERT_TRUE(Exchange("https://a.example:443/2").ok());
  EXPECT_EQ(body_, "hello");
  EXPECT_EQ(client_.connections(), 1U);
  EXPECT_THAT(connection_.sent()[0], HasSubstr("GET /2 HTTP/1.1"));
}

TEST_F(HttpClientTest, OpensAnotherConnectionForAnotherEndpoint) {
  for (int i = 0; i < 4; ++i) connection_.Accept().Answer(kHello);
  ASSERT_TRUE(Exchange("https://a/").ok());
  ASSERT_TRUE(Exchange("https://b/").ok());
  ASSERT_TRUE(Exchange("https://b:444/").ok());
  ASSERT_TRUE(Exchange("http://b:444/").ok());
  EXPECT_EQ(client_.connections(), 4U);
}

TEST_F(HttpClientTest, ClosesWhereThePeerOrTheFramingSaysSo) {
  for (const char* response :
       {"HTTP/1.1 200 OK\r\nContent-Length: 0\r\nConnection: close\r\n\r\n",
        "HTTP/1.0 200 OK\r\nContent-Length: 0\r\n\r\n",
        "HTTP/1.1 200 OK\r\nContent-Length: 5\r\nContent-Length: 5\r\n\r\nhello",
        "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello, surplus"}) {
    connection_.Accept().Answer(response);
    ASSERT_TRUE(Exchange("https://a/").ok());
    EXPECT_FALSE(client_.can_reuse()) << response;
    EXPECT_FALSE(connection_.is_open()) << response;
  }
  EXPECT_EQ(client_.connections(), 4U);
}

TEST_F(HttpClientTest, KeepsTheConnectionAfterHead) {
  connection_.Accept().Answer(kOkHead).Answer(kHello);
  ASSERT_TRUE(Exchange("https://a/", "HEAD").ok());
  EXPECT_EQ(body_, "");
  ASSERT_TRUE(Exchange("https://a/").ok());
  EXPECT_EQ(body_, "hello");
  EXPECT_EQ(client_.connections(), 1U);
}

TEST_F(HttpClientTest, DoesNotReuseAConnectionWithAnUnreadBody) {
  connection_.Accept().Answer(kHello);
  connection_.Accept().Answer(kHello);
  ASSERT_TRUE(Send("https://a/").ok());
  ASSERT_TRUE(client_.ReadHead());
  ASSERT_TRUE(Exchange("https://a/").ok());
  EXPECT_EQ(client_.connections(), 2U);
}

TEST_F(HttpClientTest, RepeatsOnceOnAKeptConnectionThatIsDead) {
  connection_.Accept().Answer(kHello).Close();
  connection_.Accept().Answer(kHello).Answer("").Fail(NetworkFailure::kReset);
  connection_.Accept().Answer(kHello).ResetWhenSent();
  connection_.Accept().Answer(kHello);
  for (int i = 1; i <= 4; ++i) {
    ASSERT_TRUE(Exchange("https://a/" + std::to_string(i)).ok()) << i;
    EXPECT_EQ(body_, "hello");
  }
  EXPECT_EQ(client_.connections(), 4U);
  EXPECT_THAT(connection_.sent()[3], StartsWith("GET /4 HTTP"));
  EXPECT_TRUE(connection_.finished());
}

TEST_F(HttpClientTest, RepeatsNoMoreThanOnce) {
  connection_.Accept().Answer(kHello).Close();
  connection_.Accept().Close();
  connection_.Accept().Answer(kHello);
  ASSERT_TRUE(Exchange("https://a/").ok());
  EXPECT_EQ(Exchange("https://a/"), Status(NetworkFailure::kReset));
  EXPECT_EQ(client_.connections(), 2U);
}

TEST_F(HttpClientTest, DoesNotRepeatOnAFreshConnection) {
  connection_.Accept().Close();
  connection_.Accept().Answer(kHello);
  EXPECT_EQ(Exchange("https://a/"), Status(NetworkFailure::kReset));
  EXPECT_EQ(client_.phase(), HttpClient::Phase::kHead);
  EXPECT_EQ(client_.connections(), 1U);
}

TEST_F(HttpClientTest, DoesNotRepeatAfterAResponseByte) {
  connection_.Accept().Answer(kHello).Answer("H").Fail(NetworkFailure::kReset);
  connection_.Accept().Answer(kHello);
  ASSERT_TRUE(Exchange("https://a/").ok());
  EXPECT_EQ(Exchange("https://a/"), Status(NetworkFailure::kReset));
  connection_.Accept().Answer(kHello).Answer("HTTP/1.1 100 Continue\r\n\r\n").Close();
  ASSERT_TRUE(Exchange("https://a/").ok());
}

TEST_F(HttpClientTest, DoesNotRepeatAfterAnInterimResponse) {
  connection_.Accept().Answer(kHello).Answer("HTTP/1.1 100 Continue\r\n\r\n").Close();
  connection_.Accept().Answer(kHello);
  ASSERT_TRUE(Exchange("https://a/").ok());
  EXPECT_EQ(Exchange("https://a/"), Status(NetworkFailure::kReset));
}

TEST_F(HttpClientTest, DoesNotRepeatATimeOutOrAPost) {
  connection_.Accept().Answer(kHello).Answer("").Fail(NetworkFailure::kTimeout);
  ASSERT_TRUE(Exchange("https://a/").ok());
  EXPECT_EQ(Exchange("https://a/"), Status(NetworkFailure::kTimeout));
  connection_.Accept().Answer(kHello).Close();
  ASSERT_TRUE(Exchange("https://a/").ok());
  EXPECT_EQ(Exchange("https://a/", "POST", "x"), Status(NetworkFailure::kReset));
  EXPECT_EQ(client_.connections(), 2U);
}

TEST_F(HttpClientTest, TellsTheSecondFailureWhenRepeatingFails) {
  connection_.Accept().Answer(kHello).Close();
  connection_.Refuse(NetworkFailure::kTls, "certificate has expired");
  ASSERT_TRUE(Exchange("https://a/").ok());
  EXPECT_EQ(Exchange("https://a/"), Status(NetworkFailure::kTls));
  EXPECT_EQ(client_.phase(), HttpClient::Phase::kConnecting);
  EXPECT_EQ(client_.failure_text(), "certificate has expired");
}

TEST_F(HttpClientTest, TellsWhereItFailed) {
  connection_.Refuse(NetworkFailure::kTimeout);
  EXPECT_EQ(Exchange("https://a/"), Status(NetworkFailure::kTimeout));
  EXPECT_EQ(client_.phase(), HttpClient::Phase::kConnecting);
  connection_.Accept().ResetWhenSent();
  EXPECT_EQ(Exchange("https://a/"), Status(NetworkFailure::kReset));
  EXPECT_EQ(client_.phase(), HttpClient::Phase::kSending);
  connection_.Accept().Answer(kOkHead).Fail(NetworkFailure::kTimeout);
  EXPECT_EQ(Exchange("https://a/"), Status(NetworkFailure::kTimeout));
  EXPECT_EQ(client_.phase(), HttpClient::Phase::kBody);
}

TEST_F(HttpClientTest, CallsABodyThatEndsEarlyTruncated) {
  connection_.Accept().Answer(std::string(kOkHead) + "hell").Close();
  EXPECT_EQ(Exchange("https://a/"), Status(Code::kTruncated, Stage::kFetch));
  EXPECT_EQ(body_, "hell");
  EXPECT_FALSE(connection_.is_open());
  std::array<std::uint8_t, 8> out{};
  EXPECT_EQ(client_.Read(out).error().code(), Code::kInvalidState);
  EXPECT_EQ(client_.ReadHead().error().code(), Code::kInvalidState);
}

TEST_F(HttpClientTest, RefusesAMalformedHeadOrChunk) {
  connection_.Accept().Answer("HTTP/1.1 200 OK\r\nA : b\r\n\r\n");
  EXPECT_EQ(Exchange("https://a/"), Status(NetworkFailure::kBadResponse));
  EXPECT_EQ(client_.fault(), ResponseFault::kHeaderLine);
  connection_.Accept().Answer(
      "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\nx\r\n");
  EXPECT_EQ(Exchange("https://a/"), Status(NetworkFailure::kBadResponse));
  EXPECT_EQ(body_, "abc");
  EXPECT_EQ(client_.fault(), ResponseFault::kChunkSize);
  connection_.Accept().Answer("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nx\r\n");
  EXPECT_EQ(Exchange("https://a/"), Status(NetworkFailure::kBadResponse));
  EXPECT_FALSE(connection_.is_open());
  connection_.Accept().Answer("HTTP/1.1 200 OK\r\nA: " + std::string(4096, 'x'));
  EXPECT_EQ(Exchange("https://a/"), Status(NetworkFailure::kBadResponse));
  EXPECT_EQ(client_.fault(), ResponseFault::kHeaderTooLarge);
}

TEST_F(HttpClientTest, TakesABodyUntilThePeerCloses) {
  connection_.Accept().Answer("HTTP/1.0 200 OK\r\n\r\nhel").Add("lo").Close();
  ASSERT_TRUE(Exchange("https://a/").ok());
  EXPECT_EQ(body_, "hello");
  connection_.Accept().Answer("HTTP/1.0 200 OK\r\n\r\nhel").Fail(NetworkFailure::kReset);
  EXPECT_EQ(Exchange("https://a/"), Status(NetworkFailure::kReset));
}

TEST_F(HttpClientTest, SkipsASmallBodyAndKeepsTheConnection) {
  connection_.Accept().Answer(kOkHead).Add("hello", 2).Answer(kHello);
  ASSERT_TRUE(Send("https://a/").ok());
  ASSERT_TRUE(client_.ReadHead());
  client_.SkipBody(5);
  EXPECT_TRUE(client_.can_reuse());
  ASSERT_TRUE(Exchange("https://a/").ok());
  EXPECT_EQ(client_.connections(), 1U);
}

TEST_F(HttpClientTest, ClosesRatherThanSkipALargeOrEndlessBody) {
  for (const std::string& response :
       {std::string(kHello), std::string(kOkHead), std::string("HTTP/1.1 200 OK\r\n\r\nabc"),
        std::string("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n0\r\n\r\n"),
        std::string("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nx")}) {
    connection_.Accept().Answer(response, 45).Add("hello");
    ASSERT_TRUE(Send("https://a/").ok());
    ASSERT_TRUE(client_.ReadHead());
    client_.SkipBody(4);
    EXPECT_FALSE(client_.can_reuse());
    EXPECT_FALSE(connection_.is_open());
  }
}

TEST_F(HttpClientTest, ReadsNothingBeforeARequestAndZeroAfterTheEnd) {
  std::array<std::uint8_t, 8> out{};
  EXPECT_EQ(client_.ReadHead().error().code(), Code::kInvalidState);
  EXPECT_EQ(client_.Read(out).error().code(), Code::kInvalidState);
  connection_.Accept().Answer(kHello);
  ASSERT_TRUE(Exchange("https://a/").ok());
  EXPECT_EQ(*client_.Read(out), 0U);
  EXPECT_EQ(client_.Read({}).error().code(), Code::kInvalidArgument);
}

}  // namespace
}  // namespace updraft
