// SPDX-License-Identifier: Apache-2.0
#include "src/encrypted/key_wrap.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <memory>
#include <set>
#include <vector>

#include "updraft/key_derivation.h"

#include "ports/host/crypto_openssl.h"
#include "ports/host/key_file.h"
#include "testing/encryption_keys.h"
#include "testing/failing_crypto.h"
#include "testing/hex.h"

namespace updraft {
namespace {

using Key = std::array<std::uint8_t, kAes256KeySize>;

class RsaWrap : public testing::Test {
 protected:
  RsaWrap() : file_(std::move(std::get<0>(ParseKeyFile(AsBytes(kTestRsaKeyPem))))) {
    for (std::size_t i = 0; i < key_.size(); ++i) key_[i] = static_cast<std::uint8_t>(i);
    padded_[1] = 2;
    std::fill(padded_.begin() + 2, padded_.begin() + 351, std::uint8_t{0xA5});
    std::ranges::copy(key_, padded_.begin() + 352);
  }

  Key Unwrap(const Rsa3072Block& block) {
    Key key{};
    EXPECT_EQ(UnwrapRsa(*file_->rsa_private, crypto_, block, key), kOk);
    return key;
  }

  // What the device makes of a block whose content is `padded`.
  Key UnwrapPadded(const Rsa3072Block& padded) {
    Rsa3072Block block{};
    EXPECT_EQ(crypto_.RsaPublic(file_->rsa_public, padded, block), kOk);
    return Unwrap(block);
  }

  OpensslCrypto crypto_;
  std::unique_ptr<KeyFile> file_;
  Key key_{};
  Rsa3072Block padded_{};
};

TEST_F(RsaWrap, UnwrapsWhatItWraps) {
  Rsa3072Block block{};
  ASSERT_EQ(WrapRsa(file_->rsa_public, crypto_, key_, block), kOk);
  EXPECT_EQ(Unwrap(block), key_);
  Rsa3072Block again{};
  ASSERT_EQ(WrapRsa(file_->rsa_public, crypto_, key_, again), kOk);
  EXPECT_NE(block, again) << "padding is random";
}

TEST_F(RsaWrap, PadsWithoutAZeroByteWhateverTheGeneratorYields) {
  FailingCrypto scripted(crypto_);
  scripted.ScriptRandom(std::vector<std::uint8_t>(400, 0));
  Rsa3072Block block{};
  ASSERT_EQ(WrapRsa(file_->rsa_public, scripted, key_, block), kOk);
  EXPECT_EQ(Unwrap(block), key_);
}

TEST_F(RsaWrap, GivesUpOnAGeneratorThatYieldsOnlyZeros) {
  FailingCrypto scripted(crypto_);
  scripted.ScriptRandom(std::vector<std::uint8_t>(100000, 0));
  Rsa3072Block block{};
  EXPECT_EQ(WrapRsa(file_->rsa_public, scripted, key_, block).code(), Code::kInvalidState);
}

TEST_F(RsaWrap, TakesPaddingOfThisFormOnly) {
  EXPECT_EQ(UnwrapPadded(padded_), key_);
  std::set<Key> keys{key_};
  const auto expect_other = [&](std::size_t at, std::uint8_t value) {
    Rsa3072Block wrong = padded_;
    wrong[at] = value;
    const Key key = UnwrapPadded(wrong);
    EXPECT_TRUE(keys.insert(key).second) << "byte " << at << " is " << int{value};
  };
  expect_other(0, 1);
  expect_other(1, 1);
  expect_other(1, 0);
  expect_other(1, 0x82);
  for (const std::size_t at : {2U, 3U, 9U, 10U, 200U, 349U, 350U}) expect_other(at, 0);
  expect_other(351, 1);
  expect_other(351, 0x80);
}

TEST_F(RsaWrap, RefusesShorterAndLongerKeysInGoodPadding) {
  std::set<Key> keys{key_};
  for (const std::size_t separator : {350U, 352U, 340U, 383U, 10U}) {
    Rsa3072Block padded = padded_;
    std::fill(padded.begin() + 2, padded.begin() + static_cast<std::ptrdiff_t>(separator),
              std::uint8_t{0xA5});
    padded[separator] = 0;
    std::fill(padded.begin() + static_cast<std::ptrdiff_t>(separator) + 1, padded.end(),
              std::uint8_t{7});
    EXPECT_TRUE(keys.insert(UnwrapPadded(padded)).second) << separator;
  }
}

TEST_F(RsaWrap, AnswersTheSameBlockWithTheSameKeyOfItsOwn) {
  Rsa3072Block wrong = padded_;
  wrong[1] = 0;
  EXPECT_EQ(UnwrapPadded(wrong), UnwrapPadded(wrong));
  // The substitute is HMAC(secret of the private key, block).
  Rsa3072Block block{};
  ASSERT_EQ(crypto_.RsaPublic(file_->rsa_public, wrong, block), kOk);
  Key secret{};
  Key expected{};
  ASSERT_EQ(file_->rsa_private->RejectionSecret(secret), kOk);
  ASSERT_EQ(HmacOf(crypto_, secret, block, expected), kOk);
  EXPECT_EQ(Unwrap(block), expected);
}

TEST_F(RsaWrap, AnswersABlockBeyondTheModulusLikeAnyOther) {
  Rsa3072Block block{};
  block.fill(0xFF);
  EXPECT_NE(Unwrap(block), Key{});
  EXPECT_EQ(Unwrap(block), Unwrap(block));
}

TEST_F(RsaWrap, PassesOnThatTheKeyIsGone) {
  class Gone final : public RsaPrivateKey {
    Status RawDecrypt(std::span<const std::uint8_t, kRsa3072Size> /*in*/,
                      std::span<std::uint8_t, kRsa3072Size> /*out*/) override {
      return {Code::kNotFound, Stage::kDevice};
    }
    Status RejectionSecret(std::span<std::uint8_t, kSha256Size> /*secret*/) override { return kOk; }
  } gone;
  Key key{};
  EXPECT_EQ(UnwrapRsa(gone, crypto_, Rsa3072Block{}, key).code(), Code::kNotFound);
}

class EciesWrap : public testing::Test {
 protected:
  EciesWrap() {
    std::array<std::uint8_t, 32> key{};
    for (std::size_t i = 0; i < key.size(); ++i) key[i] = static_cast<std::uint8_t>(i);
    EXPECT_EQ(hmac_.SetKey(key), kOk);
  }

