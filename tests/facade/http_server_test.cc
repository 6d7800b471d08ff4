// SPDX-License-Identifier: Apache-2.0
// esp_http_server.h and esp_https_server.h, asked by curl and by raw bytes; above all
// a firmware that is uploaded, written and selected.
#include <arpa/inet.h>
#include <esp_http_server.h>
#include <esp_https_server.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <netinet/in.h>
#include <sys/socket.h>

#include <atomic>
#include <fstream>
#include <string>
#include <thread>
#include <vector>

#include "testing/temporary_folder.h"
#include "testing/test_certificates.h"
#include "tests/cli/run_tool.h"
#include "tests/facade/captured_log.h"
#include "tests/facade/facade_device.h"

namespace updraft {
namespace {

using testing::AllOf;
using testing::EndsWith;
using testing::HasSubstr;
using testing::Not;
using testing::StartsWith;

// As programs do it: in pieces, whatever a piece is.
esp_err_t Upload(httpd_req_t* request) {
  const esp_partition_t* const slot = esp_ota_get_next_update_partition(nullptr);
  esp_ota_handle_t handle = 0;
  if (esp_ota_begin(slot, OTA_SIZE_UNKNOWN, &handle) != ESP_OK) {
    return httpd_resp_send_500(request);
  }
  std::array<char, 1000> piece{};
  for (std::size_t left = request->content_len; left > 0;) {
    const int count = httpd_req_recv(request, piece.data(), std::min(left, piece.size()));
    if (count == HTTPD_SOCK_ERR_TIMEOUT) continue;
    if (count <= 0 || esp_ota_write(handle, piece.data(), static_cast<std::size_t>(count)) != 0) {
      esp_ota_abort(handle);
      httpd_resp_send_err(request, HTTPD_500_INTERNAL_SERVER_ERROR, "no firmware");
      return ESP_FAIL;
    }
    left -= static_cast<std::size_t>(count);
  }
  if (esp_ota_end(handle) != ESP_OK || esp_ota_set_boot_partition(slot) != ESP_OK) {
    return httpd_resp_send_err(request, HTTPD_400_BAD_REQUEST, "refused");
  }
  return httpd_resp_sendstr(request, "updated");
}

esp_err_t Hello(httpd_req_t* request) { return httpd_resp_sendstr(request, "hello"); }

class HttpServerFacade : public Facade {
 protected:
  ~HttpServerFacade() override { httpd_stop(server_); }

  void Start(httpd_config_t config = HTTPD_DEFAULT_CONFIG()) {
    config.server_port = 0;
    const CapturedLog log;
    ASSERT_EQ(httpd_start(&server_, &config), ESP_OK);
    TakePort();
  }
  void TakePort() {
    const std::string& text = CapturedLog::text();
    const std::size_t at = text.find("listening on port ");
    ASSERT_NE(at, std::string::npos) << text;
    port_ = std::stoi(text.substr(at + 18));
  }
  void On(const char* uri, int method, esp_err_t (*handler)(httpd_req_t*),
          void* context = nullptr) {
    const httpd_uri_t registered{.uri = uri,
                                 .method = static_cast<httpd_method_t>(method),
                                 .handler = handler,
                                 .user_ctx = context};
    ASSERT_EQ(httpd_register_uri_handler(server_, &registered), ESP_OK);
  }

