// SPDX-License-Identifier: Apache-2.0
// XTS and the verification of signatures, of every Crypto port. The signatures were
// made by python3-cryptography over the SHA-256 of "abc".
#include <gtest/gtest.h>

#include <vector>

#include "testing/encryption_keys.h"
#include "testing/hex.h"
#include "tests/ports/crypto_ports.h"

namespace updraft {
namespace {

using Buffer = std::vector<std::uint8_t>;

constexpr std::string_view kDigest =
    "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad";

constexpr std::string_view kP192Point =
    "6c805d0c15a7a1062b1b4f2e695b12d7bb5d8dba8cac85ffd529a8dd026dd667f138339921c71d6d444667e7"
    "ce70e92f";
constexpr std::string_view kP192Signature =
    "4d927206c101e7802fe28e85fc59a65e3d9436585bbf47739f4cbb713a0207ac2d41ebb18bcbd25263b138f2"
    "ff82c522";
constexpr std::string_view kP256Point =
    "16bd6941f20930f25e5cdaac27382bfb31807db3e3cd3cb273cba51be6a59c2618fc8c0920a9bc09286bb976"
    "b47002f17c9cda9134075dbde73ccc8ad558a9b7";
constexpr std::string_view kP256Signature =
    "a6fb147c0d514f33f713c3787d54111cfb03f2ba349911b6ff825b2efa5aaf404aafd1bae306658e1d882b3f"
    "95f4d1b87e89782fe243c578113d9816477f1c7d";
constexpr std::string_view kP384Point =
    "42f8e5a1e7fecb3ee62c1d9d614c3c2be7cd9e6be4e5da5fb8ff30a8afc174bfc7c800e5b24f19a8ec02cfa7"
    "83226e8128ee85e7a0fb1db5ffedb625ec82fb3b12164a3d79e1b1f16017acca41cec474cc2258bc5655f9c4"
    "fd90dd45fc0a4890";
constexpr std::string_view kP384Signature =
    "cfda866eb61084e4b87b95315e511d57159c8da6388b4334cae4c17fcab2d55f39debd425719654a23f2b82d"
    "a3e73c41cf5be27b9f81a98ce724dfab372ea55a9dbf9ac0471f0e771e5125283be37b459afa5315971ea85a"
    "ed630fe575fa936b";
constexpr std::string_view kModulus =
    "cb1c6a80754f34a98a4dc80a5560a6b535868db1d416ef3020d4e2447d280fc9e4b04713df7f3796371971e2"
    "3aa1f0305a0211be66212b579ea5408554ea0928f703e40479a07602edb13c26223c1ff4f087b3c32f2482c3"
    "87f88a4e9cac33241200e858697830e325813be51ce68c00feec62370ef1e27eead0cf96f0a431e4454ad8be"
    "179fd9402df22fe075335541c9e87dbe0c11cf5538edc2398f57892a4d45187fe4fbc92a134403e6be76fce9"
    "7adbf2270b562bdde1ffec78f91b5a78c432f88221ff0d8269ef7571dc028e0791f546ac3344006f67032211"
    "738ae3fb8579ee75de52f703446d28a5644bf67102cca6ec92996b4e0ebe0e463948454c6a278eec99781cbc"
    "bf0739f31bbf4985ae51c1f4f6c3d774d6ffa7ad6414723d450ba90bfe86689b55438d0b3d4316fcbb82bbf2"
    "ddd27853e70133b69e1f847577719d5b7da71d7beb98fde82b95110f9c846ba09ca3113dfb90008a86eb61bc"
    "f151a117d15594daca1ccafa12094a419322843b4bc0616c2ad842042a03f2af";
constexpr std::string_view kPssSignature =
    "8df604eb5fcf70171f6a9d60f6ea56f6d6f297eb276371260f640822eff6fecfc4b6b0068ead7f1e9b2305ca"
    "1eb57cf477aaf0c568a0817dc65b59692e2d40ee98a4381fadb89d379bf7c9a7518f3ed8c6dc5a4c4b9424ba"
    "dc4ece98d1d06e7ab9a8150ee8e49a477d886cd4b4a341d320442deadcf96437118c04653ffe2ea836d4cb58"
    "f1e53b986c6129ffe46b5f82535d387d3736ee7bcf3b6a0786eb48aa351739d561eb38e2c1ae0d8091b4be3a"
    "3f88d3bbef812009f7e07221b90ff15cd0ac42937a29122beeb1585f39d0a76abefc0a99ef477ed0308bea7c"
    "affe46d7b343a68f6f0d7871893b3d94290a3ba4140e3c6c885e26f12151a3fb0421e62c5fad3f61c0ef91af"
    "1dea3aacbd795e250f45de2aa44af6d01dea11c6d6e74aef505d8c6862a27949bce0132af8a32303814388f8"
    "403bb9943f72810df59ae9e69ff4a43aaf873f67af1c895f6d200c8c2a77e784aee9ebd5d3b2cb7a6fd213de"
    "083a9ac4925460e3fb0aa0c2c11ce9ac72409ed0e7215476454f15397822b2b7";
// The same with a salt of 20 bytes.
constexpr std::string_view kShortSalt =
    "6cd9c89fe7ce073b1f927b5230daf7c666072cace79328f1deb09bb036ea266caa1c62f4088c72891941ef3b"
    "b9594582145421186fd1917ee890024057724184e82e5e5117daf12525852303a69a1db9df8c1fee768010a2"
    "b19174bc6f93768a1f29b084c4ed07d882e35f170d2eb144e279d4fd8bdbd3cf92befe0a87ea4b30976b125d"
    "5343570aa8d7496c3cc0a60e1ac0da5744cf66f4013ead3d027520eeeb2e5f13831f8db1be49e7a8b4b6239d"
    "f47914ed26290b5a1f73b78f9709870bebee8ecb322c1ccf24019d4439f14f88446a6a339d0406b3742a863d"
    "720b0ac41d3116a12fbd364c9c6ca4f174c36c4e696d867df9a851318653f52a06c8d9f45496664e226a2163"
    "5e78635af2a0fd986ff41c2cc3b8970fbdc093ec0b0797fe5928427aab9b1de575514e419b8284fd39ec4f5d"
    "da3f6912f1af7b6fec70e59e2961e253d17b82adee5c940731e8a2eaccf68b2bc1dcc0d00eaf1f5ce7f7e6da"
    "2ec655d6b23fa7a4c0f0eece520295c5de2d60d1726f2c02ce773f7aebdb90ce";

template <typename Port>
class CryptoSignatures : public testing::Test {
 protected:
  Code Ecdsa(SignatureCurve curve, const Buffer& point, const Buffer& signature) {
    return port_.crypto.VerifyEcdsa(curve, point, FromHex(kDigest), signature).code();
  }
  Code Pss(const Buffer& modulus, std::uint32_t exponent, const Buffer& signature) {
    return port_.crypto.VerifyRsaPss(modulus, exponent, FromHex(kDigest), signature).code();
  }

