// SPDX-License-Identifier: Apache-2.0
// esp_http_client.h: what Espressif's own tests check (conformance K), and the errors
// that programs build on. Whole exchanges: http_client_exchange_test.cc.
#include <esp_http_client.h>
#include <gmock/gmock.h>

#include <cerrno>

#include "tests/facade/captured_log.h"
#include "tests/facade/http_peer.h"

namespace updraft {
namespace {

using testing::ElementsAre;
using testing::StartsWith;

using HttpClientFacade = Facade;

std::string UserOf(esp_http_client_handle_t client) {
  char* value = nullptr;
  EXPECT_EQ(esp_http_client_get_username(client, &value), ESP_OK);
  return value != nullptr ? value : "(none)";
}

TEST_F(HttpClientFacade, K1IsMadeOfAUrlOrOfHostAndPath) {
  for (const esp_http_client_config_t& config :
       {esp_http_client_config_t{.url = "http://example.com/get"},
        esp_http_client_config_t{.host = "example.com", .path = "/get"},
        esp_http_client_config_t{.host = "example.com", .path = "/get", .query = "a=1"}}) {
    const auto client = esp_http_client_init(&config);
    ASSERT_NE(client, nullptr);
    EXPECT_EQ(esp_http_client_get_state(client), HTTP_STATE_INIT);
    EXPECT_EQ(esp_http_client_cleanup(client), ESP_OK);
  }
  const esp_http_client_config_t nowhere{};
  EXPECT_EQ(esp_http_client_init(&nowhere), nullptr);
  const esp_http_client_config_t no_path{.host = "example.com"};
  EXPECT_EQ(esp_http_client_init(&no_path), nullptr);
  EXPECT_EQ(esp_http_client_init(nullptr), nullptr);
}

TEST_F(HttpClientFacade, K2GivesCredentialsBack) {
  const HttpClientOnTest client(
      {.url = "http://example.com/", .username = "ada", .password = "secret"});
  EXPECT_EQ(UserOf(client.handle()), "ada");
  char* password = nullptr;
  ASSERT_EQ(esp_http_client_get_password(client.handle(), &password), ESP_OK);
  EXPECT_STREQ(password, "secret");
}

TEST_F(HttpClientFacade, TakesCredentialsOutOfTheUrl) {
  const HttpClientOnTest client({.url = "http://ada:se%20cret@example.com:8080/x"});
  EXPECT_EQ(UserOf(client.handle()), "ada");
  char* password = nullptr;
  ASSERT_EQ(esp_http_client_get_password(client.handle(), &password), ESP_OK);
  EXPECT_STREQ(password, "se%20cret");
  EXPECT_EQ(UrlOf(client.handle()), "http://example.com:8080/x");
}

TEST_F(HttpClientFacade, K3KeepsCredentialsOnARelativeUrl) {
  const HttpClientOnTest client({.url = "http://ada:secret@example.com/one/two"});
  ASSERT_EQ(esp_http_client_set_url(client.handle(), "/something-else/"), ESP_OK);
  EXPECT_EQ(UserOf(client.handle()), "ada");
  EXPECT_EQ(UrlOf(client.handle()), "http://example.com:80/something-else/");
}

TEST_F(HttpClientFacade, K4MayBeGivenThePointerThatItGave) {
  const HttpClientOnTest client({.url = "http://ada:secret@example.com/"});
  ASSERT_EQ(esp_http_client_set_url(client.handle(), "http://example.com/other"), ESP_OK);
  char* user = nullptr;
  char* password = nullptr;
  ASSERT_EQ(esp_http_client_get_username(client.handle(), &user), ESP_OK);
  ASSERT_EQ(esp_http_client_get_password(client.handle(), &password), ESP_OK);
  ASSERT_NE(user, nullptr);
  ASSERT_NE(password, nullptr);
  EXPECT_EQ(esp_http_client_set_username(client.handle(), user), ESP_OK);
  EXPECT_EQ(esp_http_client_set_password(client.handle(), password), ESP_OK);
  EXPECT_EQ(UserOf(client.handle()), "ada");
}

TEST_F(HttpClientFacade, K5RefusesAUrlWithoutAScheme) {
  for (const char* url : {"//httpbin.org/post", "", "httpbin.org", "http://", "http:///x",
                          "http://a b/", "http://host:99999/", "://x", "http://h/\r\nX: y"}) {
    const esp_http_client_config_t config{.url = url};
    EXPECT_EQ(esp_http_client_init(&config), nullptr) << url;
  }
}

TEST_F(HttpClientFacade, K6GivesTheUrlBackWithItsPort) {
  const HttpClientOnTest client({.url = "http://httpbin.org:8080/post"});
  EXPECT_EQ(UrlOf(client.handle()), "http://httpbin.org:8080/post");
  const HttpClientOnTest secure({.url = "https://httpbin.org/post?a=b"});
  EXPECT_EQ(UrlOf(secure.handle()), "https://httpbin.org:443/post?a=b");
  char small[8];
  EXPECT_EQ(esp_http_client_get_url(client.handle(), small, sizeof small), ESP_ERR_INVALID_ARG);
}

TEST_F(HttpClientFacade, K7DeletesAHeaderByNull) {
  const HttpClientOnTest client({.url = "http://example.com/"});
  ASSERT_EQ(esp_http_client_set_header(client.handle(), "X-Key", "  value "), ESP_OK);
  EXPECT_EQ(HeaderOf(client.handle(), "x-key"), "value");
  EXPECT_EQ(esp_http_client_set_header(client.handle(), "X-Key", nullptr), ESP_OK);
  EXPECT_EQ(HeaderOf(client.handle(), "X-Key"), "(none)");
  EXPECT_EQ(esp_http_client_set_header(client.handle(), "X-Key", nullptr), ESP_ERR_NOT_FOUND);
  EXPECT_EQ(esp_http_client_set_header(client.handle(), "X-Key", "a\r\nEvil: b"),
            ESP_ERR_INVALID_ARG);
  EXPECT_EQ(esp_http_client_set_header(client.handle(), "X Key", "a"), ESP_ERR_INVALID_ARG);
}

TEST_F(HttpClientFacade, K8AndK10DropCredentialsOnAnotherHost) {
  const HttpClientOnTest client(
      {.url = "https://example.com/", .username = "ada", .password = "secret"});
  ASSERT_EQ(esp_http_client_set_header(client.handle(), "Authorization", "Bearer t"), ESP_OK);
  ASSERT_EQ(esp_http_client_set_url(client.handle(), "https://example.org/"), ESP_OK);
  char* value = nullptr;
  EXPECT_EQ(esp_http_client_get_header(client.handle(), "Authorization", &value),
            ESP_ERR_NOT_FOUND);
  EXPECT_EQ(value, nullptr);
  EXPECT_EQ(UserOf(client.handle()), "(none)");
  EXPECT_EQ(HeaderOf(client.handle(), "Host"), "example.org");
}

TEST_F(HttpClientFacade, K9KeepsThemOnTheSameHost) {
  const HttpClientOnTest client({.url = "https://example.com/"});
  ASSERT_EQ(esp_http_client_set_header(client.handle(), "Authorization", "Bearer t"), ESP_OK);
  ASSERT_EQ(esp_http_client_set_url(client.handle(), "https://EXAMPLE.com:8443/x"), ESP_OK);
  EXPECT_EQ(HeaderOf(client.handle(), "Authorization"), "Bearer t");
  EXPECT_EQ(HeaderOf(client.handle(), "Host"), "EXAMPLE.com:8443");
}

TEST_F(HttpClientFacade, LogsNoPasswordOfAUrlThatIsNone) {
  const HttpClientOnTest client({.url = "https://example.com/x"});
  const CapturedLog log;
  EXPECT_EQ(esp_http_client_set_url(client.handle(), "http://ada:secret@[/x?token=secret"),
            ESP_ERR_INVALID_ARG);
  EXPECT_TRUE(CapturedLog::Tells({"Error parse url http://...@[/x"})) << CapturedLog::text();
  EXPECT_EQ(CapturedLog::text().find("secret"), std::string::npos);
}

TEST_F(HttpClientFacade, ChangesNothingForAUrlThatIsNone) {
  const HttpClientOnTest client({.url = "https://example.com/x"});
  EXPECT_EQ(esp_http_client_set_url(client.handle(), "http://["), ESP_ERR_INVALID_ARG);
  EXPECT_EQ(UrlOf(client.handle()), "https://example.com:443/x");
}

TEST_F(HttpClientFacade, K11TellsOfNoDisconnectionThatWasNone) {
  HttpClientOnTest client({.url = "http://example.com/"});
  EXPECT_EQ(esp_http_client_close(client.handle()), ESP_OK);
  EXPECT_EQ(esp_http_client_cleanup(client.handle()), ESP_OK);
  EXPECT_THAT(client.events(), ElementsAre());
}

TEST_F(HttpClientFacade, K12RefusesAHeaderThatTheTransmitBufferDoesNotHold) {
  const HttpPeer peer(OkAnswer("x"));
  for (const bool first : {true, false}) {
    const std::string url = peer.url();
    HttpClientOnTest client({.url = url.c_str(), .user_agent = "", .buffer_size_tx = 128});
    if (!first) esp_http_client_set_header(client.handle(), "X-Short", "1");
    const std::string value(199, 'v');
    ASSERT_EQ(esp_http_client_set_header(client.handle(), "X-Long", value.c_str()), ESP_OK);
    ASSERT_EQ(esp_http_client_prepare(client.handle()), ESP_OK);
    EXPECT_EQ(esp_http_client_request_send(client.handle(), 0), ESP_ERR_HTTP_HEADER_TOO_LONG);
  }
}

TEST_F(HttpClientFacade, RefusesARequestLineThatTheTransmitBufferDoesNotHold) {
  const HttpPeer peer(OkAnswer("x"));
  const std::string url = peer.url("/" + std::string(500, 'p'));
  const HttpClientOnTest small({.url = url.c_str()});
  EXPECT_EQ(esp_http_client_open(small.handle(), 0), ESP_FAIL);
  EXPECT_EQ(esp_http_client_close(small.handle()), ESP_OK);
  const HttpClientOnTest large({.url = url.c_str(), .buffer_size_tx = 1024});
  EXPECT_EQ(esp_http_client_perform(large.handle()), ESP_OK);
  EXPECT_THAT(peer.requests(), ElementsAre(StartsWith("GET /ppp")));
}

TEST_F(HttpClientFacade, IsAnErrorWhereThereIsNoClient) {
  const esp_http_client_config_t config{.url = "http://example.com/"};
  const auto gone = esp_http_client_init(&config);
  ASSERT_EQ(esp_http_client_cleanup(gone), ESP_OK);
  char buffer[8];
  char* text = nullptr;
  for (esp_http_client_handle_t none : {esp_http_client_handle_t{nullptr}, gone}) {
    EXPECT_EQ(esp_http_client_cleanup(none), ESP_FAIL);
    EXPECT_EQ(esp_http_client_perform(none), ESP_ERR_INVALID_ARG);
    EXPECT_EQ(esp_http_client_open(none, 0), ESP_ERR_INVALID_ARG);
    EXPECT_EQ(esp_http_client_write(none, "x", 1), -1);
    EXPECT_EQ(esp_http_client_fetch_headers(none), ESP_FAIL);
    EXPECT_EQ(esp_http_client_read(none, buffer, 8), -1);
    EXPECT_EQ(esp_http_client_read_response(none, buffer, 8), -1);
    EXPECT_EQ(esp_http_client_close(none), ESP_ERR_INVALID_ARG);
    EXPECT_EQ(esp_http_client_set_url(none, "/"), ESP_ERR_INVALID_ARG);
    EXPECT_EQ(esp_http_client_set_header(none, "a", "b"), ESP_ERR_INVALID_ARG);
    EXPECT_EQ(esp_http_client_get_header(none, "a", &text), ESP_ERR_INVALID_ARG);
    EXPECT_EQ(esp_http_client_get_status_code(none), -1);
    EXPECT_EQ(esp_http_client_get_content_length(none), -1);
    EXPECT_EQ(esp_http_client_get_errno(none), -1);
    EXPECT_EQ(esp_http_client_get_state(none), HTTP_STATE_UNINIT);
    EXPECT_EQ(esp_http_client_cancel_request(none), ESP_ERR_INVALID_ARG);
    EXPECT_FALSE(esp_http_client_is_complete_data_received(none));
  }
}

TEST_F(HttpClientFacade, TakesNoNullAndNoCallBeforeItsTime) {
  const HttpClientOnTest client({.url = "http://example.com/"});
  const auto handle = client.handle();
  char byte = 0;
  EXPECT_EQ(esp_http_client_set_url(handle, nullptr), ESP_ERR_INVALID_ARG);
  EXPECT_EQ(esp_http_client_set_header(handle, nullptr, "x"), ESP_ERR_INVALID_ARG);
  EXPECT_EQ(esp_http_client_get_header(handle, "x", nullptr), ESP_ERR_INVALID_ARG);
  EXPECT_EQ(esp_http_client_get_url(handle, nullptr, 10), ESP_ERR_INVALID_ARG);
  EXPECT_EQ(esp_http_client_set_method(handle, HTTP_METHOD_MAX), ESP_ERR_INVALID_ARG);
  EXPECT_EQ(esp_http_client_set_timeout_ms(handle, -1), ESP_ERR_INVALID_ARG);
  EXPECT_EQ(esp_http_client_read(handle, nullptr, 1), -1);
  EXPECT_EQ(esp_http_client_read(handle, &byte, -1), -1);
  EXPECT_EQ(esp_http_client_read(handle, &byte, 1), -1);
  EXPECT_EQ(esp_http_client_fetch_headers(handle), ESP_FAIL);
  EXPECT_EQ(esp_http_client_add_auth(handle), ESP_ERR_INVALID_STATE);
  EXPECT_EQ(esp_http_client_cancel_request(handle), ESP_ERR_INVALID_STATE);
  EXPECT_EQ(esp_http_client_request_send(handle, 0), ESP_ERR_INVALID_STATE);
  EXPECT_EQ(esp_http_client_get_socket(handle), -1);
}

TEST_F(HttpClientFacade, ConnectsToNobodyWithoutANetwork) {
  esp::Unbind();
  esp::Bind({.device = &test_device_.device()});
  HttpClientOnTest client({.url = "http://127.0.0.1:1/"});
  EXPECT_EQ(esp_http_client_perform(client.handle()), ESP_ERR_HTTP_CONNECT);
}

}  // namespace
}  // namespace updraft
