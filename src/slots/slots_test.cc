// SPDX-License-Identifier: Apache-2.0
#include "updraft/slots.h"

#include <gtest/gtest.h>

#include <set>
#include <string>

#include "ports/host/crypto_openssl.h"
#include "testing/test_device.h"

namespace updraft {
namespace {

class ScriptedJudge final : public SlotJudge {
 public:
  bool IsBootable(const Partition& slot) override {
    return !broken.contains(std::string(slot.label()));
  }
  Result<std::uint32_t> SecureVersion(const Partition&) override { return secure_version; }

  std::set<std::string> broken;
  std::uint32_t secure_version = 0;
};

class SlotsTest : public testing::Test {
 protected:
  // A device of `slots` OTA slots on which `running` runs.
  Slots& Make(int slots, std::string_view running, bool factory = false) {
    device_.emplace(crypto_, TestLayout{.factory = factory, .ota_slots = slots});
    device_->device().policy = policy_;
    device_->SetRunning(running);
    slots_ = *Slots::Open(device_->device());
    return slots_;
  }
  std::uint32_t Sequence(std::size_t index) { return device_->Records()[index].sequence; }
  SlotState State(std::size_t index) { return device_->Records()[index].state; }
  Status Select(std::string_view label) { return slots_.Select(device_->Find(label)); }

