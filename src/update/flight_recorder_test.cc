// SPDX-License-Identifier: Apache-2.0
#include "updraft/flight_recorder.h"

#include <gtest/gtest.h>

#include <string>
#include <utility>
#include <vector>

#include "ports/host/crypto_openssl.h"
#include "testing/test_device.h"
#include "testing/test_image.h"

namespace updraft {
namespace {

class Entries final : public FlightReader {
 public:
  void OnEntry(std::uint32_t /*serial*/, const FlightEntry& entry) override {
    all.push_back(entry);
  }
  std::vector<FlightEntry> all;
};

class FlightRecorderTest : public testing::Test {
 protected:
  std::vector<FlightEntry> Read() {
    Entries entries;
    EXPECT_TRUE(ReadFlights(device_.device(), entries).ok());
    return entries.all;
  }
  OpensslCrypto crypto_;
  TestDevice device_{crypto_, {.log = true}};
  RecordingObserver observer_;
};

TEST_F(FlightRecorderTest, TellsWhatFailedWhereAndAfterHowMuch) {
  FlightRecorder recorder(device_.device(), observer_);
  recorder.OnFinding({Check::kConnect, false, {}, Value::Text("refused")});
  EXPECT_TRUE(recorder.OnRetry({NetworkFailure::kConnect, 1, 5, 100, true}));
  EXPECT_TRUE(recorder.OnRetry({NetworkFailure::kConnect, 1, 5, 0, false}));
  EXPECT_TRUE(recorder.OnProgress({.received = 4711}));
  recorder.OnFinding({Check::kLength, false, {}, Value::Text("what says less")});
  recorder.OnFinding(
      {Check::kTls, false, {}, Value::Text("certificate has expired, and more words")});
  device_.system().SleepMs(12'345);
  ASSERT_TRUE(recorder.Record(NetworkFailure::kTls, 5000, "2.0.0").ok());
  const auto entries = Read();
  ASSERT_EQ(entries.size(), 1U);
  EXPECT_EQ(entries[0].outcome, FlightOutcome::kFailed);
  EXPECT_EQ(entries[0].status, Status(NetworkFailure::kTls));
  EXPECT_EQ(entries[0].reason(), "tls_failed");
  EXPECT_EQ(entries[0].found(), "certificate has expired, and");
  EXPECT_EQ(entries[0].version(), "2.0.0");
  EXPECT_EQ(entries[0].attempts, 2);
  EXPECT_EQ(entries[0].offset, 4711U);
  EXPECT_EQ(entries[0].received, 5000U);
  EXPECT_EQ(entries[0].seconds, 12U);
  EXPECT_EQ(observer_.failed_reasons(), "connect_failed length_mismatch tls_failed")
      << "everything is passed on";
}

TEST_F(FlightRecorderTest, TellsTheHttpStatus) {
  FlightRecorder recorder(device_.device(), observer_);
  recorder.OnFinding({Check::kHttpStatus, false, {}, Value::Number(404)});
  ASSERT_TRUE(recorder.Record({Code::kHttpStatus, Stage::kFetch, 404}, 0, "").ok());
  ASSERT_EQ(Read().size(), 1U);
  EXPECT_EQ(Read()[0].status.detail(), 404);
  EXPECT_EQ(Read()[0].reason(), "http_status");
}

TEST_F(FlightRecorderTest, SaysTheCodeWhereNothingWasFound) {
  FlightRecorder recorder(device_.device(), observer_);
  ASSERT_TRUE(recorder.Record({Code::kFlash, Stage::kFlash, 5}, 0, "").ok());
  EXPECT_EQ(Read()[0].reason(), "flash");
  EXPECT_EQ(Read()[0].status.detail(), 5);
}

TEST_F(FlightRecorderTest, WritesNothingWhereNothingIsNew) {
  FlightRecorder recorder(device_.device(), observer_);
  ASSERT_TRUE(recorder.Record({Code::kHttpStatus, Stage::kFetch, 304}, 0, "").ok());
  recorder.OnFinding({Check::kVersionPolicy, false, {}, {}});
  ASSERT_TRUE(recorder.Record({Code::kInvalidState, Stage::kUpdate}, 0, "1.0.0").ok());
  EXPECT_TRUE(Read().empty());
  ASSERT_TRUE(recorder.Record({Code::kDowngrade, Stage::kUpdate}, 0, "0.9.0").ok());
  EXPECT_EQ(Read().size(), 1U);
}

TEST_F(FlightRecorderTest, KeepsTheLastOnes) {
  for (int i = 0; i < 100; ++i) {
    FlightRecorder recorder(device_.device(), observer_);
    ASSERT_TRUE(recorder.Record(kOk, static_cast<std::uint64_t>(i), "2.0.0").ok());
  }
  const auto entries = Read();
  ASSERT_GE(entries.size(), 16U);
  EXPECT_EQ(entries.back().received, 99U);
  EXPECT_EQ(entries.back().outcome, FlightOutcome::kUpdated);
  EXPECT_EQ(entries.back().reason(), "");
}

TEST_F(FlightRecorderTest, IsNotThereWithoutItsPartition) {
  TestDevice device(crypto_);
  FlightRecorder recorder(device.device(), observer_);
  EXPECT_EQ(recorder.Record(kOk, 0, "").code(), Code::kNotFound);
  EXPECT_EQ(device.flash().counts().programs, 0U);
}

TEST_F(FlightRecorderTest, TellsOfEachRollbackOnce) {
  device_.Install("ota_1", TestImage{.version = "2.0.0"}.Build(crypto_));
  device_.WriteRecord(0, 1, SlotState::kValid);
  device_.WriteRecord(1, 2, SlotState::kAborted);
  for (int i = 0; i < 3; ++i) {
    ASSERT_TRUE(RecordRollbacks(device_.device(), "crashed", "Segmentation fault").ok());
  }
  auto entries = Read();
  ASSERT_EQ(entries.size(), 1U);
  EXPECT_EQ(entries[0].outcome, FlightOutcome::kRolledBack);
  EXPECT_EQ(entries[0].reason(), "crashed");
  EXPECT_EQ(entries[0].found(), "Segmentation fault");
  EXPECT_EQ(entries[0].version(), "2.0.0");
  EXPECT_EQ(entries[0].sequence, 2U);
  device_.WriteRecord(1, 4, SlotState::kInvalid);
  ASSERT_TRUE(RecordRollbacks(device_.device()).ok());
  entries = Read();
  ASSERT_EQ(entries.size(), 2U);
  EXPECT_EQ(entries[1].reason(), "given_up");
}

TEST_F(FlightRecorderTest, TellsNothingOfADeviceThatNeverRolledBack) {
  ASSERT_TRUE(RecordRollbacks(device_.device()).ok());
  device_.WriteRecord(0, 1, SlotState::kValid);
  device_.WriteRecord(1, 2, SlotState::kPendingVerify);
  ASSERT_TRUE(RecordRollbacks(device_.device()).ok());
  EXPECT_TRUE(Read().empty());
}

}  // namespace
}  // namespace updraft
