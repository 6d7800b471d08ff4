// SPDX-License-Identifier: Apache-2.0
#include "updraft/paced_connection.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <vector>

#include "testing/fake_system.h"

namespace updraft {
namespace {

// Each Receive takes `wait_ms` of the fake clock and brings `piece` bytes.
class TimedConnection final : public Connection {
 public:
  explicit TimedConnection(FakeSystem& system) : system_(&system) {}

  Status Connect(const Endpoint&) override {
    open_ = true;
    return kOk;
  }
  Status Send(Bytes) override { return kOk; }
  Result<std::size_t> Receive(MutableBytes out) override {
    system_->Advance(wait_ms);
    const std::size_t count = std::min(out.size(), piece);
    received += count;
    return count;
  }
  void Close() override { open_ = false; }
  bool is_open() const override { return open_; }
  std::string_view failure_text() const override { return "of the port"; }

  std::size_t piece = 1;
  std::uint64_t wait_ms = 0;
  std::uint64_t received = 0;

 private:
  FakeSystem* system_;
  bool open_ = false;
};

class PacedConnectionTest : public testing::Test {
 protected:
  // Receives for so long, or until it fails.
  Status ReceiveFor(PacedConnection& paced, std::uint64_t duration_ms, std::uint64_t work_ms = 0) {
    const std::uint64_t end = system_.NowMs() + duration_ms;
    while (system_.NowMs() < end) {
      UPDRAFT_TRY_ASSIGN(const std::size_t count, paced.Receive(room_));
      if (count == 0) return kOk;
      system_.Advance(work_ms);
    }
    return kOk;
  }

  FakeSystem system_;
  TimedConnection inner_{system_};
  std::array<std::uint8_t, 65536> room_{};
};

TEST_F(PacedConnectionTest, KeepsItsRateWithinFiveInAHundred) {
  inner_.piece = 1 << 20;
  for (const std::uint64_t rate : {7ULL, 1000ULL, 65'536ULL, 10'000'000ULL}) {
    for (const std::uint64_t work_ms : {0ULL, 3ULL, 40ULL}) {
      inner_.received = 0;
      PacedConnection paced(inner_, system_, {.rate_limit = rate, .low_speed = 0});
      const std::uint64_t before = system_.NowMs();
      ASSERT_TRUE(ReceiveFor(paced, 60'000, work_ms).ok());
      const double seconds = static_cast<double>(system_.NowMs() - before) / 1000;
      const double measured = static_cast<double>(inner_.received) / seconds;
      // 65536 bytes of room a turn are all that there is to take.
      const double most = work_ms > 0 ? 65'536'000.0 / static_cast<double>(work_ms) : 1e12;
      const double asked = std::min(static_cast<double>(rate), most);
      EXPECT_LT(std::abs(measured / asked - 1), 0.05) << rate << " " << work_ms;
    }
  }
}

TEST_F(PacedConnectionTest, HoldsFromTheFirstByteOn) {
  inner_.piece = 1 << 20;
  PacedConnection paced(inner_, system_, {.rate_limit = 100'000});
  system_.Advance(10'000);
  ASSERT_TRUE(paced.Connect({}).ok());
  ASSERT_TRUE(ReceiveFor(paced, 400).ok());
  EXPECT_LE(inner_.received, 42'000U);
  EXPECT_GE(inner_.received, 38'000U);
}

TEST_F(PacedConnectionTest, SavesNothingUpWhileNobodyReads) {
  inner_.piece = 1 << 20;
  PacedConnection paced(inner_, system_, {.rate_limit = 1000});
  ASSERT_TRUE(ReceiveFor(paced, 1000).ok());
  system_.Advance(3'600'000'000);
  inner_.received = 0;
  ASSERT_TRUE(ReceiveFor(paced, 1000).ok());
  EXPECT_LE(inner_.received, 1400U);
}

TEST_F(PacedConnectionTest, EndsADripThatNoStallEnds) {
  inner_.wait_ms = 29'000;
  PacedConnection paced(inner_, system_, {});
  ASSERT_TRUE(paced.Connect({}).ok());
  const std::uint64_t before = system_.NowMs();
  EXPECT_EQ(ReceiveFor(paced, 86'400'000), Status(NetworkFailure::kTooSlow));
  EXPECT_LE(system_.NowMs() - before, 120'000U);
  EXPECT_FALSE(paced.is_open());
  EXPECT_EQ(paced.failure_text(), "the server sends too slowly");
}

TEST_F(PacedConnectionTest, LetsASlowLinkBe) {
  inner_.wait_ms = 1000;
  inner_.piece = 16;
  PacedConnection paced(inner_, system_, {});
  EXPECT_TRUE(ReceiveFor(paced, 3'600'000).ok());
}

TEST_F(PacedConnectionTest, DoesNotHoldItsOwnCapNorFlashAgainstThePeer) {
  inner_.piece = 1 << 20;
  PacedConnection paced(inner_, system_, {.rate_limit = 5});
  EXPECT_TRUE(ReceiveFor(paced, 3'600'000, 500).ok());
}

TEST_F(PacedConnectionTest, EndsAtItsDeadlineWhateverIsCalled) {
  inner_.wait_ms = 100;
  PacedConnection paced(inner_, system_, {.deadline_ms = 5000});
  EXPECT_EQ(ReceiveFor(paced, 10'000), Status(NetworkFailure::kDeadline));
  EXPECT_EQ(inner_.received, 50U);
  EXPECT_EQ(paced.Send({}), Status(NetworkFailure::kDeadline));
  EXPECT_EQ(paced.Connect({}), Status(NetworkFailure::kDeadline));
  EXPECT_EQ(paced.failure_text(), "not done at the deadline");
}

TEST_F(PacedConnectionTest, TellsTheFailuresOfTheOtherConnection) {
  PacedConnection paced(inner_, system_, {});
  EXPECT_EQ(paced.failure_text(), "of the port");
}

}  // namespace
}  // namespace updraft
