// SPDX-License-Identifier: Apache-2.0
#include "updraft/key_derivation.h"

#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "ports/host/crypto_openssl.h"
#include "testing/failing_crypto.h"
#include "testing/hex.h"

namespace updraft {
namespace {

using Key = std::array<std::uint8_t, 32>;

class KeyDerivation : public testing::Test {
 protected:
  std::string Hmac(const std::vector<std::uint8_t>& key, std::string_view message) {
    Key mac{};
    EXPECT_EQ(HmacOf(crypto_, key, AsBytes(message), mac), kOk);
    return ToHex(mac);
  }

  OpensslCrypto crypto_;
};

// RFC 4231, test cases 1, 2 and 6 (a key longer than a block).
TEST_F(KeyDerivation, HmacGivesTheKnownAnswers) {
  EXPECT_EQ(Hmac(std::vector<std::uint8_t>(20, 0x0B), "Hi There"),
            "b0344c61d8db38535ca8afceaf0bf12b881dc200c9833da726e9376c2e32cff7");
  EXPECT_EQ(Hmac({'J', 'e', 'f', 'e'}, "what do ya want for nothing?"),
            "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843");
  EXPECT_EQ(Hmac(std::vector<std::uint8_t>(131, 0xAA),
                 "Test Using Larger Than Block-Size Key - Hash Key First"),
            "60e431591ee0b67f0d8a26aacbf5b77f8e0bc6213728c5140546040f0ee37f54");
}

TEST_F(KeyDerivation, HmacNeedsAKeyFirst) {
  HmacSha256 hmac(crypto_);
  Key mac{};
  EXPECT_EQ(hmac.Hmac({}, mac).code(), Code::kInvalidState);
}

// RFC 7914, section 11, first 32 bytes; and the scalar of the format's own example.
TEST_F(KeyDerivation, Pbkdf2GivesTheKnownAnswers) {
  HmacSha256 password(crypto_);
  Key key{};
  ASSERT_EQ(password.SetKey(AsBytes("passwd")), kOk);
  ASSERT_EQ(Pbkdf2Sha256(password, AsBytes("salt"), 1, key), kOk);
  EXPECT_EQ(ToHex(key), "55ac046e56e3089fec1691c22544b605f94185216dde0465e68b9d57c20dacbc");
  ASSERT_EQ(password.SetKey(AsBytes("Password")), kOk);
  ASSERT_EQ(Pbkdf2Sha256(password, AsBytes("NaCl"), 80000, key), kOk);
  EXPECT_EQ(ToHex(key), "4ddcd8f60b98be21830cee5ef22701f9641a4418d04c0414aeff08876b34ab56");
}

TEST_F(KeyDerivation, Pbkdf2RefusesALongSaltAndNoIteration) {
  HmacSha256 password(crypto_);
  Key key{};
  ASSERT_EQ(password.SetKey({}), kOk);
  const std::vector<std::uint8_t> salt(kMaxPbkdf2Salt + 1);
  EXPECT_EQ(Pbkdf2Sha256(password, salt, 1, key).code(), Code::kInvalidArgument);
  EXPECT_EQ(Pbkdf2Sha256(password, Bytes(salt).first(kMaxPbkdf2Salt), 1, key), kOk);
  EXPECT_EQ(Pbkdf2Sha256(password, {}, 0, key).code(), Code::kInvalidArgument);
}

// RFC 5869, test cases 1 and 3, first 32 bytes.
TEST_F(KeyDerivation, HkdfGivesTheKnownAnswers) {
  const std::vector<std::uint8_t> input(22, 0x0B);
  Key key{};
  ASSERT_EQ(HkdfSha256(crypto_, FromHex("000102030405060708090a0b0c"), input,
                       FromHex("f0f1f2f3f4f5f6f7f8f9"), key),
            kOk);
  EXPECT_EQ(ToHex(key), "3cb25f25faacd57a90434f64d0362f2a2d2d0a90cf1a5a4c5db02d56ecc4c5bf");
  ASSERT_EQ(HkdfSha256(crypto_, {}, input, {}, key), kOk);
  EXPECT_EQ(ToHex(key), "8da4e775a563c18f715f802a063c5a31b8a11f5c5ee1879ec3454e5f3c738d2d");
}

TEST_F(KeyDerivation, HkdfRefusesLongInfo) {
  Key key{};
  const std::vector<std::uint8_t> info(kMaxHkdfInfo + 1);
  EXPECT_EQ(HkdfSha256(crypto_, {}, {}, info, key).code(), Code::kInvalidArgument);
}

TEST_F(KeyDerivation, PassesOnEveryFailureOfTheCryptoAndEndsEveryHash) {
  FailingCrypto failing(crypto_);
  Key key{};
  ASSERT_EQ(HkdfSha256(failing, {}, AsBytes("x"), AsBytes("y"), key), kOk);
  const std::uint64_t calls = failing.calls();
  for (std::uint64_t call = 1; call <= calls; ++call) {
    failing.FailCall(call);
    EXPECT_FALSE(HkdfSha256(failing, {}, AsBytes("x"), AsBytes("y"), key).ok()) << call;
    EXPECT_EQ(failing.running_hashes(), 0) << call;
  }
}

}  // namespace
}  // namespace updraft
