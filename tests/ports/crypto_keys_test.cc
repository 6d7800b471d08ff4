// SPDX-License-Identifier: Apache-2.0
// GCM, XTS, RSA, P-256 and signatures of every Crypto port, by known answers and by what must be
// refused. The numbers are those of docs/formats.md, "Encrypted image".
#include <gtest/gtest.h>

#include <algorithm>
#include <random>
#include <vector>

#include "testing/encryption_keys.h"
#include "testing/hex.h"
#include "tests/ports/crypto_ports.h"

namespace updraft {
namespace {

using Direction = Crypto::GcmDirection;
using Buffer = std::vector<std::uint8_t>;
using Scalar = std::array<std::uint8_t, kP256ScalarSize>;
using Tag = std::array<std::uint8_t, kGcmTagSize>;

constexpr std::string_view kScalar =
    "d3262c9437bc914a8f394a3fe8f5da535b5a4785bd3bdc45e9a4732338b4b471";
constexpr std::string_view kPoint =
    "b4cd4644bb80dd7710a492e6bb986f785fe2ec1267b8d52328110c1e81a6eff0"
    "dcf55c0f46950c2444196cea7ae152db76dd51204c697c406e4585a86ae1ac89";
constexpr std::string_view kTwiceG =
    "7cf27b188d034f7e8a52380304b51ac3c08969e277f21b35a60b48fc47669978"
    "07775510db8ed040293d9ac69f7430dbba7dade63ce982299e04b79d227873d1";
constexpr std::string_view kOrder =
    "ffffffff00000000ffffffffffffffffbce6faada7179e84f3b9cac2fc632551";
constexpr std::string_view kPrime =
    "ffffffff00000001000000000000000000000000ffffffffffffffffffffffff";

template <typename Port>
class CryptoGcm : public testing::Test {
 protected:
  // The ciphertext of `plain`, given in pieces of `piece` bytes, in place.
  Buffer Seal(Buffer data, std::size_t piece, Tag& tag) {
    Gcm gcm(crypto_);
    EXPECT_EQ(gcm.Start(Direction::kSeal, key_, iv_), kOk);
    for (std::size_t at = 0; at < data.size(); at += piece) {
      const MutableBytes part = MutableBytes(data).subspan(at, std::min(piece, data.size() - at));
      EXPECT_EQ(gcm.Update(part, part), kOk);
    }
    EXPECT_EQ(gcm.SealFinish(tag), kOk);
    return data;
  }

  Port port_;
  Crypto& crypto_ = port_.crypto;
  std::array<std::uint8_t, kAes256KeySize> key_{};
  std::array<std::uint8_t, kGcmIvSize> iv_{};
};
TYPED_TEST_SUITE(CryptoGcm, CryptoPorts, CryptoPortName);

TYPED_TEST(CryptoGcm, TakesAllSixteenBytesOfTheIv) {
  Tag tag{};
  EXPECT_EQ(ToHex(this->Seal(Buffer(16), 16, tag)), "df53c00d30173e8b9cde3ddd2ca3c6bf");
  EXPECT_EQ(ToHex(tag), "3008621a70b1607f62fd7703232430f1");
  this->iv_[15] = 1;
  EXPECT_NE(ToHex(this->Seal(Buffer(16), 16, tag)), "df53c00d30173e8b9cde3ddd2ca3c6bf");
}

TYPED_TEST(CryptoGcm, GivesTheSameInAnyPieces) {
  Buffer plain(1000);
  std::mt19937 random(1);
  std::ranges::generate(plain, [&] { return static_cast<std::uint8_t>(random()); });
  Tag whole_tag{};
  const Buffer whole = this->Seal(plain, 1000, whole_tag);
  for (const std::size_t piece : {1U, 15U, 16U, 17U, 999U}) {
    Tag tag{};
    EXPECT_EQ(this->Seal(plain, piece, tag), whole) << piece;
    EXPECT_EQ(tag, whole_tag) << piece;
  }
}

TYPED_TEST(CryptoGcm, OpensWhatItSealedAndOnlyWithTheTag) {
  const Buffer plain{'h', 'e', 'l', 'l', 'o'};
  Tag tag{};
  const Buffer sealed = this->Seal(plain, 5, tag);
  for (int bit = -1; bit < 128; ++bit) {
    Tag given = tag;
    if (bit >= 0)
      given[static_cast<std::size_t>(bit / 8)] ^= static_cast<std::uint8_t>(1U << (bit % 8));
    Gcm gcm(this->crypto_);
    Buffer opened(5);
    ASSERT_EQ(gcm.Start(Direction::kOpen, this->key_, this->iv_), kOk);
    ASSERT_EQ(gcm.Update(sealed, opened), kOk);
    EXPECT_EQ(opened, plain);
    EXPECT_EQ(gcm.OpenFinish(given).code(), bit < 0 ? Code::kOk : Code::kBadSignature) << bit;
  }
}

TYPED_TEST(CryptoGcm, RefusesAnOutputThatIsTooSmall) {
  Gcm gcm(this->crypto_);
  ASSERT_EQ(gcm.Start(Direction::kSeal, this->key_, this->iv_), kOk);
  Buffer out(4);
  EXPECT_EQ(gcm.Update(Buffer(5), out).code(), Code::kInvalidArgument);
}

template <typename Port>
class CryptoP256 : public testing::Test {
 protected:
  Code PublicKey(const Scalar& scalar) { return crypto_.P256PublicKey(scalar, point_).code(); }

