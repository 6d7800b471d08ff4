// SPDX-License-Identifier: Apache-2.0
// Requests that are sent before the answer to the last one is read.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <array>
#include <string>
#include <vector>

#include "updraft/http_client.h"

#include "testing/scripted_connection.h"

namespace updraft {
namespace {

using testing::EndsWith;
using testing::HasSubstr;
using testing::Not;
using testing::SizeIs;

constexpr std::string_view kOne = "HTTP/1.1 200 OK\r\nContent-Length: 3\r\n\r\none";
constexpr std::string_view kTwo = "HTTP/1.1 200 OK\r\nContent-Length: 3\r\n\r\ntwo";
constexpr std::string_view kThree = "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nthree";

class HttpAhead : public testing::Test {
 protected:
  static HttpRequest Request(std::string_view url) {
    HttpRequest request;
    request.url = url;
    return request;
  }
  bool SendAhead(std::string_view url) { return client_.SendAhead(Request(url), scratch_); }

  Status Begin(std::string_view url) {
    const HttpRequest request = Request(url);
    UPDRAFT_TRY(client_.Send(request));
    return client_.ReadHead().error();
  }
  std::string Body() {
    std::string body;
    std::array<std::uint8_t, 64> out{};
    while (true) {
      const auto count = client_.Read(out);
      if (!count) return "failed";
      if (*count == 0) return body;
      body.append(reinterpret_cast<const char*>(out.data()), *count);
    }
  }
  std::string Exchange(std::string_view url) {
    return Begin(url).ok() ? Body() : std::string("failed");
  }

  ScriptedConnection connection_;
  std::array<std::uint8_t, 2048> buffer_{};
  std::array<std::uint8_t, 16> scratch_{};
  HttpClient client_{connection_, buffer_};
};

TEST_F(HttpAhead, ARequestGoesOutBeforeTheBodyAndIsTakenUpByTheSameOne) {
  connection_.Accept().Answer(kOne).Answer(kTwo).Add(kThree);
  ASSERT_EQ(Exchange("https://a/1"), "one");
  ASSERT_TRUE(Begin("https://a/2").ok());
  ASSERT_TRUE(SendAhead("https://a/3"));
  EXPECT_THAT(connection_.sent().at(0), EndsWith("GET /3 HTTP/1.1\r\nHost: a\r\n\r\n"));
  const std::size_t sent = connection_.sent().at(0).size();
  EXPECT_EQ(Body(), "two");
  EXPECT_FALSE(client_.involves_ahead());
  EXPECT_EQ(Exchange("https://a/3"), "three");
  EXPECT_TRUE(client_.involves_ahead());
  EXPECT_EQ(connection_.sent().at(0).size(), sent);
  EXPECT_THAT(connection_.targets(), SizeIs(1));
}

TEST_F(HttpAhead, AnotherRequestGoesOverANewConnection) {
  connection_.Accept().Answer(kOne).Answer(kTwo).Add(kThree);
  connection_.Accept().Answer(kOne);
  ASSERT_EQ(Exchange("https://a/1"), "one");
  ASSERT_TRUE(Begin("https://a/2").ok());
  ASSERT_TRUE(SendAhead("https://a/3"));
  EXPECT_EQ(Body(), "two");
  EXPECT_EQ(Exchange("https://a/4"), "one");
  EXPECT_FALSE(client_.involves_ahead());
  EXPECT_THAT(connection_.targets(), SizeIs(2));
}

TEST_F(HttpAhead, NothingIsSentOverAConnectionThatWasNotKeptYet) {
  connection_.Accept().Answer(kOne);
  ASSERT_TRUE(Begin("https://a/1").ok());
  EXPECT_FALSE(SendAhead("https://a/2"));
  EXPECT_THAT(connection_.sent().at(0), Not(HasSubstr("/2")));
}

TEST_F(HttpAhead, NothingIsSentBehindAnAnswerThatEndsTheConnection) {
  connection_.Accept().Answer(kOne).Answer(
      "HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: 3\r\n\r\ntwo");
  ASSERT_EQ(Exchange("https://a/1"), "one");
  ASSERT_TRUE(Begin("https://a/2").ok());
  EXPECT_FALSE(SendAhead("https://a/3"));
  EXPECT_EQ(Body(), "two");
}

TEST_F(HttpAhead, NothingIsSentBehindChunks) {
  connection_.Accept().Answer(kOne).Answer(
      "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\ntwo\r\n0\r\n\r\n");
  ASSERT_EQ(Exchange("https://a/1"), "one");
  ASSERT_TRUE(Begin("https://a/2").ok());
  EXPECT_FALSE(SendAhead("https://a/3"));
}

TEST_F(HttpAhead, NothingIsSentToAnotherHost) {
  connection_.Accept().Answer(kOne).Answer(kTwo);
  ASSERT_EQ(Exchange("https://a/1"), "one");
  ASSERT_TRUE(Begin("https://a/2").ok());
  EXPECT_FALSE(SendAhead("https://b/3"));
  EXPECT_FALSE(SendAhead("http://a/3"));
}

TEST_F(HttpAhead, NoMoreThanTwoAreOnTheirWay) {
  connection_.Accept().Answer(kOne).Answer(kTwo).Add(kThree).Add(kOne).Add(kTwo);
  ASSERT_EQ(Exchange("https://a/1"), "one");
  ASSERT_TRUE(Begin("https://a/2").ok());
  EXPECT_TRUE(SendAhead("https://a/3"));
  EXPECT_TRUE(SendAhead("https://a/4"));
  EXPECT_FALSE(SendAhead("https://a/5"));
  EXPECT_EQ(Body(), "two");
  ASSERT_TRUE(Begin("https://a/3").ok());
  EXPECT_TRUE(SendAhead("https://a/5"));
  EXPECT_EQ(Body(), "three");
  EXPECT_EQ(Exchange("https://a/4"), "one");
  EXPECT_EQ(Exchange("https://a/5"), "two");
  EXPECT_THAT(connection_.targets(), SizeIs(1));
}

TEST_F(HttpAhead, AConnectionThatEndsBeforeTheAnswerIsMadeAnewAndNothingIsSentAheadAgain) {
  connection_.Accept().Answer(kOne).Answer(kTwo).Close();
  connection_.Accept().Answer(kThree).Answer(kOne);
  ASSERT_EQ(Exchange("https://a/1"), "one");
  ASSERT_TRUE(Begin("https://a/2").ok());
  ASSERT_TRUE(SendAhead("https://a/3"));
  EXPECT_EQ(Body(), "two");
  EXPECT_EQ(Exchange("https://a/3"), "three");
  EXPECT_THAT(connection_.targets(), SizeIs(2));
  ASSERT_TRUE(Begin("https://a/4").ok());
  EXPECT_FALSE(SendAhead("https://a/5"));
}

TEST_F(HttpAhead, AnAnswerThatNeverComesInvolvesIt) {
  connection_.Accept().Answer(kOne).Answer(kTwo);
  ASSERT_EQ(Exchange("https://a/1"), "one");
  ASSERT_TRUE(Begin("https://a/2").ok());
  ASSERT_TRUE(SendAhead("https://a/3"));
  EXPECT_EQ(Body(), "two");
  EXPECT_EQ(Begin("https://a/3"), Status(NetworkFailure::kTimeout));
  EXPECT_TRUE(client_.involves_ahead());
}

}  // namespace
}  // namespace updraft