  ToolRun Curl(const std::string& path, std::vector<std::string> more = {},
               const std::string& scheme = "http") {
    more.insert(more.begin(), {"-sS", "--noproxy", "*", "--max-time", "20",
                               scheme + "://localhost:" + std::to_string(port_) + path});
    return RunTool(more, {.program = "/usr/bin/curl"});
  }
  std::string Body(const std::string& path, const std::vector<std::string>& more = {}) {
    return Curl(path, more).out;
  }
  // All that the server says to these bytes until it closes, or until `stop` was said.
  std::string Raw(const std::string& bytes, const std::string& stop = "\n\n\n") {
    const int client = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    address.sin_port = htons(static_cast<std::uint16_t>(port_));
    EXPECT_EQ(connect(client, reinterpret_cast<sockaddr*>(&address), sizeof address), 0);
    send(client, bytes.data(), bytes.size(), MSG_NOSIGNAL);
    std::string said;
    std::array<char, 4096> piece{};
    while (said.find(stop) == std::string::npos) {
      const ssize_t count = recv(client, piece.data(), piece.size(), 0);
      if (count <= 0) break;
      said.append(piece.data(), static_cast<std::size_t>(count));
    }
    close(client);
    return said;
  }
  std::string FirmwareFile(const std::string& version) {
    const auto image = MakeImage(version);
    const std::string path = folder_ / "firmware.bin";
    std::ofstream(path, std::ios::binary)
        .write(reinterpret_cast<const char*>(image.data()),
               static_cast<std::streamsize>(image.size()));
    return path;
  }

