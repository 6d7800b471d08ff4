// SPDX-License-Identifier: Apache-2.0
// Terms of a trial in the label of an otadata record: their bytes, when they
// count, and what the bootloader makes of them.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <set>
#include <string>
#include <vector>

#include "updraft/boot.h"
#include "updraft/slots.h"

#include "ports/host/crypto_openssl.h"
#include "testing/hex.h"
#include "testing/test_device.h"

namespace updraft {
namespace {

class EveryImageJudge final : public SlotJudge {
 public:
  bool IsBootable(const Partition&) override { return true; }
  Result<std::uint32_t> SecureVersion(const Partition& slot) override {
    return too_old.contains(std::string(slot.label())) ? 0U : 1U;
  }
  std::set<std::string> too_old;
};

std::string LabelHex(const OtadataRecord& record) { return ToHex(record.label); }

TEST(TrialTermsTest, LieInTheLabelAsTheFormatSays) {
  OtadataRecord record = ErasedOtadataRecord();
  record.sequence = 0x12345678;
  record.SetTrialTerms(TrialTerms{.attempts = 3, .deadline_seconds = 60});
  // CRC-8 of 55 42 78 56 03 3c 00, polynomial 0x07 from 0, computed apart.
  EXPECT_EQ(LabelHex(record), "ffffffffffffffffffffffff55427856033c00af");
  EXPECT_EQ(record.trial_terms(), (TrialTerms{.attempts = 3, .deadline_seconds = 60}));
  record.SetTrialTerms(std::nullopt);
  EXPECT_THAT(record.label, testing::Each(0xFF));
}

TEST(TrialTermsTest, CountForTheirOwnSequenceOnly) {
  OtadataRecord record = ErasedOtadataRecord();
  EXPECT_FALSE(record.trial_terms().has_value());
  record.sequence = 5;
  record.SetTrialTerms(TrialTerms{.attempts = 3});
  record.sequence = 6;
  EXPECT_FALSE(record.trial_terms().has_value());
  record.sequence = 5;
  EXPECT_TRUE(record.trial_terms().has_value());
}

TEST(TrialTermsTest, DoNotCountWithAnyBitFlipped) {
  OtadataRecord record = ErasedOtadataRecord();
  record.sequence = 5;
  record.SetTrialTerms(TrialTerms{.attempts = 3, .deadline_seconds = 60});
  for (std::size_t bit = 0; bit < 64; ++bit) {
    OtadataRecord flipped = record;
    flipped.label[12 + bit / 8] ^= static_cast<std::uint8_t>(1U << (bit % 8));
    EXPECT_FALSE(flipped.trial_terms().has_value()) << bit;
  }
}

TEST(TrialTermsTest, LeaveTheBytesOfOthersAlone) {
  OtadataRecord record = ErasedOtadataRecord();
  record.label.fill(0x41);
  record.sequence = 5;
  record.SetTrialTerms(std::nullopt);
  EXPECT_THAT(record.label, testing::Each(0x41));
  record.SetTrialTerms(TrialTerms{.attempts = 2});
  EXPECT_THAT(std::span(record.label).first(12), testing::Each(0x41));
}

class Trials : public testing::Test {
 protected:
  Trials() {
    device_.device().policy.rollback = true;
    device_.WriteRecord(0, 1, SlotState::kValid);
    device_.SetRunning("ota_0");
  }
  void Select(const std::optional<TrialTerms>& terms = std::nullopt) {
    auto slots = Slots::Open(device_.device());
    ASSERT_EQ(slots->Select(device_.Find("ota_1"), terms), kOk);
  }
  BootDecision Boot() {
    const auto view = ViewForBoot(device_.device(), NoObserver());
    const BootDecision decision = Choose(*view, judge_);
    EXPECT_EQ(Apply(device_.device(), *view, decision), kOk);
    return decision;
  }
  SlotState State(std::size_t index) { return device_.Records()[index].state; }

