// SPDX-License-Identifier: Apache-2.0
// Every Connection port against real peers on loopback: `openssl s_server`, and plain
// sockets.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <array>
#include <atomic>
#include <future>
#include <string>
#include <vector>

#include "updraft/fetch.h"
#include "updraft/http_client.h"
#include "updraft/observer.h"

#include "testing/loopback_peer.h"
#include "testing/openssl_server.h"
#include "testing/receive_text.h"
#include "testing/test_identity.h"
#include "tests/ports/connection_ports.h"

namespace updraft {
namespace {

using testing::EndsWith;
using testing::HasSubstr;

// Outside of templates: GCC 12 fails over the defaults of a request in one.
CertifiedKey SelfSignedIdentity() { return SelfSigned({}); }

CertifiedKey IdentityValid(long from, long until) {
  CertificateRequest request;
  request.valid_from = from;
  request.valid_until = until;
  return Authority().Issue(request);
}

ConnectionWishes Trusting() {
  ConnectionWishes options;
  options.ca_pem = Authority().certificate_pem();
  return options;
}

template <typename T>
class ConnectionTest : public testing::Test {
 protected:
  ConnectionTest() { ForgetProxies(); }
};
TYPED_TEST_SUITE(ConnectionTest, ConnectionPorts, ConnectionPortName);

TYPED_TEST(ConnectionTest, SpeaksTlsWithAVerifiedPeer) {
  OpensslServer server(GoodIdentity());
  TypeParam connection(Trusting());
  for (const char* host : {"localhost", "127.0.0.1"}) {
    ASSERT_TRUE(connection.Connect({host, server.port(), true}).ok()) << connection.failure_text();
    EXPECT_TRUE(connection.is_open());
    ASSERT_TRUE(connection.Send(AsBytes("one from " + std::string(host) + "\n")).ok());
    server.WaitFor("one from " + std::string(host) + "\n");
    server.Say("two");
    const Result<std::string> answer = ReceiveText(connection, 4);
    ASSERT_TRUE(answer) << connection.failure_text();
    EXPECT_EQ(*answer, "two\n");
    EXPECT_EQ(connection.tls_version(), TypeParam::kNewestTls);
    connection.Close();
    EXPECT_FALSE(connection.is_open());
  }
}

TYPED_TEST(ConnectionTest, OffersHttp11AndNothingElse) {
  OpensslServer server(GoodIdentity(), {"-alpn", "h2,http/1.1"});
  TypeParam connection(Trusting());
  ASSERT_TRUE(connection.Connect({"localhost", server.port(), true}).ok());
  server.WaitFor("ALPN protocols advertised by the client: http/1.1\n");
  server.WaitFor("ALPN protocols selected: http/1.1\n");
}

TYPED_TEST(ConnectionTest, TakesATlsEndWithCloseNotifyForAnOrderlyEnd) {
  for (const char* version : TypeParam::kTlsVersions) {
    OpensslServer server(GoodIdentity(), {"-WWW", version});
    WriteFile(server.folder() / "file", "hello");
    TypeParam connection(Trusting());
    ASSERT_TRUE(connection.Connect({"localhost", server.port(), true}).ok());
    ASSERT_TRUE(connection.Send(AsBytes("GET /file HTTP/1.0\r\n\r\n")).ok());
    const Result<std::string> text = ReceiveText(connection, 9999);
    ASSERT_TRUE(text) << version << ": " << connection.failure_text();
    EXPECT_THAT(*text, EndsWith("\r\n\r\nhello"));
    std::array<std::uint8_t, 8> out{};
    const Result<std::size_t> end = connection.Receive(out);
    ASSERT_TRUE(end) << connection.failure_text();
    EXPECT_EQ(*end, 0U);
  }
}

TYPED_TEST(ConnectionTest, TakesATlsStreamCutWithoutCloseNotifyForAReset) {
  for (const char* version : TypeParam::kTlsVersions) {
    for (const bool killed : {true, false}) {
      OpensslServer server(GoodIdentity(), {version});
      TypeParam connection(Trusting());
      ASSERT_TRUE(connection.Connect({"localhost", server.port(), true}).ok());
      ASSERT_TRUE(connection.Send(AsBytes("hello\n")).ok());
      server.WaitFor("hello\n");
      server.Say("half");
      ASSERT_EQ(*ReceiveText(connection, 5), "half\n");
      killed ? server.Kill() : server.Say("Q");
      std::array<std::uint8_t, 8> out{};
      const Result<std::size_t> end = connection.Receive(out);
      EXPECT_EQ(end.error(), Status(NetworkFailure::kReset)) << version;
      EXPECT_NE(connection.failure_text(), "");
      EXPECT_FALSE(connection.is_open());
      EXPECT_EQ(connection.Receive(out).error(), Status(NetworkFailure::kReset));
    }
  }
}

TYPED_TEST(ConnectionTest, SurvivesSendingToADeadPeer) {
  OpensslServer server(GoodIdentity());
  TypeParam connection(Trusting());
  ASSERT_TRUE(connection.Connect({"localhost", server.port(), true}).ok());
  ASSERT_TRUE(connection.Send(AsBytes("hello\n")).ok());
  server.WaitFor("hello\n");
  server.Kill();
  const std::vector<std::uint8_t> data(65536);
  Status status;
  for (int i = 0; i < 1000 && status.ok(); ++i) status = connection.Send(data);
  EXPECT_EQ(status, Status(NetworkFailure::kReset));
}

TYPED_TEST(ConnectionTest, RefusesAnUnknownAuthority) {
  OpensslServer server(GoodIdentity());
  const TestAuthority other("Somebody else");
  ConnectionWishes options;
  options.ca_pem = other.certificate_pem();
  TypeParam connection(options);
  EXPECT_EQ(connection.Connect({"localhost", server.port(), true}), Status(NetworkFailure::kTls));
  EXPECT_THAT(std::string(connection.failure_text()), HasSubstr("certificate"));
  EXPECT_FALSE(connection.is_open());
  TypeParam system_store(ConnectionWishes{});
  EXPECT_EQ(system_store.Connect({"localhost", server.port(), true}), Status(NetworkFailure::kTls));
}

TYPED_TEST(ConnectionTest, RefusesAnExpiredOrFutureCertificate) {
  for (const auto& [from, until] : {std::pair{-7200L, -3600L}, std::pair{3600L, 7200L}}) {
    OpensslServer server(IdentityValid(from, until));
    TypeParam connection(Trusting());
    EXPECT_EQ(connection.Connect({"localhost", server.port(), true}), Status(NetworkFailure::kTls));
    EXPECT_THAT(std::string(connection.failure_text()),
                HasSubstr(until < 0 ? "certificate has expired" : "certificate is not yet valid"));
  }
}

TYPED_TEST(ConnectionTest, RefusesAnotherHostNameUnlessToldToSkipTheName) {
  OpensslServer server(GoodIdentity());
  ConnectionWishes options = Trusting();
  options.redirected_port = server.port();
  TypeParam strict(options);
  EXPECT_EQ(strict.Connect({"wrong.example", 443, true}), Status(NetworkFailure::kTls));
  EXPECT_THAT(std::string(strict.failure_text()), HasSubstr("wrong.example"));
  options.skip_common_name_check = true;
  TypeParam lenient(options);
  EXPECT_TRUE(lenient.Connect({"wrong.example", 443, true}).ok()) << lenient.failure_text();
}

TYPED_TEST(ConnectionTest, StillVerifiesTheChainWhenItSkipsTheName) {
  OpensslServer server(SelfSignedIdentity());
  ConnectionWishes options = Trusting();
  options.skip_common_name_check = true;
  TypeParam connection(options);
  EXPECT_EQ(connection.Connect({"localhost", server.port(), true}), Status(NetworkFailure::kTls));
}

TYPED_TEST(ConnectionTest, TrustsASelfSignedCertificateThatIsGiven) {
  const CertifiedKey identity = SelfSignedIdentity();
  OpensslServer server(identity);
  ConnectionWishes options;
  options.ca_pem = identity.certificate_pem;
  TypeParam connection(options);
  EXPECT_TRUE(connection.Connect({"localhost", server.port(), true}).ok())
      << connection.failure_text();
}

TYPED_TEST(ConnectionTest, ShowsItsOwnCertificateWhenItHasOne) {
  const TemporaryFolder folder;
  const TestAuthority clients("Clients");
  WriteFile(folder / "clients.pem", clients.certificate_pem());
  const CertifiedKey own = IdentityOfDevice(clients);
  OpensslServer server(GoodIdentity(), {"-Verify", "1", "-verify_return_error", "-CAfile",
                                        (folder / "clients.pem").string()});
  ConnectionWishes options = Trusting();
  TypeParam without(options);
  const Status connected = without.Connect({"localhost", server.port(), true});
  std::array<std::uint8_t, 8> out{};
  // With TLS 1.3 the refusal comes after the handshake.
  const Status refused = connected.ok() ? without.Receive(out).error() : connected;
  EXPECT_EQ(refused, Status(NetworkFailure::kTls)) << without.failure_text();

  options.certificate_pem = own.certificate_pem;
  options.key_pem = own.key_pem;
  TypeParam by_text(options);
  ASSERT_TRUE(by_text.Connect({"localhost", server.port(), true}).ok()) << by_text.failure_text();
  ASSERT_TRUE(by_text.Send(AsBytes("by text\n")).ok());
  server.WaitFor("by text\n");
  by_text.Close();
}

TYPED_TEST(ConnectionTest, RefusesAnOldTls) {
  OpensslServer server(GoodIdentity(), {"-tls1_1", "-cipher", "ALL:@SECLEVEL=0"});
  TypeParam connection(Trusting());
  EXPECT_EQ(connection.Connect({"localhost", server.port(), true}), Status(NetworkFailure::kTls));
}

TYPED_TEST(ConnectionTest, TakesNonsenseInsteadOfTlsForATlsFailure) {
  const LoopbackPeer peer([](int socket) {
    SendAll(socket, "HTTP/1.1 400 Bad Request\r\n\r\n");
    WaitForClose(socket);
  });
  TypeParam connection(Trusting());
  EXPECT_EQ(connection.Connect({"localhost", peer.port(), true}), Status(NetworkFailure::kTls));
  EXPECT_NE(connection.failure_text(), "");
}

TYPED_TEST(ConnectionTest, SpeaksPlainlyWhereNoTlsIsAsked) {
  std::string large(8U << 20U, '\0');
  for (std::size_t i = 0; i < large.size(); ++i) large[i] = static_cast<char>(i * 7 + i / 4096);
  const LoopbackPeer peer([&](int socket) {
    if (ReceiveUntil(socket, "\n") == "more\n") SendAll(socket, large);
  });
  TypeParam connection(ConnectionWishes{});
  ASSERT_TRUE(connection.Connect({"127.0.0.1", peer.port(), false}).ok());
  ASSERT_TRUE(connection.Send(AsBytes("more\n")).ok());
  const Result<std::string> text = ReceiveText(connection, large.size() + 1);
  ASSERT_TRUE(text);
  EXPECT_TRUE(*text == large);
  EXPECT_EQ(connection.failure_text(), "");
}

TYPED_TEST(ConnectionTest, TellsAResetFromAnOrderlyEndWithoutTls) {
  const LoopbackPeer peer([](int socket) {
    ReceiveUntil(socket, "\n");
    const linger at_once{1, 0};
    setsockopt(socket, SOL_SOCKET, SO_LINGER, &at_once, sizeof at_once);
  });
  TypeParam connection(ConnectionWishes{});
  ASSERT_TRUE(connection.Connect({"127.0.0.1", peer.port(), false}).ok());
  ASSERT_TRUE(connection.Send(AsBytes("x\n")).ok());
  std::array<std::uint8_t, 8> out{};
  EXPECT_EQ(connection.Receive(out).error(), Status(NetworkFailure::kReset));
  EXPECT_NE(connection.failure_text(), "");
}

TYPED_TEST(ConnectionTest, TellsAClosedPortFromAnUnknownName) {
  TypeParam connection(ConnectionWishes{});
  EXPECT_EQ(connection.Connect({"127.0.0.1", ClosedPort(), true}),
            Status(NetworkFailure::kConnect));
  EXPECT_NE(connection.failure_text(), "");
  EXPECT_EQ(connection.Connect({"no-such-host.invalid", 443, true}),
            Status(NetworkFailure::kResolve));
  EXPECT_THAT(std::string(connection.failure_text()), HasSubstr("no-such-host.invalid"));
}

TYPED_TEST(ConnectionTest, RefusesAHostThatIsNone) {
  TypeParam connection(ConnectionWishes{});
  for (const char* host : {"", "a/b", "a@b", "a b", "a#", "[::1]", "a\r\n"}) {
    EXPECT_EQ(connection.Connect({host, 443, true}).code(), Code::kInvalidArgument) << host;
  }
  EXPECT_EQ(connection.Connect({"a", 0, true}).code(), Code::kInvalidArgument);
  std::array<std::uint8_t, 8> out{};
  EXPECT_EQ(connection.Send(AsBytes("x")), Status(NetworkFailure::kReset));
  EXPECT_EQ(connection.Receive(out).error(), Status(NetworkFailure::kReset));
}

TYPED_TEST(ConnectionTest, EndsAStallInReceivingAndConnecting) {
  const LoopbackPeer peer([](int socket) {
    ReceiveUntil(socket, "close");
    WaitForClose(socket);
  });
  ConnectionWishes options = Trusting();
  options.stall_timeout = std::chrono::milliseconds(100);
  TypeParam connection(options);
  ASSERT_TRUE(connection.Connect({"127.0.0.1", peer.port(), false}).ok());
  std::array<std::uint8_t, 8> out{};
  EXPECT_EQ(connection.Receive(out).error(), Status(NetworkFailure::kTimeout));
  EXPECT_THAT(std::string(connection.failure_text()), HasSubstr("100 ms"));
  EXPECT_FALSE(connection.is_open());
  options.connect_timeout = std::chrono::milliseconds(100);
  TypeParam hasty(options);
  EXPECT_EQ(hasty.Connect({"127.0.0.1", peer.port(), true}), Status(NetworkFailure::kTimeout));
}

TYPED_TEST(ConnectionTest, EndsASendThatNobodyReads) {
  std::atomic<bool> done = false;
  const LoopbackPeer peer([&](int) { done.wait(false); });
  ConnectionWishes options;
  options.stall_timeout = std::chrono::milliseconds(100);
  TypeParam connection(options);
  ASSERT_TRUE(connection.Connect({"127.0.0.1", peer.port(), false}).ok());
  const std::vector<std::uint8_t> data(64U << 20U);
  EXPECT_EQ(connection.Send(data), Status(NetworkFailure::kTimeout));
  done = true;
  done.notify_all();
}

TYPED_TEST(ConnectionTest, StopsWaitingWhenToldTo) {
  const Status cancelled(Code::kCancelled, Stage::kFetch);
  const LoopbackPeer peer(&WaitForClose);
  int calls = 0;
  ConnectionWishes options = Trusting();
  options.should_stop = [&] { return ++calls > 3; };
  TypeParam connection(options);
  ASSERT_TRUE(connection.Connect({"127.0.0.1", peer.port(), false}).ok());
  calls = 0;
  std::array<std::uint8_t, 8> out{};
  EXPECT_EQ(connection.Receive(out).error(), cancelled);
  EXPECT_FALSE(connection.is_open());
  calls = 0;
  // The peer is silent in the handshake.
  EXPECT_EQ(connection.Connect({"127.0.0.1", peer.port(), true}), cancelled);
  EXPECT_EQ(connection.failure_text(), "told to stop");
  EXPECT_EQ(connection.Connect({"127.0.0.1", peer.port(), true}), cancelled);
}

TYPED_TEST(ConnectionTest, ClosesItsSocketAtOnce) {
  std::promise<void> closed;
  const LoopbackPeer peer([&](int socket) {
    WaitForClose(socket);
    closed.set_value();
  });
  TypeParam connection(ConnectionWishes{});
  ASSERT_TRUE(connection.Connect({"127.0.0.1", peer.port(), false}).ok());
  connection.Close();
  EXPECT_EQ(closed.get_future().wait_for(std::chrono::seconds(20)), std::future_status::ready);
}

std::string FetchWhole(Connection& connection, const std::string& url, Status& status) {
  std::vector<std::uint8_t> buffer(16384);
  std::vector<std::uint8_t> workspace(4096);
  HttpClient client(connection, buffer);
  FetchOptions options;
  options.url = url;
  options.workspace = workspace;
  Fetch fetch(client, options, NoObserver());
  std::string body;
  std::vector<std::uint8_t> out(65536);
  while (true) {
    const Result<std::size_t> count = fetch.Read(out);
    status = count.error();
    if (!count || *count == 0) return body;
    body.append(reinterpret_cast<const char*>(out.data()), *count);
  }
}

TYPED_TEST(ConnectionTest, FetchesAFileFromTheServerOfOpenssl) {
  OpensslServer server(GoodIdentity(), {"-WWW"});
  std::string content(3U << 20U, '\0');
  for (std::size_t i = 0; i < content.size(); ++i) content[i] = static_cast<char>(i * 31 + i / 777);
  WriteFile(server.folder() / "image.bin", content);
  TypeParam connection(Trusting());
  const std::string base = "https://localhost:" + std::to_string(server.port()) + "/";
  Status status;
  const std::string body = FetchWhole(connection, base + "image.bin", status);
  EXPECT_TRUE(status.ok()) << connection.failure_text();
  EXPECT_TRUE(body == content) << body.size();
}

}  // namespace
}  // namespace updraft