  Port port_;
};
TYPED_TEST_SUITE(CryptoSignatures, CryptoPorts, CryptoPortName);

struct Signed {
  SignatureCurve curve;
  std::string_view point;
  std::string_view signature;
};
constexpr std::array<Signed, 3> kSigned{{{SignatureCurve::kP192, kP192Point, kP192Signature},
                                         {SignatureCurve::kP256, kP256Point, kP256Signature},
                                         {SignatureCurve::kP384, kP384Point, kP384Signature}}};

TYPED_TEST(CryptoSignatures, TakesAnEcdsaSignatureAndNoneThatIsChanged) {
  for (const Signed& is : kSigned) {
    const Buffer point = FromHex(is.point);
    const Buffer good = FromHex(is.signature);
    EXPECT_EQ(this->Ecdsa(is.curve, point, good), Code::kOk);
    for (const std::size_t at : {std::size_t{0}, good.size() / 2, good.size() - 1}) {
      Buffer changed = good;
      changed[at] ^= 1;
      EXPECT_EQ(this->Ecdsa(is.curve, point, changed), Code::kBadSignature) << at;
    }
    EXPECT_EQ(this->Ecdsa(is.curve, point, Buffer(good.size())), Code::kBadSignature);
    EXPECT_EQ(this->Ecdsa(is.curve, point, Buffer(good.size(), 0xFF)), Code::kBadSignature);
    Buffer off_curve = point;
    off_curve.back() ^= 1;
    EXPECT_EQ(this->Ecdsa(is.curve, off_curve, good), Code::kBadSignature);
    EXPECT_EQ(this->Ecdsa(is.curve, Buffer(point.size()), good), Code::kBadSignature);
    EXPECT_EQ(this->Ecdsa(is.curve, point, Buffer(good.size() - 1)), Code::kInvalidArgument);
    EXPECT_EQ(this->Ecdsa(is.curve, Buffer(3), good), Code::kInvalidArgument);
  }
}

TYPED_TEST(CryptoSignatures, TakesAnRsaPssSignatureWithASaltOf32BytesOnly) {
  const Buffer modulus = FromHex(kModulus);
  const Buffer good = FromHex(kPssSignature);
  EXPECT_EQ(this->Pss(modulus, 65537, good), Code::kOk);
  EXPECT_EQ(this->Pss(modulus, 65537, FromHex(kShortSalt)), Code::kBadSignature);
  EXPECT_EQ(this->Pss(modulus, 3, good), Code::kBadSignature);
  for (const std::size_t at : {std::size_t{1}, good.size() - 1}) {
    Buffer changed = good;
    changed[at] ^= 1;
    EXPECT_EQ(this->Pss(modulus, 65537, changed), Code::kBadSignature) << at;
  }
  EXPECT_EQ(this->Pss(modulus, 65537, Buffer(kRsa3072Size, 0xFF)), Code::kBadSignature);
}

TYPED_TEST(CryptoSignatures, RefusesAnRsaKeyThatIsNone) {
  const Buffer good = FromHex(kPssSignature);
  Buffer modulus = FromHex(kModulus);
  modulus.back() ^= 1;
  EXPECT_EQ(this->Pss(modulus, 65537, good), Code::kBadSignature);
  modulus = FromHex(kModulus);
  modulus.front() = 0x7F;
  EXPECT_EQ(this->Pss(modulus, 65537, good), Code::kBadSignature);
  EXPECT_EQ(this->Pss(FromHex(kModulus), 0, good), Code::kBadSignature);
  EXPECT_EQ(this->Pss(Buffer(256, 1), 65537, good), Code::kInvalidArgument);
}

template <typename Port>
class CryptoXts : public testing::Test {
 protected:
  Port port_;
};
TYPED_TEST_SUITE(CryptoXts, CryptoPorts, CryptoPortName);

// IEEE 1619-2018, vectors 2 and 10 (its first two blocks).
TYPED_TEST(CryptoXts, GivesTheKnownAnswersBothWays) {
  struct Vector {
    std::string key;
    std::string_view tweak;
    std::string_view plain;
    std::string_view ciphered;
  };
  const std::vector<Vector> vectors{
      {std::string(32, '1') + std::string(32, '2'), "33333333330000000000000000000000",
       "4444444444444444444444444444444444444444444444444444444444444444",
       "c454185e6a16936e39334038acef838bfb186fff7480adc4289382ecd6d394f0"},
      {"2718281828459045235360287471352662497757247093699959574966967627"
       "3141592653589793238462643383279502884197169399375105820974944592",
       "ff000000000000000000000000000000",
       "000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f",
       "1c3b3a102f770386e4836c99e370cf9bea00803f5e482357a4ae12d414a3e63b"}};
  for (const Vector& is : vectors) {
    const Buffer plain = FromHex(is.plain);
    const auto tweak = ArrayFromHex<kXtsTweakSize>(is.tweak);
    XtsState state;
    Buffer out(plain.size());
    ASSERT_EQ(this->port_.crypto.XtsStart(Crypto::XtsDirection::kEncipher, FromHex(is.key), state),
              kOk);
    ASSERT_EQ(this->port_.crypto.XtsUnit(state, tweak, plain, out), kOk);
    EXPECT_EQ(ToHex(out), is.ciphered);
    EXPECT_EQ(this->port_.crypto.XtsUnit(state, tweak, Bytes(plain).first(15), out).code(),
              Code::kInvalidArgument);
    this->port_.crypto.XtsDiscard(state);
    ASSERT_EQ(this->port_.crypto.XtsStart(Crypto::XtsDirection::kDecipher, FromHex(is.key), state),
              kOk);
    ASSERT_EQ(this->port_.crypto.XtsUnit(state, tweak, out, out), kOk);
    EXPECT_EQ(out, plain);
    this->port_.crypto.XtsDiscard(state);
  }
}

TYPED_TEST(CryptoXts, RefusesAKeyOfAnotherLengthOrWithEqualHalves) {
  XtsState state;
  for (const std::size_t size : {0U, 16U, 48U}) {
    EXPECT_EQ(
        this->port_.crypto.XtsStart(Crypto::XtsDirection::kEncipher, Buffer(size), state).code(),
        Code::kInvalidArgument);
  }
  EXPECT_EQ(
      this->port_.crypto.XtsStart(Crypto::XtsDirection::kEncipher, Buffer(64, 7), state).code(),
      Code::kInvalidArgument);
}

// What a port leaves behind of a running state is nobody's to read.
TEST(MbedtlsStates, AreWipedWhenTheyEnd) {
  MbedtlsPort port;
  HashState hash;
  ASSERT_EQ(port.crypto.HashStart(HashKind::kSha256, hash), kOk);
  ASSERT_EQ(port.crypto.HashUpdate(hash, Buffer(40, 0x5A)), kOk);
  port.crypto.HashDiscard(hash);
  EXPECT_EQ(hash.storage, HashState{}.storage);
  GcmState gcm;
  const std::array<std::uint8_t, kAes256KeySize> key{1, 2, 3};
  ASSERT_EQ(
      port.crypto.GcmStart(Crypto::GcmDirection::kSeal, key, std::array<std::uint8_t, 16>{}, gcm),
      kOk);
  EXPECT_NE(gcm.storage, GcmState{}.storage);
  Buffer data(21, 1);
  ASSERT_EQ(port.crypto.GcmUpdate(gcm, data, data), kOk);
  std::array<std::uint8_t, kGcmTagSize> tag{};
  ASSERT_EQ(port.crypto.GcmSealFinish(gcm, tag), kOk);
  EXPECT_EQ(gcm.storage, GcmState{}.storage);
  XtsState xts;
  Buffer xts_key(64, 1);
  xts_key[0] = 2;
  ASSERT_EQ(port.crypto.XtsStart(Crypto::XtsDirection::kEncipher, xts_key, xts), kOk);
  port.crypto.XtsDiscard(xts);
  EXPECT_EQ(xts.storage, XtsState{}.storage);
}

TEST(MbedtlsRandomTest, FailsWithoutEntropy) {
  MbedtlsRandom random([](MutableBytes) { return false; });
  std::array<std::uint8_t, 8> out{};
  EXPECT_EQ(random.Fill(out).code(), Code::kInvalidState);
}

TEST(MbedtlsRsaKeyTest, TakesOnlyRsa3072AndSharesTheRejectionSecretOfAHost) {
  MbedtlsRandom random{&LinuxEntropy};
  MbedtlsRsaKey key(random);
  Rsa3072Block block{};
  EXPECT_EQ(key.RawDecrypt(block, block).code(), Code::kNotFound);
  EXPECT_EQ(key.Load(AsBytes("not a key")).code(), Code::kBadFormat);
  const std::string curve(kTestEcKeyPem);
  EXPECT_EQ(
      key.Load({reinterpret_cast<const std::uint8_t*>(curve.c_str()), curve.size() + 1}).code(),
      Code::kInvalidArgument);
  MbedtlsPort device;
  std::array<std::uint8_t, kSha256Size> there{};
  std::array<std::uint8_t, kSha256Size> here{};
  ASSERT_EQ(device.Pair(kTestRsaKeyPem).key->RejectionSecret(there), kOk);
  ASSERT_EQ(OpensslPort().Pair(kTestRsaKeyPem).key->RejectionSecret(here), kOk);
  EXPECT_EQ(there, here);
}

}  // namespace
}  // namespace updraft
