// SPDX-License-Identifier: Apache-2.0
// What a script does to TLS, and the server's side of Basic and Digest: as curl,
// whose code is not ours, sees it.
#include <curl/curl.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <memory>
#include <string>

#include "server/file_server.h"
#include "server/test_client.h"

namespace updraft {
namespace {

std::size_t Append(char* data, std::size_t size, std::size_t count, void* body) {
  static_cast<std::string*>(body)->append(data, size * count);
  return size * count;
}

struct CurlAnswer {
  CURLcode code = CURLE_OK;
  long status = 0;
  long requests = 0;
  std::string body;
};

class HostileTls : public testing::Test {
 protected:
  HostileTls() {
    folder_.Write("app.bin", "hello");
    FileServerOptions options;
    options.root = folder_.string();
    server_ = std::make_unique<FileServer>(options);
    EXPECT_TRUE(server_->Start().ok());
  }

  void Play(const std::string& script) {
    FaultScript read;
    const ExplainedStatus parsed = ParseFaultScript(script, "test", read);
    ASSERT_TRUE(parsed.ok()) << parsed.message;
    ASSERT_TRUE(server_->SetScript(std::move(read)).ok());
  }

  CurlAnswer Get(long authentication = CURLAUTH_BASIC, const char* credentials = nullptr) {
    CurlAnswer answer;
    const std::string url = server_->url() + "app.bin?x=1";
    const std::string& ca = server_->ca_pem();
    const curl_blob trust{const_cast<char*>(ca.data()), ca.size(), CURL_BLOB_COPY};
    const std::unique_ptr<CURL, void (*)(CURL*)> owned(curl_easy_init(), curl_easy_cleanup);
    CURL* const curl = owned.get();
    curl_easy_setopt(curl, CURLOPT_URL, url.c_str());
    curl_easy_setopt(curl, CURLOPT_CAINFO_BLOB, &trust);
    curl_easy_setopt(curl, CURLOPT_NOPROXY, "*");
    curl_easy_setopt(curl, CURLOPT_WRITEFUNCTION, Append);
    curl_easy_setopt(curl, CURLOPT_WRITEDATA, &answer.body);
    curl_easy_setopt(curl, CURLOPT_CONNECTTIMEOUT_MS, 300L);
    curl_easy_setopt(curl, CURLOPT_FAILONERROR, 1L);
    if (credentials != nullptr) {
      curl_easy_setopt(curl, CURLOPT_HTTPAUTH, authentication);
      curl_easy_setopt(curl, CURLOPT_USERPWD, credentials);
    }
    answer.code = curl_easy_perform(curl);
    curl_easy_getinfo(curl, CURLINFO_RESPONSE_CODE, &answer.status);
    return answer;
  }

  TestFolder folder_;
  std::unique_ptr<FileServer> server_;
};

TEST_F(HostileTls, ShowsCertificatesThatAClientRefuses) {
  for (const char* fault :
       {"expired", "not_yet_valid", "wrong_host", "self_signed", "unknown_ca"}) {
    Play(std::string(R"({"tls": ")") + fault + "\"}");
    EXPECT_EQ(Get().code, CURLE_PEER_FAILED_VERIFICATION) << fault;
  }
  Play(R"({"requests": []})");
  EXPECT_EQ(Get().body, "hello");
}

TEST_F(HostileTls, BreaksTheHandshake) {
  Play(R"({"tls": "tls_1_1"})");
  EXPECT_EQ(Get().code, CURLE_SSL_CONNECT_ERROR);
  Play(R"({"tls": "plain"})");
  EXPECT_EQ(Get().code, CURLE_SSL_CONNECT_ERROR);
  Play(R"({"tls": "reset"})");
  EXPECT_EQ(Get().code, CURLE_SSL_CONNECT_ERROR);
  Play(R"({"tls": "silent"})");
  EXPECT_EQ(Get().code, CURLE_OPERATION_TIMEDOUT);
}

TEST_F(HostileTls, RenegotiatesInTheMiddle) {
  Play(R"({"tls": "renegotiate"})");
  EXPECT_EQ(Get().body, "hello");
}

TEST_F(HostileTls, IsHonestAfterSoManyConnections) {
  Play(R"({"tls": "expired", "tls_times": 2})");
  EXPECT_NE(Get().code, CURLE_OK);
  EXPECT_NE(Get().code, CURLE_OK);
  EXPECT_EQ(Get().body, "hello");
}

TEST_F(HostileTls, LetsSoManyConnectionsPassFirst) {
  Play(R"({"tls": "expired", "tls_skip": 2, "tls_times": 1})");
  EXPECT_EQ(Get().body, "hello");
  EXPECT_EQ(Get().body, "hello");
  EXPECT_EQ(Get().code, CURLE_PEER_FAILED_VERIFICATION);
  EXPECT_EQ(Get().body, "hello");
}

TEST_F(HostileTls, AsksForBasic) {
  Play(R"({"requests": [{"fault": "authenticate", "scheme": "basic", "user": "u",
                         "password": "p"}]})");
  EXPECT_EQ(Get().status, 401);
  EXPECT_EQ(Get(CURLAUTH_BASIC, "u:q").status, 401);
  EXPECT_EQ(Get(CURLAUTH_BASIC, "u:p").body, "hello");
}

TEST_F(HostileTls, AsksForDigestAsCurlUnderstandsIt) {
  for (const char* algorithm : {"", "MD5", "MD5-sess", "SHA-256", "SHA-256-sess"}) {
    for (const char* qop : {"auth", "auth,auth-int", ""}) {
      const std::string name(algorithm);
      if (name.ends_with("-sess") && *qop == '\0') continue;  // curl sends no cnonce then
      Play(R"({"requests": [{"fault": "authenticate", "user": "u", "password": "p", "qop": ")" +
           std::string(qop) + "\"" + (name.empty() ? "" : R"(, "algorithm": ")" + name + "\"") +
           "}]}");
      EXPECT_EQ(Get(CURLAUTH_DIGEST, "u:p").body, "hello") << name << " " << qop;
      EXPECT_EQ(Get(CURLAUTH_DIGEST, "u:q").status, 401) << name << " " << qop;
    }
  }
}

}  // namespace
}  // namespace updraft
