// SPDX-License-Identifier: Apache-2.0
// What both connections of a host have beside the port's own promises
// (tests/ports/connection_test.cc).
#include "ports/host/host_connection.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <array>
#include <string>

#include "ports/host/connection_curl.h"
#include "ports/host/connection_openssl.h"
#include "testing/loopback_peer.h"
#include "testing/openssl_server.h"
#include "testing/receive_text.h"
#include "testing/test_identity.h"

namespace updraft {
namespace {

using testing::HasSubstr;

template <typename T>
class HostConnectionTest : public testing::Test {
 protected:
  HostConnectionTest() { ForgetProxies(); }
};
using HostConnections = testing::Types<OpensslConnection, CurlConnection>;
TYPED_TEST_SUITE(HostConnectionTest, HostConnections);

TYPED_TEST(HostConnectionTest, ReadsTheAuthorityFromAFile) {
  OpensslServer server(GoodIdentity());
  HostConnectionOptions options;
  options.ca_file = server.folder() / "ca.pem";
  WriteFile(options.ca_file, Authority().certificate_pem());
  TypeParam connection(options);
  EXPECT_TRUE(connection.Connect({"localhost", server.port(), true}).ok())
      << connection.failure_text();
  options.ca_file = server.folder() / "absent.pem";
  TypeParam without(options);
  EXPECT_EQ(without.Connect({"localhost", server.port(), true}), Status(NetworkFailure::kTls));
  EXPECT_THAT(std::string(without.failure_text()), HasSubstr("absent.pem"));
}

TYPED_TEST(HostConnectionTest, ReadsItsOwnCertificateFromAFile) {
  const TemporaryFolder folder;
  const TestAuthority clients("Clients");
  WriteFile(folder / "clients.pem", clients.certificate_pem());
  const CertifiedKey own = IdentityOfDevice(clients);
  OpensslServer server(GoodIdentity(), {"-Verify", "1", "-verify_return_error", "-CAfile",
                                        (folder / "clients.pem").string()});
  WriteFile(folder / "own.pem", own.certificate_pem + own.key_pem);
  HostConnectionOptions options;
  options.ca_pem = Authority().certificate_pem();
  options.certificate_file = options.key_file = folder / "own.pem";
  TypeParam connection(options);
  ASSERT_TRUE(connection.Connect({"localhost", server.port(), true}).ok())
      << connection.failure_text();
  ASSERT_TRUE(connection.Send(AsBytes("by file\n")).ok());
  server.WaitFor("by file\n");
}

// Hours pass at once; what came before is not lost.
TYPED_TEST(HostConnectionTest, TakesAStallForOverWhenThePeerIsKnownToBeSilent) {
  PeerSilence silence;
  const LoopbackPeer peer([&silence](int socket) {
    SendAll(socket, "before");
    silence.Begin();
    WaitForClose(socket);
  });
  HostConnectionOptions options;
  options.stall_timeout = std::chrono::hours(1);
  options.silence = &silence;
  TypeParam connection(options);
  ASSERT_TRUE(connection.Connect({"127.0.0.1", peer.port(), false}).ok());
  const auto text = ReceiveText(connection, 6);
  ASSERT_TRUE(text) << connection.failure_text();
  EXPECT_EQ(*text, "before");
  EXPECT_EQ(silence.skipped().count(), 0);
  EXPECT_EQ(ReceiveText(connection, 1).error(), Status(NetworkFailure::kTimeout));
  EXPECT_EQ(connection.failure_text(), "no byte for 3600000 ms");
  EXPECT_GT(silence.skipped(), std::chrono::minutes(30));
}

TYPED_TEST(HostConnectionTest, TakesConnectingForOverWhenThePeerIsKnownToBeSilent) {
  PeerSilence silence;
  const LoopbackPeer peer([&silence](int socket) {
    silence.Begin();
    WaitForClose(socket);
  });
  HostConnectionOptions options;
  options.connect_timeout = std::chrono::hours(1);
  options.silence = &silence;
  TypeParam connection(options);
  EXPECT_EQ(connection.Connect({"127.0.0.1", peer.port(), true}), Status(NetworkFailure::kTimeout));
  EXPECT_EQ(connection.failure_text(), "not connected within 3600000 ms");
  EXPECT_GT(silence.skipped(), std::chrono::minutes(30));
}

TYPED_TEST(HostConnectionTest, SaysWhichFileOfTheClientItCannotUse) {
  const TemporaryFolder folder;
  const CertifiedKey own = IdentityOfDevice(Authority());
  OpensslServer server(GoodIdentity());
  HostConnectionOptions options;
  options.ca_pem = Authority().certificate_pem();
  options.certificate_file = options.key_file = folder / "absent.pem";
  TypeParam without(options);
  EXPECT_EQ(without.Connect({"localhost", server.port(), true}), Status(NetworkFailure::kTls));
  EXPECT_THAT(std::string(without.failure_text()), HasSubstr("absent.pem"));
  options.certificate_file = folder / "own.pem";
  options.key_file = folder / "other.pem";
  WriteFile(options.certificate_file, own.certificate_pem);
  WriteFile(options.key_file, GoodIdentity().key_pem);
  TypeParam mismatched(options);
  EXPECT_EQ(mismatched.Connect({"localhost", server.port(), true}), Status(NetworkFailure::kTls));
  EXPECT_NE(mismatched.failure_text(), "");
}

// A stream on which nothing came goes on after the stall.
TYPED_TEST(HostConnectionTest, StaysOpenAfterAStallWhereThatIsWished) {
  PeerSilence silence;
  const LoopbackPeer peer([&silence](int socket) {
    silence.Begin();
    if (ReceiveUntil(socket, "\n") == "go on\n") SendAll(socket, "late");
  });
  HostConnectionOptions options;
  options.stall_timeout = std::chrono::hours(1);
  options.silence = &silence;
  options.open_after_stall = true;
  TypeParam connection(options);
  ASSERT_TRUE(connection.Connect({"127.0.0.1", peer.port(), false}).ok());
  EXPECT_EQ(ReceiveText(connection, 1).error(), Status(NetworkFailure::kTimeout));
  EXPECT_TRUE(connection.is_open());
  ASSERT_TRUE(connection.Send(AsBytes("go on\n")).ok());
  EXPECT_EQ(*ReceiveText(connection, 4), "late");
}

TYPED_TEST(HostConnectionTest, SpeaksTheVersionsOfTlsThatAreWished) {
  using Versions = HostConnectionOptions::TlsVersions;
  for (const auto& [versions, name] :
       {std::pair{Versions::k12OrNewer, "TLSv1.3"}, std::pair{Versions::kOnly12, "TLSv1.2"},
        std::pair{Versions::kOnly13, "TLSv1.3"}}) {
    OpensslServer server(GoodIdentity());
    HostConnectionOptions options;
    options.ca_pem = Authority().certificate_pem();
    options.tls_versions = versions;
    TypeParam connection(options);
    ASSERT_TRUE(connection.Connect({"localhost", server.port(), true}).ok());
    server.WaitFor("CIPHER");
    server.Say("hello");
    ASSERT_EQ(*ReceiveText(connection, 6), "hello\n");
    EXPECT_EQ(connection.tls_version(), name);
  }
  OpensslServer old(GoodIdentity(), {"-tls1_2"});
  HostConnectionOptions options;
  options.ca_pem = Authority().certificate_pem();
  options.tls_versions = Versions::kOnly13;
  TypeParam connection(options);
  EXPECT_EQ(connection.Connect({"localhost", old.port(), true}), Status(NetworkFailure::kTls));
}

TEST(OpensslConnectionTest, PrefersAes128AndTakesWhatAServerInsistsOn) {
  HostConnectionOptions options;
  options.ca_pem = Authority().certificate_pem();
  const std::pair<std::vector<std::string>, std::string> cases[] = {
      {{}, "TLS_AES_128_GCM_SHA256"},
      {{"-ciphersuites", "TLS_AES_256_GCM_SHA384"}, "TLS_AES_256_GCM_SHA384"},
      {{"-ciphersuites", "TLS_CHACHA20_POLY1305_SHA256"}, "TLS_CHACHA20_POLY1305_SHA256"},
  };
  for (const auto& [arguments, name] : cases) {
    OpensslServer server(GoodIdentity(), arguments);
    OpensslConnection connection(options);
    EXPECT_TRUE(connection.Connect({"localhost", server.port(), true}).ok())
        << connection.failure_text();
    server.WaitFor("CIPHER is " + name + "\n");
  }
}

TYPED_TEST(HostConnectionTest, OpensAKeyWithItsPasswordAndNeverAsksForOne) {
  const TemporaryFolder folder;
  const TestAuthority clients("Clients");
  const CertifiedKey own = IdentityOfDevice(clients);
  WriteFile(folder / "own.key", own.key_pem);
  const std::string locked = folder / "locked.key";
  ASSERT_EQ(std::system(("openssl pkey -in " + (folder / "own.key").string() + " -aes256 " +
                         "-passout pass:secret -out " + locked)
                            .c_str()),
            0);
  OpensslServer server(GoodIdentity());
  HostConnectionOptions options;
  options.ca_pem = Authority().certificate_pem();
  options.certificate_pem = own.certificate_pem;
  options.key_file = locked;
  options.key_password = "wrong";
  TypeParam wrong(options);
  EXPECT_EQ(wrong.Connect({"localhost", server.port(), true}), Status(NetworkFailure::kTls));
  options.key_password = "secret";
  TypeParam right(options);
  EXPECT_TRUE(right.Connect({"localhost", server.port(), true}).ok()) << right.failure_text();
}

}  // namespace
}  // namespace updraft
