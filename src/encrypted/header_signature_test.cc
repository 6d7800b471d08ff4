// SPDX-License-Identifier: Apache-2.0
// Signed headers of encrypted images: the bytes, and what the decryptor makes of
// them before and after the body.
#include "updraft/header_signature.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <memory>
#include <string>
#include <vector>

#include "updraft/encrypted_image.h"

#include "ports/host/crypto_openssl.h"
#include "ports/host/header_signing.h"
#include "ports/host/key_file.h"
#include "src/encrypted/key_wrap.h"
#include "testing/encryption_keys.h"
#include "testing/failing_crypto.h"
#include "testing/hex.h"
#include "testing/memory_sink.h"
#include "testing/recording_observer.h"
#include "testing/test_encryption.h"

namespace updraft {
namespace {

using Buffer = std::vector<std::uint8_t>;

SignatureKey NewKey(SignatureScheme scheme = SignatureScheme::kEcdsaP256) {
  auto key = SignatureKey::Generate(scheme);
  EXPECT_TRUE(key.has_value());
  return std::move(*key);
}

MutableEncryptedHeader HeaderOf(Buffer& file) {
  return MutableEncryptedHeader(file.data(), kEncryptedHeaderSize);
}

// The example of docs/formats.md: the ECIES example, its header signed by the
// P-256 key whose scalar is 1, by another implementation.
TEST(HeaderSignature, VerifiesTheExampleOfTheFormat) {
  OpensslCrypto crypto;
  EncryptedHeader header;
  const auto sender = ArrayFromHex<64>(
      "7cf27b188d034f7e8a52380304b51ac3c08969e277f21b35a60b48fc47669978"
      "07775510db8ed040293d9ac69f7430dbba7dade63ce982299e04b79d227873d1");
  std::copy(sender.begin(), sender.end(), header.key_block.begin());
  for (std::size_t i = 0; i < 32; ++i) header.key_block[64 + i] = static_cast<std::uint8_t>(32 + i);
  for (std::size_t i = 0; i < 16; ++i) header.iv[i] = static_cast<std::uint8_t>(i);
  header.body_size = 18;
  header.tag = ArrayFromHex<16>("5384f9347918ae665ac33bed07184f37");
  Buffer bytes(kEncryptedHeaderSize);
  StoreEncryptedHeader(header, HeaderOf(bytes));
  EXPECT_FALSE(HasHeaderSignature(HeaderOf(bytes)));
  StoreBodyDigest(*Sha256(crypto, AsBytes("Updraft test image")), HeaderOf(bytes));
  EXPECT_EQ(ToHex(Bytes(bytes).subspan(424, 24)),
            "55704101a23b914a527f723dcab7e61f7c8daa73b8c8bd6e");
  EXPECT_EQ(ToHex(*SignedHeaderDigest(crypto, HeaderOf(bytes))),
            "6a042376b2d0eb37fd291ef06cad05505e489d5ae105a77da413c95ae9ec72d6");
  StoreHeaderSignature(
      ArrayFromHex<64>("e9f7bf325e248c5dafc7d5cfe01bbdf84e7e82a17575f8bf99594009064d9870"
                       "bdd2c6f2caf66221b010c5fae4db14bfdf4d4c86fb3eadb491cafa4d03222d2d"),
      HeaderOf(bytes));
  ASSERT_TRUE(HasHeaderSignature(HeaderOf(bytes)));
  HeaderKeys keys;
  std::array<std::uint8_t, kP256ScalarSize> scalar{};
  scalar[31] = 1;
  P256Point generator{};
  ASSERT_EQ(crypto.P256PublicKey(scalar, generator), kOk);
  ASSERT_EQ(keys.Add(generator), kOk);
  EXPECT_EQ(VerifyHeaderSignature(crypto, keys, HeaderOf(bytes)), kOk);
}

TEST(HeaderSignature, IsNoneWithAnotherMagicOrVersion) {
  Buffer bytes(kEncryptedHeaderSize);
  StoreBodyDigest({}, HeaderOf(bytes));
  EXPECT_TRUE(HasHeaderSignature(HeaderOf(bytes)));
  for (std::size_t at = 424; at < 428; ++at) {
    Buffer other = bytes;
    other[at] ^= 2;
    EXPECT_FALSE(HasHeaderSignature(HeaderOf(other))) << at;
  }
}

TEST(HeaderSignature, IsMadeByAPrivateKeyOnP256Only) {
  OpensslCrypto crypto;
  Buffer bytes(kEncryptedHeaderSize);
  for (const auto scheme : {SignatureScheme::kEcdsaP384, SignatureScheme::kEcdsaP192}) {
    const SignatureKey key = NewKey(scheme);
    EXPECT_EQ(SignHeader(crypto, key, {}, HeaderOf(bytes)).code(), Code::kUnsupported);
    EXPECT_EQ(HeaderKeyOf(key).error().code(), Code::kUnsupported);
  }
  const auto half = SignatureKey::FromPem(AsBytes(NewKey().PublicPem()));
  EXPECT_EQ(SignHeader(crypto, *half, {}, HeaderOf(bytes)).code(), Code::kInvalidState);
}

TEST(HeaderKeys, HoldsThree) {
  HeaderKeys keys;
  EXPECT_TRUE(keys.empty());
  for (int i = 0; i < 3; ++i) EXPECT_EQ(keys.Add({}), kOk);
  EXPECT_EQ(keys.Add({}).code(), Code::kNoSpace);
  EXPECT_EQ(keys.keys().size(), 3U);
}

class SignedHeaderTest : public testing::TestWithParam<EncryptionScheme> {
 protected:
  SignedHeaderTest() {
    for (std::size_t i = 0; i < plain_.size(); ++i) plain_[i] = static_cast<std::uint8_t>(i * 7);
    file_ = GetParam() == EncryptionScheme::kRsa3072
                ? EncryptForTest(crypto_, rsa_->rsa_public, plain_)
                : EncryptForTest(crypto_, ec_->point, plain_);
    Sign(file_, plain_);
    Trust(signer_);
  }

