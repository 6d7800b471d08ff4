// SPDX-License-Identifier: Apache-2.0
#include "testing/faulty_efuse.h"

#include <gtest/gtest.h>

#include <array>

#include "testing/ram_flash.h"

namespace updraft {
namespace {

using Fault = FaultyFlash::Fault;

class FaultyEfuseTest : public testing::Test {
 protected:
  // The field after a burn from 1 to 5 that suffers `fault`.
  std::uint32_t FieldAfter(Fault fault, std::uint64_t seed = 1) {
    fake_.set_field(0x1);
    power_.Arm({.fault = fault, .seed = seed});
    EXPECT_EQ(efuse_.BurnSecureVersion(5).code(), Code::kFlash);
    EXPECT_TRUE(power_.cut());
    EXPECT_EQ(efuse_.ReadSecureVersion().error().code(), Code::kFlash) << "no power, no reading";
    power_.Revive();
    return fake_.field();
  }

  RamFlash ram_{{.size = 1 << 14}};
  FaultyFlash power_{ram_};
  FakeEfuse fake_;
  FaultyEfuse efuse_{fake_, power_};
};

TEST_F(FaultyEfuseTest, CountsBurnsAmongTheOperationsOfTheFlash) {
  ASSERT_EQ(power_.Erase(0, 4096), kOk);
  ASSERT_EQ(efuse_.BurnSecureVersion(3), kOk);
  EXPECT_EQ(power_.operations(), 2U);
  EXPECT_EQ(power_.asked()[1].kind, FaultyFlash::Asked::Kind::kBurn);
  EXPECT_EQ(*efuse_.ReadSecureVersion(), 3U);
  ASSERT_EQ(efuse_.BurnSecureVersion(3), kOk);
  EXPECT_EQ(power_.operations(), 2U) << "nothing was burnt";
  EXPECT_EQ(efuse_.BurnSecureVersion(2).code(), Code::kDowngrade);
}

TEST_F(FaultyEfuseTest, ACutLeavesWhatItsPlaceSays) {
  EXPECT_EQ(FieldAfter(Fault::kCutBefore), 0x1U);
  EXPECT_EQ(FieldAfter(Fault::kCutAtByte), 0x3U);
  EXPECT_EQ(FieldAfter(Fault::kCutHalf), 0x15U);
  EXPECT_EQ(FieldAfter(Fault::kCutAllButOneByte), 0xFU);
  EXPECT_EQ(FieldAfter(Fault::kCutAfter), 0x1FU);
}

TEST_F(FaultyEfuseTest, AnUnstableBurnLeavesAnyOfItsBitsAndNoOthers) {
  std::uint32_t ever = 0;
  std::uint32_t always = ~0U;
  for (std::uint64_t seed = 1; seed <= 20; ++seed) {
    const std::uint32_t field = FieldAfter(Fault::kCutUnstable, seed);
    EXPECT_EQ(field & ~0x1FU, 0U);
    EXPECT_EQ(field & 0x1U, 0x1U) << "what was burnt stays";
    ever |= field;
    always &= field;
  }
  EXPECT_EQ(ever, 0x1FU);
  EXPECT_EQ(always, 0x1U);
}

TEST_F(FaultyEfuseTest, BurnsKeysAndRevocationsOrDoesNot) {
  const std::array<std::uint8_t, kEfuseKeySize> key{1, 2, 3};
  power_.Arm({.fault = Fault::kCutHalf});
  EXPECT_EQ(efuse_.BurnKey({.block = 0, .key = key}).code(), Code::kFlash);
  power_.Revive();
  EXPECT_FALSE(efuse_.ReadKeyBlock(0)->burnt);
  power_.Arm({.fault = Fault::kCutAfter});
  EXPECT_EQ(efuse_.BurnKey({.block = 0, .key = key}).code(), Code::kFlash);
  power_.Revive();
  EXPECT_TRUE(efuse_.ReadKeyBlock(0)->burnt);
  power_.Arm({.fault = Fault::kCutBefore});
  EXPECT_EQ(efuse_.RevokeDigest(1).code(), Code::kFlash);
  power_.Revive();
  EXPECT_FALSE(*efuse_.IsDigestRevoked(1));
  EXPECT_EQ(efuse_.RevokeDigest(1), kOk);
  EXPECT_TRUE(*efuse_.IsDigestRevoked(1));
}

TEST_F(FaultyEfuseTest, AFailureKeepsThePower) {
  power_.Arm({.fault = Fault::kFail});
  EXPECT_EQ(efuse_.BurnSecureVersion(2).code(), Code::kFlash);
  EXPECT_FALSE(power_.cut());
  EXPECT_EQ(*efuse_.ReadSecureVersion(), 0U);
}

}  // namespace
}  // namespace updraft
