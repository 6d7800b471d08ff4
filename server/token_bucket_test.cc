// SPDX-License-Identifier: Apache-2.0
#include "server/token_bucket.h"

#include <gtest/gtest.h>

namespace updraft {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;
using Moment = TokenBucket::Clock::time_point;

const Moment kStart{seconds(1000)};

TEST(TokenBucket, LetsTheBurstPassAtOnce) {
  TokenBucket bucket(1000, milliseconds(100));
  EXPECT_EQ(bucket.Take(100, kStart), seconds(0));
  EXPECT_EQ(bucket.Take(100, kStart), milliseconds(100));
}

TEST(TokenBucket, KeepsTheRateOverManyTakes) {
  TokenBucket bucket(1000, milliseconds(100));
  Moment now = kStart;
  for (int i = 0; i < 1000; ++i) now += bucket.Take(50, now);
  EXPECT_EQ(now - kStart, seconds(50) - milliseconds(100));
}

TEST(TokenBucket, DoesNotSaveMoreThanTheBurst) {
  TokenBucket bucket(1000, milliseconds(100));
  static_cast<void>(bucket.Take(100, kStart));
  EXPECT_EQ(bucket.Take(200, kStart + seconds(3600)), milliseconds(100));
}

TEST(TokenBucket, CatchesUpWhenAWaitTookLonger) {
  TokenBucket bucket(1000, milliseconds(100));
  static_cast<void>(bucket.Take(100, kStart));
  const auto wait = bucket.Take(100, kStart);
  EXPECT_EQ(wait, milliseconds(100));
  EXPECT_EQ(bucket.Take(100, kStart + wait + milliseconds(30)), milliseconds(70));
}

TEST(TokenBucket, TakesTheSlowestAndTheFastestRate) {
  TokenBucket slow(1, milliseconds(100));
  EXPECT_EQ(slow.Take(1, kStart), milliseconds(900));
  TokenBucket fast(std::uint64_t{1} << 40, milliseconds(100));
  EXPECT_EQ(fast.Take(1 << 20, kStart), seconds(0));
}

}  // namespace
}  // namespace updraft
