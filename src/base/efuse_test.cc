// SPDX-License-Identifier: Apache-2.0
#include "updraft/port/efuse.h"

#include <gtest/gtest.h>

#include <vector>

#include "testing/fake_efuse.h"

namespace updraft {
namespace {

TEST(KeyPurpose, HasTheNumbersAndNamesOfTheChips) {
  EXPECT_EQ(static_cast<int>(KeyPurpose::kXtsAes128Key), 4);
  EXPECT_EQ(static_cast<int>(KeyPurpose::kHmacUp), 8);
  EXPECT_EQ(KeyPurposeName(KeyPurpose::kUser), "USER");
  EXPECT_EQ(KeyPurposeName(KeyPurpose::kHmacUp), "HMAC_UP");
  EXPECT_EQ(KeyPurposeName(DigestPurpose(2)), "SECURE_BOOT_DIGEST2");
  EXPECT_EQ(KeyPurposeName(static_cast<KeyPurpose>(12)), "UNKNOWN");
}

TEST(KeyPurpose, IsFoundByItsWholeNameOnly) {
  for (std::uint8_t i = 0; i < 12; ++i) {
    const auto purpose = static_cast<KeyPurpose>(i);
    EXPECT_EQ(FindKeyPurpose(KeyPurposeName(purpose)), purpose);
  }
  EXPECT_FALSE(FindKeyPurpose("hmac_up").has_value());
  EXPECT_FALSE(FindKeyPurpose("HMAC").has_value());
  EXPECT_FALSE(FindKeyPurpose("").has_value());
}

TEST(KeyPurpose, IsSecretWhereOnlyHardwareMayUseTheKey) {
  EXPECT_TRUE(IsSecretPurpose(KeyPurpose::kXtsAes256Key1));
  EXPECT_TRUE(IsSecretPurpose(KeyPurpose::kHmacUp));
  EXPECT_FALSE(IsSecretPurpose(KeyPurpose::kUser));
  EXPECT_FALSE(IsSecretPurpose(KeyPurpose::kReserved));
  EXPECT_FALSE(IsSecretPurpose(KeyPurpose::kSecureBootDigest0));
}

TEST(RaisedSecureVersion, AddsTheLowestBitsThatAreNotSet) {
  EXPECT_EQ(RaisedSecureVersion(0, 0), 0U);
  EXPECT_EQ(RaisedSecureVersion(0, 3), 0x7U);
  EXPECT_EQ(RaisedSecureVersion(0x3, 2), 0x3U);
  EXPECT_EQ(RaisedSecureVersion(0x7FFFFFFF, 32), 0xFFFFFFFFU);
  EXPECT_EQ(RaisedSecureVersion(0xFFFFFFFF, 32), 0xFFFFFFFFU);
}

// Bits 0 and 2 count for two: bit 1 makes three, not bit 2 once more.
TEST(RaisedSecureVersion, MakesUpForBitsThatACutBurnLeftOut) {
  EXPECT_EQ(RaisedSecureVersion(0x5, 3), 0x7U);
  EXPECT_EQ(RaisedSecureVersion(0x80000000, 2), 0x80000001U);
}

TEST(FindKeyBlock, TakesTheFirstBurntBlockOfThePurpose) {
  FakeEfuse efuse;
  const std::vector<std::uint8_t> key(kEfuseKeySize, 7);
  EXPECT_EQ(FindKeyBlock(efuse, KeyPurpose::kUser).error().code(), Code::kNotFound)
      << "an empty block has no purpose";
  ASSERT_EQ(efuse.BurnKey({.block = 4, .purpose = KeyPurpose::kHmacUp, .key = key}), kOk);
  ASSERT_EQ(efuse.BurnKey({.block = 2, .purpose = KeyPurpose::kHmacUp, .key = key}), kOk);
  EXPECT_EQ(FindKeyBlock(efuse, KeyPurpose::kHmacUp).value(), 2U);
  EXPECT_EQ(FindKeyBlock(efuse, KeyPurpose::kXtsAes128Key).error().code(), Code::kNotFound);
  efuse.set_broken(true);
  EXPECT_EQ(FindKeyBlock(efuse, KeyPurpose::kHmacUp).error().code(), Code::kFlash);
}

}  // namespace
}  // namespace updraft
