// SPDX-License-Identifier: Apache-2.0
#include "ports/host/tcp_opening.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <netinet/tcp.h>
#include <sys/socket.h>

#include <chrono>
#include <string>
#include <vector>

#include "testing/loopback_peer.h"

namespace updraft {
namespace {

using End = SocketWait::End;
using std::chrono::hours;
using std::chrono::milliseconds;
using testing::HasSubstr;

SocketAddress Loopback(std::uint16_t port) {
  SocketAddress address{};
  address.v4.sin_family = AF_INET;
  address.v4.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  address.v4.sin_port = htons(port);
  address.size = sizeof address.v4;
  return address;
}

// Takes no connection, and lets none fail: its queue is full.
class SilentListener {
 public:
  SilentListener() {
    SocketAddress address = Loopback(0);
    EXPECT_EQ(bind(listener_.number(), &address.any, address.size), 0);
    EXPECT_EQ(listen(listener_.number(), 0), 0);
    EXPECT_EQ(getsockname(listener_.number(), &address.any, &address.size), 0);
    port_ = ntohs(address.v4.sin_port);
    for (int i = 0; i < 3; ++i) {
      waiting_.emplace_back(socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK, 0));
      static_cast<void>(connect(waiting_.back().number(), &address.any, address.size));
    }
  }
  std::uint16_t port() const { return port_; }

 private:
  Descriptor listener_{socket(AF_INET, SOCK_STREAM, 0)};
  std::vector<Descriptor> waiting_;
  std::uint16_t port_ = 0;
};

int OptionOf(const Descriptor& socket, int level, int name) {
  int value = -1;
  socklen_t size = sizeof value;
  EXPECT_EQ(getsockopt(socket.number(), level, name, &value, &size), 0);
  return value;
}

class TcpOpeningTest : public testing::Test {
 protected:
  TcpOpening Open(const std::vector<SocketAddress>& addresses) {
    return OpenTcp(addresses, options_, wait_, SocketWait::Clock::now() + hours(1));
  }

  HostConnectionOptions options_;
  SocketWait wait_{options_};
};

TEST_F(TcpOpeningTest, TakesTheNextAddressWhereOneRefuses) {
  const LoopbackPeer peer(&WaitForClose);
  const TcpOpening opening = Open({Loopback(ClosedPort()), Loopback(peer.port())});
  EXPECT_TRUE(opening.socket.is_open()) << opening.failure;
}

TEST_F(TcpOpeningTest, DoesNotWaitForAnAddressThatIsSilentWhileAnotherAnswers) {
  const SilentListener silent;
  const LoopbackPeer peer(&WaitForClose);
  const TcpOpening opening = Open({Loopback(silent.port()), Loopback(peer.port())});
  EXPECT_TRUE(opening.socket.is_open()) << opening.failure;
}

TEST_F(TcpOpeningTest, NamesTheLastAddressWhereAllRefuse) {
  const std::uint16_t closed = ClosedPort();
  const TcpOpening opening = Open({Loopback(closed)});
  EXPECT_EQ(opening.end, End::kReady);
  EXPECT_FALSE(opening.socket.is_open());
  EXPECT_THAT(opening.failure, HasSubstr("127.0.0.1:" + std::to_string(closed)));
  EXPECT_THAT(opening.failure, HasSubstr("refused"));
}

TEST_F(TcpOpeningTest, EndsAtItsLimitAndWhenToldTo) {
  const SilentListener silent;
  const std::vector<SocketAddress> addresses{Loopback(silent.port())};
  const auto soon = SocketWait::Clock::now() + milliseconds(5);
  EXPECT_EQ(OpenTcp(addresses, options_, wait_, soon).end, End::kTimedOut);
  int asked = 0;
  options_.should_stop = [&asked] { return ++asked > 1; };
  EXPECT_EQ(Open(addresses).end, End::kStopped);
}

TEST_F(TcpOpeningTest, SendsWithoutDelayAndKeepsTheStreamAliveAsWished) {
  const LoopbackPeer peer(&WaitForClose);
  const TcpOpening usual = Open({Loopback(peer.port())});
  ASSERT_TRUE(usual.socket.is_open());
  EXPECT_NE(OptionOf(usual.socket, IPPROTO_TCP, TCP_NODELAY), 0);
  EXPECT_NE(OptionOf(usual.socket, SOL_SOCKET, SO_KEEPALIVE), 0);
  EXPECT_EQ(OptionOf(usual.socket, IPPROTO_TCP, TCP_KEEPIDLE), 60);
  options_.keep_alive.reset();
  const TcpOpening without = Open({Loopback(peer.port())});
  ASSERT_TRUE(without.socket.is_open());
  EXPECT_EQ(OptionOf(without.socket, SOL_SOCKET, SO_KEEPALIVE), 0);
}

}  // namespace
}  // namespace updraft