  OpensslCrypto crypto_;
  HmacSha256 hmac_{crypto_};
  HmacDerivedKey device_{crypto_, hmac_};
};

// The example of the format's own description.
TEST_F(EciesWrap, DerivesTheDeviceKeyFromTheHmacKey) {
  P256Point point{};
  ASSERT_EQ(device_.PublicKey(point), kOk);
  EXPECT_EQ(ToHex(point),
            "b4cd4644bb80dd7710a492e6bb986f785fe2ec1267b8d52328110c1e81a6eff0"
            "dcf55c0f46950c2444196cea7ae152db76dd51204c697c406e4585a86ae1ac89");
}

TEST_F(EciesWrap, UnwrapsWhatItWraps) {
  P256Point point{};
  ASSERT_EQ(device_.PublicKey(point), kOk);
  Key key{};
  Key unwrapped{};
  Rsa3072Block block{};
  ASSERT_EQ(WrapEcies(point, crypto_, key, block), kOk);
  ASSERT_EQ(UnwrapEcies(device_, crypto_, block, unwrapped), kOk);
  EXPECT_EQ(key, unwrapped);
  EXPECT_TRUE(std::all_of(block.begin() + 96, block.end(), [](int byte) { return byte == 0; }));
}

TEST_F(EciesWrap, DrawsAnotherScalarForOneThatIsNone) {
  FailingCrypto scripted(crypto_);
  scripted.ScriptRandom(std::vector<std::uint8_t>(32, 0));
  P256Point point{};
  ASSERT_EQ(device_.PublicKey(point), kOk);
  Key key{};
  Rsa3072Block block{};
  EXPECT_EQ(WrapEcies(point, scripted, key, block), kOk);
  scripted.ScriptRandom(std::vector<std::uint8_t>(3200, 0xFF));
  EXPECT_EQ(WrapEcies(point, scripted, key, block).code(), Code::kInvalidArgument);
}

TEST_F(EciesWrap, RefusesAReceiverOffTheCurve) {
  P256Point point{};
  ASSERT_EQ(device_.PublicKey(point), kOk);
  point[0] ^= 1;
  Key key{};
  Rsa3072Block block{};
  EXPECT_EQ(WrapEcies(point, crypto_, key, block).code(), Code::kBadFormat);
  EXPECT_EQ(UnwrapEcies(device_, crypto_, Rsa3072Block{}, key).code(), Code::kBadFormat);
}

}  // namespace
}  // namespace updraft
