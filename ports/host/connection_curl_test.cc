// SPDX-License-Identifier: Apache-2.0
// Against real peers on loopback: `openssl s_server`, and plain sockets.
#include "ports/host/connection_curl.h"

#include <arpa/inet.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include <array>
#include <atomic>
#include <cstdlib>
#include <functional>
#include <future>
#include <string>
#include <thread>
#include <vector>

#include "updraft/fetch.h"
#include "updraft/http_client.h"
#include "updraft/observer.h"

#include "testing/openssl_server.h"
#include "testing/test_certificates.h"

namespace updraft {
namespace {

using testing::EndsWith;
using testing::HasSubstr;
using testing::StartsWith;

// Accepts one connection after another and lets `serve` have each.
class LoopbackPeer {
 public:
  explicit LoopbackPeer(std::function<void(int)> serve) : serve_(std::move(serve)) {
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    socklen_t size = sizeof address;
    EXPECT_EQ(bind(listener_, reinterpret_cast<sockaddr*>(&address), size), 0);
    EXPECT_EQ(listen(listener_, 8), 0);
    EXPECT_EQ(getsockname(listener_, reinterpret_cast<sockaddr*>(&address), &size), 0);
    port_ = ntohs(address.sin_port);
    thread_ = std::thread([this] { Run(); });
  }
  LoopbackPeer(const LoopbackPeer&) = delete;
  LoopbackPeer& operator=(const LoopbackPeer&) = delete;
  ~LoopbackPeer() {
    shutdown(listener_, SHUT_RDWR);
    thread_.join();
    close(listener_);
  }
  std::uint16_t port() const { return port_; }

 private:
  void Run() {
    while (true) {
      const int peer = accept(listener_, nullptr, nullptr);
      if (peer < 0) return;
      serve_(peer);
      close(peer);
    }
  }