  static std::unique_ptr<KeyFile> Key(std::string_view pem) {
    return std::move(std::get<0>(ParseKeyFile(AsBytes(pem))));
  }

  void Sign(Buffer& file, const Buffer& body) {
    ASSERT_EQ(SignHeader(crypto_, signer_, *Sha256(crypto_, body), HeaderOf(file)), kOk);
  }
  void Trust(const SignatureKey& key) { ASSERT_EQ(trust_.keys.Add(*HeaderKeyOf(key)), kOk); }

  Status Decrypt(const Buffer& file, std::size_t chunk = SIZE_MAX) {
    observer_.Clear();
    sink_.emplace();
    Buffer work(kEncryptedHeaderSize);
    Decryptor decryptor(crypto_, {rsa_->rsa_private.get(), &scalar_}, {.trust = trust_}, *sink_,
                        work, observer_);
    Status status = kOk;
    for (Bytes rest(file); status.ok() && !rest.empty();) {
      const std::size_t some = std::min(rest.size(), chunk);
      status = decryptor.Write(rest.first(some));
      rest = rest.subspan(some);
    }
    return status.ok() ? decryptor.Finish() : status;
  }

  // Nothing of the body was decrypted.
  void ExpectRefusedAtTheHeader(const Buffer& file, std::string_view found) {
    EXPECT_EQ(Decrypt(file), Status(Code::kBadSignature, Stage::kEncrypted));
    EXPECT_EQ(observer_.failed_reasons(), "header_signature_bad");
    EXPECT_EQ(observer_.Find(Check::kHeaderSignature)->found.text, found);
    EXPECT_TRUE(sink_->bytes().empty());
    EXPECT_FALSE(sink_->finished());
  }

  // As somebody who decrypts for a living, or has stolen the key.
  Buffer AesKey() {
    const EncryptedHeader header = ParseEncryptedHeader(HeaderOf(file_));
    Buffer key(kAes256KeySize);
    const auto out = std::span<std::uint8_t, kAes256KeySize>(key.data(), key.size());
    EXPECT_EQ(GetParam() == EncryptionScheme::kRsa3072
                  ? UnwrapRsa(*rsa_->rsa_private, crypto_, header.key_block, out)
                  : UnwrapEcies(scalar_, crypto_, header.key_block, out),
              kOk);
    return key;
  }

