// SPDX-License-Identifier: Apache-2.0
// What is libcurl's own; the rest is host_connection_test.cc and
// tests/ports/connection_test.cc.
#include "ports/host/connection_curl.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstdlib>
#include <string>

#include "testing/loopback_peer.h"
#include "testing/receive_text.h"
#include "testing/test_identity.h"

namespace updraft {
namespace {

using testing::HasSubstr;
using testing::StartsWith;

class CurlConnectionTest : public testing::Test {
 protected:
  CurlConnectionTest() { ForgetProxies(); }
};

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

// Who asks for a connection does not say which: a proxy decides.
TEST_F(CurlConnectionTest, IsChosenWhereAProxyIsNamed) {
  std::string asked;
  const LoopbackPeer proxy([&](int socket) {
    asked = ReceiveUntil(socket, "\r\n\r\n");
    SendAll(socket, "HTTP/1.1 403 Forbidden\r\nContent-Length: 0\r\n\r\n");
  });
  const std::string url = "http://127.0.0.1:" + std::to_string(proxy.port());
  EXPECT_EQ(dynamic_cast<CurlConnection*>(MakeHostConnection({}).get()), nullptr);
  HostConnectionOptions options;
  options.proxy = url;
  EXPECT_NE(dynamic_cast<CurlConnection*>(MakeHostConnection(options).get()), nullptr);
  for (const char* name : {"https_proxy", "all_proxy"}) {
    asked.clear();
    setenv(name, url.c_str(), 1);
    const auto connection = MakeHostConnection({});
    unsetenv(name);
    EXPECT_NE(dynamic_cast<CurlConnection*>(connection.get()), nullptr) << name;
  }
  EXPECT_EQ(MakeHostConnection(options)->Connect({"example.invalid", 443, true}),
            Status(NetworkFailure::kConnect));
  EXPECT_THAT(asked, StartsWith("CONNECT example.invalid:443 "));
}

}  // namespace
}  // namespace updraft
