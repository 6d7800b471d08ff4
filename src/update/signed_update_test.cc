// SPDX-License-Identifier: Apache-2.0
// Devices that want their images signed: what they install and what they boot,
// with keys of their own and with the running application's.
#include <gtest/gtest.h>

#include <algorithm>
#include <string>
#include <utility>
#include <vector>

#include "updraft/boot.h"
#include "updraft/slot_prover.h"
#include "updraft/update.h"

#include "ports/host/crypto_openssl.h"
#include "ports/host/signer_openssl.h"
#include "testing/memory_source.h"
#include "testing/recording_observer.h"
#include "testing/test_device.h"
#include "testing/test_image.h"

namespace updraft {
namespace {

using Image = std::vector<std::uint8_t>;

// With one buffer for all, and with one of its own for the proof.
class SignedUpdateTest : public testing::TestWithParam<bool> {
 protected:
  static SignatureKey NewKey() {
    auto key = SignatureKey::Generate(SignatureScheme::kEcdsaP256);
    EXPECT_TRUE(key.has_value());
    return std::move(*key);
  }

  void Reset(SignaturePolicy policy, const Image& running) {
    device_.emplace(crypto_);
    device_->device().policy.signature = policy;
    device_->Install("ota_0", running);
    device_->WriteRecord(0, 1, SlotState::kUndefined);
    device_->SetRunning("ota_0");
  }

  void Trust(std::size_t slot, const SignatureKey& key) {
    const auto digest = KeyDigest(crypto_, key.block_key());
    ASSERT_TRUE(device_->device().trusted_keys.Set(slot, *digest).ok());
  }

  Image Sign(const Image& image, std::vector<const SignatureKey*> keys) {
    auto signing = ImageSigning::Open(image, ImageSigning::Existing::kRefuse, crypto_);
    for (const SignatureKey* key : keys) EXPECT_TRUE(signing->Add(*key).ok());
    return signing->Finish();
  }

  // "" when installed, else the reasons.
  std::string Install(const Image& image, bool size_known = true) {
    observer_.Clear();
    const RamFlash::Counts before = device_->flash().counts();
    MemorySource source(image, 900, size_known);
    Update update(device_->device(), source,
                  {.buffer = buffer_,
                   .proof_buffer = GetParam() ? MutableBytes(proof_buffer_) : MutableBytes{},
                   .slot = {},
                   .judge = nullptr},
                  observer_);
    const Status status = update.Run();
    EXPECT_EQ(status.ok(), observer_.failed().empty());
    const RamFlash::Counts after = device_->flash().counts();
    written_ = after.erases + after.programs - before.erases - before.programs;
    return observer_.failed_reasons();
  }

  bool PassiveSlotHasNoHead() {
    const auto passive = device_->flash().bytes().subspan(device_->Find("ota_1").offset, 32);
    return std::all_of(passive.begin(), passive.end(), [](auto byte) { return byte == 0xFF; });
  }

  // What starts now; "" for nothing.
  std::string Boot() {
    Image buffer(4096);
    SlotProver prover(device_->device(), buffer, observer_, AskedBy::kBootloader);
    const auto view = ViewForBoot(device_->device(), NoObserver());
    const BootDecision decision = Choose(*view, prover);
    EXPECT_TRUE(Apply(device_->device(), *view, decision).ok());
    if (!decision.boots.has_value()) return "";
    device_->device().running = *view->SlotAt(*decision.boots);
    return std::string(device_->device().running->label());
  }

