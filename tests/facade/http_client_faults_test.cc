// SPDX-License-Identifier: Apache-2.0
// esp_http_client.h where something goes wrong on the way, and the calls that few
// programs need.
#include <esp_http_client.h>
#include <gmock/gmock.h>

#include <atomic>
#include <cerrno>

#include "tests/facade/captured_log.h"
#include "tests/facade/http_peer.h"

namespace updraft {
namespace {

using testing::AllOf;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::Not;
using testing::SizeIs;
using testing::StartsWith;

using HttpClientFaults = Facade;

TEST_F(HttpClientFaults, TellsAnErrorOfARedirectThatItDoesNotFollow) {
  const HttpPeer nowhere("HTTP/1.1 302 Found\r\nContent-Length: 0\r\n\r\n");
  const std::string url = nowhere.url();
  const HttpClientOnTest client({.url = url.c_str()});
  EXPECT_EQ(esp_http_client_perform(client.handle()), ESP_ERR_INVALID_ARG);
  EXPECT_THAT(client.events(),
              ElementsAre("connected", "sent", "status 302", "header Content-Length=0", "headers",
                          "error", "disconnected"));
  const HttpPeer loop("HTTP/1.1 302 Found\r\nLocation: /\r\nContent-Length: 0\r\n\r\n");
  const std::string other = loop.url();
  const HttpClientOnTest turning({.url = other.c_str(), .max_redirection_count = 2});
  EXPECT_EQ(esp_http_client_perform(turning.handle()), ESP_ERR_HTTP_MAX_REDIRECT);
  EXPECT_THAT(loop.requests(), SizeIs(3));
  EXPECT_THAT(turning.events(), testing::Contains("error").Times(1));
  EXPECT_EQ(esp_http_client_perform(turning.handle()), ESP_ERR_HTTP_MAX_REDIRECT);
  EXPECT_THAT(loop.requests(), SizeIs(4)) << "the count goes on";
  EXPECT_EQ(esp_http_client_reset_redirect_counter(turning.handle()), ESP_OK);
  EXPECT_EQ(esp_http_client_perform(turning.handle()), ESP_ERR_HTTP_MAX_REDIRECT);
  EXPECT_THAT(loop.requests(), SizeIs(7)) << "and began anew";
}

TEST_F(HttpClientFaults, CountsOnlyTheRedirectsThatAreFollowed) {
  const HttpPeer peer("HTTP/1.1 302 Found\r\nLocation: /\r\nContent-Length: 0\r\n\r\n");
  const std::string url = peer.url();
  const HttpClientOnTest client(
      {.url = url.c_str(), .disable_auto_redirect = true, .max_redirection_count = 1});
  for (int i = 0; i < 3; ++i) EXPECT_EQ(esp_http_client_perform(client.handle()), ESP_OK) << i;
  EXPECT_EQ(esp_http_client_set_redirection(client.handle()), ESP_OK);
  EXPECT_EQ(esp_http_client_perform(client.handle()), ESP_ERR_HTTP_MAX_REDIRECT);
}

// Answers nobody until it is let go.
class PatientPeer {
 public:
  PatientPeer()
      : peer_([this](const std::string&) -> HttpPeer::Answer {
          released_.wait(false);
          return {OkAnswer("done")};
        }) {}
  ~PatientPeer() { Release(); }
  void Release() {
    released_ = true;
    released_.notify_all();
  }
  HttpPeer& peer() { return peer_; }

