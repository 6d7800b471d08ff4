// SPDX-License-Identifier: Apache-2.0
// esp_http_client.h on the wire: steps and events, bodies, connections that are kept,
// redirects and credentials. What is asked without a server: http_client_test.cc.
#include <esp_http_client.h>
#include <esp_tls.h>
#include <gmock/gmock.h>

#include <cerrno>

#include "tests/facade/http_peer.h"

namespace updraft {
namespace {

using testing::AllOf;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::Not;
using testing::StartsWith;

using HttpClientExchange = Facade;

TEST_F(HttpClientExchange, TellsOfEachStepInEspIdfsOrder) {
  const HttpPeer peer(OkAnswer("hello", "X-Version: 7\r\n"));
  const std::string url = peer.url();
  HttpClientOnTest client({.url = url.c_str()});
  ASSERT_EQ(esp_http_client_perform(client.handle()), ESP_OK);
  EXPECT_EQ(esp_http_client_close(client.handle()), ESP_OK);
  EXPECT_THAT(client.events(),
              ElementsAre("connected", "sent", "status 200", "header X-Version=7",
                          "header Content-Length=5", "headers", "data", "finish", "disconnected"));
  EXPECT_EQ(client.body(), "hello");
  EXPECT_THAT(peer.requests(),
              ElementsAre("GET /file HTTP/1.1\r\nUser-Agent: ESP32 HTTP Client/1.0\r\nHost: " +
                          peer.host() + "\r\n\r\n"));
}

TEST_F(HttpClientExchange, LetsConnectedChangeTheHeadersOfThisRequest) {
  const HttpPeer peer("HTTP/1.1 304 Not Modified\r\n\r\n");
  const std::string url = peer.url();
  HttpClientOnTest client({.url = url.c_str()});
  client.on_event = [](esp_http_client_event_t& event) {
    if (event.event_id == HTTP_EVENT_ON_CONNECTED) {
      esp_http_client_set_header(event.client, "If-None-Match", "\"7\"");
    }
  };
  ASSERT_EQ(esp_http_client_perform(client.handle()), ESP_OK);
  EXPECT_EQ(esp_http_client_get_status_code(client.handle()), 304);
  EXPECT_THAT(peer.requests(), ElementsAre(HasSubstr("\r\nIf-None-Match: \"7\"\r\n")));
}

TEST_F(HttpClientExchange, ReadsInStepsWithEachByteToldOnceAndNoFinish) {
  const std::string body(3000, 'b');
  const HttpPeer peer(OkAnswer(body));
  const std::string url = peer.url();
  HttpClientOnTest client({.url = url.c_str(), .buffer_size = 600});
  ASSERT_EQ(esp_http_client_open(client.handle(), 0), ESP_OK);
  EXPECT_EQ(esp_http_client_fetch_headers(client.handle()), 3000);
  EXPECT_EQ(esp_http_client_get_content_length(client.handle()), 3000);
  EXPECT_FALSE(esp_http_client_is_chunked_response(client.handle()));
  EXPECT_EQ(client.Read(1024).size(), 1024U);
  EXPECT_FALSE(esp_http_client_is_complete_data_received(client.handle()));
  EXPECT_EQ(client.Read(4096).size(), 1976U);
  EXPECT_TRUE(esp_http_client_is_complete_data_received(client.handle()));
  EXPECT_EQ(client.Read(10), "");
  EXPECT_EQ(client.last_read(), 0);
  EXPECT_EQ(client.body(), body);
  EXPECT_LE(client.largest_piece(), 600);
  EXPECT_THAT(client.events(), Not(testing::Contains("finish")));
}

TEST_F(HttpClientExchange, CallsABodyWithoutALengthChunked) {
  const HttpPeer peer("HTTP/1.0 200 OK\r\n\r\nuntil the end", true);
  const std::string url = peer.url();
  HttpClientOnTest client({.url = url.c_str()});
  ASSERT_EQ(esp_http_client_open(client.handle(), 0), ESP_OK);
  EXPECT_EQ(esp_http_client_fetch_headers(client.handle()), 0);
  EXPECT_TRUE(esp_http_client_is_chunked_response(client.handle()));
  EXPECT_EQ(esp_http_client_get_content_length(client.handle()), -1);
  EXPECT_EQ(client.Read(100), "until the end");
  EXPECT_TRUE(esp_http_client_is_complete_data_received(client.handle()));
  EXPECT_FALSE(esp_http_client_is_persistent_connection(client.handle()));
}

TEST_F(HttpClientExchange, ReadsChunks) {
  const HttpPeer peer(
      "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n6\r\n "
      "world\r\n0\r\n\r\n");
  const std::string url = peer.url();
  HttpClientOnTest client({.url = url.c_str()});
  ASSERT_EQ(esp_http_client_open(client.handle(), 0), ESP_OK);
  EXPECT_EQ(esp_http_client_fetch_headers(client.handle()), 0);
  char text[64] = {};
  EXPECT_EQ(esp_http_client_read_response(client.handle(), text, sizeof text), 11);
  EXPECT_STREQ(text, "hello world");
  EXPECT_TRUE(esp_http_client_is_complete_data_received(client.handle()));
}

TEST_F(HttpClientExchange, TellsABodyThatWasCutFromOneThatHasEnded) {
  const HttpPeer peer("HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nhalf", true);
  const std::string url = peer.url();
  HttpClientOnTest client({.url = url.c_str()});
  ASSERT_EQ(esp_http_client_open(client.handle(), 0), ESP_OK);
  EXPECT_EQ(esp_http_client_fetch_headers(client.handle()), 10);
  EXPECT_EQ(client.Read(10), "half");
  errno = 0;
  EXPECT_EQ(client.Read(10), "");
  EXPECT_EQ(client.last_read(), -1);
  EXPECT_EQ(errno, ENOTCONN);
  EXPECT_EQ(esp_http_client_get_errno(client.handle()), ENOTCONN);
  EXPECT_FALSE(esp_http_client_is_complete_data_received(client.handle()));
  EXPECT_EQ(client.events().back(), "error");
  HttpClientOnTest whole({.url = url.c_str()});
  EXPECT_EQ(esp_http_client_perform(whole.handle()), ESP_ERR_HTTP_CONNECTION_CLOSED);
}

TEST_F(HttpClientExchange, SaysAgainWhenNothingComesInTimeAndGoesOn) {
  const HttpPeer peer([](const std::string& request) -> HttpPeer::Answer {
    if (request.starts_with("GET /half"))
      return {"HTTP/1.1 200 OK\r\nContent-Length: 8\r\n\r\nhalf"};
    return {""};
  });
  const std::string url = peer.url("/half");
  HttpClientOnTest client({.url = url.c_str(), .timeout_ms = 50});
  ASSERT_EQ(esp_http_client_open(client.handle(), 0), ESP_OK);
  ASSERT_EQ(esp_http_client_fetch_headers(client.handle()), 8);
  EXPECT_EQ(client.Read(8), "half");
  EXPECT_EQ(client.Read(8), "");
  EXPECT_EQ(client.last_read(), -ESP_ERR_HTTP_EAGAIN);
  EXPECT_EQ(esp_http_client_get_errno(client.handle()), EAGAIN);
  EXPECT_EQ(client.Read(8), "");
  EXPECT_EQ(client.last_read(), -ESP_ERR_HTTP_EAGAIN) << "the connection is still open";
  EXPECT_EQ(esp_http_client_close(client.handle()), ESP_OK);
  const std::string silent = peer.url("/silent");
  HttpClientOnTest waits({.url = silent.c_str(), .timeout_ms = 50});
  EXPECT_EQ(esp_http_client_perform(waits.handle()), ESP_ERR_HTTP_EAGAIN);
}

TEST_F(HttpClientExchange, TellsWhyNobodyAnswers) {
  const std::string url = "http://127.0.0.1:" + std::to_string(ClosedPort()) + "/";
  HttpClientOnTest refused({.url = url.c_str()});
  EXPECT_EQ(esp_http_client_perform(refused.handle()), ESP_ERR_HTTP_CONNECT);
  EXPECT_EQ(esp_http_client_get_errno(refused.handle()), ECONNREFUSED);
  int code = 1;
  EXPECT_EQ(esp_http_client_get_and_clear_last_tls_error(refused.handle(), &code, nullptr),
            ESP_ERR_ESP_TLS_FAILED_CONNECT_TO_HOST);
  EXPECT_EQ(code, 0);
  EXPECT_EQ(esp_http_client_get_and_clear_last_tls_error(refused.handle(), nullptr, nullptr),
            ESP_OK);
  EXPECT_THAT(refused.events(), ElementsAre("error"));
  HttpClientOnTest ftp({.url = "ftp://127.0.0.1/file"});
  ASSERT_NE(ftp.handle(), nullptr);
  EXPECT_EQ(esp_http_client_open(ftp.handle(), 0), ESP_ERR_HTTP_INVALID_TRANSPORT);
  EXPECT_EQ(esp_http_client_get_transport_type(ftp.handle()), HTTP_TRANSPORT_UNKNOWN);
}

TEST_F(HttpClientExchange, RefusesWhatIsNoHttp) {
  const HttpPeer peer("SMTP ready\r\n\r\n", true);
  const std::string url = peer.url();
  HttpClientOnTest client({.url = url.c_str()});
  EXPECT_EQ(esp_http_client_perform(client.handle()), ESP_ERR_HTTP_FETCH_HEADER);
  const HttpPeer hangs_up("", true);
  const std::string other = hangs_up.url();
  HttpClientOnTest closed({.url = other.c_str()});
  EXPECT_EQ(esp_http_client_perform(closed.handle()), ESP_ERR_HTTP_CONNECTION_CLOSED);
}

TEST_F(HttpClientExchange, KeepsAConnectionAndMakesANewOneWhenItDied) {
  int answers = 0;
  const HttpPeer peer([&answers](const std::string&) -> HttpPeer::Answer {
    // The second answer is the last of its connection, and does not say so.
    return {OkAnswer("x"), ++answers == 2};
  });
  const std::string url = peer.url();
  HttpClientOnTest client({.url = url.c_str()});
  for (int i = 0; i < 3; ++i) EXPECT_EQ(esp_http_client_perform(client.handle()), ESP_OK);
  EXPECT_EQ(client.body(), "xxx");
  EXPECT_EQ(peer.connections(), 2);
}

TEST_F(HttpClientExchange, PostsAField) {
  const HttpPeer peer(OkAnswer("ok"));
  const std::string url = peer.url();
  HttpClientOnTest client({.url = url.c_str(), .method = HTTP_METHOD_POST});
  ASSERT_EQ(esp_http_client_set_post_field(client.handle(), "a=1&b=2", 7), ESP_OK);
  ASSERT_EQ(esp_http_client_perform(client.handle()), ESP_OK);
  EXPECT_THAT(peer.requests()[0],
              AllOf(StartsWith("POST /file HTTP/1.1\r\n"), HasSubstr("\r\nContent-Length: 7\r\n"),
                    HasSubstr("\r\nContent-Type: application/x-www-form-urlencoded\r\n"),
                    testing::EndsWith("\r\n\r\na=1&b=2")));
  char* data = nullptr;
  EXPECT_EQ(esp_http_client_get_post_field(client.handle(), &data), 7);
  ASSERT_EQ(esp_http_client_set_post_field(client.handle(), nullptr, 0), ESP_OK);
  EXPECT_EQ(HeaderOf(client.handle(), "Content-Type"), "(none)");
  ASSERT_EQ(esp_http_client_perform(client.handle()), ESP_OK);
  EXPECT_THAT(peer.requests()[1], HasSubstr("\r\nContent-Length: 0\r\n"));
}

TEST_F(HttpClientExchange, WritesABodyInPiecesAndInChunks) {
  const HttpPeer peer(OkAnswer("ok"));
  const std::string url = peer.url();
  HttpClientOnTest client({.url = url.c_str(), .method = HTTP_METHOD_PUT});
  EXPECT_EQ(esp_http_client_write(client.handle(), "x", 1), -1) << "nothing was opened";
  ASSERT_EQ(esp_http_client_open(client.handle(), 6), ESP_OK);
  EXPECT_EQ(esp_http_client_write(client.handle(), "abc", 3), 3);
  EXPECT_EQ(esp_http_client_write(client.handle(), "def", 3), 3);
  EXPECT_EQ(esp_http_client_fetch_headers(client.handle()), 2);
  EXPECT_EQ(client.Read(10), "ok");
  ASSERT_EQ(esp_http_client_open(client.handle(), -1), ESP_OK);
  EXPECT_EQ(esp_http_client_chunk_write_begin(client.handle(), 10), 3);
  EXPECT_EQ(esp_http_client_write(client.handle(), "0123456789", 10), 10);
  EXPECT_EQ(esp_http_client_chunk_write_end(client.handle(), true), 7);
  EXPECT_EQ(esp_http_client_fetch_headers(client.handle()), 2);
  EXPECT_THAT(peer.requests()[0], testing::EndsWith("\r\n\r\nabcdef"));
  EXPECT_THAT(peer.requests()[1], AllOf(HasSubstr("\r\nTransfer-Encoding: chunked\r\n"),
                                        Not(HasSubstr("Content-Length")),
                                        testing::EndsWith("\r\n\r\na\r\n0123456789\r\n0\r\n\r\n")));
}

TEST_F(HttpClientExchange, FollowsRedirectsToTheirEnd) {
  const HttpPeer target(OkAnswer("there"));
  const HttpPeer peer([&](const std::string& request) -> HttpPeer::Answer {
    if (request.starts_with("GET /far")) {
      return {"HTTP/1.1 302 Found\r\nLocation: " + target.url("/new?x=1") +
              "\r\nContent-Length: 4\r\n\r\nmove"};
    }
    return {"HTTP/1.1 301 Moved\r\nLocation: far\r\nContent-Length: 4\r\n\r\nmove"};
  });
  const std::string url = peer.url("/near");
  HttpClientOnTest client({.url = url.c_str()});
  ASSERT_EQ(esp_http_client_perform(client.handle()), ESP_OK);
  EXPECT_EQ(esp_http_client_get_status_code(client.handle()), 200);
  EXPECT_EQ(client.body(), "movemovethere") << "redirects' bodies are told, too";
  EXPECT_EQ(UrlOf(client.handle()), target.url("/new?x=1"));
  EXPECT_THAT(target.requests(), ElementsAre(HasSubstr("Host: " + target.host())));
  EXPECT_THAT(peer.requests(), ElementsAre(StartsWith("GET /near "), StartsWith("GET /far ")));
}

TEST_F(HttpClientExchange, EndsARedirectLoop) {
  const HttpPeer peer("HTTP/1.1 302 Found\r\nLocation: /file\r\nContent-Length: 0\r\n\r\n");
  const std::string url = peer.url();
  HttpClientOnTest client({.url = url.c_str()});
  EXPECT_EQ(esp_http_client_perform(client.handle()), ESP_ERR_HTTP_MAX_REDIRECT);
  EXPECT_EQ(peer.requests().size(), 11U);
  HttpClientOnTest few({.url = url.c_str(), .max_redirection_count = 2});
  EXPECT_EQ(esp_http_client_perform(few.handle()), ESP_ERR_HTTP_MAX_REDIRECT);
  EXPECT_EQ(peer.requests().size(), 14U);
}

TEST_F(HttpClientExchange, LeavesRedirectsToTheProgramThatWantsThem) {
  const HttpPeer peer([](const std::string& request) -> HttpPeer::Answer {
    if (request.starts_with("GET /new")) return {OkAnswer("new")};
    return {"HTTP/1.1 307 Moved\r\nLocation: /new\r\nContent-Length: 0\r\n\r\n"};
  });
  const std::string url = peer.url();
  HttpClientOnTest stays({.url = url.c_str(), .disable_auto_redirect = true});
  ASSERT_EQ(esp_http_client_perform(stays.handle()), ESP_OK);
  EXPECT_EQ(esp_http_client_get_status_code(stays.handle()), 307);
  EXPECT_THAT(stays.events(), testing::Contains("redirect"));
  EXPECT_EQ(esp_http_client_close(stays.handle()), ESP_OK);
  HttpClientOnTest goes({.url = url.c_str(), .disable_auto_redirect = true});
  goes.on_event = [](esp_http_client_event_t& event) {
    if (event.event_id == HTTP_EVENT_REDIRECT) esp_http_client_set_redirection(event.client);
  };
  ASSERT_EQ(esp_http_client_perform(goes.handle()), ESP_OK);
  EXPECT_EQ(esp_http_client_get_status_code(goes.handle()), 200);
}

TEST_F(HttpClientExchange, SetsNoRedirectionWithoutALocation) {
  const HttpPeer peer("HTTP/1.1 302 Found\r\nContent-Length: 0\r\n\r\n");
  const std::string url = peer.url();
  HttpClientOnTest client({.url = url.c_str()});
  EXPECT_EQ(esp_http_client_set_redirection(client.handle()), ESP_ERR_INVALID_ARG);
  EXPECT_EQ(esp_http_client_perform(client.handle()), ESP_ERR_INVALID_ARG);
}

TEST_F(HttpClientExchange, SendsBasicWithTheFirstRequest) {
  const HttpPeer peer(OkAnswer("x"));
  const std::string url = peer.url();
  HttpClientOnTest client({.url = url.c_str(),
                           .username = "user",
                           .password = "pass",
                           .auth_type = HTTP_AUTH_TYPE_BASIC});
  ASSERT_EQ(esp_http_client_perform(client.handle()), ESP_OK);
  EXPECT_THAT(peer.requests(), ElementsAre(HasSubstr("\r\nAuthorization: Basic dXNlcjpwYXNz\r\n")));
}

TEST_F(HttpClientExchange, AnswersADigestChallenge) {
  const HttpPeer peer([](const std::string& request) -> HttpPeer::Answer {
    if (request.find("username=\"user\"") != std::string::npos) {
      return {OkAnswer("in")};
    }
    return {
        "HTTP/1.1 401 Unauthorized\r\nWWW-Authenticate: Digest realm=\"r\", nonce=\"n\", "
        "qop=\"auth\", algorithm=SHA-256\r\nContent-Length: 3\r\n\r\nout"};
  });
  const std::string url = peer.url();
  HttpClientOnTest client({.url = url.c_str(), .username = "user", .password = "pass"});
  ASSERT_EQ(esp_http_client_perform(client.handle()), ESP_OK);
  EXPECT_EQ(esp_http_client_get_status_code(client.handle()), 200) << peer.requests().back();
  EXPECT_THAT(peer.requests()[1], AllOf(HasSubstr("nc=00000001"), HasSubstr("uri=\"/file\"")));
}

TEST_F(HttpClientExchange, GivesUpOnCredentialsThatAreNotTaken) {
  const HttpPeer peer(
      "HTTP/1.1 401 Unauthorized\r\nWWW-Authenticate: Basic realm=\"r\"\r\nContent-Length: "
      "0\r\n\r\n");
  const std::string url = peer.url();
  HttpClientOnTest client({.url = url.c_str(),
                           .username = "user",
                           .password = "wrong",
                           .max_authorization_retries = 3});
  EXPECT_EQ(esp_http_client_perform(client.handle()), ESP_OK);
  EXPECT_EQ(esp_http_client_get_status_code(client.handle()), 401);
  EXPECT_EQ(peer.requests().size(), 4U);
}

TEST_F(HttpClientExchange, AddsNoAuthorizationThatNobodyAsksFor) {
  const HttpPeer peer("HTTP/1.1 401 Unauthorized\r\nContent-Length: 0\r\n\r\n");
  const std::string url = peer.url();
  HttpClientOnTest client({.url = url.c_str()});
  ASSERT_EQ(esp_http_client_open(client.handle(), 0), ESP_OK);
  ASSERT_EQ(esp_http_client_fetch_headers(client.handle()), 0);
  EXPECT_EQ(esp_http_client_add_auth(client.handle()), ESP_ERR_NOT_SUPPORTED);
  EXPECT_EQ(esp_http_client_set_auth_data(client.handle(), "Negotiate x", 11),
            ESP_ERR_NOT_SUPPORTED);
}

TEST_F(HttpClientExchange, TellsTheLengthOfTheFileBehindARange) {
  const HttpPeer peer([](const std::string& request) -> HttpPeer::Answer {
    const std::string range = request.starts_with("GET /known") ? "bytes 0-1/900" : "bytes 0-1/*";
    return {"HTTP/1.1 206 Partial Content\r\nContent-Range: " + range +
            "\r\nContent-Length: 2\r\n\r\nab"};
  });
  const std::string url = peer.url("/known");
  HttpClientOnTest client({.url = url.c_str()});
  EXPECT_EQ(esp_http_client_get_content_range(client.handle()), -1);
  ASSERT_EQ(esp_http_client_perform(client.handle()), ESP_OK);
  EXPECT_EQ(esp_http_client_get_content_range(client.handle()), 900);
  ASSERT_EQ(esp_http_client_set_url(client.handle(), "/unknown"), ESP_OK);
  ASSERT_EQ(esp_http_client_perform(client.handle()), ESP_OK);
  EXPECT_EQ(esp_http_client_get_content_range(client.handle()), -1);
  char* value = nullptr;
  EXPECT_EQ(esp_http_client_get_response_header(client.handle(), "content-range", &value), ESP_OK);
  EXPECT_STREQ(value, "bytes 0-1/*");
}

TEST_F(HttpClientExchange, DropsTheRestOfABody) {
  const HttpPeer peer(OkAnswer(std::string(9000, 'x')));
  const std::string url = peer.url();
  HttpClientOnTest client({.url = url.c_str()});
  ASSERT_EQ(esp_http_client_open(client.handle(), 0), ESP_OK);
  ASSERT_EQ(esp_http_client_fetch_headers(client.handle()), 9000);
  client.Read(1000);
  int dropped = 0;
  EXPECT_EQ(esp_http_client_flush_response(client.handle(), &dropped), ESP_OK);
  EXPECT_EQ(dropped, 8000);
  ASSERT_EQ(esp_http_client_open(client.handle(), 0), ESP_OK);
  EXPECT_EQ(peer.connections(), 1) << "the connection can be kept then";
}

TEST_F(HttpClientExchange, ConnectsAnewWhenABodyWasLeftUnread) {
  const HttpPeer peer(
      [](const std::string&) -> HttpPeer::Answer { return {OkAnswer(std::string(100, 'x'))}; });
  const std::string url = peer.url();
  HttpClientOnTest client({.url = url.c_str()});
  ASSERT_EQ(esp_http_client_open(client.handle(), 0), ESP_OK);
  ASSERT_EQ(esp_http_client_fetch_headers(client.handle()), 100);
  ASSERT_EQ(esp_http_client_open(client.handle(), 0), ESP_OK);
  ASSERT_EQ(esp_http_client_fetch_headers(client.handle()), 100);
  EXPECT_EQ(client.Read(200), std::string(100, 'x'));
}

}  // namespace
}  // namespace updraft
