// SPDX-License-Identifier: Apache-2.0
// GCM, RSA and P-256 of the OpenSSL port, by known answers and by what must be
// refused. The numbers are those of docs/formats.md, "Encrypted image".
#include <gtest/gtest.h>

#include <algorithm>
#include <random>
#include <vector>

#include "ports/host/crypto_openssl.h"
#include "ports/host/key_file.h"
#include "testing/encryption_keys.h"
#include "testing/hex.h"

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

class OpensslGcm : public testing::Test {
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

  OpensslCrypto crypto_;
  std::array<std::uint8_t, kAes256KeySize> key_{};
  std::array<std::uint8_t, kGcmIvSize> iv_{};
};

TEST_F(OpensslGcm, TakesAllSixteenBytesOfTheIv) {
  Tag tag{};
  EXPECT_EQ(ToHex(Seal(Buffer(16), 16, tag)), "df53c00d30173e8b9cde3ddd2ca3c6bf");
  EXPECT_EQ(ToHex(tag), "3008621a70b1607f62fd7703232430f1");
  iv_[15] = 1;
  EXPECT_NE(ToHex(Seal(Buffer(16), 16, tag)), "df53c00d30173e8b9cde3ddd2ca3c6bf");
}

TEST_F(OpensslGcm, GivesTheSameInAnyPieces) {
  Buffer plain(1000);
  std::mt19937 random(1);
  std::ranges::generate(plain, [&] { return static_cast<std::uint8_t>(random()); });
  Tag whole_tag{};
  const Buffer whole = Seal(plain, 1000, whole_tag);
  for (const std::size_t piece : {1U, 15U, 16U, 17U, 999U}) {
    Tag tag{};
    EXPECT_EQ(Seal(plain, piece, tag), whole) << piece;
    EXPECT_EQ(tag, whole_tag) << piece;
  }
}

TEST_F(OpensslGcm, OpensWhatItSealedAndOnlyWithTheTag) {
  const Buffer plain{'h', 'e', 'l', 'l', 'o'};
  Tag tag{};
  const Buffer sealed = Seal(plain, 5, tag);
  for (int bit = -1; bit < 128; ++bit) {
    Tag given = tag;
    if (bit >= 0)
      given[static_cast<std::size_t>(bit / 8)] ^= static_cast<std::uint8_t>(1U << (bit % 8));
    Gcm gcm(crypto_);
    Buffer opened(5);
    ASSERT_EQ(gcm.Start(Direction::kOpen, key_, iv_), kOk);
    ASSERT_EQ(gcm.Update(sealed, opened), kOk);
    EXPECT_EQ(opened, plain);
    EXPECT_EQ(gcm.OpenFinish(given).code(), bit < 0 ? Code::kOk : Code::kBadSignature) << bit;
  }
}

TEST_F(OpensslGcm, RefusesAnOutputThatIsTooSmall) {
  Gcm gcm(crypto_);
  ASSERT_EQ(gcm.Start(Direction::kSeal, key_, iv_), kOk);
  Buffer out(4);
  EXPECT_EQ(gcm.Update(Buffer(5), out).code(), Code::kInvalidArgument);
}

class OpensslP256 : public testing::Test {
 protected:
  Code PublicKey(const Scalar& scalar) { return crypto_.P256PublicKey(scalar, point_).code(); }

  OpensslCrypto crypto_;
  P256Point point_{};
};

TEST_F(OpensslP256, GivesTheKnownAnswers) {
  ASSERT_EQ(PublicKey(ArrayFromHex<32>(kScalar)), Code::kOk);
  EXPECT_EQ(ToHex(point_), kPoint);
  Scalar two{};
  two[31] = 2;
  ASSERT_EQ(PublicKey(two), Code::kOk);
  EXPECT_EQ(ToHex(point_), kTwiceG);
  Scalar shared{};
  ASSERT_EQ(crypto_.P256Agree(ArrayFromHex<32>(kScalar), point_, shared), kOk);
  EXPECT_EQ(ToHex(shared), "1bb312a08daa508a844e978b45d0e0c0304451fefc797dd1540c0971587d95f1");
  ASSERT_EQ(crypto_.P256Agree(two, ArrayFromHex<64>(kPoint), shared), kOk);
  EXPECT_EQ(ToHex(shared), "1bb312a08daa508a844e978b45d0e0c0304451fefc797dd1540c0971587d95f1");
}

TEST_F(OpensslP256, RefusesAScalarOfZeroOrFromTheOrderOn) {
  Scalar scalar{};
  EXPECT_EQ(PublicKey(scalar), Code::kInvalidArgument);
  scalar = ArrayFromHex<32>(kOrder);
  EXPECT_EQ(PublicKey(scalar), Code::kInvalidArgument);
  Scalar shared{};
  EXPECT_EQ(crypto_.P256Agree(scalar, ArrayFromHex<64>(kPoint), shared).code(),
            Code::kInvalidArgument);
  scalar[31] = static_cast<std::uint8_t>(scalar[31] - 1);
  EXPECT_EQ(PublicKey(scalar), Code::kOk);
}

