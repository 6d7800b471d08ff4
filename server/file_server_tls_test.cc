// SPDX-License-Identifier: Apache-2.0
// The server over TLS: who may connect, how connections end, and that real
// clients (libcurl, curl, openssl s_client) agree.
#include <curl/curl.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/wait.h>

#include <array>
#include <condition_variable>
#include <cstdio>
#include <mutex>

#include "server/certificate.h"
#include "server/file_server.h"
#include "server/test_client.h"

namespace updraft {
namespace {

namespace fs = std::filesystem;
using testing::AllOf;
using testing::HasSubstr;

constexpr const char* kGet = "GET /app.bin HTTP/1.1\r\nHost: localhost\r\n\r\n";
constexpr const char* kGetAndClose =
    "GET /app.bin HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n";

class TlsServerTest : public testing::Test {
 protected:
  TlsServerTest() : content_(PatternText(300'000)) {
    folder_.Write("app.bin", content_);
    options_.root = folder_.string();
    options_.access_log = [this](const AccessEntry& entry) {
      const std::lock_guard lock(mutex_);
      notes_.push_back(entry.note);
      arrived_.notify_all();
    };
  }
  void Start() {
    server_ = std::make_unique<FileServer>(options_);
    const ExplainedStatus started = server_->Start();
    ASSERT_TRUE(started.ok()) << started.message;
  }
  std::string WaitForNote(std::size_t index) {
    std::unique_lock lock(mutex_);
    const bool came =
        arrived_.wait_for(lock, std::chrono::seconds(60), [&] { return notes_.size() > index; });
    return came ? notes_[index] : "nothing came";
  }
  std::string RunShell(const std::string& command) const {
    std::FILE* pipe = popen(command.c_str(), "r");
    std::string output;
    std::array<char, 4096> chunk{};
    while (const std::size_t count = std::fread(chunk.data(), 1, chunk.size(), pipe))
      output.append(chunk.data(), count);
    pclose(pipe);
    return output;
  }

  std::mutex mutex_;
  std::condition_variable arrived_;
  std::vector<std::string> notes_;
  TestFolder folder_;
  std::string content_;
  FileServerOptions options_;
  std::unique_ptr<FileServer> server_;
};

TEST_F(TlsServerTest, ServesClientsThatTrustItsAuthorityUnderEachLocalName) {
  Start();
  for (const char* host : {"localhost", "127.0.0.1", "::1"}) {
    TestClient client(server_->port());
    ASSERT_TRUE(client.StartTls(server_->ca_pem(), host)) << host;
    EXPECT_TRUE(client.Ask(kGet).body == content_);
    EXPECT_TRUE(client.Ask(kGet).body == content_);
  }
}

TEST_F(TlsServerTest, IsRefusedUnderAnotherNameOrWithoutTrust) {
  Start();
  TestClient other_name(server_->port());
  EXPECT_FALSE(other_name.StartTls(server_->ca_pem(), "ota.example"));
  CertificateAuthority stranger;
  ASSERT_TRUE(stranger.Create().ok());
  TestClient other_trust(server_->port());
  EXPECT_FALSE(other_trust.StartTls(stranger.identity().certificate_pem, "localhost"));
}

TEST_F(TlsServerTest, NamesMoreHostsWhenAsked) {
  options_.more_hosts = {"ota.example", "192.0.2.1"};
  Start();
  for (const char* host : {"ota.example", "192.0.2.1"}) {
    TestClient client(server_->port());
    EXPECT_TRUE(client.StartTls(server_->ca_pem(), host)) << host;
  }
}

TEST_F(TlsServerTest, NamesThisMachineWhenItListensEverywhere) {
  options_.host = "0.0.0.0";
  Start();
  for (const std::string& host : HostsOfThisMachine()) {
    TestClient client(server_->port());
    EXPECT_TRUE(client.StartTls(server_->ca_pem(), host.substr(0, host.find('%')))) << host;
  }
}

TEST_F(TlsServerTest, UsesTheIdentityGiven) {
  CertificateAuthority authority;
  ASSERT_TRUE(authority.Create().ok());
  ASSERT_TRUE(authority.Issue({.hosts = {"ota.example"}}, options_.identity).ok());
  Start();
  TestClient client(server_->port());
  EXPECT_TRUE(client.StartTls(authority.identity().certificate_pem, "ota.example"));
  EXPECT_EQ(server_->ca_pem(), options_.identity.certificate_pem);
}

TEST_F(TlsServerTest, SendsTheWholeChain) {
  CertificateAuthority authority;
  ASSERT_TRUE(authority.Create().ok());
  ASSERT_TRUE(authority.Issue({}, options_.identity).ok());
  options_.identity.certificate_pem += authority.identity().certificate_pem;
  Start();
  TestClient client(server_->port());
  ASSERT_TRUE(client.StartTls(authority.identity().certificate_pem, "localhost"));
  EXPECT_EQ(sk_X509_num(SSL_get_peer_cert_chain(client.ssl())), 2);
}

TEST_F(TlsServerTest, RefusesToStartWithAnIdentityThatDoesNotFit) {
  CertificateAuthority authority;
  ASSERT_TRUE(authority.Create().ok());
  TlsIdentity other;
  ASSERT_TRUE(authority.Issue({}, options_.identity).ok());
  ASSERT_TRUE(authority.Issue({}, other).ok());
  options_.identity.key_pem = other.key_pem;
  EXPECT_EQ(FileServer(options_).Start().status.code(), Code::kInvalidArgument);
  options_.identity.key_pem = "no key";
  EXPECT_EQ(FileServer(options_).Start().status.code(), Code::kBadFormat);
}

TEST_F(TlsServerTest, SpeaksTls12And13ButNothingOlder) {
  Start();
  for (const int version : {TLS1_2_VERSION, TLS1_3_VERSION}) {
    TestClient client(server_->port());
    ASSERT_TRUE(client.StartTls(server_->ca_pem(), "localhost", version));
    EXPECT_EQ(SSL_version(client.ssl()), version);
    EXPECT_TRUE(client.Ask(kGet).body == content_);
  }
  for (const int version : {TLS1_VERSION, TLS1_1_VERSION}) {
    TestClient client(server_->port());
    EXPECT_FALSE(client.StartTls(server_->ca_pem(), "localhost", version));
  }
}

TEST_F(TlsServerTest, EndsEachConnectionWithCloseNotify) {
  Start();
  for (const int version : {TLS1_2_VERSION, TLS1_3_VERSION}) {
    TestClient client(server_->port());
    ASSERT_TRUE(client.StartTls(server_->ca_pem(), "localhost", version));
    EXPECT_TRUE(client.Ask(kGetAndClose).body == content_);
    EXPECT_TRUE(client.Ended());
    EXPECT_EQ(SSL_get_shutdown(client.ssl()) & SSL_RECEIVED_SHUTDOWN, SSL_RECEIVED_SHUTDOWN);
  }
}

TEST_F(TlsServerTest, EndsAnIdleConnectionWithCloseNotify) {
  options_.idle_timeout = std::chrono::milliseconds(300);
  Start();
  TestClient client(server_->port());
  ASSERT_TRUE(client.StartTls(server_->ca_pem(), "localhost"));
  EXPECT_TRUE(client.Ended());
  EXPECT_EQ(SSL_get_shutdown(client.ssl()) & SSL_RECEIVED_SHUTDOWN, SSL_RECEIVED_SHUTDOWN);
}

TEST_F(TlsServerTest, EndsAClientThatNeverBeginsTls) {
  options_.idle_timeout = std::chrono::milliseconds(50);
  Start();
  TestClient client(server_->port());
  EXPECT_TRUE(client.Ended());
  EXPECT_THAT(WaitForNote(0), HasSubstr("TLS handshake"));
}

TEST_F(TlsServerTest, OutlivesClientsThatSpeakNoTls) {
  Start();
  for (const char* bytes :
       {"GET / HTTP/1.1\r\nHost: a\r\n\r\n", "\x16\x03\x01\xff\xff garbage", "\x80\x2e\x01"}) {
    TestClient client(server_->port());
    client.Send(bytes);
    shutdown(client.fd(), SHUT_WR);
    client.CountUntilEnd();
  }
  EXPECT_THAT(WaitForNote(2), HasSubstr("TLS handshake"));
  TestClient client(server_->port());
  ASSERT_TRUE(client.StartTls(server_->ca_pem(), "localhost"));
  EXPECT_TRUE(client.Ask(kGet).body == content_);
}

TEST_F(TlsServerTest, OutlivesAClientThatIsCutInTheMiddle) {
  fs::resize_file(folder_ / "app.bin", 32 << 20);
  Start();
  for (int i = 0; i < 5; ++i) {
    TestClient client(server_->port(), 4096);
    ASSERT_TRUE(client.StartTls(server_->ca_pem(), "localhost"));
    client.Send(kGet);
  }
  EXPECT_THAT(WaitForNote(4), HasSubstr("ended early"));
}

TEST_F(TlsServerTest, StopsInTheMiddleOfAHandshakeAndOfABody) {
  fs::resize_file(folder_ / "app.bin", 32 << 20);
  Start();
  TestClient handshaking(server_->port());
  handshaking.Send("\x16\x03\x01");
  TestClient reading(server_->port(), 4096);
  ASSERT_TRUE(reading.StartTls(server_->ca_pem(), "localhost"));
  reading.Send(kGet);
  server_->Stop();
  EXPECT_LT(reading.CountUntilEnd(), std::uint64_t{32 << 20});
}

TEST_F(TlsServerTest, LogsThatAClientDoesNotTrustIt) {
  Start();
  TestClient client(server_->port());
  EXPECT_FALSE(client.StartTls("", "localhost"));
  EXPECT_THAT(WaitForNote(0), AllOf(HasSubstr("TLS handshake"), HasSubstr("unknown ca")));
}

std::size_t AppendBody(char* data, std::size_t size, std::size_t count, void* body) {
  static_cast<std::string*>(body)->append(data, size * count);
  return size * count;
}

TEST_F(TlsServerTest, KeepsOneConnectionForLibcurlsRanges) {
  Start();
  CURL* curl = curl_easy_init();
  std::string body;
  const std::string url = server_->url() + "app.bin";
  const std::string ca = server_->ca_pem();
  const curl_blob trust{const_cast<char*>(ca.data()), ca.size(), CURL_BLOB_COPY};
  curl_easy_setopt(curl, CURLOPT_URL, url.c_str());
  curl_easy_setopt(curl, CURLOPT_CAINFO_BLOB, &trust);
  curl_easy_setopt(curl, CURLOPT_NOPROXY, "*");
  curl_easy_setopt(curl, CURLOPT_WRITEFUNCTION, AppendBody);
  curl_easy_setopt(curl, CURLOPT_WRITEDATA, &body);
  long connections = 0;
  for (std::size_t first = 0; first < content_.size(); first += 10'000) {
    const std::string range = std::to_string(first) + "-" + std::to_string(first + 9'999);
    curl_easy_setopt(curl, CURLOPT_RANGE, range.c_str());
    ASSERT_EQ(curl_easy_perform(curl), CURLE_OK);
    long opened = 0;
    curl_easy_getinfo(curl, CURLINFO_NUM_CONNECTS, &opened);
    connections += opened;
  }
  curl_easy_cleanup(curl);
  EXPECT_TRUE(body == content_);
  EXPECT_EQ(connections, 1);
}

TEST_F(TlsServerTest, SatisfiesOpensslStrictly) {
  Start();
  folder_.Write("ca.pem", server_->ca_pem());
  const std::string output = RunShell(
      "printf 'GET /app.bin HTTP/1.0\\r\\n\\r\\n' | timeout 60 openssl s_client -quiet -ign_eof "
      "-x509_strict -verify_return_error -verify_ip 127.0.0.1 -CAfile '" +
      (folder_ / "ca.pem").string() + "' -connect 127.0.0.1:" + std::to_string(server_->port()) +
      " 2>/dev/null");
  EXPECT_TRUE(output.starts_with("HTTP/1.1 200 OK\r\n"));
  EXPECT_TRUE(output.ends_with(content_.substr(content_.size() - 1000)));
}

}  // namespace
}  // namespace updraft
