// SPDX-License-Identifier: Apache-2.0
// Each fault of a script as it is on the wire.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <future>
#include <memory>
#include <string>

#include "server/file_server.h"
#include "server/test_client.h"

namespace updraft {
namespace {

using testing::AllOf;
using testing::EndsWith;
using testing::HasSubstr;
using testing::Not;
using testing::StartsWith;

class HostileServer : public testing::Test {
 protected:
  HostileServer() : content_(PatternText(100'000)), other_(content_.rbegin(), content_.rend()) {
    folder_.Write("app.bin", content_);
    folder_.Write("other.bin", other_);
    options_.root = folder_.string();
    options_.plain_http = true;
  }

  // "{...}" rules, one after the other.
  void Play(const std::string& rules) {
    FaultScript script;
    const ExplainedStatus parsed =
        ParseFaultScript("{\"requests\": [" + rules + "]}", "test", script);
    ASSERT_TRUE(parsed.ok()) << parsed.message;
    if (!server_) {
      server_ = std::make_unique<FileServer>(options_);
      const ExplainedStatus started = server_->Start();
      ASSERT_TRUE(started.ok()) << started.message;
    }
    ASSERT_TRUE(server_->SetScript(std::move(script)).ok());
  }

  static std::string Get(const std::string& headers = "", const std::string& method = "GET") {
    return method + " /app.bin HTTP/1.1\r\nHost: a.example:80\r\n" + headers + "\r\n";
  }
  // All that the server sends on a connection of its own.
  std::string Wire(const std::string& headers = "") {
    TestClient client(server_->port());
    client.Send(Get(headers + "Connection: close\r\n"));
    return client.ReceiveUntilEnd();
  }
  TestResponse Ask(const std::string& headers = "") {
    TestClient client(server_->port());
    return client.Ask(Get(headers));
  }
  static std::string HeadOf(const std::string& wire) { return wire.substr(0, BodyAt(wire)); }
  static std::string BodyOf(const std::string& wire) { return wire.substr(BodyAt(wire)); }
  static std::size_t BodyAt(const std::string& wire) {
    const std::size_t end = wire.find("\r\n\r\n");
    return end == std::string::npos ? wire.size() : end + 4;
  }

  TestFolder folder_;
  std::string content_;
  std::string other_;
  FileServerOptions options_;
  std::unique_ptr<FileServer> server_;
};

TEST_F(HostileServer, PlaysItsRulesAndIsHonestThen) {
  Play(R"({"times": 1, "fault": "status", "status": 500}, {"times": 1, "fault": "none"},
          {"times": 1, "fault": "status", "status": 404})");
  TestClient client(server_->port());
  EXPECT_EQ(client.Ask(Get()).status, 500);
  EXPECT_EQ(client.Ask(Get()).status, 200);
  EXPECT_EQ(client.Ask(Get()).status, 404);
  EXPECT_TRUE(client.Ask(Get()).body == content_);
}

TEST_F(HostileServer, ResetsAtAByteOfTheBody) {
  Play(R"({"fault": "reset", "at": 50000})");
  TestClient client(server_->port());
  client.Send(Get());
  const std::string wire = client.ReceiveUntilEnd();
  EXPECT_TRUE(client.was_reset());
  EXPECT_THAT(HeadOf(wire), HasSubstr("Content-Length: 100000\r\n"));
  EXPECT_TRUE(BodyOf(wire) == content_.substr(0, 50000));
}

TEST_F(HostileServer, TruncatesInGoodOrder) {
  Play(R"({"times": 1, "fault": "truncate", "at": 70000},
          {"times": 1, "fault": "truncate", "at": 9, "of": "answer"},
          {"times": 1, "fault": "truncate", "at": 0, "of": "answer"},
          {"times": 1, "fault": "truncate", "at": 200000})");
  TestClient client(server_->port());
  client.Send(Get());
  EXPECT_TRUE(BodyOf(client.ReceiveUntilEnd()) == content_.substr(0, 70000));
  EXPECT_FALSE(client.was_reset());
  EXPECT_EQ(Wire(), "HTTP/1.1 ");
  EXPECT_EQ(Wire(), "");
  EXPECT_TRUE(BodyOf(Wire()) == content_);
}

TEST_F(HostileServer, StallsUntilTheClientGoesOrTheServerStops) {
  Play(R"({"fault": "stall", "at": 10})");
  TestClient client(server_->port());
  client.Send(Get());
  const std::string begin = content_.substr(0, 10);
  std::string received;
  for (std::string more = "x"; !more.empty() && !received.ends_with(begin); received += more) {
    more = client.ReceiveSome(1);
  }
  EXPECT_THAT(received, EndsWith(begin));
  server_->Stop();
  EXPECT_EQ(client.ReceiveUntilEnd(), "");
}

TEST_F(HostileServer, TellsWhenItFallsSilent) {
  std::promise<void> silent;
  options_.on_silence = [&silent] { silent.set_value(); };
  Play(R"({"times": 1, "fault": "none"}, {"times": 1, "fault": "stall", "at": 10})");
  TestClient client(server_->port());
  EXPECT_TRUE(client.Ask(Get()).body == content_);
  client.Send(Get());
  silent.get_future().wait();
}

TEST_F(HostileServer, DripsAllOfTheAnswer) {
  Play(R"({"fault": "drip", "bytes": 20000, "every_ms": 1})");
  EXPECT_TRUE(Ask().body == content_);
}

TEST_F(HostileServer, LiesAboutTheLength) {
  Play(R"({"times": 1, "fault": "content_length", "add": 5},
          {"times": 1, "fault": "content_length", "add": -5},
          {"times": 1, "fault": "content_length", "add": -100001},
          {"times": 1, "fault": "no_content_length"},
          {"times": 1, "fault": "two_content_lengths"})");
  for (const char* length : {"100005", "99995", "-1"}) {
    const std::string wire = Wire();
    EXPECT_THAT(HeadOf(wire), HasSubstr("Content-Length: " + std::string(length) + "\r\n"));
    EXPECT_TRUE(BodyOf(wire) == content_);
  }
  const std::string none = Wire();
  EXPECT_THAT(HeadOf(none), Not(HasSubstr("Content-Length")));
  EXPECT_TRUE(BodyOf(none) == content_);
  EXPECT_THAT(HeadOf(Wire()), AllOf(HasSubstr("Content-Length: 100000\r\n"),
                                    HasSubstr("Content-Length: 100001\r\n")));
}

TEST_F(HostileServer, SetsAndRemovesAHeader) {
  Play(R"({"times": 1, "fault": "header", "name": "ETag", "value": "W/\"x\""},
          {"times": 1, "fault": "header", "name": "etag", "value": null})");
  EXPECT_EQ(Ask().header("etag"), "W/\"x\"");
  EXPECT_FALSE(Ask().has("etag"));
}

TEST_F(HostileServer, IgnoresOrBendsRanges) {
  Play(R"({"times": 1, "fault": "ignore_range"}, {"times": 1, "fault": "content_range", "shift": 7},
          {"times": 1, "fault": "content_range", "shift": -20})");
  const std::string range = "Range: bytes=10-19\r\n";
  const TestResponse whole = Ask(range);
  EXPECT_EQ(whole.status, 200);
  EXPECT_TRUE(whole.body == content_);
  const TestResponse later = Ask(range);
  EXPECT_EQ(later.status, 206);
  EXPECT_EQ(later.header("content-range"), "bytes 17-26/100000");
  EXPECT_EQ(later.body, content_.substr(10, 10));
  EXPECT_EQ(Ask(range).header("content-range"), "bytes -10--1/100000");
}

TEST_F(HostileServer, SwapsTheFile) {
  Play("");
  const std::string etag = Ask().header("etag");
  const std::string range = "Range: bytes=10-19\r\nIf-Range: " + etag + "\r\n";
  Play(R"({"times": 1, "fault": "swap", "file": "/other.bin"},
          {"times": 1, "fault": "swap", "file": "/other.bin", "ignore_if_range": true},
          {"times": 1, "fault": "swap", "file": "/other.bin", "etag": "same"},
          {"times": 1, "fault": "swap", "file": "/other.bin", "etag": "none"})");
  const TestResponse honest = Ask(range);
  EXPECT_EQ(honest.status, 200);
  EXPECT_NE(honest.header("etag"), etag);
  EXPECT_TRUE(honest.body == other_);
  const TestResponse other = Ask(range);
  EXPECT_EQ(other.status, 206);
  EXPECT_NE(other.header("etag"), etag);
  EXPECT_EQ(other.body, other_.substr(10, 10));
  const TestResponse same = Ask(range);
  EXPECT_EQ(same.status, 206);
  EXPECT_EQ(same.header("etag"), etag);
  EXPECT_EQ(same.body, other_.substr(10, 10));
  const TestResponse none = Ask(range);
  EXPECT_FALSE(none.has("etag"));
  EXPECT_FALSE(none.has("last-modified"));
  EXPECT_EQ(none.body, other_.substr(10, 10));
}

TEST_F(HostileServer, Redirects) {
  Play(R"({"times": 1, "fault": "redirect", "to": "https://b.example/x", "status": 307},
          {"times": 1, "fault": "redirect_loop"}, {"times": 1, "fault": "redirect_to_http"})");
  const TestResponse to = Ask();
  EXPECT_EQ(to.status, 307);
  EXPECT_EQ(to.header("location"), "https://b.example/x");
  const TestResponse loop = Ask();
  EXPECT_EQ(loop.status, 302);
  EXPECT_EQ(loop.header("location"), "/app.bin");
  EXPECT_EQ(Ask().header("location"), "http://a.example:80/app.bin");
}

TEST_F(HostileServer, AnswersWithAnyStatus) {
  Play(
      R"({"times": 1, "fault": "status", "status": 304}, {"times": 1, "fault": "status", "status": 401},
          {"times": 1, "fault": "status", "status": 429, "retry_after": 3},
          {"times": 1, "fault": "status", "status": 503, "retry_after": "Sun, 06 Nov 1994 08:49:37 GMT"},
          {"times": 1, "fault": "status", "status": 799})");
  EXPECT_THAT(Wire(), AllOf(StartsWith("HTTP/1.1 304 "), EndsWith("\r\n\r\n")));
  EXPECT_TRUE(Ask().has("www-authenticate"));
  EXPECT_EQ(Ask().header("retry-after"), "3");
  EXPECT_EQ(Ask().header("retry-after"), "Sun, 06 Nov 1994 08:49:37 GMT");
  EXPECT_EQ(Ask().status, 799);
}

TEST_F(HostileServer, SendsHeadsThatNobodySends) {
  Play(R"({"times": 1, "fault": "huge_header"}, {"times": 1, "fault": "many_headers"},
          {"times": 1, "fault": "status_line", "value": "HTTP/1.1 2x0"},
          {"times": 1, "fault": "folded_header"}, {"times": 1, "fault": "nul_in_header"})");
  EXPECT_GT(HeadOf(Wire()).size(), 1U << 20);
  const std::string many = HeadOf(Wire());
  EXPECT_GT(std::ranges::count(many, '\n'), 1000);
  EXPECT_THAT(many, HasSubstr("X-Many-999: 999\r\n"));
  EXPECT_THAT(Wire(), StartsWith("HTTP/1.1 2x0\r\n"));
  EXPECT_THAT(HeadOf(Wire()), HasSubstr("X-Folded: one\r\n two\r\n"));
  EXPECT_THAT(HeadOf(Wire()), HasSubstr(std::string_view("X-Nul: a\0b\r\n", 12)));
}

TEST_F(HostileServer, FramesBodiesInChunksHonestOrNot) {
  Play(R"({"times": 1, "fault": "chunked", "bytes": 40000}, {"times": 1, "fault": "bad_chunk"},
          {"times": 1, "fault": "bad_chunk", "size": "-1"})");
  const std::string wire = Wire();
  EXPECT_THAT(HeadOf(wire),
              AllOf(HasSubstr("Transfer-Encoding: chunked\r\n"), Not(HasSubstr("Content-Length"))));
  EXPECT_TRUE(BodyOf(wire) == "9c40\r\n" + content_.substr(0, 40000) + "\r\n9c40\r\n" +
                                  content_.substr(40000, 40000) + "\r\n4e20\r\n" +
                                  content_.substr(80000) + "\r\n0\r\n\r\n");
  EXPECT_THAT(BodyOf(Wire()), StartsWith("fffffffffffffffff\r\n" + content_.substr(0, 10)));
  EXPECT_THAT(BodyOf(Wire()), StartsWith("-1\r\n"));
}

TEST_F(HostileServer, SendsWithoutEnd) {
  for (const char* rule :
       {R"({"fault": "endless_body"})", R"({"fault": "endless_body", "chunked": true})",
        R"({"fault": "endless_header"})"}) {
    Play(rule);
    TestClient client(server_->port());
    client.Send(Get());
    EXPECT_GE(client.ReceiveSome(5'000'000).size(), 5'000'000U) << rule;
  }
}

TEST_F(HostileServer, SendsNoBodyToAHeadRequest) {
  for (const char* fault : {"chunked", "bad_chunk", "endless_body", "no_content_length"}) {
    Play(R"({"fault": ")" + std::string(fault) + "\"}");
    TestClient client(server_->port());
    client.Send(Get("Connection: close\r\n", "HEAD"));
    EXPECT_THAT(client.ReceiveUntilEnd(), AllOf(StartsWith("HTTP/1.1 200 "), EndsWith("\r\n\r\n")))
        << fault;
  }
}

TEST_F(HostileServer, EndsTlsWithoutCloseNotifyOrWithGarbage) {
  options_.plain_http = false;
  const auto ends_well = [this](const std::string& rule, std::size_t expected) {
    Play(rule);
    TestClient client(server_->port());
    EXPECT_TRUE(client.StartTls(server_->ca_pem(), "localhost"));
    client.Send(Get("Connection: close\r\n"));
    EXPECT_TRUE(BodyOf(client.ReceiveUntilEnd()) == content_.substr(0, expected)) << rule;
    return client.was_closed_by_tls();
  };
  EXPECT_TRUE(ends_well(R"({"fault": "truncate", "at": 500})", 500));
  EXPECT_FALSE(ends_well(R"({"fault": "no_close_notify", "at": 500})", 500));
  EXPECT_FALSE(ends_well(R"({"fault": "no_close_notify"})", content_.size()));
  EXPECT_FALSE(ends_well(R"({"fault": "garbage", "at": 500})", 500));
}

}  // namespace
}  // namespace updraft
