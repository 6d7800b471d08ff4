// SPDX-License-Identifier: Apache-2.0
#include <gtest/gtest.h>

#include <vector>

#include "updraft/signature.h"

#include "testing/fake_efuse.h"

namespace updraft {
namespace {

class TrustedKeysOfTest : public testing::Test {
 protected:
  void Burn(std::size_t block, std::size_t slot, std::uint8_t fill, bool read_protect = false) {
    const std::vector<std::uint8_t> key(kEfuseKeySize, fill);
    ASSERT_EQ(efuse_.BurnKey({.block = block,
                              .purpose = DigestPurpose(slot),
                              .key = key,
                              .read_protect = read_protect}),
              kOk);
  }
  static Sha256Digest Digest(std::uint8_t fill) {
    Sha256Digest digest{};
    digest.fill(fill);
    return digest;
  }
  TrustedKeys::Trust TrustOf(std::uint8_t fill) {
    return TrustedKeysOf(efuse_)->TrustOf(Digest(fill), 3, kSha256Size);
  }

  FakeEfuse efuse_;
};

TEST_F(TrustedKeysOfTest, IsNobodyOnAFreshChip) { EXPECT_TRUE(TrustedKeysOf(efuse_)->empty()); }

TEST_F(TrustedKeysOfTest, TakesDigestsByTheirPurposeWhateverTheirBlock) {
  Burn(5, 0, 0xA0);
  Burn(1, 2, 0xA2);
  const std::vector<std::uint8_t> other(kEfuseKeySize, 0xEE);
  ASSERT_EQ(efuse_.BurnKey({.block = 0, .purpose = KeyPurpose::kUser, .key = other}), kOk);
  const TrustedKeys keys = TrustedKeysOf(efuse_).value();
  EXPECT_EQ(keys.At(0), Digest(0xA0));
  EXPECT_FALSE(keys.At(1).has_value());
  EXPECT_EQ(keys.At(2), Digest(0xA2));
  EXPECT_EQ(TrustOf(0xEE), TrustedKeys::Trust::kUnknown);
}

TEST_F(TrustedKeysOfTest, KnowsWhichAreRevoked) {
  Burn(0, 0, 0xA0);
  Burn(1, 1, 0xA1);
  ASSERT_EQ(efuse_.RevokeDigest(0), kOk);
  EXPECT_EQ(TrustOf(0xA0), TrustedKeys::Trust::kRevoked);
  EXPECT_EQ(TrustOf(0xA1), TrustedKeys::Trust::kTrusted);
}

// Somebody who forgot how digests work must not open the device by it.
TEST_F(TrustedKeysOfTest, TrustsNobodyByADigestThatCannotBeRead) {
  Burn(0, 0, 0xA0, true);
  EXPECT_FALSE(TrustedKeysOf(efuse_)->empty()) << "or the running image's signer would be trusted";
  EXPECT_EQ(TrustOf(0xA0), TrustedKeys::Trust::kUnknown);
}

TEST_F(TrustedKeysOfTest, PassesOnThatTheEfuseFails) {
  efuse_.set_broken(true);
  EXPECT_EQ(TrustedKeysOf(efuse_).error().code(), Code::kFlash);
}

}  // namespace
}  // namespace updraft
