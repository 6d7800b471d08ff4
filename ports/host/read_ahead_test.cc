// SPDX-License-Identifier: Apache-2.0
#include "ports/host/read_ahead.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>
#include <random>
#include <string>
#include <thread>
#include <vector>

namespace updraft {
namespace {

// A stream over a pair of sockets; the test holds the other end. It fails with
// `failure` once the peer has closed, where one is given.
class SocketConnection final : public WakeableConnection {
 public:
  SocketConnection() {
    EXPECT_EQ(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, sockets_.data()), 0);
  }
  ~SocketConnection() {
    ClosePeer();
    close(sockets_[0]);
  }

  void Give(const std::string& bytes) {
    for (std::size_t at = 0; at < bytes.size();) {
      const ssize_t count = send(sockets_[1], bytes.data() + at, bytes.size() - at, MSG_NOSIGNAL);
      if (count <= 0) return;
      at += static_cast<std::size_t>(count);
    }
  }
  // What the peer got; waits for at least one byte.
  std::string Taken() {
    std::array<char, 256> bytes{};
    const ssize_t count = recv(sockets_[1], bytes.data(), bytes.size(), 0);
    return {bytes.data(), static_cast<std::size_t>(std::max<ssize_t>(count, 0))};
  }
  void ClosePeer() {
    if (sockets_[1] >= 0) close(std::exchange(sockets_[1], -1));
  }
  // Until nothing is left in the sockets.
  void WaitUntilDrained() {
    int left = 1;
    while (left > 0) {
      std::array<char, 1> byte{};
      left = static_cast<int>(
          std::max<ssize_t>(recv(sockets_[0], byte.data(), 1, MSG_PEEK | MSG_DONTWAIT), 0));
      std::this_thread::yield();
    }
  }

  Status Connect(const Endpoint&) override { return connect_result; }
  Status Send(Bytes data) override {
    if (!send_result.ok()) return send_result;
    const ssize_t count = send(sockets_[0], data.data(), data.size(), MSG_NOSIGNAL);
    return count == static_cast<ssize_t>(data.size()) ? kOk : Status(NetworkFailure::kReset);
  }
  Result<std::size_t> Receive(MutableBytes) override {
    return Status(Code::kUnsupported, Stage::kFetch);
  }
  Result<std::optional<std::size_t>> ReceiveUnlessWoken(MutableBytes out, int wake) override {
    std::array<pollfd, 2> waiting{{{sockets_[0], POLLIN, 0}, {wake, POLLIN, 0}}};
    while (poll(waiting.data(), waiting.size(), -1) < 0) {
    }
    if (waiting[0].revents == 0) return std::optional<std::size_t>();
    return ReceiveNow(out);
  }
  Result<std::optional<std::size_t>> ReceiveNow(MutableBytes out) override {
    const ssize_t count = recv(sockets_[0], out.data(), out.size(), MSG_DONTWAIT);
    if (count < 0 && errno == EAGAIN) return std::optional<std::size_t>();
    if (count == 0 && !failure.ok()) return failure;
    return std::optional<std::size_t>(static_cast<std::size_t>(std::max<ssize_t>(count, 0)));
  }
  void Close() override { ++closes; }
  bool is_open() const override { return true; }
  std::string_view failure_text() const override { return failure.ok() ? "" : "the peer is gone"; }

  Status connect_result{};
  Status send_result{};
  Status failure{};
  int closes = 0;