  OpensslCrypto crypto_;
  RecordingObserver observer_;
  std::unique_ptr<KeyFile> rsa_ = Key(kTestRsaKeyPem);
  std::unique_ptr<KeyFile> ec_ = Key(kTestEcKeyPem);
  ScalarKey scalar_{crypto_, ec_->secret.bytes().first<kP256ScalarSize>()};
  SignatureKey signer_ = NewKey();
  HeaderTrust trust_{.demanded = true};
  Buffer plain_ = Buffer(333);
  Buffer file_;
  std::optional<MemorySink> sink_;
};

TEST_P(SignedHeaderTest, OpensWhatATrustedKeySignedInAnyChunking) {
  for (const std::size_t chunk : {SIZE_MAX, std::size_t{1}, std::size_t{100}, std::size_t{513}}) {
    EXPECT_EQ(Decrypt(file_, chunk), kOk) << chunk;
    EXPECT_EQ(sink_->bytes(), plain_);
    EXPECT_TRUE(observer_.Find(Check::kHeaderSignature)->passed);
  }
}

TEST_P(SignedHeaderTest, TakesAnyOfItsKeys) {
  trust_.keys = {};
  Trust(NewKey());
  Trust(signer_);
  EXPECT_EQ(Decrypt(file_), kOk);
}

TEST_P(SignedHeaderTest, RefusesTheKeyOfSomebodyElse) {
  trust_.keys = {};
  Trust(NewKey());
  ExpectRefusedAtTheHeader(file_, "another signer, or a header that was changed");
  trust_.demanded = false;
  ExpectRefusedAtTheHeader(file_, "another signer, or a header that was changed");
}

TEST_P(SignedHeaderTest, RefusesAKeyThatIsNoPoint) {
  trust_.keys = {};
  ASSERT_EQ(trust_.keys.Add({}), kOk);
  ExpectRefusedAtTheHeader(file_, "another signer, or a header that was changed");
}

// The size is judged before, where it cannot be right; without a size there is none
// to judge, so the four bytes of it count too.
TEST_P(SignedHeaderTest, RefusesAChangeOfAnyByteOfTheHeaderBeforeTheBody) {
  for (std::size_t at = 4; at < kEncryptedHeaderSize; ++at) {
    for (const int change : {1, 0x80, 0xFF}) {
      Buffer forged = file_;
      forged[at] = static_cast<std::uint8_t>(forged[at] ^ change);
      const bool is_block_magic = at >= 424 && at < 428;
      ExpectRefusedAtTheHeader(forged, is_block_magic
                                           ? "a header that is not signed"
                                           : "another signer, or a header that was changed");
    }
  }
}

TEST_P(SignedHeaderTest, RefusesAHeaderWithoutASignatureWhereOneIsDemanded) {
  std::fill(file_.begin() + 424, file_.begin() + 512, std::uint8_t{0});
  ExpectRefusedAtTheHeader(file_, "a header that is not signed");
  trust_.demanded = false;
  EXPECT_EQ(Decrypt(file_), kOk) << "reserved bytes that say nothing";
  EXPECT_FALSE(observer_.Find(Check::kHeaderSignature).has_value());
}

TEST_P(SignedHeaderTest, RefusesEverythingWhereOneIsDemandedAndNobodyIsTrusted) {
  trust_.keys = {};
  ExpectRefusedAtTheHeader(file_, "none on this device");
  trust_.demanded = false;
  EXPECT_EQ(Decrypt(file_), kOk) << "as a device that knows nothing of signed headers";
}

TEST_P(SignedHeaderTest, RefusesABodyThatTheTagTakesForTheSame) {
  const Buffer key = AesKey();
  const Buffer forged = ForgeBody(
      crypto_, std::span<const std::uint8_t, kAes256KeySize>(key.data(), key.size()), file_, 64);
  ASSERT_NE(forged, file_);
  EXPECT_EQ(Decrypt(forged), Status(Code::kBadSignature, Stage::kEncrypted));
  EXPECT_EQ(observer_.failed_reasons(), "header_signature_bad");
  EXPECT_TRUE(observer_.Find(Check::kAuthenticationTag)->passed);
  EXPECT_FALSE(sink_->finished());
  trust_ = {};
  EXPECT_EQ(Decrypt(forged), kOk) << "the tag alone does not tell";
}

TEST_P(SignedHeaderTest, RefusesAHeaderThatWasSignedForAnotherBody) {
  Buffer other = plain_;
  other[0] ^= 1;
  Sign(file_, other);
  EXPECT_EQ(Decrypt(file_).code(), Code::kBadSignature);
  EXPECT_EQ(observer_.Find(Check::kHeaderSignature)->found.text, "another body");
  EXPECT_FALSE(sink_->finished());
}

TEST_P(SignedHeaderTest, PassesOnEveryFailureOfTheCryptoAndEndsWhatRuns) {
  FailingCrypto failing(crypto_);
  const auto run = [&] {
    MemorySink sink;
    Buffer work(1024);
    Decryptor decryptor(failing, {rsa_->rsa_private.get(), &scalar_}, {.trust = trust_}, sink,
                        work);
    const Status status = decryptor.Write(file_);
    return status.ok() ? decryptor.Finish() : status;
  };
  failing.FailCall(0);
  ASSERT_EQ(run(), kOk);
  const std::uint64_t calls = failing.calls();
  for (std::uint64_t call = 1; call <= calls; ++call) {
    failing.FailCall(call);
    EXPECT_FALSE(run().ok()) << call;
    EXPECT_EQ(failing.running_ciphers(), 0) << call;
    EXPECT_EQ(failing.running_hashes(), 0) << call;
  }
}

INSTANTIATE_TEST_SUITE_P(Schemes, SignedHeaderTest,
                         testing::Values(EncryptionScheme::kRsa3072, EncryptionScheme::kEciesP256),
                         [](const auto& scheme) {
                           return scheme.param == EncryptionScheme::kRsa3072 ? "Rsa" : "Ecies";
                         });

}  // namespace
}  // namespace updraft