 private:
  std::atomic<bool> released_{false};
  HttpPeer peer_;
};

TEST_F(HttpClientFaults, GoesOnWaitingForTheAnswerInsteadOfAskingTwice) {
  PatientPeer patient;
  const std::string url = patient.peer().url();
  const HttpClientOnTest client({.url = url.c_str(), .method = HTTP_METHOD_POST, .timeout_ms = 20});
  ASSERT_EQ(esp_http_client_set_post_field(client.handle(), "order", 5), ESP_OK);
  EXPECT_EQ(esp_http_client_perform(client.handle()), ESP_ERR_HTTP_EAGAIN);
  EXPECT_EQ(esp_http_client_perform(client.handle()), ESP_ERR_HTTP_EAGAIN);
  EXPECT_THAT(client.events(), ElementsAre("connected", "sent")) << "waiting is no error";
  patient.Release();
  esp_err_t error = ESP_OK;
  do {
    error = esp_http_client_perform(client.handle());
  } while (error == ESP_ERR_HTTP_EAGAIN);
  EXPECT_EQ(error, ESP_OK);
  EXPECT_EQ(client.body(), "done");
  EXPECT_THAT(patient.peer().requests(), SizeIs(1));
}

TEST_F(HttpClientFaults, AsksAnewWhenTheRequestIsAnotherMeanwhile) {
  using Change = void (*)(esp_http_client_handle_t, const std::string& url);
  for (const Change change : {Change([](esp_http_client_handle_t client, const std::string&) {
                                esp_http_client_set_post_field(client, "2", 1);
                              }),
                              Change([](esp_http_client_handle_t client, const std::string&) {
                                esp_http_client_set_header(client, "X-Turn", "2");
                              }),
                              Change([](esp_http_client_handle_t client, const std::string&) {
                                esp_http_client_set_method(client, HTTP_METHOD_PUT);
                              }),
                              Change([](esp_http_client_handle_t client, const std::string& url) {
                                esp_http_client_set_url(client, url.c_str());
                              })}) {
    PatientPeer patient;
    const std::string url = patient.peer().url();
    const HttpClientOnTest client({.url = url.c_str(), .timeout_ms = 20});
    EXPECT_EQ(esp_http_client_perform(client.handle()), ESP_ERR_HTTP_EAGAIN);
    change(client.handle(), patient.peer().url("/other"));
    EXPECT_EQ(esp_http_client_perform(client.handle()), ESP_ERR_HTTP_EAGAIN);
    EXPECT_THAT(client.events(),
                ElementsAre("connected", "sent", "disconnected", "connected", "sent"));
  }
}

TEST_F(HttpClientFaults, HasNoHeadersAfterClose) {
  const HttpPeer peer(OkAnswer("hello"));
  const std::string url = peer.url();
  HttpClientOnTest client({.url = url.c_str()});
  ASSERT_EQ(esp_http_client_open(client.handle(), 0), ESP_OK);
  ASSERT_EQ(esp_http_client_fetch_headers(client.handle()), 5);
  EXPECT_EQ(esp_http_client_fetch_headers(client.handle()), 5) << "asked twice";
  ASSERT_EQ(esp_http_client_close(client.handle()), ESP_OK);
  EXPECT_EQ(esp_http_client_fetch_headers(client.handle()), ESP_FAIL);
  EXPECT_EQ(client.Read(5), "");
  EXPECT_EQ(client.last_read(), -1);
  EXPECT_EQ(esp_http_client_write(client.handle(), "x", 1), -1);
  EXPECT_EQ(esp_http_client_get_status_code(client.handle()), 200) << "the last one is known";
  EXPECT_FALSE(esp_http_client_is_complete_data_received(client.handle()));
}

TEST_F(HttpClientFaults, NamesTheHostOfTheConfigurationWithItsPort) {
  const HttpPeer peer(OkAnswer(""));
  const std::string url = peer.url();
  for (const auto& [port, host] : {std::pair{8443, "name.example:8443"},
                                   std::pair{443, "name.example"}, std::pair{0, "name.example"}}) {
    const HttpClientOnTest client(
        {.url = url.c_str(), .host = "name.example", .port = port, .path = "/x"});
    ASSERT_NE(client.handle(), nullptr);
    char* value = nullptr;
    ASSERT_EQ(esp_http_client_get_header(client.handle(), "Host", &value), ESP_OK);
    EXPECT_STREQ(value, host);
  }
}

TEST_F(HttpClientFaults, LeavesNothingOfTheFormerUrl) {
  const HttpClientOnTest client({.url = "https://name.example:8443/a/b?c=d"});
  const auto url_is = [&client](const char* expected, const char* host) {
    char url[128] = {};
    EXPECT_EQ(esp_http_client_get_url(client.handle(), url, sizeof url), ESP_OK);
    EXPECT_STREQ(url, expected);
    char* value = nullptr;
    EXPECT_EQ(esp_http_client_get_header(client.handle(), "Host", &value), ESP_OK);
    EXPECT_STREQ(value, host);
  };
  url_is("https://name.example:8443/a/b?c=d", "name.example:8443");
  ASSERT_EQ(esp_http_client_set_url(client.handle(), "https://NAME.example#part"), ESP_OK);
  url_is("https://NAME.example:443/", "NAME.example");
  ASSERT_EQ(esp_http_client_set_url(client.handle(), "http://u%20r:p%3A@[::1]:81/x"), ESP_OK);
  url_is("http://[::1]:81/x", "[::1]:81");
  char* text = nullptr;
  EXPECT_EQ(esp_http_client_get_username(client.handle(), &text), ESP_OK);
  EXPECT_STREQ(text, "u%20r") << "as it stands";
  EXPECT_EQ(esp_http_client_get_password(client.handle(), &text), ESP_OK);
  EXPECT_STREQ(text, "p%3A");
  ASSERT_EQ(esp_http_client_set_url(client.handle(), "?q=1"), ESP_OK);
  url_is("http://[::1]:81/x?q=1", "[::1]:81");
  char small[8];
  EXPECT_EQ(esp_http_client_get_url(client.handle(), small, sizeof small), ESP_ERR_INVALID_ARG);
}

// Each body that is not what its head says.
TEST_F(HttpClientFaults, TellsEachBodyThatIsNoneApart) {
  struct Case {
    const char* answer;
    bool closes;
    esp_err_t error;
    int error_number;
  };
  const std::string chunked = "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n";
  const std::string garbage = chunked + "5\r\nhello\r\nzz\r\n";
  const std::string huge = chunked + "fffffffffffffffff\r\nhello";
  const std::string cut = chunked + "5\r\nhello\r\n5\r\nwo";
  for (const auto& [answer, closes, error, error_number] :
       {Case{garbage.c_str(), false, ESP_ERR_HTTP_INCOMPLETE_DATA, EBADMSG},
        Case{huge.c_str(), false, ESP_ERR_HTTP_INCOMPLETE_DATA, EBADMSG},
        Case{cut.c_str(), true, ESP_ERR_HTTP_CONNECTION_CLOSED, ENOTCONN},
        Case{"HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nhello", true,
             ESP_ERR_HTTP_CONNECTION_CLOSED, ENOTCONN},
        Case{"HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nhello", false, ESP_ERR_HTTP_READ_TIMEOUT,
             EAGAIN},
        Case{"HTTP/1.1 200 OK\r\nContent-Length: 5\r\nContent-Length: 6\r\n\r\nhello", true,
             ESP_ERR_HTTP_FETCH_HEADER, EBADMSG},
        Case{"HTTP/1.1 200 OK\r\nContent-Length: -5\r\n\r\nhello", true, ESP_ERR_HTTP_FETCH_HEADER,
             EBADMSG},
        Case{"HTTP/1.1 200 OK\r\nContent-Length: 99999999999999999999\r\n\r\nhello", true,
             ESP_ERR_HTTP_FETCH_HEADER, EBADMSG},
        Case{"HTTP/1.1 200 OK\r\nContent-Le", true, ESP_ERR_HTTP_FETCH_HEADER, ENOTCONN}}) {
    const HttpPeer peer(answer, closes);
    const std::string url = peer.url();
    const HttpClientOnTest client({.url = url.c_str(), .timeout_ms = 100});
    EXPECT_EQ(esp_http_client_perform(client.handle()), error) << answer;
    EXPECT_EQ(esp_http_client_get_errno(client.handle()), error_number) << answer;
    EXPECT_FALSE(esp_http_client_is_complete_data_received(client.handle())) << answer;
    EXPECT_THAT(client.events(), Not(testing::Contains("finish"))) << answer;
    EXPECT_EQ(client.events().back(), "disconnected") << answer;
    EXPECT_EQ(esp_http_client_get_state(client.handle()), HTTP_STATE_INIT) << answer;
  }
}

TEST_F(HttpClientFaults, TakesNoMoreThanTheLengthAndNotFromThatConnectionAgain) {
  const HttpPeer peer("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nokHTTP/1.1 500 No\r\n\r\n");
  const std::string url = peer.url();
  const HttpClientOnTest client({.url = url.c_str()});
  for (int i = 0; i < 2; ++i) {
    EXPECT_EQ(esp_http_client_perform(client.handle()), ESP_OK);
    EXPECT_EQ(esp_http_client_get_status_code(client.handle()), 200);
  }
  EXPECT_EQ(client.body(), "okok");
  EXPECT_EQ(peer.connections(), 2);
}

TEST_F(HttpClientFaults, ChangesWhoIsToldOfEvents) {
  const HttpPeer peer(OkAnswer("x"));
  const std::string url = peer.url();
  const esp_http_client_config_t config{.url = url.c_str()};
  const auto client = esp_http_client_init(&config);
  int told = 0;
  void* data = &told;
  EXPECT_EQ(esp_http_client_get_user_data(client, &data), ESP_OK);
  EXPECT_EQ(data, nullptr);
  EXPECT_EQ(esp_http_client_set_user_data(client, &told), ESP_OK);
  EXPECT_EQ(esp_http_client_get_user_data(client, &data), ESP_OK);
  EXPECT_EQ(data, &told);
  EXPECT_EQ(esp_http_client_set_event_handler(client,
                                              [](esp_http_client_event_t* event) {
                                                ++*static_cast<int*>(event->user_data);
                                                return ESP_FAIL;
                                              }),
            ESP_OK);
  EXPECT_EQ(esp_http_client_perform(client), ESP_OK) << "what a handler returns is not looked at";
  EXPECT_EQ(told, 7);
  EXPECT_EQ(esp_http_client_set_event_handler(client, nullptr), ESP_OK);
  EXPECT_EQ(esp_http_client_perform(client), ESP_OK);
  EXPECT_EQ(told, 7);
  EXPECT_EQ(esp_http_client_cleanup(client), ESP_OK);
}

TEST_F(HttpClientFaults, DeletesHeaders) {
  const HttpPeer peer(OkAnswer(""));
  const std::string url = peer.url();
  const HttpClientOnTest client({.url = url.c_str()});
  EXPECT_EQ(esp_http_client_set_header(client.handle(), "X-One", "1"), ESP_OK);
  EXPECT_EQ(esp_http_client_delete_header(client.handle(), "x-one"), ESP_OK);
  EXPECT_EQ(esp_http_client_delete_header(client.handle(), "x-one"), ESP_ERR_NOT_FOUND);
  EXPECT_EQ(esp_http_client_delete_header(client.handle(), nullptr), ESP_ERR_INVALID_ARG);
  EXPECT_EQ(esp_http_client_delete_all_headers(client.handle()), ESP_OK);
  EXPECT_EQ(esp_http_client_perform(client.handle()), ESP_OK);
  EXPECT_THAT(peer.requests(), ElementsAre("GET /file HTTP/1.1\r\n\r\n"));
}

TEST_F(HttpClientFaults, TellsWhatIsLeftOfAChunk) {
  const HttpPeer peer(
      "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\na\r\n0123456789\r\n0\r\n\r\n");
  const std::string url = peer.url();
  HttpClientOnTest client({.url = url.c_str(), .buffer_size = 4});
  int length = -1;
  EXPECT_EQ(esp_http_client_get_chunk_length(client.handle(), &length), ESP_FAIL);
  EXPECT_EQ(esp_http_client_get_chunk_length(client.handle(), nullptr), ESP_ERR_INVALID_ARG);
  ASSERT_EQ(esp_http_client_open(client.handle(), 0), ESP_OK);
  EXPECT_EQ(esp_http_client_fetch_headers(client.handle()), 0);
  EXPECT_TRUE(esp_http_client_is_chunked_response(client.handle()));
  EXPECT_EQ(client.Read(20), "0123456789");
  EXPECT_TRUE(esp_http_client_is_complete_data_received(client.handle()));
  EXPECT_EQ(client.largest_piece(), 4);
  EXPECT_EQ(esp_http_client_get_chunk_length(client.handle(), &length), ESP_FAIL) << "no chunk";
}

TEST_F(HttpClientFaults, ForgetsWhatCameWithTheHead) {
  const HttpPeer peer(OkAnswer("hello"));
  const std::string url = peer.url();
  const HttpClientOnTest client({.url = url.c_str()});
  ASSERT_EQ(esp_http_client_open(client.handle(), 0), ESP_OK);
  ASSERT_EQ(esp_http_client_fetch_headers(client.handle()), 5);
  EXPECT_EQ(esp_http_client_clear_response_buffer(client.handle()), ESP_OK);
  ASSERT_EQ(esp_http_client_open(client.handle(), 0), ESP_OK);
  ASSERT_EQ(esp_http_client_fetch_headers(client.handle()), 5);
  char text[6] = {};
  EXPECT_EQ(esp_http_client_read_response(client.handle(), text, 5), 5);
  EXPECT_STREQ(text, "hello");
}

TEST_F(HttpClientFaults, AuthenticatesAsItIsToldLater) {
  const HttpPeer peer(OkAnswer(""));
  const std::string url = peer.url();
  const HttpClientOnTest client({.url = url.c_str()});
  EXPECT_EQ(esp_http_client_set_username(client.handle(), "user"), ESP_OK);
  EXPECT_EQ(esp_http_client_set_password(client.handle(), "pass"), ESP_OK);
  EXPECT_EQ(esp_http_client_perform(client.handle()), ESP_OK);
  EXPECT_EQ(esp_http_client_set_authtype(client.handle(), HTTP_AUTH_TYPE_BASIC), ESP_OK);
  EXPECT_EQ(esp_http_client_perform(client.handle()), ESP_OK);
  EXPECT_THAT(peer.requests(), ElementsAre(Not(HasSubstr("Authorization")),
                                           HasSubstr("\r\nAuthorization: Basic dXNlcjpwYXNz\r\n")));
}

TEST_F(HttpClientFaults, KeepsMethodBodyAndHeadersOnARedirect) {
  const HttpPeer there(OkAnswer("new"));
  const HttpPeer here("HTTP/1.1 303 See Other\r\nLocation: " + there.url("/new") +
                      "\r\nContent-Length: 0\r\n\r\n");
  const std::string url = here.url();
  const HttpClientOnTest client({.url = url.c_str(), .method = HTTP_METHOD_POST});
  ASSERT_EQ(esp_http_client_set_post_field(client.handle(), "a=1", 3), ESP_OK);
  ASSERT_EQ(esp_http_client_set_header(client.handle(), "Range", "bytes=5-"), ESP_OK);
  EXPECT_EQ(esp_http_client_perform(client.handle()), ESP_OK);
  EXPECT_THAT(there.requests(),
              ElementsAre(AllOf(StartsWith("POST /new HTTP/1.1\r\n"),
                                HasSubstr("\r\nHost: " + there.host() + "\r\n"),
                                HasSubstr("\r\nRange: bytes=5-\r\n"), testing::EndsWith("a=1"))));
}

TEST_F(HttpClientFaults, TellsTheLoopWhatItTellsTheHandler) {
  struct Told {
    std::atomic<int> finished{0};
    std::atomic<std::int64_t> most{0};
    std::atomic<int> redirect{0};
    static void Note(void* self, esp_event_base_t, std::int32_t id, void* data) {
      auto& told = *static_cast<Told*>(self);
      if (id == HTTP_EVENT_ON_DATA) {
        told.most = static_cast<esp_http_client_on_data_t*>(data)->data_process;
      }
      if (id == HTTP_EVENT_REDIRECT) {
        told.redirect = static_cast<esp_http_client_redirect_event_data_t*>(data)->status_code;
      }
      if (id == HTTP_EVENT_ON_FINISH) ++told.finished;
    }
  } told;
  ASSERT_EQ(esp_event_loop_create_default(), ESP_OK);
  ASSERT_EQ(esp_event_handler_register(ESP_HTTP_CLIENT_EVENT, ESP_EVENT_ANY_ID, &Told::Note, &told),
            ESP_OK);
  const HttpPeer peer([](const std::string& request) -> HttpPeer::Answer {
    if (request.starts_with("GET /file ")) {
      return {"HTTP/1.1 307 Moved\r\nLocation: /new\r\nContent-Length: 0\r\n\r\n"};
    }
    return {OkAnswer("0123456789")};
  });
  const std::string url = peer.url();
  const HttpClientOnTest client({.url = url.c_str(), .buffer_size = 4});
  EXPECT_EQ(esp_http_client_perform(client.handle()), ESP_OK);
  while (told.finished < 2) vTaskDelay(1);
  EXPECT_EQ(told.most, 10) << "bytes so far";
  EXPECT_EQ(told.redirect, 307);
  EXPECT_EQ(esp_event_loop_delete_default(), ESP_OK);
}

}  // namespace
}  // namespace updraft