  Port port_;
  Crypto& crypto_ = port_.crypto;
  P256Point point_{};
};
TYPED_TEST_SUITE(CryptoP256, CryptoPorts, CryptoPortName);

TYPED_TEST(CryptoP256, GivesTheKnownAnswers) {
  ASSERT_EQ(this->PublicKey(ArrayFromHex<32>(kScalar)), Code::kOk);
  EXPECT_EQ(ToHex(this->point_), kPoint);
  Scalar two{};
  two[31] = 2;
  ASSERT_EQ(this->PublicKey(two), Code::kOk);
  EXPECT_EQ(ToHex(this->point_), kTwiceG);
  Scalar shared{};
  ASSERT_EQ(this->crypto_.P256Agree(ArrayFromHex<32>(kScalar), this->point_, shared), kOk);
  EXPECT_EQ(ToHex(shared), "1bb312a08daa508a844e978b45d0e0c0304451fefc797dd1540c0971587d95f1");
  ASSERT_EQ(this->crypto_.P256Agree(two, ArrayFromHex<64>(kPoint), shared), kOk);
  EXPECT_EQ(ToHex(shared), "1bb312a08daa508a844e978b45d0e0c0304451fefc797dd1540c0971587d95f1");
}

TYPED_TEST(CryptoP256, RefusesAScalarOfZeroOrFromTheOrderOn) {
  Scalar scalar{};
  EXPECT_EQ(this->PublicKey(scalar), Code::kInvalidArgument);
  scalar = ArrayFromHex<32>(kOrder);
  EXPECT_EQ(this->PublicKey(scalar), Code::kInvalidArgument);
  Scalar shared{};
  EXPECT_EQ(this->crypto_.P256Agree(scalar, ArrayFromHex<64>(kPoint), shared).code(),
            Code::kInvalidArgument);
  scalar[31] = static_cast<std::uint8_t>(scalar[31] - 1);
  EXPECT_EQ(this->PublicKey(scalar), Code::kOk);
}

TYPED_TEST(CryptoP256, KnowsWhatIsOnTheCurve) {
  P256Point point = ArrayFromHex<64>(kTwiceG);
  EXPECT_TRUE(*this->crypto_.P256IsOnCurve(point));
  point[63] ^= 1;
  EXPECT_FALSE(*this->crypto_.P256IsOnCurve(point));
  EXPECT_FALSE(*this->crypto_.P256IsOnCurve(P256Point{}));
  Scalar scalar{};
  scalar[31] = 1;
  Scalar shared{};
  EXPECT_EQ(this->crypto_.P256Agree(scalar, point, shared).code(), Code::kBadFormat);
}

// x = 5 is on the curve; x + p is the same number to a reader that reduces.
TYPED_TEST(CryptoP256, RefusesACoordinateBeyondThePrime) {
  P256Point point = ArrayFromHex<64>(
      "0000000000000000000000000000000000000000000000000000000000000005"
      "459243b9aa581806fe913bce99817ade11ca503c64d9a3c533415c083248fbcc");
  EXPECT_TRUE(*this->crypto_.P256IsOnCurve(point));
  Scalar beyond = ArrayFromHex<32>(kPrime);
  unsigned carry = 5;
  for (std::size_t i = 32; i-- > 0;) {
    carry += beyond[i];
    point[i] = static_cast<std::uint8_t>(carry);
    carry >>= 8;
  }
  EXPECT_FALSE(*this->crypto_.P256IsOnCurve(point));
}

template <typename Port>
class CryptoRsa : public testing::Test {
 protected:
  Port port_;
  Crypto& crypto_ = port_.crypto;
  RsaPair pair_ = port_.Pair(kTestRsaKeyPem);
};
TYPED_TEST_SUITE(CryptoRsa, CryptoPorts, CryptoPortName);

TYPED_TEST(CryptoRsa, PrivateUndoesPublicAndBack) {
  Rsa3072Block number{};
  number[0] = 1;
  number[383] = 77;
  Rsa3072Block there{};
  Rsa3072Block back{};
  ASSERT_EQ(this->crypto_.RsaPublic(this->pair_.half, number, there), kOk);
  EXPECT_NE(there, number);
  ASSERT_EQ(this->pair_.key->RawDecrypt(there, back), kOk);
  EXPECT_EQ(back, number);
  ASSERT_EQ(this->pair_.key->RawDecrypt(number, there), kOk);
  ASSERT_EQ(this->crypto_.RsaPublic(this->pair_.half, there, there), kOk);
  EXPECT_EQ(there, number);
}

TYPED_TEST(CryptoRsa, KeepsLeadingZeros) {
  Rsa3072Block number{};
  number[383] = 2;
  Rsa3072Block there{};
  ASSERT_EQ(this->crypto_.RsaPublic(this->pair_.half, number, there), kOk);
  ASSERT_EQ(this->pair_.key->RawDecrypt(there, there), kOk);
  EXPECT_EQ(there, number);
}

TYPED_TEST(CryptoRsa, RefusesANumberFromTheModulusOn) {
  Rsa3072Block out{};
  const Rsa3072Block modulus = this->pair_.half.modulus;
  EXPECT_EQ(this->crypto_.RsaPublic(this->pair_.half, modulus, out).code(), Code::kInvalidArgument);
  EXPECT_EQ(this->pair_.key->RawDecrypt(modulus, out).code(), Code::kInvalidArgument);
}

TYPED_TEST(CryptoRsa, RefusesAPublicKeyThatIsNone) {
  Rsa3072PublicKey key = this->pair_.half;
  Rsa3072Block out{};
  key.exponent = 2;
  EXPECT_EQ(this->crypto_.RsaPublic(key, Rsa3072Block{}, out).code(), Code::kInvalidArgument);
  key = this->pair_.half;
  key.modulus[0] = 0x7F;
  EXPECT_EQ(this->crypto_.RsaPublic(key, Rsa3072Block{}, out).code(), Code::kInvalidArgument);
}

TYPED_TEST(CryptoRsa, HasARejectionSecretOfItsOwn) {
  std::array<std::uint8_t, 32> one{};
  std::array<std::uint8_t, 32> again{};
  std::array<std::uint8_t, 32> other{};
  const RsaPair other_pair = this->port_.Pair(kOtherRsaKeyPem);
  ASSERT_EQ(this->pair_.key->RejectionSecret(one), kOk);
  ASSERT_EQ(this->pair_.key->RejectionSecret(again), kOk);
  ASSERT_EQ(other_pair.key->RejectionSecret(other), kOk);
  EXPECT_EQ(one, again);
  EXPECT_NE(one, other);
}

}  // namespace
}  // namespace updraft
