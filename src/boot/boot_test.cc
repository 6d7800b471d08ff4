// SPDX-License-Identifier: Apache-2.0
#include "updraft/boot.h"

#include <gtest/gtest.h>

#include <vector>

#include "updraft/slot_prover.h"

#include "ports/host/crypto_openssl.h"
#include "testing/test_device.h"
#include "testing/test_image.h"

namespace updraft {
namespace {

// A device with anti-rollback whose image in ota_0 has secure version 3.
class BootTest : public testing::Test {
 protected:
  BootTest() {
    device_.device().policy = {.rollback = true, .anti_rollback = true};
    device_.Install("ota_0", TestImage{.secure_version = 3}.Build(crypto_));
  }

  Status Boot() {
    SlotProver prover(device_.device(), buffer_, NoObserver(), AskedBy::kBootloader);
    const auto view = ViewForBoot(device_.device(), NoObserver());
    if (!view) return view.error();
    decision_ = Choose(*view, prover);
    return Apply(device_.device(), *view, decision_);
  }
  std::uint32_t SecureVersion() { return device_.efuse().ReadSecureVersion().value(); }

  OpensslCrypto crypto_;
  TestDevice device_{crypto_};
  std::vector<std::uint8_t> buffer_ = std::vector<std::uint8_t>(4096);
  BootDecision decision_;
};

TEST_F(BootTest, AdvancesEfuseForAConfirmedImageOnly) {
  device_.WriteRecord(0, 1, SlotState::kNew);
  ASSERT_EQ(Boot(), kOk);
  EXPECT_TRUE(decision_.trial);
  EXPECT_EQ(SecureVersion(), 0U);
  // A confirmation whose burning a power cut prevented.
  device_.WriteRecord(0, 1, SlotState::kValid);
  ASSERT_EQ(Boot(), kOk);
  EXPECT_EQ(SecureVersion(), 3U);
}

TEST_F(BootTest, StartsNothingThatIsBelowEfuse) {
  device_.WriteRecord(0, 1, SlotState::kValid);
  device_.efuse().set_field(0xF);
  ASSERT_EQ(Boot(), kOk);
  EXPECT_FALSE(decision_.boots.has_value());
  EXPECT_EQ(SecureVersion(), 4U);
}

TEST_F(BootTest, StartsWhatIsBeyondTheFieldAndBurnsNothing) {
  device_.Install("ota_0", TestImage{.secure_version = 17}.Build(crypto_));
  device_.WriteRecord(0, 1, SlotState::kValid);
  ASSERT_EQ(Boot(), kOk);
  EXPECT_EQ(decision_.boots, 0);
  EXPECT_EQ(SecureVersion(), 0U);
}

TEST_F(BootTest, PassesOnThatTheEfuseFails) {
  device_.WriteRecord(0, 1, SlotState::kValid);
  device_.efuse().set_broken(true);
  EXPECT_EQ(Boot().code(), Code::kFlash);
}

}  // namespace
}  // namespace updraft