  OpensslCrypto crypto_;
  SignatureKey key_ = NewKey();
  SignatureKey other_ = NewKey();
  RecordingObserver observer_;
  Image old_ = TestImage{.version = "1.0.0"}.Build(crypto_);
  Image new_ = TestImage{.version = "2.0.0"}.WithRamSegment(9000).Build(crypto_);
  Image buffer_ = Image(kMinimumUpdateBuffer);
  Image proof_buffer_ = Image(1024);
  std::optional<TestDevice> device_;
  std::uint64_t written_ = 0;  // erases and programs of the last Install
};

TEST_P(SignedUpdateTest, InstallsAndBootsWhatATrustedKeySigned) {
  for (const SignaturePolicy policy : {SignaturePolicy::kOnUpdate, SignaturePolicy::kOnBoot}) {
    Reset(policy, Sign(old_, {&key_}));
    Trust(0, key_);
    EXPECT_EQ(Install(Sign(new_, {&key_})), "");
    EXPECT_EQ(Boot(), "ota_1");
  }
}

TEST_P(SignedUpdateTest, RefusesAnUnsignedImageBeforeItWritesWhereTheLengthTells) {
  for (const SignaturePolicy policy : {SignaturePolicy::kOnUpdate, SignaturePolicy::kOnBoot}) {
    Reset(policy, old_);
    Trust(0, key_);
    TestImage short_image;
    short_image.first_segment_rest = 0;
    EXPECT_EQ(Install(short_image.Build(crypto_)), "signature_missing");
    EXPECT_EQ(written_, 0U);
    EXPECT_EQ(Install(new_, false), "signature_missing");
    EXPECT_TRUE(PassiveSlotHasNoHead());
    EXPECT_EQ(Install(new_), "signature_missing");
    EXPECT_TRUE(PassiveSlotHasNoHead());
  }
}

TEST_P(SignedUpdateTest, RefusesWhatAnotherKeySigned) {
  Reset(SignaturePolicy::kOnUpdate, Sign(old_, {&key_}));
  Trust(0, key_);
  EXPECT_EQ(Install(Sign(new_, {&other_})), "signature_untrusted");
  EXPECT_TRUE(PassiveSlotHasNoHead());
  EXPECT_EQ(Boot(), "ota_0");
  EXPECT_EQ(Install(Sign(new_, {&other_, &key_})), "");
}

TEST_P(SignedUpdateTest, RefusesAnImageThatWasChangedOnItsWay) {
  Reset(SignaturePolicy::kOnUpdate, Sign(old_, {&key_}));
  Trust(0, key_);
  Image bad = Sign(new_, {&key_});
  bad[5000] ^= 1;
  EXPECT_EQ(Install(bad), "bad_checksum");
  bad[5001] ^= 1;  // the checksum is right again
  EXPECT_EQ(Install(bad), "signature_untrusted");
  EXPECT_TRUE(PassiveSlotHasNoHead());
}

TEST_P(SignedUpdateTest, AsksForNothingWithoutAPolicy) {
  Reset(SignaturePolicy::kNone, old_);
  Trust(0, key_);
  EXPECT_EQ(Install(new_), "");
  EXPECT_EQ(Boot(), "ota_1");
  Reset(SignaturePolicy::kNone, old_);
  EXPECT_EQ(Install(Sign(new_, {&other_})), "");
}

TEST_P(SignedUpdateTest, TakesTheRunningSignerWhereItHasNoKeysOfItsOwn) {
  Reset(SignaturePolicy::kOnUpdate, Sign(old_, {&key_}));
  EXPECT_EQ(Install(Sign(new_, {&other_})), "signature_untrusted");
  EXPECT_EQ(Install(Sign(new_, {&other_, &key_})), "signature_untrusted")
      << "only the first block counts then";
  EXPECT_EQ(Install(Sign(new_, {&key_, &other_})), "");
  EXPECT_EQ(Boot(), "ota_1");
}

TEST_P(SignedUpdateTest, RefusesEverythingWhileNobodyIsTrusted) {
  Reset(SignaturePolicy::kOnUpdate, old_);
  EXPECT_EQ(Install(Sign(new_, {&key_})), "signature_untrusted");
  EXPECT_EQ(written_, 0U);
  EXPECT_EQ(observer_.progress().size(), 0U) << "before the download";
  device_->device().running.reset();
  EXPECT_EQ(Install(Sign(new_, {&key_})), "signature_untrusted");
}

TEST_P(SignedUpdateTest, RefusesTheRevokedKeyOfARunningImageToo) {
  Reset(SignaturePolicy::kOnUpdate, Sign(old_, {&key_}));
  Trust(0, key_);
  Trust(1, other_);
  ASSERT_TRUE(device_->device().trusted_keys.Revoke(0).ok());
  EXPECT_EQ(Install(Sign(new_, {&key_})), "signature_untrusted");
  EXPECT_EQ(Install(Sign(new_, {&other_})), "");
}

TEST_P(SignedUpdateTest, BootsOnlyWhatIsSignedWhereTheBootloaderChecks) {
  Reset(SignaturePolicy::kOnBoot, Sign(old_, {&key_}));
  Trust(0, key_);
  device_->Install("ota_1", new_);  // by some other way than an update
  device_->WriteRecord(1, 2, SlotState::kUndefined);
  EXPECT_EQ(Boot(), "ota_0");
  EXPECT_EQ(observer_.failed_reasons(), "signature_missing");
  device_->Install("ota_1", Sign(new_, {&other_}));
  EXPECT_EQ(Boot(), "ota_0");
  ASSERT_TRUE(device_->device().trusted_keys.Revoke(0).ok());
  EXPECT_EQ(Boot(), "");
}

TEST_P(SignedUpdateTest, BootsWhatIsNotSignedWhereOnlyTheApplicationChecks) {
  Reset(SignaturePolicy::kOnUpdate, Sign(old_, {&key_}));
  device_->Install("ota_1", new_);
  device_->WriteRecord(1, 2, SlotState::kUndefined);
  EXPECT_EQ(Boot(), "ota_1");
}

TEST_P(SignedUpdateTest, BootsNothingWhereItDemandsSignaturesAndTrustsNobody) {
  Reset(SignaturePolicy::kOnBoot, Sign(old_, {&key_}));
  EXPECT_EQ(Boot(), "");
}

TEST_P(SignedUpdateTest, RollsBackOnlyToASignedImage) {
  Reset(SignaturePolicy::kOnUpdate, Sign(old_, {&key_}));
  Trust(0, key_);
  device_->device().policy.rollback = true;
  device_->Install("ota_1", new_);
  device_->WriteRecord(1, 2, SlotState::kValid);
  device_->SetRunning("ota_0");
  device_->WriteRecord(0, 3, SlotState::kValid);
  Image buffer(4096);
  SlotProver prover(device_->device(), buffer);
  const auto slots = Slots::Open(device_->device());
  EXPECT_FALSE(slots->RollBackIsPossible(prover).value());
  device_->Install("ota_1", Sign(new_, {&key_}));
  EXPECT_TRUE(slots->RollBackIsPossible(prover).value());
}

TEST_P(SignedUpdateTest, TakesTheSchemeOfTheDeviceOnly) {
  Reset(SignaturePolicy::kOnUpdate, Sign(old_, {&key_}));
  Trust(0, key_);
  device_->device().policy.signature_scheme = SignatureScheme::kRsa3072;
  EXPECT_EQ(Install(Sign(new_, {&key_})), "signature_untrusted");
  device_->device().policy.signature_scheme = SignatureScheme::kEcdsaP256;
  EXPECT_EQ(Install(Sign(new_, {&key_})), "");
}

TEST_P(SignedUpdateTest, ProvesAP384ImageWhileItsHeadIsWithheld) {
  const auto p384 = SignatureKey::Generate(SignatureScheme::kEcdsaP384);
  Reset(SignaturePolicy::kOnUpdate, Sign(old_, {&*p384}));
  Image longer = Sign(new_, {&*p384});
  EXPECT_EQ(Install(longer), "");
  EXPECT_EQ(Boot(), "ota_1");
  Reset(SignaturePolicy::kOnUpdate, Sign(old_, {&*p384}));
  longer.insert(longer.end(), 9000, 0x5A);  // the proof ends long before the download
  EXPECT_EQ(Install(longer), "");
}

TEST_P(SignedUpdateTest, WantsRoomForTheSectorInTheSlot) {
  Reset(SignaturePolicy::kOnUpdate, Sign(old_, {&key_}));
  const std::size_t slot = device_->Find("ota_1").size;
  const std::size_t rest = slot - TestImage{}.WithRamSegment(0).Build(crypto_).size();
  const Image fits = TestImage{}.WithRamSegment(rest - 4096).Build(crypto_);
  const Image full = TestImage{}.WithRamSegment(rest).Build(crypto_);
  EXPECT_EQ(Install(Sign(fits, {&key_})), "");
  Reset(SignaturePolicy::kOnUpdate, Sign(old_, {&key_}));
  EXPECT_EQ(Install(full, false), "image_too_large");
}

INSTANTIATE_TEST_SUITE_P(Buffers, SignedUpdateTest, testing::Bool(), [](const auto& each) {
  return std::string(each.param ? "apart" : "shared");
});

}  // namespace
}  // namespace updraft
