// SPDX-License-Identifier: Apache-2.0
#include "updraft/update.h"

#include <gtest/gtest.h>

#include <functional>
#include <random>
#include <vector>

#include "ports/host/crypto_openssl.h"
#include "testing/memory_download.h"
#include "testing/memory_source.h"
#include "testing/recording_observer.h"
#include "testing/test_device.h"
#include "testing/test_image.h"

namespace updraft {
namespace {

using Image = std::vector<std::uint8_t>;

class UpdateTest : public testing::Test {
 protected:
  UpdateTest() { Reset(); }

  void Reset(const TestLayout& layout = {}) {
    device_.emplace(crypto_, layout);
    device_->device().policy = policy_;
    device_->Install("ota_0", old_);
    device_->SetRunning("ota_0");
    before_ = Image(device_->flash().bytes().begin(), device_->flash().bytes().end());
  }

  UpdateOptions Options() {
    return {
        .buffer = buffer_, .proof_buffer = proof_buffer_, .slot = std::nullopt, .judge = nullptr};
  }

  Status Run(MemorySource source) {
    observer_.Clear();
    Update update(device_->device(), source, Options(), observer_);
    const Status status = update.Run();
    EXPECT_EQ(update.state(), status.ok() ? Update::State::kCommitted : Update::State::kFailed);
    return status;
  }

  // Refused with this reason, not an erase or program made, and what ran before
  // still runs.
  void ExpectUntouched(const Image& image, std::string_view reason, bool size_known = true) {
    Reset();
    EXPECT_FALSE(Run(MemorySource(image, SIZE_MAX, size_known)).ok());
    EXPECT_EQ(observer_.failed_reasons(), reason);
    EXPECT_EQ(device_->flash().counts().erases + device_->flash().counts().programs, 0U);
    EXPECT_TRUE(std::equal(before_.begin(), before_.end(), device_->flash().bytes().begin()));
  }

  // Refused with this reason after some was written: the slot has no head, the
  // running slot and otadata are as they were.
  void ExpectNoImage(MemorySource source, std::string_view reason) {
    Reset();
    EXPECT_FALSE(Run(std::move(source)).ok());
    EXPECT_EQ(observer_.failed_reasons(), reason);
    ExpectPassiveSlotWithoutHead();
  }

  void ExpectPassiveSlotWithoutHead() {
    const Partition passive = device_->Find("ota_1");
    const auto bytes = device_->flash().bytes();
    for (std::size_t i = 0; i < 32; ++i) EXPECT_EQ(bytes[passive.offset + i], 0xFF);
    EXPECT_TRUE(std::equal(before_.begin(),
                           before_.begin() + static_cast<std::ptrdiff_t>(passive.offset),
                           bytes.begin()));
  }

  bool Holds(std::string_view label, const Image& image) {
    const Partition slot = device_->Find(label);
    return std::equal(image.begin(), image.end(),
                      device_->flash().bytes().begin() + static_cast<std::ptrdiff_t>(slot.offset));
  }