  OpensslCrypto crypto_;
  TestDevice device_{crypto_};
  EveryImageJudge judge_;
};

TEST_F(Trials, StartAsOftenAsTheyMayThenAreGivenUp) {
  Select(TrialTerms{.attempts = 3, .deadline_seconds = 20});
  for (int left = 2; left >= 0; --left) {
    const BootDecision decision = Boot();
    EXPECT_EQ(decision.boots, 1);
    EXPECT_TRUE(decision.trial);
    EXPECT_EQ(decision.attempts_left, left);
    EXPECT_EQ(decision.deadline_seconds, 20);
    EXPECT_EQ(State(1), SlotState::kPendingVerify);
  }
  EXPECT_EQ(Boot().boots, 0);
  EXPECT_EQ(State(1), SlotState::kAborted);
}

TEST_F(Trials, CostOneEraseAnAttempt) {
  Select(TrialTerms{.attempts = 9});
  for (int i = 0; i < 9; ++i) {
    const auto before = device_.flash().counts().erases;
    EXPECT_EQ(Boot().boots, 1);
    EXPECT_EQ(device_.flash().counts().erases, before + 1);
  }
}

TEST_F(Trials, AreAsEspIdfKnowsThemWithoutTerms) {
  Select();
  EXPECT_THAT(device_.Records()[1].label, testing::Each(0xFF));
  const BootDecision decision = Boot();
  EXPECT_EQ(decision.boots, 1);
  EXPECT_EQ(decision.attempts_left, 0);
  EXPECT_EQ(decision.deadline_seconds, 0);
  EXPECT_EQ(Boot().boots, 0);
  EXPECT_EQ(State(1), SlotState::kAborted);
}

TEST_F(Trials, TakeTheTermsOfThePolicyUnlessToldOthers) {
  device_.device().policy.trial = {.attempts = 2, .deadline_seconds = 7};
  Select();
  EXPECT_EQ(device_.Records()[1].trial_terms(), (TrialTerms{2, 7}));
  Select(TrialTerms{});
  EXPECT_FALSE(device_.Records()[1].trial_terms().has_value()) << "one start, and the stale "
                                                                  "counter is gone";
}

TEST_F(Trials, EndWhenConfirmed) {
  Select(TrialTerms{.attempts = 3});
  ASSERT_EQ(Boot().boots, 1);
  ASSERT_EQ(Slots::Open(device_.device())->Confirm(judge_), kOk);
  const BootDecision decision = Boot();
  EXPECT_EQ(decision.boots, 1);
  EXPECT_FALSE(decision.trial);
  EXPECT_EQ(State(1), SlotState::kValid);
}

TEST_F(Trials, EndWhenRolledBack) {
  Select(TrialTerms{.attempts = 3});
  ASSERT_EQ(Boot().boots, 1);
  ASSERT_EQ(Slots::Open(device_.device())->RollBack(judge_), kOk);
  EXPECT_EQ(Boot().boots, 0);
  EXPECT_EQ(State(1), SlotState::kInvalid);
}

TEST_F(Trials, AreNotContinuedByARecordThatIsNotSelected) {
  Select(TrialTerms{.attempts = 3});
  ASSERT_EQ(Boot().boots, 1);
  OtadataRecord newer = ErasedOtadataRecord();
  newer.sequence = 3;
  newer.state = SlotState::kValid;
  newer.crc = SequenceCrc(3);
  const Partition otadata = device_.Find("otadata");
  ASSERT_EQ(WriteOtadataRecord(device_.flash(), otadata, 0, newer), kOk);
  EXPECT_EQ(Boot().boots, 0);
  EXPECT_EQ(State(1), SlotState::kAborted);
}

TEST_F(Trials, AreNotContinuedBelowTheSecureVersion) {
  device_.device().policy.anti_rollback = true;
  device_.efuse().set_field(1);
  Select(TrialTerms{.attempts = 3});
  ASSERT_EQ(Boot().boots, 1);
  judge_.too_old.insert("ota_1");
  EXPECT_EQ(Boot().boots, 0);
  EXPECT_EQ(State(1), SlotState::kAborted);
}

TEST_F(Trials, HaveNoTermsWithoutRollback) {
  device_.device().policy.rollback = false;
  Select(TrialTerms{.attempts = 3});
  EXPECT_FALSE(device_.Records()[1].trial_terms().has_value());
  EXPECT_EQ(State(1), SlotState::kUndefined);
}

}  // namespace
}  // namespace updraft
