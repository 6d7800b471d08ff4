// SPDX-License-Identifier: Apache-2.0
// Blocks against the format's small vectors, and each rule of a block's form.
#include <gtest/gtest.h>

#include <algorithm>
#include <string>
#include <vector>

#include "updraft/signature.h"

#include "ports/host/crypto_openssl.h"

namespace updraft {
namespace {

using Block = std::array<std::uint8_t, kSignatureBlockSize>;
using Buffer = std::vector<std::uint8_t>;

Buffer FromHex(const std::string& hex) {
  Buffer bytes;
  for (std::size_t i = 0; i < hex.size(); i += 2) {
    bytes.push_back(static_cast<std::uint8_t>(std::stoi(hex.substr(i, 2), nullptr, 16)));
  }
  return bytes;
}

// Half by half, as a block has its numbers.
Buffer ReversedHalves(Buffer pair) {
  const auto middle = pair.begin() + static_cast<std::ptrdiff_t>(pair.size() / 2);
  std::reverse(pair.begin(), middle);
  std::reverse(middle, pair.end());
  return pair;
}

// The generator of a curve, the public key of the private key 1.
struct Generator {
  SignatureScheme scheme;
  std::uint8_t curve_id;
  std::string point;  // X then Y, big-endian
  std::string key_digest;
};
const Generator kP192{SignatureScheme::kEcdsaP192, 1,
                      "188da80eb03090f67cbf20eb43a18800f4ff0afd82ff1012"
                      "07192b95ffc8da78631011ed6b24cdd573f977a11e794811",
                      "9000b7665fa5516a6210006f778b4bf0b88e26aad8248b069830a5cc93b9ea20"};
const Generator kP256{SignatureScheme::kEcdsaP256, 2,
                      "6b17d1f2e12c4247f8bce6e563a440f277037d812deb33a0f4a13945d898c296"
                      "4fe342e2fe1a7f9b8ee7eb4a7c0f9e162bce33576b315ececbb6406837bf51f5",
                      "5908ff09f652723954169b269890241b0405fc45b6087f0db026debac4934a8d"};
const Generator kP384{
    SignatureScheme::kEcdsaP384, 3,
    "aa87ca22be8b05378eb1c71ef320ad746e1d3b628ba79b9859f741e082542a385502f25dbf55296c3a545e3872760a"
    "b73617de4a96262c6f5d9e98bf9292dc29f8f41dbd289a147ce9da3113b5f0b8c00a60b1ce1d7e819d7a431d7c90ea"
    "0e5f",
    "8fceff6078f1fdecc4abd58f3c08ff90cbe7eb094968b8cc5ff5497949d55ae1"};

Buffer KeyOf(const Generator& generator) {
  Buffer key{generator.curve_id};
  const Buffer point = ReversedHalves(FromHex(generator.point));
  key.insert(key.end(), point.begin(), point.end());
  key.resize(SignatureKeySize(generator.scheme));
  return key;
}

// Signed by the vendor's tool with the private key 1: digest, signature as the
// block holds it, CRC.
struct Signed {
  Generator generator;
  std::string digest;
  std::string signature;
  std::uint32_t crc;
};
const Signed kSignedP256{kP256, "7bbea93e7f4ffad6f412de07a7765c9eed7b7cd67484ee36bb48eba2b9b02700",
                         "5c8352dbcec8e6ab9a50eae9b870a8e7491b988ccbd4df33820368fae0275b23"
                         "55672b3d4600d26e943c99b204f0bee1021d94334e76d4c2303f9063ccbfd28b",
                         0xb7f296ee};
const Signed kSignedP384{
    kP384,
    "f8a83064cb13aceef78d999ada6f1d5e623ac7a93fc7afc09da6463fe8190b5e61127bd37a91ae1ccbbc3cd93f57"
    "0e27",
    "691d0653a9427ebc94aea0231340952319b217230806a2f94a7664da152522452997bffddd53eb1e6b0a66afb7c2"
    "6c5c89170245706296d3a2c04fb7e7da1603b85e8e9b8a7593b39c5aae8fa5921f819a5b9f5fac3682dc7b54a1bc"
    "585372ed",
    0x5db43c11};

Block Store(const Signed& sign) {
  Block block{};
  EXPECT_TRUE(StoreSignatureBlock(sign.generator.scheme, FromHex(sign.digest),
                                  KeyOf(sign.generator), ReversedHalves(FromHex(sign.signature)),
                                  block)
                  .ok());
  return block;
}

class SignatureBlockTest : public testing::Test {
 protected:
  OpensslCrypto crypto_;
};

TEST_F(SignatureBlockTest, DigestsKeysAsTheVendorsTool) {
  for (const Generator& generator : {kP192, kP256, kP384}) {
    const Buffer expected = FromHex(generator.key_digest);
    const auto digest = KeyDigest(crypto_, KeyOf(generator));
    EXPECT_TRUE(std::equal(digest->begin(), digest->end(), expected.begin(), expected.end()));
  }
}

TEST_F(SignatureBlockTest, StoresTheVendorsBlocksToTheLastByteOfTheirCrc) {
  for (const Signed& sign : {kSignedP256, kSignedP384}) {
    const Block bytes = Store(sign);
    EXPECT_EQ(LoadLe32(&bytes[1196]), sign.crc);
    const SignatureBlock block(bytes);
    EXPECT_TRUE(block.well_formed());
    EXPECT_EQ(block.scheme(), sign.generator.scheme);
  }
  const Block p256 = Store(kSignedP256);
  EXPECT_EQ(p256[36], 2);
  EXPECT_EQ(LoadBe32(&p256[37]), 0x96c298d8U) << "the generator's X, reversed";
}

TEST_F(SignatureBlockTest, VerifiesTheVendorsSignatures) {
  for (const Signed& sign : {kSignedP256, kSignedP384}) {
    const Block bytes = Store(sign);
    Buffer digest = FromHex(sign.digest);
    EXPECT_EQ(VerifySignature(crypto_, SignatureBlock(bytes), digest), kOk);
    digest[0] ^= 1;
    EXPECT_EQ(VerifySignature(crypto_, SignatureBlock(bytes), digest).code(), Code::kBadSignature);
  }
}

TEST_F(SignatureBlockTest, IsNotWellFormedWithAnyCoveredByteChanged) {
  const Block good = Store(kSignedP256);
  for (std::size_t at = 0; at < 1200; ++at) {
    Block bad = good;
    bad[at] ^= 0x04;
    EXPECT_FALSE(SignatureBlock(bad).well_formed()) << at;
  }
  for (std::size_t at = 1200; at < good.size(); ++at) {
    Block other = good;
    other[at] ^= 0x04;
    EXPECT_TRUE(SignatureBlock(other).well_formed()) << at;
  }
}

TEST_F(SignatureBlockTest, KnowsNoOtherVersionDigestKindOrCurve) {
  const auto scheme = [](std::size_t at, std::uint8_t value) {
    Block block = Store(kSignedP256);
    block[at] = value;
    return SignatureBlock(block).scheme();
  };
  EXPECT_EQ(scheme(1, 1), std::nullopt);
  EXPECT_EQ(scheme(1, 2), SignatureScheme::kRsa3072);
  EXPECT_EQ(scheme(1, 4), std::nullopt);
  EXPECT_EQ(scheme(2, 1), std::nullopt);
  EXPECT_EQ(scheme(36, 0), std::nullopt);
  EXPECT_EQ(scheme(36, 1), SignatureScheme::kEcdsaP192);
  EXPECT_EQ(scheme(36, 3), std::nullopt);
  EXPECT_EQ(SignatureBlock(Block{}).scheme(), std::nullopt);
}

TEST_F(SignatureBlockTest, RefusesToStoreFieldsOfAnotherLength) {
  Block block{};
  const Buffer key = KeyOf(kP256);
  for (const std::size_t wrong : {0U, 31U, 33U, 48U}) {
    EXPECT_EQ(
        StoreSignatureBlock(SignatureScheme::kEcdsaP256, Buffer(wrong), key, Buffer(64), block)
            .code(),
        Code::kInvalidArgument);
  }
  EXPECT_FALSE(
      StoreSignatureBlock(SignatureScheme::kEcdsaP256, Buffer(32), Buffer(97), Buffer(64), block)
          .ok());
  EXPECT_FALSE(
      StoreSignatureBlock(SignatureScheme::kRsa3072, Buffer(32), Buffer(776), Buffer(383), block)
          .ok());
}

TEST_F(SignatureBlockTest, TakesAKeyThatIsNoneForABadSignature) {
  Signed sign = kSignedP256;
  sign.generator.point[0] = '7';  // off the curve
  EXPECT_EQ(VerifySignature(crypto_, SignatureBlock(Store(sign)), FromHex(sign.digest)).code(),
            Code::kBadSignature);
  Block rsa{};
  for (const auto fill : {std::uint8_t{0x00}, std::uint8_t{0xFF}, std::uint8_t{0xFE}}) {
    ASSERT_TRUE(StoreSignatureBlock(SignatureScheme::kRsa3072, Buffer(32), Buffer(776, fill),
                                    Buffer(384, 1), rsa)
                    .ok());
    EXPECT_EQ(VerifySignature(crypto_, SignatureBlock(rsa), Buffer(32)).code(),
              Code::kBadSignature);
  }
}

TEST(TrustedKeys, ComparesOnlyTheSlotsAndBytesThatTheChipHas) {
  TrustedKeys keys;
  Sha256Digest digest{};
  digest.fill(7);
  EXPECT_TRUE(keys.empty());
  ASSERT_TRUE(keys.Set(1, digest).ok());
  EXPECT_FALSE(keys.empty());
  using Trust = TrustedKeys::Trust;
  EXPECT_EQ(keys.TrustOf(digest, 3, 32), Trust::kTrusted);
  EXPECT_EQ(keys.TrustOf(digest, 1, 32), Trust::kUnknown);
  digest[16] = 8;
  EXPECT_EQ(keys.TrustOf(digest, 3, 32), Trust::kUnknown);
  EXPECT_EQ(keys.TrustOf(digest, 3, 16), Trust::kTrusted);
  digest[15] = 8;
  EXPECT_EQ(keys.TrustOf(digest, 3, 16), Trust::kUnknown);
}

TEST(TrustedKeys, RevokesBySlotForGood) {
  TrustedKeys keys;
  Sha256Digest digest{};
  ASSERT_TRUE(keys.Set(0, digest).ok());
  ASSERT_TRUE(keys.Revoke(0).ok());
  using Trust = TrustedKeys::Trust;
  EXPECT_EQ(keys.TrustOf(digest, 3, 32), Trust::kRevoked);
  ASSERT_TRUE(keys.Set(0, digest).ok());
  EXPECT_EQ(keys.TrustOf(digest, 3, 32), Trust::kRevoked);
  ASSERT_TRUE(keys.Set(2, digest).ok());
  EXPECT_EQ(keys.TrustOf(digest, 3, 32), Trust::kTrusted) << "the same key in another slot";
  EXPECT_EQ(keys.Set(3, digest).code(), Code::kInvalidArgument);
  EXPECT_EQ(keys.Revoke(3).code(), Code::kInvalidArgument);
}

}  // namespace
}  // namespace updraft