  std::function<void(int)> serve_;
  int listener_ = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  std::uint16_t port_ = 0;
  std::thread thread_;
};

void SendAll(int peer, std::string_view text) {
  while (!text.empty()) {
    const ssize_t count = send(peer, text.data(), text.size(), MSG_NOSIGNAL);
    if (count <= 0) return;
    text.remove_prefix(static_cast<std::size_t>(count));
  }
}

std::string ReceiveUntil(int peer, std::string_view end) {
  std::string text;
  std::array<char, 4096> bytes{};
  while (text.find(end) == std::string::npos) {
    const ssize_t count = recv(peer, bytes.data(), bytes.size(), 0);
    if (count <= 0) break;
    text.append(bytes.data(), static_cast<std::size_t>(count));
  }
  return text;
}

void WaitForClose(int peer) { ReceiveUntil(peer, "never sent by anybody"); }

std::uint16_t ClosedPort() {
  const LoopbackPeer peer([](int) {});
  return peer.port();
}

const TestAuthority& Authority() {
  static const TestAuthority authority;
  return authority;
}

const CertifiedKey& GoodIdentity() {
  static const CertifiedKey identity = Authority().Issue({});
  return identity;
}

CurlConnectionOptions Trusting() {
  CurlConnectionOptions options;
  options.ca_pem = Authority().certificate_pem();
  return options;
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

TEST_F(CurlConnectionTest, SpeaksTlsWithAVerifiedPeer) {
  OpensslServer server(GoodIdentity());
  CurlConnection connection(Trusting());
  for (const char* host : {"localhost", "127.0.0.1"}) {
    ASSERT_TRUE(connection.Connect({host, server.port(), true}).ok()) << connection.failure_text();
    EXPECT_TRUE(connection.is_open());
    ASSERT_TRUE(connection.Send(AsBytes("one from " + std::string(host) + "\n")).ok());
    server.WaitFor("one from " + std::string(host) + "\n");
    server.Say("two");
    const Result<std::string> answer = ReceiveText(connection, 4);
    ASSERT_TRUE(answer) << connection.failure_text();
    EXPECT_EQ(*answer, "two\n");
    EXPECT_EQ(connection.tls_version(), "TLSv1.3");
    connection.Close();
    EXPECT_FALSE(connection.is_open());
  }
}

TEST_F(CurlConnectionTest, OffersHttp11AndNothingElse) {
  OpensslServer server(GoodIdentity(), {"-alpn", "h2,http/1.1"});
  CurlConnection connection(Trusting());
  ASSERT_TRUE(connection.Connect({"localhost", server.port(), true}).ok());
  server.WaitFor("ALPN protocols advertised by the client: http/1.1\n");
  server.WaitFor("ALPN protocols selected: http/1.1\n");
}

TEST_F(CurlConnectionTest, TakesATlsEndWithCloseNotifyForAnOrderlyEnd) {
  for (const char* version : {"-tls1_3", "-tls1_2"}) {
    OpensslServer server(GoodIdentity(), {"-WWW", version});
    WriteFile(server.folder() / "file", "hello");
    CurlConnection connection(Trusting());
    ASSERT_TRUE(connection.Connect({"localhost", server.port(), true}).ok());
    ASSERT_TRUE(connection.Send(AsBytes("GET /file HTTP/1.0\r\n\r\n")).ok());
    const Result<std::string> text = ReceiveText(connection, 9999);
    ASSERT_TRUE(text) << version << ": " << connection.failure_text();
    EXPECT_THAT(*text, EndsWith("\r\n\r\nhello"));
    std::array<std::uint8_t, 8> out{};
    EXPECT_EQ(*connection.Receive(out), 0U);
  }
}

TEST_F(CurlConnectionTest, TakesATlsStreamCutWithoutCloseNotifyForAReset) {
  for (const char* version : {"-tls1_3", "-tls1_2"}) {
    for (const bool killed : {true, false}) {
      OpensslServer server(GoodIdentity(), {version});
      CurlConnection connection(Trusting());
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

TEST_F(CurlConnectionTest, SurvivesSendingToADeadPeer) {
  OpensslServer server(GoodIdentity());
  CurlConnection connection(Trusting());
  ASSERT_TRUE(connection.Connect({"localhost", server.port(), true}).ok());
  ASSERT_TRUE(connection.Send(AsBytes("hello\n")).ok());
  server.WaitFor("hello\n");
  server.Kill();
  const std::vector<std::uint8_t> data(65536);
  Status status;
  for (int i = 0; i < 1000 && status.ok(); ++i) status = connection.Send(data);
  EXPECT_EQ(status, Status(NetworkFailure::kReset));
}

TEST_F(CurlConnectionTest, RefusesAnUnknownAuthority) {
  OpensslServer server(GoodIdentity());
  const TestAuthority other("Somebody else");
  CurlConnectionOptions options;
  options.ca_pem = other.certificate_pem();
  CurlConnection connection(options);
  EXPECT_EQ(connection.Connect({"localhost", server.port(), true}), Status(NetworkFailure::kTls));
  EXPECT_THAT(std::string(connection.failure_text()), HasSubstr("certificate"));
  EXPECT_FALSE(connection.is_open());
  CurlConnection system_store({});
  EXPECT_EQ(system_store.Connect({"localhost", server.port(), true}), Status(NetworkFailure::kTls));
}

TEST_F(CurlConnectionTest, RefusesAnExpiredOrFutureCertificate) {
  for (const auto& [from, until] : {std::pair{-7200L, -3600L}, std::pair{3600L, 7200L}}) {
    CertificateRequest request;
    request.valid_from = from;
    request.valid_until = until;
    OpensslServer server(Authority().Issue(request));
    CurlConnection connection(Trusting());
    EXPECT_EQ(connection.Connect({"localhost", server.port(), true}), Status(NetworkFailure::kTls));
    EXPECT_THAT(std::string(connection.failure_text()),
                HasSubstr(until < 0 ? "certificate has expired" : "certificate is not yet valid"));
  }
}

TEST_F(CurlConnectionTest, RefusesAnotherHostNameUnlessToldToSkipTheName) {
  OpensslServer server(GoodIdentity());
  CurlConnectionOptions options = Trusting();
  options.connect_to = {"wrong.example:443:127.0.0.1:" + std::to_string(server.port())};
  CurlConnection strict(options);
  EXPECT_EQ(strict.Connect({"wrong.example", 443, true}), Status(NetworkFailure::kTls));
  EXPECT_THAT(std::string(strict.failure_text()), HasSubstr("wrong.example"));
  options.skip_common_name_check = true;
  CurlConnection lenient(options);
  EXPECT_TRUE(lenient.Connect({"wrong.example", 443, true}).ok()) << lenient.failure_text();
}

TEST_F(CurlConnectionTest, StillVerifiesTheChainWhenItSkipsTheName) {
  OpensslServer server(SelfSigned({}));
  CurlConnectionOptions options = Trusting();
  options.skip_common_name_check = true;
  CurlConnection connection(options);
  EXPECT_EQ(connection.Connect({"localhost", server.port(), true}), Status(NetworkFailure::kTls));
}

TEST_F(CurlConnectionTest, TrustsASelfSignedCertificateThatIsGiven) {
  const CertifiedKey identity = SelfSigned({});
  OpensslServer server(identity);
  CurlConnectionOptions options;
  options.ca_pem = identity.certificate_pem;
  CurlConnection connection(options);
  EXPECT_TRUE(connection.Connect({"localhost", server.port(), true}).ok())
      << connection.failure_text();
}

TEST_F(CurlConnectionTest, ReadsTheAuthorityFromAFile) {
  OpensslServer server(GoodIdentity());
  CurlConnectionOptions options;
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

TEST_F(CurlConnectionTest, ShowsItsOwnCertificateWhenItHasOne) {
  const TemporaryFolder folder;
  const TestAuthority clients("Clients");
  WriteFile(folder / "clients.pem", clients.certificate_pem());
  const CertifiedKey own = clients.Issue({.common_name = "device 7"});
  OpensslServer server(GoodIdentity(), {"-Verify", "1", "-verify_return_error", "-CAfile",
                                        (folder / "clients.pem").string()});
  CurlConnectionOptions options = Trusting();
  CurlConnection without(options);
  const Status connected = without.Connect({"localhost", server.port(), true});
  std::array<std::uint8_t, 8> out{};
  // With TLS 1.3 the refusal comes after the handshake.
  const Status refused = connected.ok() ? without.Receive(out).error() : connected;
  EXPECT_EQ(refused, Status(NetworkFailure::kTls)) << without.failure_text();

  options.certificate_pem = own.certificate_pem;
  options.key_pem = own.key_pem;
  CurlConnection by_text(options);
  ASSERT_TRUE(by_text.Connect({"localhost", server.port(), true}).ok()) << by_text.failure_text();
  ASSERT_TRUE(by_text.Send(AsBytes("by text\n")).ok());
  server.WaitFor("by text\n");
  by_text.Close();

  WriteFile(folder / "own.pem", own.certificate_pem + own.key_pem);
  options.certificate_pem = options.key_pem = "";
  options.certificate_file = options.key_file = folder / "own.pem";
  CurlConnection by_file(options);
  ASSERT_TRUE(by_file.Connect({"localhost", server.port(), true}).ok()) << by_file.failure_text();
  ASSERT_TRUE(by_file.Send(AsBytes("by file\n")).ok());
  server.WaitFor("by file\n");
}

TEST_F(CurlConnectionTest, RefusesAnOldTls) {
  OpensslServer server(GoodIdentity(), {"-tls1_1", "-cipher", "ALL:@SECLEVEL=0"});
  CurlConnection connection(Trusting());
  EXPECT_EQ(connection.Connect({"localhost", server.port(), true}), Status(NetworkFailure::kTls));
}

TEST_F(CurlConnectionTest, TakesNonsenseInsteadOfTlsForATlsFailure) {
  const LoopbackPeer peer([](int socket) {
    SendAll(socket, "HTTP/1.1 400 Bad Request\r\n\r\n");
    WaitForClose(socket);
  });
  CurlConnection connection(Trusting());
  EXPECT_EQ(connection.Connect({"localhost", peer.port(), true}), Status(NetworkFailure::kTls));
  EXPECT_NE(connection.failure_text(), "");
}

TEST_F(CurlConnectionTest, SpeaksPlainlyWhereNoTlsIsAsked) {
  std::string large(8U << 20U, '\0');
  for (std::size_t i = 0; i < large.size(); ++i) large[i] = static_cast<char>(i * 7 + i / 4096);
  const LoopbackPeer peer([&](int socket) {
    if (ReceiveUntil(socket, "\n") == "more\n") SendAll(socket, large);
  });
  CurlConnection connection({});
  ASSERT_TRUE(connection.Connect({"127.0.0.1", peer.port(), false}).ok());
  ASSERT_TRUE(connection.Send(AsBytes("more\n")).ok());
  const Result<std::string> text = ReceiveText(connection, large.size() + 1);
  ASSERT_TRUE(text);
  EXPECT_TRUE(*text == large);
  EXPECT_EQ(connection.failure_text(), "");
}

TEST_F(CurlConnectionTest, TellsAResetFromAnOrderlyEndWithoutTls) {
  const LoopbackPeer peer([](int socket) {
    ReceiveUntil(socket, "\n");
    const linger at_once{1, 0};
    setsockopt(socket, SOL_SOCKET, SO_LINGER, &at_once, sizeof at_once);
  });
  CurlConnection connection({});
  ASSERT_TRUE(connection.Connect({"127.0.0.1", peer.port(), false}).ok());
  ASSERT_TRUE(connection.Send(AsBytes("x\n")).ok());
  std::array<std::uint8_t, 8> out{};
  EXPECT_EQ(connection.Receive(out).error(), Status(NetworkFailure::kReset));
  EXPECT_NE(connection.failure_text(), "");
}

TEST_F(CurlConnectionTest, TellsAClosedPortFromAnUnknownName) {
  CurlConnection connection({});
  EXPECT_EQ(connection.Connect({"127.0.0.1", ClosedPort(), true}),
            Status(NetworkFailure::kConnect));
  EXPECT_NE(connection.failure_text(), "");
  EXPECT_EQ(connection.Connect({"no-such-host.invalid", 443, true}),
            Status(NetworkFailure::kResolve));
  EXPECT_THAT(std::string(connection.failure_text()), HasSubstr("no-such-host.invalid"));
}

TEST_F(CurlConnectionTest, RefusesAHostThatIsNone) {
  CurlConnection connection({});
  for (const char* host : {"", "a/b", "a@b", "a b", "a#", "[::1]", "a\r\n"}) {
    EXPECT_EQ(connection.Connect({host, 443, true}).code(), Code::kInvalidArgument) << host;
  }
  EXPECT_EQ(connection.Connect({"a", 0, true}).code(), Code::kInvalidArgument);
  std::array<std::uint8_t, 8> out{};
  EXPECT_EQ(connection.Send(AsBytes("x")), Status(NetworkFailure::kReset));
  EXPECT_EQ(connection.Receive(out).error(), Status(NetworkFailure::kReset));
}

TEST_F(CurlConnectionTest, EndsAStallInReceivingAndConnecting) {
  const LoopbackPeer peer([](int socket) {
    ReceiveUntil(socket, "close");
    WaitForClose(socket);
  });
  CurlConnectionOptions options = Trusting();
  options.stall_timeout = std::chrono::milliseconds(100);
  CurlConnection connection(options);
  ASSERT_TRUE(connection.Connect({"127.0.0.1", peer.port(), false}).ok());
  std::array<std::uint8_t, 8> out{};
  EXPECT_EQ(connection.Receive(out).error(), Status(NetworkFailure::kTimeout));
  EXPECT_THAT(std::string(connection.failure_text()), HasSubstr("100 ms"));
  EXPECT_FALSE(connection.is_open());
  options.connect_timeout = std::chrono::milliseconds(100);
  CurlConnection hasty(options);
  EXPECT_EQ(hasty.Connect({"127.0.0.1", peer.port(), true}), Status(NetworkFailure::kTimeout));
}

TEST_F(CurlConnectionTest, EndsASendThatNobodyReads) {
  std::atomic<bool> done = false;
  const LoopbackPeer peer([&](int) { done.wait(false); });
  CurlConnectionOptions options;
  options.stall_timeout = std::chrono::milliseconds(100);
  CurlConnection connection(options);
  ASSERT_TRUE(connection.Connect({"127.0.0.1", peer.port(), false}).ok());
  const std::vector<std::uint8_t> data(64U << 20U);
  EXPECT_EQ(connection.Send(data), Status(NetworkFailure::kTimeout));
  done = true;
  done.notify_all();
}

TEST_F(CurlConnectionTest, StopsWaitingWhenToldTo) {
  const Status cancelled(Code::kCancelled, Stage::kFetch);
  const LoopbackPeer peer(&WaitForClose);
  int calls = 0;
  CurlConnectionOptions options = Trusting();
  options.should_stop = [&] { return ++calls > 3; };
  CurlConnection connection(options);
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

TEST_F(CurlConnectionTest, ClosesItsSocketAtOnce) {
  std::promise<void> closed;
  const LoopbackPeer peer([&](int socket) {
    WaitForClose(socket);
    closed.set_value();
  });
  CurlConnection connection({});
  ASSERT_TRUE(connection.Connect({"127.0.0.1", peer.port(), false}).ok());
  connection.Close();
  EXPECT_EQ(closed.get_future().wait_for(std::chrono::seconds(20)), std::future_status::ready);
}

TEST_F(CurlConnectionTest, GoesThroughAProxyByAStream) {
  std::string asked;
  const LoopbackPeer proxy([&](int socket) {
    asked = ReceiveUntil(socket, "\r\n\r\n");
    SendAll(socket, "HTTP/1.1 200 Connected\r\nX: y\r\n\r\n");
    if (ReceiveUntil(socket, "\n") == "ping\n") SendAll(socket, "pong\n");
  });
  CurlConnectionOptions options;
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

std::string FetchWhole(CurlConnection& connection, const std::string& url, Status& status) {
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

TEST_F(CurlConnectionTest, FetchesAFileFromTheServerOfOpenssl) {
  OpensslServer server(GoodIdentity(), {"-WWW"});
  std::string content(3U << 20U, '\0');
  for (std::size_t i = 0; i < content.size(); ++i) content[i] = static_cast<char>(i * 31 + i / 777);
  WriteFile(server.folder() / "image.bin", content);
  CurlConnection connection(Trusting());
  const std::string base = "https://localhost:" + std::to_string(server.port()) + "/";
  Status status;
  const std::string body = FetchWhole(connection, base + "image.bin", status);
  EXPECT_TRUE(status.ok()) << connection.failure_text();
  EXPECT_TRUE(body == content) << body.size();
}

}  // namespace
}  // namespace updraft