 private:
  std::array<int, 2> sockets_{-1, -1};
};

std::string ReceiveSome(Connection& connection, std::size_t most = 4096) {
  std::vector<std::uint8_t> bytes(most);
  const auto count = connection.Receive(bytes);
  if (!count) return "failed";
  return {bytes.begin(), bytes.begin() + static_cast<std::ptrdiff_t>(*count)};
}

std::string ReceiveExactly(Connection& connection, std::size_t wanted) {
  std::string all;
  while (all.size() < wanted) {
    const std::string some = ReceiveSome(connection, wanted - all.size());
    if (some.empty() || some == "failed") break;
    all += some;
  }
  return all;
}

Bytes AsBytes(std::string_view text) {
  return {reinterpret_cast<const std::uint8_t*>(text.data()), text.size()};
}

TEST(ReadAhead, HandsOnEveryByteInOrderWhateverTheSizes) {
  std::mt19937 chance(7);
  std::string sent(300'000, '\0');
  std::generate(sent.begin(), sent.end(), [&] { return static_cast<char>(chance()); });
  for (const std::size_t ahead : {1U, 7U, 4096U, 65536U}) {
    const std::string part = sent.substr(0, ahead < 16 ? 3000 : sent.size());
    SocketConnection inner;
    ReadAheadConnection connection(inner, ahead);
    ASSERT_EQ(connection.Connect({}), kOk);
    std::thread peer([&] {
      for (std::size_t at = 0; at < part.size(); at += 1234) inner.Give(part.substr(at, 1234));
      inner.ClosePeer();
    });
    std::string received;
    for (std::size_t most = 1;; most = most * 5 % 9973) {
      const std::string some = ReceiveSome(connection, most);
      if (some.empty()) break;
      received += some;
    }
    peer.join();
    EXPECT_TRUE(received == part) << ahead;
    EXPECT_FALSE(connection.is_open());
  }
}

TEST(ReadAhead, ReceivesWhileNobodyAsks) {
  SocketConnection inner;
  ReadAheadConnection connection(inner, 100);
  ASSERT_EQ(connection.Connect({}), kOk);
  inner.Give("a");
  EXPECT_EQ(ReceiveSome(connection), "a");
  inner.Give(std::string(100, 'b'));
  inner.WaitUntilDrained();
  EXPECT_EQ(ReceiveExactly(connection, 100), std::string(100, 'b'));
}

TEST(ReadAhead, HoldsNoMoreThanItsRing) {
  SocketConnection inner;
  ReadAheadConnection connection(inner, 10);
  ASSERT_EQ(connection.Connect({}), kOk);
  inner.Give("0");
  EXPECT_EQ(ReceiveSome(connection), "0");
  inner.Give(std::string(10, 'r'));
  inner.WaitUntilDrained();
  inner.Give("over");
  // A rest ends a receive that is under way: had it taken more, it would be here.
  ASSERT_EQ(connection.Send(AsBytes("x")), kOk);
  std::array<std::uint8_t, 16> left{};
  const auto direct = inner.ReceiveUnlessWoken(left, -1);
  ASSERT_TRUE(direct && direct->has_value());
  EXPECT_EQ(**direct, 4U);
}

TEST(ReadAhead, SendsWhileItWaitsAndLosesNothing) {
  SocketConnection inner;
  ReadAheadConnection connection(inner, 64);
  ASSERT_EQ(connection.Connect({}), kOk);
  for (int turn = 0; turn < 200; ++turn) {
    ASSERT_EQ(connection.Send(AsBytes("ask")), kOk);
    EXPECT_EQ(inner.Taken(), "ask");
    inner.Give("answer" + std::to_string(turn));
    const std::string expected = "answer" + std::to_string(turn);
    EXPECT_EQ(ReceiveExactly(connection, expected.size()), expected);
  }
  EXPECT_TRUE(connection.is_open());
}

TEST(ReadAhead, AnswersFollowOneAnotherWhileItsThreadSends) {
  SocketConnection inner;
  ReadAheadConnection ahead(inner, 256);
  ASSERT_TRUE(ahead.Connect({}).ok());
  ASSERT_TRUE(ahead.Send(AsBytes("0")).ok());
  for (int i = 0; i < 200; ++i) {
    ASSERT_EQ(inner.Taken(), std::to_string(i));
    const std::string answer = "answer " + std::to_string(i);
    inner.Give(answer + ", ");
    EXPECT_EQ(ReceiveExactly(ahead, 4), answer.substr(0, 4));
    // The rest is there or still to come, and the thread takes it.
    ASSERT_TRUE(ahead.Send(AsBytes(std::to_string(i + 1))).ok());
    EXPECT_EQ(ReceiveExactly(ahead, answer.size() - 2), answer.substr(4) + ", ");
  }
}

TEST(ReadAhead, TellsThatItCouldNotSendAtOnceOrInTheAnswersPlace) {
  SocketConnection inner;
  ReadAheadConnection ahead(inner, 256);
  ASSERT_TRUE(ahead.Connect({}).ok());
  inner.Give("hello");
  EXPECT_EQ(ReceiveExactly(ahead, 5), "hello");
  inner.send_result = NetworkFailure::kReset;
  const Status sent = ahead.Send(AsBytes("next"));
  std::array<std::uint8_t, 4> out{};
  const auto received = ahead.Receive(out);
  EXPECT_EQ(sent.ok() ? received.error() : sent, Status(NetworkFailure::kReset));
}

TEST(ReadAhead, ClosesWithSomethingLeftToSend) {
  SocketConnection inner;
  ReadAheadConnection ahead(inner, 256);
  for (int i = 0; i < 50; ++i) {
    ASSERT_TRUE(ahead.Connect({}).ok());
    inner.Give("x");
    EXPECT_EQ(ReceiveExactly(ahead, 1), "x");
    ASSERT_TRUE(ahead.Send(AsBytes("next")).ok());
    ahead.Close();
    EXPECT_FALSE(ahead.is_open());
  }
}

TEST(ReadAhead, TellsAFailureAfterTheBytesBeforeIt) {
  SocketConnection inner;
  inner.failure = NetworkFailure::kTls;
  ReadAheadConnection connection(inner, 64);
  ASSERT_EQ(connection.Connect({}), kOk);
  inner.Give("last words");
  inner.ClosePeer();
  EXPECT_EQ(ReceiveExactly(connection, 10), "last words");
  std::array<std::uint8_t, 8> out{};
  EXPECT_EQ(connection.Receive(out).error(), Status(NetworkFailure::kTls));
  EXPECT_EQ(connection.failure_text(), "the peer is gone");
  EXPECT_EQ(connection.Receive(out).error(), Status(NetworkFailure::kReset));
}

TEST(ReadAhead, TakesAStreamThatEndedWhileIdleForReset) {
  SocketConnection inner;
  ReadAheadConnection connection(inner, 64);
  ASSERT_EQ(connection.Connect({}), kOk);
  inner.Give("a");
  EXPECT_EQ(ReceiveSome(connection), "a");
  inner.ClosePeer();
  while (connection.is_open()) std::this_thread::yield();
  EXPECT_EQ(connection.Send(AsBytes("again")), Status(NetworkFailure::kReset));
}

TEST(ReadAhead, TellsThatItWasToldToStop) {
  SocketConnection inner;
  inner.failure = Status(Code::kCancelled, Stage::kFetch);
  ReadAheadConnection connection(inner, 64);
  ASSERT_EQ(connection.Connect({}), kOk);
  inner.Give("a");
  EXPECT_EQ(ReceiveSome(connection), "a");
  inner.ClosePeer();
  while (connection.is_open()) std::this_thread::yield();
  EXPECT_EQ(connection.Send(AsBytes("again")).code(), Code::kCancelled);
}

TEST(ReadAhead, ClosesAndConnectsAnewWithoutOldBytes) {
  SocketConnection inner;
  ReadAheadConnection connection(inner, 64);
  ASSERT_EQ(connection.Connect({}), kOk);
  inner.Give("old bytes");
  EXPECT_EQ(ReceiveSome(connection, 1), "o");
  connection.Close();
  EXPECT_FALSE(connection.is_open());
  EXPECT_GE(inner.closes, 1);
  std::array<std::uint8_t, 8> out{};
  EXPECT_EQ(connection.Receive(out).error(), Status(NetworkFailure::kReset));
  ASSERT_EQ(connection.Connect({}), kOk);
  inner.WaitUntilDrained();
  inner.Give("new");
  EXPECT_EQ(ReceiveExactly(connection, 3), "new");
}

TEST(ReadAhead, TellsWhyItCouldNotConnect) {
  SocketConnection inner;
  inner.connect_result = NetworkFailure::kResolve;
  ReadAheadConnection connection(inner, 64);
  EXPECT_EQ(connection.Connect({}), Status(NetworkFailure::kResolve));
  EXPECT_FALSE(connection.is_open());
}

TEST(ReadAhead, EndsWhileItsThreadWaits) {
  SocketConnection inner;
  ReadAheadConnection connection(inner, 64);
  ASSERT_EQ(connection.Connect({}), kOk);
  inner.Give("a");
  EXPECT_EQ(ReceiveSome(connection), "a");
}

}  // namespace
}  // namespace updraft
