// SPDX-License-Identifier: Apache-2.0
#include "ports/host/key_file.h"

#include <gtest/gtest.h>

#include <string>

#include "ports/host/crypto_openssl.h"
#include "testing/encryption_keys.h"
#include "testing/hex.h"

namespace updraft {
namespace {

KeyFault FaultOf(std::string_view text) {
  const auto parsed = ParseKeyFile(AsBytes(text));
  EXPECT_TRUE(std::holds_alternative<KeyFault>(parsed));
  return std::get<KeyFault>(parsed);
}

std::unique_ptr<KeyFile> KeyOf(std::string_view text) {
  auto parsed = ParseKeyFile(AsBytes(text));
  EXPECT_TRUE(std::holds_alternative<std::unique_ptr<KeyFile>>(parsed));
  return std::move(std::get<std::unique_ptr<KeyFile>>(parsed));
}

TEST(KeyFileTest, ReadsPrivateRsaKeysOfBothForms) {
  EXPECT_EQ(KeyOf(kTestRsaKeyPem)->kind, KeyKind::kRsaPrivate);
  EXPECT_EQ(KeyOf(kOtherRsaKeyPem)->kind, KeyKind::kRsaPrivate);
}

TEST(KeyFileTest, ReadsAnEcKeyBehindItsParameters) {
  OpensslCrypto crypto;
  const auto file = KeyOf(kTestEcKeyPem);
  ASSERT_EQ(file->kind, KeyKind::kP256Private);
  P256Point point{};
  ASSERT_EQ(crypto.P256PublicKey(file->secret.bytes().first<32>(), point), kOk);
  EXPECT_EQ(point, file->point);
}

TEST(KeyFileTest, ReadsBackThePublicHalvesThatItWrites) {
  const auto rsa = KeyOf(kTestRsaKeyPem);
  const auto rsa_public = KeyOf(*PublicPem(rsa->rsa_public));
  EXPECT_EQ(rsa_public->kind, KeyKind::kRsaPublic);
  EXPECT_EQ(rsa_public->rsa_public.modulus, rsa->rsa_public.modulus);
  EXPECT_EQ(rsa_public->rsa_public.exponent, rsa->rsa_public.exponent);
  const auto ec = KeyOf(kTestEcKeyPem);
  const auto ec_public = KeyOf(*PublicPem(ec->point));
  EXPECT_EQ(ec_public->kind, KeyKind::kP256Public);
  EXPECT_EQ(ec_public->point, ec->point);
}

TEST(KeyFileTest, MakesAPairThatBelongsTogether) {
  const auto pair = NewRsa3072Pair();
  ASSERT_TRUE(pair.has_value());
  EXPECT_TRUE(pair->private_pem.starts_with("-----BEGIN RSA PRIVATE KEY-----\n"));
  EXPECT_TRUE(pair->public_pem.starts_with("-----BEGIN PUBLIC KEY-----\n"));
  const auto secret = KeyOf(pair->private_pem);
  EXPECT_EQ(secret->kind, KeyKind::kRsaPrivate);
  EXPECT_EQ(secret->rsa_public.exponent, 65537U);
  EXPECT_EQ(KeyOf(pair->public_pem)->rsa_public.modulus, secret->rsa_public.modulus);
}

TEST(KeyFileTest, TakesThirtyTwoBytesForAnHmacKey) {
  const std::string bytes("\x00-----BEGIN 4567890123456789012", 32);
  const auto file = KeyOf(bytes);
  EXPECT_EQ(file->kind, KeyKind::kHmac);
  EXPECT_EQ(ToHex(file->secret.bytes()), ToHex(AsBytes(bytes)));
}

TEST(KeyFileTest, SaysWhyAFileIsNoKey) {
  EXPECT_EQ(FaultOf(kSmallRsaKeyPem), KeyFault::kWrongSize);
  EXPECT_EQ(FaultOf(kP384KeyPem), KeyFault::kWrongCurve);
  EXPECT_EQ(FaultOf(kLockedKeyPem), KeyFault::kNeedsPassphrase);
  EXPECT_EQ(FaultOf(kEd25519KeyPem), KeyFault::kUnsupportedType);
  EXPECT_EQ(FaultOf(kOffCurveKeyPem), KeyFault::kNotAKey);
  EXPECT_EQ(FaultOf(""), KeyFault::kNotAKey);
  EXPECT_EQ(FaultOf("hello"), KeyFault::kNotAKey);
  EXPECT_EQ(FaultOf(std::string(33, 'x')), KeyFault::kNotAKey);
  EXPECT_EQ(FaultOf(kTestRsaKeyPem.substr(0, 900)), KeyFault::kNotAKey);
  std::string damaged(kTestRsaKeyPem);
  damaged[200] = '!';
  EXPECT_EQ(FaultOf(damaged), KeyFault::kNotAKey);
}

}  // namespace
}  // namespace updraft