  OpensslCrypto crypto_;
  DevicePolicy policy_;
  RecordingObserver observer_;
  Image old_ = TestImage{.version = "1.0.0"}.Build(crypto_);
  Image new_ = TestImage{.version = "2.0.0"}.WithRamSegment(20000).Build(crypto_);
  Image before_;
  Image buffer_ = Image(kMinimumUpdateBuffer);
  Image proof_buffer_ = Image(1024);
  std::optional<TestDevice> device_;
};

TEST_F(UpdateTest, InstallsAndSelectsTheImage) {
  ASSERT_TRUE(Run(MemorySource(new_)).ok());
  EXPECT_TRUE(Holds("ota_1", new_));
  EXPECT_EQ(Slots::Open(device_->device())->Selected()->label(), "ota_1");
  EXPECT_EQ(observer_.progress().back().received, new_.size());
  EXPECT_EQ(observer_.progress().back().total, new_.size());
}

TEST_F(UpdateTest, SelectsNothingBeforeCommit) {
  MemorySource source(new_);
  AppDescription offered;
  UpdateOptions options = Options();
  options.offered = &offered;
  Update update(device_->device(), source, options, observer_);
  ASSERT_TRUE(update.Open().ok());
  EXPECT_EQ(update.Commit().code(), Code::kInvalidState);
  while (*update.Step() != Update::Progressed::kDone) {
  }
  EXPECT_EQ(update.state(), Update::State::kComplete);
  ExpectPassiveSlotWithoutHead();
  EXPECT_EQ(update.offered()->version(), "2.0.0");
  ASSERT_TRUE(update.Commit().ok());
  EXPECT_TRUE(Holds("ota_1", new_));
  EXPECT_EQ(update.Commit().code(), Code::kInvalidState);
}

TEST_F(UpdateTest, LeavesNoImageWhenAborted) {
  MemorySource source(new_);
  Update update(device_->device(), source, Options(), observer_);
  ASSERT_TRUE(update.Open().ok());
  for (int i = 0; i < 5; ++i) ASSERT_TRUE(update.Step().has_value());
  update.Abort();
  EXPECT_EQ(update.Step().error().code(), Code::kInvalidState);
  EXPECT_EQ(update.Commit().code(), Code::kInvalidState);
  ExpectPassiveSlotWithoutHead();
}

TEST_F(UpdateTest, StopsWhenTheObserverSaysSo) {
  observer_.StopAtProgress(3);
  MemorySource source(new_);
  Update update(device_->device(), source, Options(), observer_);
  EXPECT_EQ(update.Run().code(), Code::kCancelled);
  ExpectPassiveSlotWithoutHead();
}

TEST_F(UpdateTest, StoresTheSameForEveryChunking) {
  for (const std::size_t chunk : {1U, 7U, 287U, 288U, 289U, 511U, 1024U}) {
    Reset();
    ASSERT_TRUE(Run(MemorySource(new_, chunk)).ok()) << chunk;
    EXPECT_TRUE(Holds("ota_1", new_)) << chunk;
  }
  std::mt19937 random(1);
  Reset();
  ASSERT_TRUE(Run(MemorySource(new_, [&] { return 1 + random() % 700; })).ok());
  EXPECT_TRUE(Holds("ota_1", new_));
}

TEST_F(UpdateTest, SplitsAnywhereInTheFirst600Bytes) {
  for (std::size_t split = 1; split <= 600; ++split) {
    Reset();
    bool first = true;
    ASSERT_TRUE(
        Run(MemorySource(new_, [&] { return std::exchange(first, false) ? split : 4096; })).ok());
    EXPECT_TRUE(Holds("ota_1", new_)) << split;
  }
}

TEST_F(UpdateTest, TakesBytesBehindTheImageWhileTheyFit) {
  Image longer = new_;
  longer.insert(longer.end(), 3000, 0x5A);
  ASSERT_TRUE(Run(MemorySource(longer)).ok());
  EXPECT_TRUE(Holds("ota_1", longer));
  longer.resize(0x20000, 0x5A);
  Reset();
  ASSERT_TRUE(Run(MemorySource(longer, SIZE_MAX, false)).ok());
  longer.push_back(0);
  ExpectNoImage(MemorySource(longer, SIZE_MAX, false), "image_too_large");
}

TEST_F(UpdateTest, RefusesBeforeTheFirstEraseWhatTheHeaderTells) {
  ExpectUntouched({}, "truncated");
  ExpectUntouched({'<', 'h', 't', 'm', 'l', '>'}, "bad_magic");
  ExpectUntouched(Image(new_.begin(), new_.begin() + 20), "truncated", false);
  ExpectUntouched(TestImage{.chip_id = 9}.Build(crypto_), "bad_chip_id");
  ExpectUntouched(TestImage{.minimum_revision = 100}.Build(crypto_), "chip_rev_too_low");
  ExpectUntouched(TestImage{.maximum_revision = 3}.Build(crypto_), "chip_rev_too_high");
}

TEST_F(UpdateTest, RefusesBeforeTheFirstEraseASecureVersionBelowTheEfuse) {
  policy_ = {.rollback = true, .anti_rollback = true};
  const Image old = TestImage{.secure_version = 1}.Build(crypto_);
  const Image same = TestImage{.secure_version = 2}.Build(crypto_);
  Reset();
  device_->efuse().set_field(3);
  EXPECT_EQ(Run(MemorySource(old)).code(), Code::kDowngrade);
  EXPECT_EQ(observer_.failed_reasons(), "secure_version_too_low");
  EXPECT_EQ(device_->flash().counts().erases + device_->flash().counts().programs, 0U);
  EXPECT_EQ(Run(MemorySource(same)), kOk);
  EXPECT_EQ(device_->efuse().burns(), 0) << "installing proves nothing about the firmware";
  Reset();
  device_->efuse().set_broken(true);
  EXPECT_EQ(Run(MemorySource(same)).code(), Code::kFlash);
}

TEST_F(UpdateTest, RefusesBeforeTheFirstEraseWhatCannotFit) {
  ExpectUntouched(TestImage{}.WithRamSegment(0x20000).Build(crypto_), "image_too_large");
  TestImage first;
  first.first_segment_rest = 0x20000;
  ExpectUntouched(first.Build(crypto_), "image_too_large", false);
}

TEST_F(UpdateTest, RefusesAtTheSegmentHeaderThatDoesNotFit) {
  ExpectNoImage(MemorySource(TestImage{}.WithRamSegment(0x20000).Build(crypto_), 512, false),
                "image_too_large");
  EXPECT_LT(observer_.progress().size(), 3U);
}

TEST_F(UpdateTest, RefusesAnAnnouncedLengthThatCutsTheImage) {
  ExpectUntouched(Image(new_.begin(), new_.begin() + 900), "truncated");
}

TEST_F(UpdateTest, RefusesATruncationAnywhere) {
  for (std::size_t length = 1; length < new_.size(); length += 499) {
    const Image cut(new_.begin(), new_.begin() + static_cast<std::ptrdiff_t>(length));
    ExpectNoImage(MemorySource(cut, SIZE_MAX, false), "truncated");
  }
}

TEST_F(UpdateTest, RefusesWhatTheProofFindsWrong) {
  Image bad = new_;
  bad[5000] ^= 1;
  ExpectNoImage(MemorySource(bad), "bad_checksum");
  bad = new_;
  bad.back() ^= 1;
  ExpectNoImage(MemorySource(bad), "bad_hash");
}

TEST_F(UpdateTest, PassesOnWhyTheSourceBroke) {
  MemorySource source(new_);
  source.BreakAt(7000, NetworkFailure::kReset);
  Reset();
  EXPECT_EQ(Run(std::move(source)), Status(NetworkFailure::kReset));
  ExpectPassiveSlotWithoutHead();
}

TEST_F(UpdateTest, NeverWritesTheRunningSlot) {
  MemorySource source(new_);
  UpdateOptions options = Options();
  options.slot = device_->Find("ota_0");
  Update update(device_->device(), source, options, observer_);
  EXPECT_EQ(update.Open().code(), Code::kNotFound);
  EXPECT_EQ(observer_.failed_reasons(), "no_update_slot");
  Reset({.ota_slots = 1});
  EXPECT_FALSE(Run(MemorySource(new_)).ok());
  EXPECT_EQ(observer_.failed_reasons(), "no_update_slot");
}

TEST_F(UpdateTest, NeedsOtadata) {
  Reset({.otadata = false});
  EXPECT_EQ(Run(MemorySource(new_)).code(), Code::kNotFound);
  EXPECT_EQ(observer_.failed_reasons(), "no_otadata");
}

TEST_F(UpdateTest, RefusesABrokenPartitionTable) {
  device_->flash().bytes()[0x8000 + 40] ^= 1;
  EXPECT_FALSE(Run(MemorySource(new_)).ok());
  EXPECT_EQ(observer_.failed_reasons(), "bad_partition_table");
}

TEST_F(UpdateTest, RefusesASlotThatOverlapsAnotherPartition) {
  const auto app = [](std::string_view label, std::uint8_t subtype, std::uint64_t offset) {
    return MakePartition(label, PartitionType::kApp, subtype, offset, 0x20000);
  };
  const auto otadata = MakePartition("otadata", PartitionType::kData, 0, 0xC000, 0x2000);
  device_->flash().Load(
      kPartitionTableOffset,
      MakePartitionTable({otadata, app("ota_0", 0x10, 0x10000), app("ota_1", 0x11, 0x20000)},
                         crypto_));
  EXPECT_EQ(Run(MemorySource(new_)).code(), Code::kBadFormat);
  EXPECT_EQ(observer_.failed_reasons(), "bad_partition_table");
  EXPECT_EQ(device_->flash().counts().erases, 0U);
}

TEST_F(UpdateTest, WaitsUntilTheRunningImageIsConfirmed) {
  policy_.rollback = true;
  Reset();
  device_->WriteRecord(0, 1, SlotState::kPendingVerify);
  EXPECT_EQ(Run(MemorySource(new_)).code(), Code::kInvalidState);
  EXPECT_EQ(observer_.failed_reasons(), "running_unconfirmed");
  EXPECT_EQ(device_->flash().counts().erases, 0U);
}

TEST_F(UpdateTest, TakesTheSelectionBackBeforeItOverwritesASelectedSlot) {
  policy_.rollback = true;
  Reset();
  device_->WriteRecord(0, 1, SlotState::kValid);
  ASSERT_TRUE(Run(MemorySource(new_)).ok());
  EXPECT_EQ(device_->Records()[1].state, SlotState::kNew);
  Image bad = new_;
  bad.back() ^= 1;
  EXPECT_FALSE(Run(MemorySource(bad)).ok());
  EXPECT_EQ(Slots::Open(device_->device())->Selected()->label(), "ota_0");
  EXPECT_EQ(device_->Records()[0].state, SlotState::kValid);
  ASSERT_TRUE(Run(MemorySource(new_)).ok());
  EXPECT_EQ(Slots::Open(device_->device())->Selected()->label(), "ota_1");
}

TEST_F(UpdateTest, AsksTheJudgeOnceBeforeAnythingIsWritten) {
  class Refuser final : public DescriptionJudge {
   public:
    Status JudgeOffer(const AppDescription& offered, Observer& observer) override {
      ++asked;
      return Judge(
          observer, Stage::kUpdate, Code::kDowngrade,
          {Check::kVersionPolicy, false, Value::Text("not 2.0.0"), Value::Text(offered.version())});
    }
    int asked = 0;
  } refuser;
  UpdateOptions options = Options();
  options.judge = &refuser;
  MemorySource source(new_, 100);
  Update update(device_->device(), source, options, observer_);
  EXPECT_EQ(update.Run().code(), Code::kDowngrade);
  EXPECT_EQ(refuser.asked, 1);
  EXPECT_EQ(observer_.failed_reasons(), "version_refused");
  EXPECT_EQ(device_->flash().counts().erases, 0U);
}

TEST_F(UpdateTest, RefusesBuffersThatAreTooSmall) {
  MemorySource source(new_);
  UpdateOptions options = Options();
  options.buffer = options.buffer.first(kMinimumUpdateBuffer - 1);
  Update update(device_->device(), source, options, observer_);
  EXPECT_EQ(update.Open().code(), Code::kInvalidArgument);

  options = Options();
  options.proof_buffer = options.proof_buffer.first(kMinimumProofBuffer - 1);
  Update proof(device_->device(), source, options, observer_);
  EXPECT_EQ(proof.Open().code(), Code::kInvalidArgument);
}

TEST_F(UpdateTest, TellsNoOfferWithoutRoomForIt) {
  MemorySource source(new_);
  Update update(device_->device(), source, Options(), observer_);
  ASSERT_EQ(update.Run(), kOk);
  EXPECT_EQ(update.offered(), nullptr);
}

TEST_F(UpdateTest, NeedsAProofBufferOfItsOwnOnlyToGoOnAfterARestart) {
  UpdateOptions options = Options();
  options.proof_buffer = {};
  MemorySource source(new_);
  Update update(device_->device(), source, options, observer_);
  EXPECT_EQ(update.Run(), kOk);

  MemoryDownload download(new_, "\"a\"");
  options.resumable = &download;
  Update resumable(device_->device(), download, options, observer_);
  EXPECT_EQ(resumable.Open().code(), Code::kInvalidArgument);
}

TEST_F(UpdateTest, ReadsBackNoMoreThanItWrote) {
  ASSERT_TRUE(Run(MemorySource(new_)).ok());
  std::uint64_t read = 0;
  const Partition slot = device_->Find("ota_1");
  for (const auto& operation : device_->flash().log()) {
    const bool in_slot =
        operation.address >= slot.offset && operation.address < slot.offset + slot.size;
    if (operation.kind == RamFlash::Operation::Kind::kRead && in_slot) read += operation.length;
  }
  EXPECT_LE(read, new_.size() + 32) << "one pass, and the head once more";
}

}  // namespace
}  // namespace updraft