TEST_F(OpensslP256, KnowsWhatIsOnTheCurve) {
  P256Point point = ArrayFromHex<64>(kTwiceG);
  EXPECT_TRUE(*crypto_.P256IsOnCurve(point));
  point[63] ^= 1;
  EXPECT_FALSE(*crypto_.P256IsOnCurve(point));
  EXPECT_FALSE(*crypto_.P256IsOnCurve(P256Point{}));
  Scalar scalar{};
  scalar[31] = 1;
  Scalar shared{};
  EXPECT_EQ(crypto_.P256Agree(scalar, point, shared).code(), Code::kBadFormat);
}

// x = 5 is on the curve; x + p is the same number to a reader that reduces.
TEST_F(OpensslP256, RefusesACoordinateBeyondThePrime) {
  P256Point point = ArrayFromHex<64>(
      "0000000000000000000000000000000000000000000000000000000000000005"
      "459243b9aa581806fe913bce99817ade11ca503c64d9a3c533415c083248fbcc");
  EXPECT_TRUE(*crypto_.P256IsOnCurve(point));
  Scalar beyond = ArrayFromHex<32>(kPrime);
  unsigned carry = 5;
  for (std::size_t i = 32; i-- > 0;) {
    carry += beyond[i];
    point[i] = static_cast<std::uint8_t>(carry);
    carry >>= 8;
  }
  EXPECT_FALSE(*crypto_.P256IsOnCurve(point));
}

class OpensslRsa : public testing::Test {
 protected:
  OpensslRsa() : file_(std::move(std::get<0>(ParseKeyFile(AsBytes(kTestRsaKeyPem))))) {}

  OpensslCrypto crypto_;
  std::unique_ptr<KeyFile> file_;
};

TEST_F(OpensslRsa, PrivateUndoesPublicAndBack) {
  Rsa3072Block number{};
  number[0] = 1;
  number[383] = 77;
  Rsa3072Block there{};
  Rsa3072Block back{};
  ASSERT_EQ(crypto_.RsaPublic(file_->rsa_public, number, there), kOk);
  EXPECT_NE(there, number);
  ASSERT_EQ(file_->rsa_private->RawDecrypt(there, back), kOk);
  EXPECT_EQ(back, number);
  ASSERT_EQ(file_->rsa_private->RawDecrypt(number, there), kOk);
  ASSERT_EQ(crypto_.RsaPublic(file_->rsa_public, there, there), kOk);
  EXPECT_EQ(there, number);
}

TEST_F(OpensslRsa, KeepsLeadingZeros) {
  Rsa3072Block number{};
  number[383] = 2;
  Rsa3072Block there{};
  ASSERT_EQ(crypto_.RsaPublic(file_->rsa_public, number, there), kOk);
  ASSERT_EQ(file_->rsa_private->RawDecrypt(there, there), kOk);
  EXPECT_EQ(there, number);
}

TEST_F(OpensslRsa, RefusesANumberFromTheModulusOn) {
  Rsa3072Block out{};
  const Rsa3072Block modulus = file_->rsa_public.modulus;
  EXPECT_EQ(crypto_.RsaPublic(file_->rsa_public, modulus, out).code(), Code::kInvalidArgument);
  EXPECT_EQ(file_->rsa_private->RawDecrypt(modulus, out).code(), Code::kInvalidArgument);
}

TEST_F(OpensslRsa, RefusesAPublicKeyThatIsNone) {
  Rsa3072PublicKey key = file_->rsa_public;
  Rsa3072Block out{};
  key.exponent = 2;
  EXPECT_EQ(crypto_.RsaPublic(key, Rsa3072Block{}, out).code(), Code::kInvalidArgument);
  key = file_->rsa_public;
  key.modulus[0] = 0x7F;
  EXPECT_EQ(crypto_.RsaPublic(key, Rsa3072Block{}, out).code(), Code::kInvalidArgument);
}

TEST_F(OpensslRsa, HasARejectionSecretOfItsOwn) {
  std::array<std::uint8_t, 32> one{};
  std::array<std::uint8_t, 32> again{};
  std::array<std::uint8_t, 32> other{};
  const auto other_file = std::move(std::get<0>(ParseKeyFile(AsBytes(kOtherRsaKeyPem))));
  ASSERT_EQ(file_->rsa_private->RejectionSecret(one), kOk);
  ASSERT_EQ(file_->rsa_private->RejectionSecret(again), kOk);
  ASSERT_EQ(other_file->rsa_private->RejectionSecret(other), kOk);
  EXPECT_EQ(one, again);
  EXPECT_NE(one, other);
}

}  // namespace
}  // namespace updraft
