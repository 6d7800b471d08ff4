// SPDX-License-Identifier: Apache-2.0
// `updraft device update` from servers that are not ours (nginx, `openssl s_server`),
// through proxies, over IPv6, and with each way to say who one is.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <vector>

#include "ports/host/crypto_openssl.h"
#include "server/file_server.h"
#include "testing/nginx.h"
#include "testing/openssl_server.h"
#include "testing/test_certificates.h"
#include "testing/test_image.h"
#include "tests/cli/run_tool.h"
#include "tests/network/connect_proxy.h"

namespace updraft {
namespace {

using Json = nlohmann::json;
using Words = std::vector<std::string>;
using testing::HasSubstr;
using testing::Not;

class RealPeers : public testing::Test {
 protected:
  RealPeers() {
    std::filesystem::create_directory(folder_ / "www");
    WriteText(folder_ / "www/firmware.bin", image_);
    WriteText(folder_ / "ca.pem", authority_.certificate_pem());
    WriteText(folder_ / "cert.pem", identity_.certificate_pem);
    WriteText(folder_ / "key.pem", identity_.key_pem);
  }

  std::string MakeImage() {
    const auto image = TestImage{.version = "2.0.0"}.WithRamSegment(200'000).Build(crypto_);
    return {image.begin(), image.end()};
  }

  // A new device is updated from there.
  ToolRun Update(const std::string& url, Words more = {}, const ToolInput& given = {}) {
    const std::string device = folder_ / ("device" + std::to_string(devices_++));
    EXPECT_EQ(
        RunTool({"device", "new", device, "--chip", "esp32c3", "--chip-revision", "4"}).exit_code,
        0);
    more.insert(more.begin(), {"device", "update", device, "--url", url, "--ca", folder_ / "ca.pem",
                               "--json", "--max-attempts", "1"});
    return RunTool(more, given);
  }
  void ExpectUpdated(const ToolRun& run) {
    EXPECT_EQ(run.exit_code, 0) << run.err;
    const Json json = Json::parse(run.out, nullptr, false);
    EXPECT_EQ(json.value("version", ""), "2.0.0") << run.out;
    EXPECT_EQ(json.value("bytes_received", 0U), image_.size());
  }
  static std::string ReasonOf(const ToolRun& run) {
    const Json json = Json::parse(run.out, nullptr, false);
    return json.is_object() && json["reason"].is_string() ? json["reason"].get<std::string>() : "";
  }

  FileServer& Serve(const std::string& rules = "", const std::string& host = "127.0.0.1") {
    FileServerOptions options;
    options.root = folder_ / "www";
    options.host = host;
    options.identity = {identity_.certificate_pem, identity_.key_pem};
    FaultScript script;
    EXPECT_TRUE(ParseFaultScript("{\"requests\": [" + rules + "]}", "test", script).ok());
    options.script = script;
    server_.emplace(std::move(options));
    EXPECT_TRUE(server_->Start().ok());
    return *server_;
  }

  std::string NginxBlock(const std::string& more = "") {
    return "root " + (folder_ / "www").string() + "; ssl_certificate " +
           (folder_ / "cert.pem").string() + "; ssl_certificate_key " +
           (folder_ / "key.pem").string() + "; " + more;
  }
  static std::string UrlOf(std::uint16_t port) {
    return "https://localhost:" + std::to_string(port) + "/firmware.bin";
  }

  OpensslCrypto crypto_;
  TemporaryFolder folder_;
  std::string image_ = MakeImage();
  TestAuthority authority_;
  CertifiedKey identity_ = authority_.Issue({});
  std::optional<FileServer> server_;
  int devices_ = 0;
};

TEST_F(RealPeers, NginxAsServePrintsIt) {
  if (Nginx::Path() == nullptr) GTEST_SKIP() << "nginx is not installed";
  const ToolRun printed = RunTool({"serve", folder_ / "www", "--print-nginx", "--cert",
                                   folder_ / "cert.pem", "--key", folder_ / "key.pem"});
  ASSERT_EQ(printed.exit_code, 0) << printed.err;
  // All of the block but the port, which the test takes a free one for.
  const std::string& text = printed.out;
  const std::size_t begin = text.find("server_name");
  ASSERT_NE(begin, std::string::npos);
  ASSERT_THAT(text.substr(0, begin), HasSubstr("server {\n  listen 443 ssl;"));
  std::filesystem::copy_file(folder_ / "key.pem", folder_ / "www/key.pem");
  const Nginx nginx(text.substr(begin, text.rfind('}') - begin), true);
  ExpectUpdated(Update(UrlOf(nginx.port()), {"--range-size", "4096"}));
  const std::string key = "https://localhost:" + std::to_string(nginx.port()) + "/key.pem";
  EXPECT_EQ(ReasonOf(Update(key)), "http_status") << "it serves no keys";
}

TEST_F(RealPeers, NginxWholeAndInParts) {
  if (Nginx::Path() == nullptr) GTEST_SKIP() << "nginx is not installed";
  const Nginx nginx(NginxBlock("gzip on; gzip_types *; gzip_min_length 1;"), true);
  ExpectUpdated(Update(UrlOf(nginx.port())));
  for (const char* size : {"1000", "16K", "199999", "1MB"}) {
    ExpectUpdated(Update(UrlOf(nginx.port()), {"--range-size", size}));
  }
  EXPECT_THAT(nginx.Log(), Not(HasSubstr("[error]")));
}

TEST_F(RealPeers, NginxThatAsksForBasic) {
  if (Nginx::Path() == nullptr) GTEST_SKIP() << "nginx is not installed";
  WriteText(folder_ / "users", "me:{PLAIN}se cret\n");
  const Nginx nginx(
      NginxBlock("auth_basic r; auth_basic_user_file " + (folder_ / "users").string() + ";"), true);
  ExpectUpdated(Update(UrlOf(nginx.port()), {"--user", "me:se cret"}));
  std::string url = UrlOf(nginx.port());
  ExpectUpdated(Update(url.insert(8, "me:se%20cret@")));
  EXPECT_EQ(ReasonOf(Update(UrlOf(nginx.port()), {"--user", "me:wrong"})), "http_status");
  EXPECT_EQ(ReasonOf(Update(UrlOf(nginx.port()), {"--user", "me:se cret", "--digest"})),
            "authentication_unsupported");
}

TEST_F(RealPeers, NginxThatWantsABearerOrACertificate) {
  if (Nginx::Path() == nullptr) GTEST_SKIP() << "nginx is not installed";
  const Nginx bearer(NginxBlock("if ($http_authorization != \"Bearer t0ken\") { return 403; }"),
                     true);
  ExpectUpdated(Update(UrlOf(bearer.port()), {"--header", "Authorization: Bearer t0ken"}));
  EXPECT_EQ(ReasonOf(Update(UrlOf(bearer.port()))), "http_status");

  const CertifiedKey client = authority_.Issue({.common_name = "device 7"});
  WriteText(folder_ / "client.pem", client.certificate_pem);
  WriteText(folder_ / "client_key.pem", client.key_pem);
  const Nginx mutual(NginxBlock("ssl_verify_client on; ssl_client_certificate " +
                                (folder_ / "ca.pem").string() + ";"),
                     true);
  ExpectUpdated(Update(UrlOf(mutual.port()), {"--cert", folder_ / "client.pem", "--cert-key",
                                              folder_ / "client_key.pem"}));
  EXPECT_EQ(ReasonOf(Update(UrlOf(mutual.port()))), "http_status");
}

TEST_F(RealPeers, ServerOfOpensslWithoutRangeAndLength) {
  OpensslServer server(identity_, {"-WWW"});
  WriteFile(server.folder() / "firmware.bin", image_);
  ExpectUpdated(Update(UrlOf(server.port())));
  ExpectUpdated(Update(UrlOf(server.port()), {"--range-size", "4096"}));
}

TEST_F(RealPeers, DigestOfEachAlgorithmInParts) {
  for (const char* algorithm : {"MD5", "MD5-sess", "SHA-256", "SHA-256-sess"}) {
    const FileServer& server =
        Serve(R"({"fault": "authenticate", "user": "me", "password": "se cret", "stale_after": 3,
                  "algorithm": ")" +
              std::string(algorithm) + "\"}");
    ExpectUpdated(Update(server.url() + "firmware.bin?a=1&b",
                         {"--user", "me:se cret", "--digest", "--range-size", "30000"}));
    EXPECT_EQ(ReasonOf(Update(server.url() + "firmware.bin", {"--user", "me:wrong"})),
              "http_status");
  }
}

TEST_F(RealPeers, LeavesCredentialsBehindOnAnotherHost) {
  FileServerOptions options;
  options.root = folder_ / "www";
  options.identity = {identity_.certificate_pem, identity_.key_pem};
  EXPECT_TRUE(
      ParseFaultScript(R"({"requests": [{"fault": "authenticate"}]})", "test", options.script)
          .ok());
  FileServer other(std::move(options));
  ASSERT_TRUE(other.Start().ok());
  const FileServer& server =
      Serve(R"({"fault": "redirect", "to": ")" + other.url() + "firmware.bin\"}");
  EXPECT_EQ(ReasonOf(Update(server.url() + "firmware.bin", {"--user", "user:password"})),
            "http_status");
  EXPECT_TRUE(other.SetScript({}).ok());
  ExpectUpdated(Update(server.url() + "firmware.bin", {"--user", "user:password"}));
}

TEST_F(RealPeers, ProxiesWithAndWithoutTlsAndCredentials) {
  const FileServer& server = Serve();
  const std::string url = server.url() + "firmware.bin";
  const std::string credentials = "Basic bWU6c2VjcmV0";  // me:secret
  const ConnectProxy plain(credentials);
  const ConnectProxy tls(credentials, &identity_);
  const auto at = [](const std::string& scheme, const ConnectProxy& proxy, const char* user) {
    return scheme + "://" + user + "localhost:" + std::to_string(proxy.port());
  };
  ExpectUpdated(Update(url, {"--proxy", at("http", plain, "me:secret@")}));
  ExpectUpdated(
      Update(url, {"--proxy", at("https", tls, "me:secret@"), "--proxy-ca", folder_ / "ca.pem"}));
  EXPECT_EQ(plain.tunnels(), 1);
  EXPECT_EQ(tls.tunnels(), 1);
  EXPECT_EQ(ReasonOf(Update(url, {"--proxy", at("http", plain, "")})), "connect_failed");
  EXPECT_EQ(ReasonOf(Update(url, {"--proxy", at("https", tls, "me:secret@")})), "tls_failed");
  EXPECT_EQ(ReasonOf(Update(url, {"--proxy", "http://127.0.0.1:1"})), "connect_failed");

  // As libcurl reads the environment.
  ToolInput given;
  given.environment["https_proxy"] = at("http", plain, "me:secret@");
  ExpectUpdated(Update(url, {}, given));
  EXPECT_EQ(plain.tunnels(), 2);
  given.environment["no_proxy"] = "127.0.0.1";
  ExpectUpdated(Update(url, {}, given));
  EXPECT_EQ(plain.tunnels(), 2);
}

TEST_F(RealPeers, IPv6) {
  FileServerOptions options;
  options.root = folder_ / "www";
  options.host = "::1";
  options.identity = {identity_.certificate_pem, identity_.key_pem};
  FileServer server(std::move(options));
  if (!server.Start().ok()) GTEST_SKIP() << "this machine has no IPv6";
  EXPECT_THAT(server.url(), HasSubstr("[::1]"));
  ExpectUpdated(Update(server.url() + "firmware.bin"));
}

TEST_F(RealPeers, AUrlOf8KiB) {
  if (Nginx::Path() == nullptr) GTEST_SKIP() << "nginx is not installed";
  const Nginx nginx(NginxBlock(), true);
  std::string url = UrlOf(nginx.port()) + "?signature=";
  url += std::string(8192 - url.size(), 's');
  ExpectUpdated(Update(url));
  const FileServer& server = Serve(R"({"times": 1, "fault": "redirect", "to": ")" + url + "\"}");
  ExpectUpdated(Update(server.url() + "firmware.bin"));
}

TEST_F(RealPeers, LimitsOfTheToolEndAnUpdateAndSayWhich) {
  const FileServer& server = Serve();
  const std::string url = server.url() + "firmware.bin";
  EXPECT_EQ(ReasonOf(Update(url, {"--max-bytes", "100000"})), "too_many_bytes");
  ExpectUpdated(Update(url, {"--max-bytes", "16MB", "--rate-limit", "16MB", "--low-speed", "0",
                             "--connect-timeout", "20"}));
}

}  // namespace
}  // namespace updraft