  OpensslCrypto crypto_;
  ScriptedJudge judge_;
  DevicePolicy policy_;
  std::optional<TestDevice> device_;
  Slots slots_;
};

TEST_F(SlotsTest, SelectsAlternatingSectorsWithRisingSequences) {
  Make(2, "ota_0");
  ASSERT_TRUE(Select("ota_0").ok());
  EXPECT_EQ(Sequence(0), 1U);
  ASSERT_TRUE(Select("ota_1").ok());
  EXPECT_EQ(Sequence(0), 1U);
  EXPECT_EQ(Sequence(1), 2U);
  ASSERT_TRUE(Select("ota_0").ok());
  EXPECT_EQ(Sequence(0), 3U);
  EXPECT_EQ(slots_.Selected()->label(), "ota_0");
}

TEST_F(SlotsTest, TakesTheSmallestSequenceThatNamesTheSlot) {
  Make(3, "ota_0");
  device_->WriteRecord(0, 4, SlotState::kUndefined);
  ASSERT_TRUE(Select("ota_2").ok());
  EXPECT_EQ(Sequence(1), 6U);
  device_->WriteRecord(1, kNoSequence, SlotState::kUndefined);
  ASSERT_TRUE(Select("ota_1").ok());
  EXPECT_EQ(Sequence(1), 5U);
}

TEST_F(SlotsTest, RewritesTheActiveRecordForTheSameSlot) {
  policy_.rollback = true;
  Make(2, "ota_0");
  device_->WriteRecord(0, 1, SlotState::kValid);
  ASSERT_TRUE(Select("ota_0").ok());
  EXPECT_EQ(Sequence(0), 1U);
  EXPECT_EQ(State(0), SlotState::kNew);
  EXPECT_EQ(Sequence(1), kNoSequence);
}

TEST_F(SlotsTest, LeavesTheStateUndefinedWithoutRollback) {
  Make(2, "ota_0");
  ASSERT_TRUE(Select("ota_1").ok());
  EXPECT_EQ(State(0), SlotState::kUndefined);
}

TEST_F(SlotsTest, StartsCountingAnewWhenSequencesAreUsedUp) {
  Make(2, "ota_0");
  device_->WriteRecord(0, 0xFFFFFFFD, SlotState::kValid);  // ota_0
  device_->WriteRecord(1, 0xFFFFFFFE, SlotState::kValid);  // ota_1
  ASSERT_TRUE(Select("ota_0").ok());
  EXPECT_EQ(Sequence(0), 1U);
  EXPECT_EQ(Sequence(1), kNoSequence);
  EXPECT_EQ(slots_.Selected()->label(), "ota_0");
}

TEST_F(SlotsTest, ErasesOtadataToSelectFactory) {
  Make(2, "ota_1", true);
  device_->WriteRecord(0, 1, SlotState::kValid);
  device_->WriteRecord(1, 2, SlotState::kValid);
  ASSERT_TRUE(Select("factory").ok());
  EXPECT_EQ(Sequence(0), kNoSequence);
  EXPECT_EQ(Sequence(1), kNoSequence);
  EXPECT_EQ(slots_.Selected()->label(), "factory");
}

TEST_F(SlotsTest, RefusesToSelectWhatOtadataCannotName) {
  Make(2, "ota_0");
  EXPECT_EQ(slots_.Select(device_->Find("nvs")).code(), Code::kInvalidArgument);
  Partition third = device_->Find("ota_1");
  third.subtype = 0x12;
  EXPECT_EQ(slots_.Select(third).code(), Code::kInvalidArgument);
}

TEST_F(SlotsTest, KeepsTheLabelBytesOfARecord) {
  Make(2, "ota_0");
  device_->WriteRecord(0, 1, SlotState::kValid);
  device_->flash().bytes()[0xC004] = 0x42;
  ASSERT_TRUE(Select("ota_0").ok());
  EXPECT_EQ(device_->flash().bytes()[0xC004], 0x42);
}

TEST_F(SlotsTest, WritesTheSequenceLast) {
  Make(2, "ota_0");
  device_->flash().ClearLog();
  ASSERT_TRUE(Select("ota_1").ok());
  std::vector<std::uint64_t> programs;
  for (const auto& operation : device_->flash().log()) {
    if (operation.kind == RamFlash::Operation::Kind::kProgram)
      programs.push_back(operation.address);
  }
  EXPECT_EQ(programs, (std::vector<std::uint64_t>{0xC010, 0xC000}));
}

TEST_F(SlotsTest, GoesAroundTheSlotsForTheNextUpdate) {
  Make(3, "ota_0");
  EXPECT_EQ(slots_.NextUpdateSlot()->label(), "ota_1");
  device_->SetRunning("ota_2");
  EXPECT_EQ(slots_.NextUpdateSlot()->label(), "ota_0");
  Make(2, "factory", true);
  EXPECT_EQ(slots_.NextUpdateSlot()->label(), "ota_0");
  Make(0, "factory", true);
  EXPECT_EQ(slots_.NextUpdateSlot().error().code(), Code::kNotFound);
}

TEST_F(SlotsTest, TellsTheStateOfASlot) {
  Make(2, "ota_0", true);
  device_->WriteRecord(1, 2, SlotState::kPendingVerify);
  EXPECT_EQ(*slots_.State(device_->Find("ota_1")), SlotState::kPendingVerify);
  EXPECT_EQ(slots_.State(device_->Find("ota_0")).error().code(), Code::kNotFound);
  EXPECT_EQ(slots_.State(device_->Find("factory")).error().code(), Code::kUnsupported);
}

TEST_F(SlotsTest, ConfirmsTheSelectedImage) {
  policy_.rollback = true;
  Make(2, "ota_1");
  device_->WriteRecord(0, 1, SlotState::kValid);
  device_->WriteRecord(1, 2, SlotState::kPendingVerify);
  ASSERT_TRUE(slots_.Confirm(judge_).ok());
  EXPECT_EQ(State(1), SlotState::kValid);
  device_->flash().ClearLog();
  ASSERT_TRUE(slots_.Confirm(judge_).ok());
  EXPECT_EQ(device_->flash().wear(0xD000), 1U) << "confirming twice writes once";
}

TEST_F(SlotsTest, BurnsTheSecureVersionWhenConfirmed) {
  policy_ = {.rollback = true, .anti_rollback = true};
  Make(2, "ota_1");
  device_->WriteRecord(1, 2, SlotState::kPendingVerify);
  judge_.secure_version = 3;
  ASSERT_TRUE(slots_.Confirm(judge_).ok());
  EXPECT_EQ(*device_->efuse().ReadSecureVersion(), 3U);
}

TEST_F(SlotsTest, HasNothingToConfirmWhenFactoryRuns) {
  Make(2, "factory", true);
  EXPECT_EQ(slots_.Confirm(judge_).code(), Code::kInvalidState);
  EXPECT_EQ(slots_.RollBack(judge_).code(), Code::kInvalidState);
}

TEST_F(SlotsTest, RollsBackToTheOtherImage) {
  policy_.rollback = true;
  Make(2, "ota_1");
  device_->WriteRecord(0, 1, SlotState::kValid);
  device_->WriteRecord(1, 2, SlotState::kPendingVerify);
  ASSERT_TRUE(slots_.RollBack(judge_).ok());
  EXPECT_EQ(State(1), SlotState::kInvalid);
  EXPECT_EQ(slots_.Selected()->label(), "ota_0");
  EXPECT_EQ(slots_.LastInvalid(judge_)->label(), "ota_1");
}

TEST_F(SlotsTest, DoesNotRollBackToAnImageThatDoesNotStart) {
  policy_.rollback = true;
  Make(2, "ota_1");
  device_->WriteRecord(0, 1, SlotState::kValid);
  device_->WriteRecord(1, 2, SlotState::kPendingVerify);
  judge_.broken = {"ota_0"};
  EXPECT_EQ(slots_.RollBack(judge_).code(), Code::kIncompatible);
  EXPECT_EQ(State(1), SlotState::kPendingVerify);
}

TEST_F(SlotsTest, RollsBackToFactoryWhenThereIsNoOtherRecord) {
  Make(2, "ota_0", true);
  device_->WriteRecord(0, 1, SlotState::kPendingVerify);
  EXPECT_TRUE(*slots_.RollBackIsPossible(judge_));
  judge_.broken = {"factory"};
  EXPECT_FALSE(*slots_.RollBackIsPossible(judge_));
}

TEST_F(SlotsTest, RollsBackToNoImageThatIsOlderThanEfuseAllows) {
  policy_ = {.rollback = true, .anti_rollback = true};
  Make(2, "ota_1", true);
  device_->efuse().set_field(0b11);
  device_->WriteRecord(0, 1, SlotState::kValid);
  device_->WriteRecord(1, 2, SlotState::kPendingVerify);
  judge_.secure_version = 1;
  EXPECT_FALSE(*slots_.RollBackIsPossible(judge_));
  EXPECT_EQ(slots_.RollBack(judge_).code(), Code::kIncompatible);
  judge_.secure_version = 2;
  EXPECT_TRUE(*slots_.RollBackIsPossible(judge_));
  device_->efuse().set_broken(true);
  EXPECT_EQ(slots_.RollBackIsPossible(judge_).error().code(), Code::kFlash);
  device_->efuse().set_broken(false);
  // Factory has no record, and no secure version that anybody vouches for.
  device_->WriteRecord(0, kNoSequence, SlotState::kUndefined);
  EXPECT_FALSE(*slots_.RollBackIsPossible(judge_));
}

TEST_F(SlotsTest, ErasesTheImageThatWasBefore) {
  policy_.rollback = true;
  Make(2, "ota_1");
  device_->WriteRecord(0, 1, SlotState::kValid);
  device_->WriteRecord(1, 2, SlotState::kValid);
  device_->Install("ota_0", std::vector<std::uint8_t>(64, 0xE9));
  device_->Install("ota_1", std::vector<std::uint8_t>(64, 0xE9));
  ASSERT_TRUE(slots_.EraseLastBootSlot().ok());
  EXPECT_EQ(Sequence(0), kNoSequence);
  EXPECT_EQ(Sequence(1), 2U);
  EXPECT_EQ(device_->flash().bytes()[device_->Find("ota_0").offset], 0xFF);
  EXPECT_EQ(device_->flash().bytes()[device_->Find("ota_1").offset], 0xE9);
  EXPECT_EQ(slots_.EraseLastBootSlot().code(), Code::kInvalidState) << "none is left to erase";
}

TEST_F(SlotsTest, TakesBackASelectionThatNeverStarted) {
  policy_.rollback = true;
  Make(2, "ota_0");
  device_->WriteRecord(0, 1, SlotState::kValid);
  device_->WriteRecord(1, 2, SlotState::kNew);
  ASSERT_TRUE(slots_.Deselect(device_->Find("ota_1")).ok());
  EXPECT_EQ(Sequence(0), 1U);
  EXPECT_EQ(State(0), SlotState::kValid);
  EXPECT_EQ(Sequence(1), kNoSequence);
  EXPECT_EQ(device_->flash().wear(0xC000), 0U) << "the running slot's record is not touched";
}

TEST_F(SlotsTest, TakesBackASelectionByNamingTheRunningSlotWhenItHasNoRecord) {
  policy_.rollback = true;
  Make(3, "ota_0");
  device_->WriteRecord(0, 3, SlotState::kNew);    // ota_2
  device_->WriteRecord(1, 2, SlotState::kValid);  // ota_1
  ASSERT_TRUE(slots_.Deselect(device_->Find("ota_2")).ok());
  EXPECT_EQ(slots_.Selected()->label(), "ota_0");
  EXPECT_EQ(*slots_.State(device_->Find("ota_0")), SlotState::kValid);
}

TEST_F(SlotsTest, TakesBackASelectionToFactory) {
  Make(2, "factory", true);
  device_->WriteRecord(0, 1, SlotState::kUndefined);
  ASSERT_TRUE(slots_.Deselect(device_->Find("ota_0")).ok());
  EXPECT_EQ(slots_.Selected()->label(), "factory");
}

TEST_F(SlotsTest, LeavesAnotherSelectionAlone) {
  Make(3, "ota_0");
  device_->WriteRecord(0, 1, SlotState::kUndefined);
  ASSERT_TRUE(slots_.Deselect(device_->Find("ota_1")).ok());
  EXPECT_EQ(device_->flash().counts().erases, 0U);
}

TEST_F(SlotsTest, TakesNothingBackWithoutOtadata) {
  device_.emplace(crypto_, TestLayout{.factory = true, .ota_slots = 0, .otadata = false});
  device_->SetRunning("factory");
  slots_ = *Slots::Open(device_->device());
  EXPECT_TRUE(slots_.Deselect(device_->Find("factory")).ok());
}

TEST_F(SlotsTest, ErasesTheInactiveRecordUnlessItsSlotRuns) {
  Make(2, "ota_1");
  device_->WriteRecord(0, 1, SlotState::kValid);
  device_->WriteRecord(1, 2, SlotState::kValid);
  ASSERT_TRUE(slots_.EraseInactiveRecord().ok());
  EXPECT_EQ(Sequence(0), kNoSequence);
  EXPECT_EQ(slots_.EraseInactiveRecord().code(), Code::kInvalidState);
  device_->WriteRecord(0, 1, SlotState::kValid);
  device_->SetRunning("ota_0");
  EXPECT_EQ(slots_.EraseInactiveRecord().code(), Code::kInvalidState);
}

TEST_F(SlotsTest, KeepsEachRecordInItsOwnSectorWhereSectorsAreLarge) {
  TestDevice device(crypto_, {.slot_size = 0x10000}, {.size = 0x80000, .sector_size = 0x10000});
  device.SetRunning("ota_0");
  auto slots = *Slots::Open(device.device());
  ASSERT_TRUE(slots.Select(device.Find("ota_0")).ok());
  ASSERT_TRUE(slots.Select(device.Find("ota_1")).ok());
  const std::uint64_t otadata = device.Find("otadata").offset;
  EXPECT_EQ(device.flash().wear(otadata), 1U);
  EXPECT_EQ(device.flash().wear(otadata + 0x10000), 1U);
  EXPECT_EQ(device.Records()[0].sequence, 1U);
  EXPECT_EQ(device.Records()[1].sequence, 2U);
  EXPECT_EQ(slots.Selected()->label(), "ota_1");
  ASSERT_TRUE(slots.EraseOtadata().ok());
  EXPECT_EQ(device.Records()[1].sequence, kNoSequence);
  // Two sectors of 4 KiB are too small here.
  const auto row = MakePartition("otadata", PartitionType::kData, 0, 0x20000, 0x2000);
  device.flash().Load(kPartitionTableOffset, MakePartitionTable({row}, crypto_));
  EXPECT_EQ(Slots::Open(device.device()).error().code(), Code::kBadFormat);
}

TEST_F(SlotsTest, RefusesAnOtadataPartitionThatIsTooSmall) {
  TestDevice device(crypto_);
  auto row = MakePartition("otadata", PartitionType::kData, 0, 0xC000, 0x1000);
  device.flash().Load(kPartitionTableOffset, MakePartitionTable({row}, crypto_));
  RecordingObserver observer;
  EXPECT_EQ(Slots::Open(device.device(), observer).error().code(), Code::kBadFormat);
  EXPECT_EQ(observer.failed_reasons(), "no_otadata");
}

TEST(SequenceCrcTest, MatchesEspIdf) {
  EXPECT_EQ(SequenceCrc(0), 0xFFFFFFFFU);
  EXPECT_EQ(SequenceCrc(1), 0x4743989AU);
  EXPECT_EQ(SequenceCrc(2), 0x55F63774U);
  EXPECT_EQ(SequenceCrc(0x12345678), 0x71D6A731U);
  EXPECT_EQ(SequenceCrc(0xFFFFFFFF), 0x2144DF1CU);
}

}  // namespace
}  // namespace updraft
