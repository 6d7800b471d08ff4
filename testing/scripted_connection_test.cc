// SPDX-License-Identifier: Apache-2.0
#include "testing/scripted_connection.h"

#include <gtest/gtest.h>

#include <array>

namespace updraft {
namespace {

std::string Received(ScriptedConnection& connection, std::size_t room = 64) {
  std::vector<std::uint8_t> bytes(room);
  const Result<std::size_t> count = connection.Receive(bytes);
  if (!count) return "failure " + std::to_string(count.error().detail());
  return {reinterpret_cast<const char*>(bytes.data()), *count};
}
std::string Failed(NetworkFailure failure) {
  return "failure " + std::to_string(static_cast<int>(failure));
}

constexpr Endpoint kEndpoint{"a", 443, true};

TEST(ScriptedConnection, AnswersInPiecesOnceSomethingWasSent) {
  ScriptedConnection connection;
  connection.Accept().Answer("abcde", 2).Add("fg");
  ASSERT_TRUE(connection.Connect(kEndpoint).ok());
  ASSERT_TRUE(connection.Send(AsBytes("hello")).ok());
  EXPECT_EQ(Received(connection), "ab");
  EXPECT_EQ(Received(connection, 1), "c");
  EXPECT_EQ(Received(connection), "de");
  EXPECT_FALSE(connection.finished());
  EXPECT_EQ(Received(connection), "fg");
  EXPECT_TRUE(connection.finished());
  EXPECT_EQ(connection.sent(), std::vector<std::string>{"hello"});
}

TEST(ScriptedConnection, DoesNotAnswerWhatWasNotAsked) {
  ScriptedConnection connection;
  connection.Accept().Answer("a").Answer("b");
  ASSERT_TRUE(connection.Connect(kEndpoint).ok());
  ASSERT_TRUE(connection.Send(AsBytes("1")).ok());
  EXPECT_EQ(Received(connection), "a");
  EXPECT_EQ(Received(connection), Failed(NetworkFailure::kTimeout));
}

TEST(ScriptedConnection, StaysClosedAfterAnOrderlyClose) {
  ScriptedConnection connection;
  connection.Accept().Add("x").Close();
  ASSERT_TRUE(connection.Connect(kEndpoint).ok());
  EXPECT_EQ(Received(connection), "x");
  EXPECT_EQ(Received(connection), "");
  EXPECT_EQ(Received(connection), "");
  EXPECT_TRUE(connection.Send(AsBytes("1")).ok());
}

TEST(ScriptedConnection, FailsAsToldAndIsDeadThen) {
  ScriptedConnection connection;
  connection.Accept().Add("x").Fail(NetworkFailure::kTls, "bad record");
  ASSERT_TRUE(connection.Connect(kEndpoint).ok());
  EXPECT_EQ(Received(connection), "x");
  EXPECT_EQ(connection.failure_text(), "");
  EXPECT_EQ(Received(connection), Failed(NetworkFailure::kTls));
  EXPECT_EQ(connection.failure_text(), "bad record");
  EXPECT_FALSE(connection.is_open());
  EXPECT_EQ(connection.Send(AsBytes("1")), Status(NetworkFailure::kReset));
}

TEST(ScriptedConnection, ResetsASend) {
  ScriptedConnection connection;
  connection.Accept().Answer("x").ResetWhenSent();
  ASSERT_TRUE(connection.Connect(kEndpoint).ok());
  ASSERT_TRUE(connection.Send(AsBytes("1")).ok());
  EXPECT_EQ(Received(connection), "x");
  EXPECT_EQ(connection.Send(AsBytes("2")), Status(NetworkFailure::kReset));
  EXPECT_FALSE(connection.is_open());
}

TEST(ScriptedConnection, RefusesConnectionsAsToldAndWithoutAScript) {
  ScriptedConnection connection;
  connection.Refuse(NetworkFailure::kResolve, "no such host");
  EXPECT_EQ(connection.Connect(kEndpoint), Status(NetworkFailure::kResolve));
  EXPECT_EQ(connection.failure_text(), "no such host");
  EXPECT_FALSE(connection.is_open());
  EXPECT_EQ(connection.Connect({"b", 80, false}), Status(NetworkFailure::kConnect));
  const std::vector<ScriptedConnection::Target> expected{{"a", 443, true}, {"b", 80, false}};
  EXPECT_EQ(connection.targets(), expected);
}

}  // namespace
}  // namespace updraft