  TemporaryFolder folder_;
  httpd_handle_t server_ = nullptr;
  int port_ = 0;
};

TEST_F(HttpServerFacade, AnUploadedFirmwareIsWrittenAndSelected) {
  Start();
  On("/update", HTTP_POST, &Upload);
  const std::string file = FirmwareFile("2.0.0");
  EXPECT_EQ(Body("/update", {"--data-binary", "@" + file}), "updated");
  EXPECT_STREQ(esp_ota_get_boot_partition()->label, "ota_0");
  EXPECT_EQ(Body("/update", {"--data-binary", "@" + file, "-H", "Expect: 100-continue",
                             "--expect100-timeout", "15"}),
            "updated")
      << "curl waits for the leave to send";

  WriteText(folder_ / "garbage.bin", std::string(5000, 'x'));
  const ToolRun refused =
      Curl("/update", {"--data-binary", "@" + (folder_ / "garbage.bin").string(), "-i"});
  EXPECT_THAT(refused.out,
              AllOf(StartsWith("HTTP/1.1 500 Internal Server Error"), EndsWith("no firmware")));
  EXPECT_STREQ(esp_ota_get_boot_partition()->label, "factory")
      << "esp_ota_begin takes the selection of the slot back";
}

TEST_F(HttpServerFacade, AnUploadOverTlsIsForWhoHasTheCertificate) {
  const TestAuthority authority;
  const CertifiedKey server = authority.Issue({});
  const CertifiedKey client = authority.Issue({.common_name = "operator"});
  const auto bytes = [](const std::string& text) {
    return reinterpret_cast<const std::uint8_t*>(text.c_str());
  };
  httpd_ssl_config_t config = HTTPD_SSL_CONFIG_DEFAULT();
  config.port_secure = 0;
  EXPECT_EQ(httpd_ssl_start(&server_, &config), ESP_ERR_INVALID_ARG);
  config.servercert = bytes(server.certificate_pem);
  config.servercert_len = server.certificate_pem.size() + 1;
  config.prvtkey_pem = bytes(client.key_pem);
  config.prvtkey_len = client.key_pem.size() + 1;
  EXPECT_EQ(httpd_ssl_start(&server_, &config), ESP_FAIL) << "the key of another certificate";
  config.prvtkey_pem = bytes(server.key_pem);
  config.prvtkey_len = server.key_pem.size() + 1;
  config.cacert_pem = bytes(authority.certificate_pem());
  config.cacert_len = authority.certificate_pem().size() + 1;
  {
    const CapturedLog log;
    ASSERT_EQ(httpd_ssl_start(&server_, &config), ESP_OK);
    TakePort();
  }
  On("/update", HTTP_POST, &Upload);
  WriteText(folder_ / "ca.pem", authority.certificate_pem());
  WriteText(folder_ / "client.pem", client.certificate_pem + client.key_pem);
  const std::vector<std::string> stranger = {"--cacert", folder_ / "ca.pem", "--data-binary",
                                             "@" + FirmwareFile("2.0.0")};
  EXPECT_NE(Curl("/update", stranger, "https").exit_code, 0);
  std::vector<std::string> known = stranger;
  known.insert(known.end(), {"--cert", folder_ / "client.pem"});
  const ToolRun updated = Curl("/update", known, "https");
  EXPECT_EQ(updated.out, "updated") << updated.err;
  EXPECT_STREQ(esp_ota_get_boot_partition()->label, "ota_0");
  EXPECT_NE(Curl("/update", known, "http").exit_code, 0) << "not without TLS";
  EXPECT_EQ(httpd_ssl_stop(server_), ESP_OK);
}

TEST_F(HttpServerFacade, HandlersAreFoundByPathAndMethod) {
  httpd_config_t config = HTTPD_DEFAULT_CONFIG();
  config.max_uri_handlers = 3;
  config.uri_match_fn = &httpd_uri_match_wildcard;
  Start(config);
  On("/hello", HTTP_GET, &Hello);
  On("/any/*", HTTP_ANY, &Hello);
  EXPECT_EQ(Body("/hello?name=you"), "hello");
  EXPECT_EQ(Body("/any/thing", {"-X", "DELETE"}), "hello");
  EXPECT_THAT(Body("/hello", {"-i", "-d", "x"}),
              AllOf(StartsWith("HTTP/1.1 405 "), HasSubstr("invalid for this resource")));
  EXPECT_THAT(Body("/nothing", {"-i"}), AllOf(StartsWith("HTTP/1.1 404 Not Found"),
                                              EndsWith("Nothing matches the given URI")));

  httpd_uri_t again{.uri = "/hello", .method = HTTP_GET, .handler = &Hello, .user_ctx = nullptr};
  EXPECT_EQ(httpd_register_uri_handler(server_, &again), ESP_ERR_HTTPD_HANDLER_EXISTS);
  again.method = HTTP_PUT;
  EXPECT_EQ(httpd_register_uri_handler(server_, &again), ESP_OK);
  again.method = HTTP_PATCH;
  EXPECT_EQ(httpd_register_uri_handler(server_, &again), ESP_ERR_HTTPD_HANDLERS_FULL);
  EXPECT_EQ(httpd_unregister_uri_handler(server_, "/hello", HTTP_POST), ESP_ERR_NOT_FOUND);
  EXPECT_EQ(httpd_unregister_uri(server_, "/hello"), ESP_OK);
  EXPECT_THAT(Body("/hello"), HasSubstr("Nothing matches"));

  EXPECT_EQ(httpd_register_err_handler(server_, HTTPD_404_NOT_FOUND,
                                       [](httpd_req_t* request, httpd_err_code_t /*error*/) {
                                         return httpd_resp_sendstr(request, "lost?");
                                       }),
            ESP_OK);
  EXPECT_EQ(Body("/hello"), "lost?");
}

TEST_F(HttpServerFacade, WildcardsMatchAsInEspIdf) {
  const auto matches = [](const char* reference, const std::string& uri) {
    return httpd_uri_match_wildcard(reference, uri.c_str(), uri.size());
  };
  EXPECT_TRUE(matches("/path", "/path"));
  EXPECT_FALSE(matches("/path", "/path/"));
  EXPECT_TRUE(matches("/path/?", "/path"));
  EXPECT_TRUE(matches("/path/?", "/path/"));
  EXPECT_FALSE(matches("/path/?", "/path/more"));
  EXPECT_TRUE(matches("/path/*", "/path/more"));
  EXPECT_FALSE(matches("/path/*", "/path"));
  EXPECT_TRUE(matches("/path/?*", "/path"));
  EXPECT_TRUE(matches("/path/?*", "/path/more"));
  EXPECT_FALSE(matches("/path/?*", "/pathology"));
  EXPECT_TRUE(matches("*", "/whatever"));
}

TEST_F(HttpServerFacade, ARequestTellsItsHeadersQueryAndCookies) {
  Start();
  On("/ask", HTTP_GET, [](httpd_req_t* request) {
    std::array<char, 16> text{};
    std::string said = std::to_string(httpd_req_get_hdr_value_len(request, "x-answer"));
    said +=
        esp_err_to_name(httpd_req_get_hdr_value_str(request, "X-Answer", text.data(), text.size()));
    said += std::string(" ") + text.data();
    said += std::string(" ") +
            esp_err_to_name(httpd_req_get_hdr_value_str(request, "X-Answer", text.data(), 3));
    said += std::string(" ") + text.data();
    said += std::string(" ") +
            esp_err_to_name(httpd_req_get_hdr_value_str(request, "X-None", text.data(), 3));
    std::array<char, 64> query{};
    httpd_req_get_url_query_str(request, query.data(), query.size());
    said += " " + std::to_string(httpd_req_get_url_query_len(request)) + query.data();
    httpd_query_key_value(query.data(), "b", text.data(), text.size());
    said += std::string(" ") + text.data();
    said += std::string(" ") +
            esp_err_to_name(httpd_query_key_value(query.data(), "c", text.data(), text.size()));
    std::size_t size = text.size();
    httpd_req_get_cookie_val(request, "id", text.data(), &size);
    said += std::string(" ") + text.data() + std::to_string(size);
    return httpd_resp_sendstr(request, said.c_str());
  });
  EXPECT_EQ(Body("/ask?a=1&b=two%20", {"-H", "X-Answer: forty-two", "-b", "x=1; id=seven"}),
            "9ESP_OK forty-two ESP_ERR_HTTPD_RESULT_TRUNC fo ESP_ERR_NOT_FOUND 12a=1&b=two%20 "
            "two%20 ESP_ERR_NOT_FOUND seven6");
}

TEST_F(HttpServerFacade, AnAnswerHasItsStatusTypeHeadersAndOneBody) {
  Start();
  On("/json", HTTP_ANY, [](httpd_req_t* request) {
    EXPECT_EQ(httpd_resp_set_status(request, "201 Created"), ESP_OK);
    EXPECT_EQ(httpd_resp_set_type(request, HTTPD_TYPE_JSON), ESP_OK);
    EXPECT_EQ(httpd_resp_set_hdr(request, "X-One", "1"), ESP_OK);
    EXPECT_EQ(httpd_resp_set_hdr(request, "X-Two", "2\r\nX-Evil: 3"), ESP_ERR_INVALID_ARG);
    EXPECT_EQ(httpd_resp_send(request, "{}  ", 2), ESP_OK);
    EXPECT_EQ(httpd_resp_sendstr(request, "more"), ESP_ERR_HTTPD_RESP_SEND);
    EXPECT_EQ(httpd_resp_set_type(request, HTTPD_TYPE_TEXT), ESP_ERR_HTTPD_INVALID_REQ);
    return ESP_OK;
  });
  On("/chunks", HTTP_GET, [](httpd_req_t* request) {
    httpd_resp_sendstr_chunk(request, "one ");
    httpd_resp_sendstr_chunk(request, "two");
    return httpd_resp_sendstr_chunk(request, nullptr);
  });
  EXPECT_THAT(Body("/json", {"-i"}),
              AllOf(StartsWith("HTTP/1.1 201 Created\r\n"), HasSubstr("X-One: 1\r\n"),
                    HasSubstr("Content-Type: application/json\r\nContent-Length: 2\r\n"),
                    Not(HasSubstr("Evil")), EndsWith("\r\n\r\n{}")));
  EXPECT_THAT(Body("/json", {"-I"}),
              AllOf(HasSubstr("Content-Length: 2\r\n"), EndsWith("\r\n\r\n")));
  EXPECT_THAT(Body("/chunks", {"-i"}),
              AllOf(HasSubstr("Transfer-Encoding: chunked"), EndsWith("one two")));
  EXPECT_THAT(
      Body("/chunks", {"-i", "--http1.0"}),
      AllOf(Not(HasSubstr("chunked")), HasSubstr("Connection: close"), EndsWith("one two")));
}

TEST_F(HttpServerFacade, AConnectionGoesOnWithItsContextAfterABodyThatNobodyRead) {
  Start();
  static int freed = 0;
  freed = 0;
  On("/count", HTTP_POST, [](httpd_req_t* request) {
    if (request->sess_ctx == nullptr) {
      request->sess_ctx = new int(0);
      request->free_ctx = [](void* context) {
        delete static_cast<int*>(context);
        ++freed;
      };
    }
    return httpd_resp_sendstr(request,
                              std::to_string(++*static_cast<int*>(request->sess_ctx)).c_str());
  });
  const std::string one = "POST /count HTTP/1.1\r\nHost: x\r\nContent-Length: 10\r\n\r\n0123456789";
  const std::string last = "POST /count HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n";
  const std::string said = Raw(one + one + last);
  EXPECT_THAT(said, AllOf(HasSubstr("\r\n\r\n1HTTP/1.1 200 OK"), HasSubstr("\r\n\r\n2HTTP/1.1"),
                          EndsWith("\r\n\r\n3")));
  EXPECT_EQ(httpd_stop(server_), ESP_OK);
  EXPECT_EQ(freed, 1);
}

TEST_F(HttpServerFacade, AHandlerThatFailsEndsTheConnectionButNotItsAnswer) {
  Start();
  On("/refuse", HTTP_POST, [](httpd_req_t* request) {
    httpd_resp_send_err(request, HTTPD_413_CONTENT_TOO_LARGE, nullptr);
    return ESP_FAIL;
  });
  On("/silent", HTTP_GET, [](httpd_req_t* /*request*/) { return ESP_OK; });
  WriteText(folder_ / "large", std::string(2 << 20, 'x'));
  const ToolRun refused = Curl("/refuse", {"--data-binary", "@" + (folder_ / "large").string(),
                                           "-H", "Expect:", "-w", " %{http_code}"});
  EXPECT_THAT(refused.out, EndsWith(" 413"));
  EXPECT_NE(Curl("/silent").exit_code, 0) << "nobody waits for an answer that does not come";
}

TEST_F(HttpServerFacade, WhatIsNoRequestIsAnsweredAsSuch) {
  Start();
  On("/hello", HTTP_GET, &Hello);
  EXPECT_THAT(Raw("garbage\r\n\r\n"), StartsWith("HTTP/1.1 400 "));
  EXPECT_THAT(Raw("GET /" + std::string(600, 'x') + " HTTP/1.1\r\n\r\n"),
              StartsWith("HTTP/1.1 414 "));
  EXPECT_THAT(Raw("GET / HTTP/1.1\r\nX: " + std::string(9000, 'x') + "\r\n\r\n"),
              StartsWith("HTTP/1.1 431 "));
  EXPECT_THAT(Raw("POST /hello HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n"),
              StartsWith("HTTP/1.1 411 "));
  EXPECT_THAT(Raw("CONJURE / HTTP/1.1\r\n\r\n"), StartsWith("HTTP/1.1 501 "));
  EXPECT_THAT(Raw("GET / HTTP/1.1\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\n"),
              StartsWith("HTTP/1.1 400 "));
  EXPECT_EQ(Body("/hello"), "hello");
}

TEST_F(HttpServerFacade, ABodyThatDoesNotComeIsATimeout) {
  httpd_config_t config = HTTPD_DEFAULT_CONFIG();
  config.recv_wait_timeout = 1;
  Start(config);
  On("/slow", HTTP_POST, [](httpd_req_t* request) {
    std::array<char, 16> piece{};
    std::string said;
    for (int i = 0; i < 2; ++i) {
      said += std::to_string(httpd_req_recv(request, piece.data(), piece.size())) + " ";
    }
    httpd_resp_sendstr(request, said.c_str());
    return ESP_FAIL;
  });
  EXPECT_THAT(Raw("POST /slow HTTP/1.1\r\nContent-Length: 10\r\n\r\nabc"), EndsWith("3 -3 "));
}

TEST_F(HttpServerFacade, TheLongestIdleConnectionMakesRoomWhenItMay) {
  httpd_config_t config = HTTPD_DEFAULT_CONFIG();
  config.max_open_sockets = 1;
  config.lru_purge_enable = true;
  Start(config);
  On("/hello", HTTP_GET, &Hello);
  std::string idle;
  std::thread first([&] { idle = Raw("GET /hello HTTP/1.1\r\nHost: x\r\n\r\n"); });
  while (Body("/hello") != "hello") continue;
  // Its connection is taken from it at the latest by another.
  for (int i = 0; i < 3; ++i) EXPECT_EQ(Body("/hello"), "hello");
  EXPECT_EQ(httpd_stop(server_), ESP_OK);
  first.join();
}

TEST_F(HttpServerFacade, StopsFromOutsideOnlyAndKnowsStaleHandles) {
  Start();
  static std::atomic<int> result = 0;
  On("/stop", HTTP_GET, [](httpd_req_t* request) {
    result = httpd_stop(request->handle);
    return httpd_resp_sendstr(request, "no");
  });
  EXPECT_EQ(Body("/stop"), "no");
  EXPECT_EQ(result, ESP_ERR_INVALID_STATE);
  static std::atomic<int> worked = 0;
  worked = 0;
  EXPECT_EQ(httpd_queue_work(
                server_, [](void* argument) { worked = *static_cast<int*>(argument); }, &port_),
            ESP_OK);
  while (worked == 0) std::this_thread::yield();
  EXPECT_EQ(worked, port_);
  EXPECT_EQ(httpd_stop(server_), ESP_OK);
  EXPECT_EQ(httpd_stop(server_), ESP_ERR_INVALID_ARG);
  const httpd_uri_t hello{.uri = "/", .method = HTTP_GET, .handler = &Hello, .user_ctx = nullptr};
  EXPECT_EQ(httpd_register_uri_handler(server_, &hello), ESP_ERR_INVALID_ARG);
  EXPECT_NE(Curl("/stop").exit_code, 0);
}

TEST_F(HttpServerFacade, NullAndPortsThatAreTakenAreErrors) {
  Start();
  httpd_handle_t second = nullptr;
  httpd_config_t config = HTTPD_DEFAULT_CONFIG();
  config.server_port = static_cast<std::uint16_t>(port_);
  EXPECT_EQ(httpd_start(&second, &config), ESP_FAIL);
  EXPECT_EQ(second, nullptr);
  EXPECT_EQ(httpd_start(nullptr, &config), ESP_ERR_INVALID_ARG);
  EXPECT_EQ(httpd_start(&second, nullptr), ESP_ERR_INVALID_ARG);
  EXPECT_EQ(httpd_stop(nullptr), ESP_ERR_INVALID_ARG);
  const httpd_uri_t none{};
  EXPECT_EQ(httpd_register_uri_handler(server_, nullptr), ESP_ERR_INVALID_ARG);
  EXPECT_EQ(httpd_register_uri_handler(server_, &none), ESP_ERR_INVALID_ARG);
  EXPECT_EQ(httpd_resp_sendstr(nullptr, "x"), ESP_ERR_INVALID_ARG);
  EXPECT_EQ(httpd_resp_send_chunk(nullptr, nullptr, 0), ESP_ERR_INVALID_ARG);
  EXPECT_EQ(httpd_resp_set_hdr(nullptr, "a", "b"), ESP_ERR_INVALID_ARG);
  std::array<char, 4> text{};
  EXPECT_EQ(httpd_req_recv(nullptr, text.data(), text.size()), HTTPD_SOCK_ERR_INVALID);
  EXPECT_EQ(httpd_req_get_hdr_value_len(nullptr, "a"), 0U);
  EXPECT_EQ(httpd_query_key_value(nullptr, "a", text.data(), 4), ESP_ERR_INVALID_ARG);
  EXPECT_EQ(httpd_query_key_value("a=1", "a", text.data(), 0), ESP_ERR_INVALID_ARG);
}

}  // namespace
}  // namespace updraft
