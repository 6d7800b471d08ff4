// SPDX-License-Identifier: Apache-2.0
// What is libcurl's own; the rest is tests/ports/connection_test.cc.
#include "ports/host/connection_curl.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstdlib>
#include <string>

#include "testing/loopback_peer.h"
#include "testing/openssl_server.h"
#include "testing/test_certificates.h"

namespace updraft {
namespace {

using testing::HasSubstr;
using testing::StartsWith;

const TestAuthority& Authority() {
  static const TestAuthority authority;
  return authority;
}

const CertifiedKey& GoodIdentity() {
  static const CertifiedKey identity = Authority().Issue({});
  return identity;
}

Result<std::string> ReceiveText(Connection& connection, std::size_t least) {
  std::string text;
  std::array<std::uint8_t, 4096> bytes{};
  do {
    UPDRAFT_TRY_ASSIGN(const std::size_t count, connection.Receive(bytes));
    if (count == 0) break;
    text.append(reinterpret_cast<const char*>(bytes.data()), count);
  } while (text.size() < least);
  return text;
}

class CurlConnectionTest : public testing::Test {
 protected:
  CurlConnectionTest() {
    for (const char* name : {"http_proxy", "https_proxy", "HTTPS_PROXY", "all_proxy", "ALL_PROXY",
                             "no_proxy", "NO_PROXY"}) {
      unsetenv(name);
    }
  }
};

TEST_F(CurlConnectionTest, ReadsTheAuthorityFromAFile) {
  OpensslServer server(GoodIdentity());
  HostConnectionOptions options;
  options.ca_file = server.folder() / "ca.pem";
  WriteFile(options.ca_file, Authority().certificate_pem());
  CurlConnection connection(options);
  EXPECT_TRUE(connection.Connect({"localhost", server.port(), true}).ok())
      << connection.failure_text();
  options.ca_file = server.folder() / "absent.pem";
  CurlConnection without(options);
  EXPECT_EQ(without.Connect({"localhost", server.port(), true}), Status(NetworkFailure::kTls));
  EXPECT_THAT(std::string(without.failure_text()), HasSubstr("absent.pem"));
}

TEST_F(CurlConnectionTest, ReadsItsOwnCertificateFromAFile) {
  const TemporaryFolder folder;
  const TestAuthority clients("Clients");
  WriteFile(folder / "clients.pem", clients.certificate_pem());
  const CertifiedKey own = clients.Issue({.common_name = "device 7"});
  OpensslServer server(GoodIdentity(), {"-Verify", "1", "-verify_return_error", "-CAfile",
                                        (folder / "clients.pem").string()});
  WriteFile(folder / "own.pem", own.certificate_pem + own.key_pem);
  HostConnectionOptions options;
  options.ca_pem = Authority().certificate_pem();
  options.certificate_file = options.key_file = folder / "own.pem";
  CurlConnection connection(options);
  ASSERT_TRUE(connection.Connect({"localhost", server.port(), true}).ok())
      << connection.failure_text();
  ASSERT_TRUE(connection.Send(AsBytes("by file\n")).ok());
  server.WaitFor("by file\n");
}

// Hours pass at once; what came before is not lost.
TEST_F(CurlConnectionTest, TakesAStallForOverWhenThePeerIsKnownToBeSilent) {
  PeerSilence silence;
  const LoopbackPeer peer([&silence](int socket) {
    SendAll(socket, "before");
    silence.Begin();
    WaitForClose(socket);
  });
  HostConnectionOptions options;
  options.stall_timeout = std::chrono::hours(1);
  options.silence = &silence;
  CurlConnection connection(options);
  ASSERT_TRUE(connection.Connect({"127.0.0.1", peer.port(), false}).ok());
  const auto text = ReceiveText(connection, 6);
  ASSERT_TRUE(text) << connection.failure_text();
  EXPECT_EQ(*text, "before");
  EXPECT_EQ(silence.skipped().count(), 0);
  EXPECT_EQ(ReceiveText(connection, 1).error(), Status(NetworkFailure::kTimeout));
  EXPECT_EQ(connection.failure_text(), "no byte for 3600000 ms");
  EXPECT_GT(silence.skipped(), std::chrono::minutes(30));
}

TEST_F(CurlConnectionTest, TakesConnectingForOverWhenThePeerIsKnownToBeSilent) {
  PeerSilence silence;
  const LoopbackPeer peer([&silence](int socket) {
    silence.Begin();
    WaitForClose(socket);
  });
  HostConnectionOptions options;
  options.connect_timeout = std::chrono::hours(1);
  options.silence = &silence;
  CurlConnection connection(options);
  EXPECT_EQ(connection.Connect({"127.0.0.1", peer.port(), true}), Status(NetworkFailure::kTimeout));
  EXPECT_EQ(connection.failure_text(), "not connected within 3600000 ms");
  EXPECT_GT(silence.skipped(), std::chrono::minutes(30));
}

TEST_F(CurlConnectionTest, GoesThroughAProxyByAStream) {
  std::string asked;
  const LoopbackPeer proxy([&](int socket) {
    asked = ReceiveUntil(socket, "\r\n\r\n");
    SendAll(socket, "HTTP/1.1 200 Connected\r\nX: y\r\n\r\n");
    if (ReceiveUntil(socket, "\n") == "ping\n") SendAll(socket, "pong\n");
  });
  HostConnectionOptions options;
  options.proxy = "http://me:secret@127.0.0.1:" + std::to_string(proxy.port());
  CurlConnection connection(options);
  ASSERT_TRUE(connection.Connect({"example.invalid", 8080, false}).ok())
      << connection.failure_text();
  ASSERT_TRUE(connection.Send(AsBytes("ping\n")).ok());
  EXPECT_EQ(*ReceiveText(connection, 5), "pong\n");
  EXPECT_THAT(asked, StartsWith("CONNECT example.invalid:8080 HTTP/1.1\r\n"));
  EXPECT_THAT(asked, HasSubstr("Proxy-Authorization: Basic bWU6c2VjcmV0\r\n"));
}

TEST_F(CurlConnectionTest, HonoursTheProxyOfTheEnvironment) {
  const LoopbackPeer proxy([&](int socket) {
    ReceiveUntil(socket, "\r\n\r\n");
    SendAll(socket, "HTTP/1.1 403 Forbidden\r\nContent-Length: 0\r\n\r\n");
  });
  setenv("https_proxy", ("http://127.0.0.1:" + std::to_string(proxy.port())).c_str(), 1);
  CurlConnection connection({});
  const Status refused = connection.Connect({"example.invalid", 443, true});
  unsetenv("https_proxy");
  EXPECT_EQ(refused, Status(NetworkFailure::kConnect));
  EXPECT_THAT(std::string(connection.failure_text()), HasSubstr("403"));
}

}  // namespace
}  // namespace updraft
