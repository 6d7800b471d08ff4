// SPDX-License-Identifier: Apache-2.0
// Updates whose image is encrypted, by RSA and by ECIES, into the same device
// that takes plain ones: what is refused before the first erase, what leaves a
// slot without a head, and that any chunking stores the same.
#include <gtest/gtest.h>

#include <random>
#include <vector>

#include "updraft/encrypted_image.h"
#include "updraft/update.h"

#include "ports/host/crypto_openssl.h"
#include "ports/host/header_signing.h"
#include "ports/host/key_file.h"
#include "src/encrypted/key_wrap.h"
#include "testing/encryption_keys.h"
#include "testing/memory_source.h"
#include "testing/recording_observer.h"
#include "testing/test_device.h"
#include "testing/test_encryption.h"
#include "testing/test_image.h"

namespace updraft {
namespace {

using Image = std::vector<std::uint8_t>;

std::unique_ptr<KeyFile> Key(std::string_view pem) {
  return std::move(std::get<0>(ParseKeyFile(AsBytes(pem))));
}

class EncryptedUpdate : public testing::TestWithParam<EncryptionScheme> {
 protected:
  EncryptedUpdate() { EncryptedUpdate::Reset(); }

  virtual void Reset() {
    device_.emplace(crypto_);
    device_->Install("ota_0", TestImage{.version = "1.0.0"}.Build(crypto_));
    device_->SetRunning("ota_0");
    before_ = Image(device_->flash().bytes().begin(), device_->flash().bytes().end());
  }

  Image Encrypt(const Image& plain) {
    return GetParam() == EncryptionScheme::kRsa3072
               ? EncryptForTest(crypto_, rsa_->rsa_public, plain)
               : EncryptForTest(crypto_, ec_->point, plain);
  }

  UpdateOptions Options() {
    return {.buffer = buffer_,
            .proof_buffer = GetParam() == EncryptionScheme::kRsa3072 ? MutableBytes(proof_buffer_)
                                                                     : MutableBytes{},
            .slot = std::nullopt,
            .judge = judge_,
            .keys = keys_};
  }

  Status Run(MemorySource source) {
    observer_.Clear();
    Update update(device_->device(), source, Options(), observer_);
    return update.Run();
  }

  void ExpectUntouched(MemorySource source, std::string_view reason) {
    Reset();
    EXPECT_FALSE(Run(std::move(source)).ok());
    EXPECT_EQ(observer_.failed_reasons(), reason);
    EXPECT_EQ(device_->flash().counts().erases + device_->flash().counts().programs, 0U);
    EXPECT_TRUE(std::equal(before_.begin(), before_.end(), device_->flash().bytes().begin()));
  }

  void ExpectNoImage(MemorySource source, std::string_view reason) {
    Reset();
    EXPECT_FALSE(Run(std::move(source)).ok());
    EXPECT_EQ(observer_.failed_reasons(), reason);
    const Partition passive = device_->Find("ota_1");
    const auto bytes = device_->flash().bytes();
    for (std::size_t i = 0; i < 32; ++i) EXPECT_EQ(bytes[passive.offset + i], 0xFF);
    EXPECT_TRUE(std::equal(before_.begin(),
                           before_.begin() + static_cast<std::ptrdiff_t>(passive.offset),
                           bytes.begin()));
  }

  bool Holds(const Image& image) {
    const Partition slot = device_->Find("ota_1");
    return std::equal(image.begin(), image.end(),
                      device_->flash().bytes().begin() + static_cast<std::ptrdiff_t>(slot.offset));
  }

  OpensslCrypto crypto_;
  RecordingObserver observer_;
  std::unique_ptr<KeyFile> rsa_ = Key(kTestRsaKeyPem);
  std::unique_ptr<KeyFile> ec_ = Key(kTestEcKeyPem);
  ScalarKey scalar_{crypto_, ec_->secret.bytes().first<kP256ScalarSize>()};
  DecryptionKeys keys_{rsa_->rsa_private.get(), &scalar_};
  DescriptionJudge* judge_ = nullptr;
  Image new_ = TestImage{.version = "2.0.0"}.WithRamSegment(20000).Build(crypto_);
  Image before_;
  Image buffer_ = Image(kMinimumUpdateBuffer);
  Image proof_buffer_ = Image(1024);
  std::optional<TestDevice> device_;
};

TEST_P(EncryptedUpdate, StoresAndSelectsTheDecryptedImage) {
  const Image file = Encrypt(new_);
  ASSERT_EQ(Run(MemorySource(file)), kOk);
  EXPECT_TRUE(Holds(new_));
  EXPECT_EQ(Slots::Open(device_->device())->Selected()->label(), "ota_1");
  EXPECT_EQ(observer_.progress().back().received, file.size());
  EXPECT_EQ(observer_.progress().back().total, file.size());
  EXPECT_EQ(observer_.progress().back().written, new_.size());
}

TEST_P(EncryptedUpdate, TakesAPlainImageToo) {
  ASSERT_EQ(Run(MemorySource(new_)), kOk);
  EXPECT_TRUE(Holds(new_));
}

TEST_P(EncryptedUpdate, StoresTheSameForEveryChunking) {
  const Image file = Encrypt(new_);
  for (const std::size_t chunk : {1U, 7U, 16U, 511U, 512U, 513U, 799U, 800U, 801U, 1024U}) {
    Reset();
    ASSERT_EQ(Run(MemorySource(file, chunk)), kOk) << chunk;
    EXPECT_TRUE(Holds(new_)) << chunk;
  }
  std::mt19937 random(1);
  Reset();
  ASSERT_EQ(Run(MemorySource(file, [&] { return 1 + random() % 700; })), kOk);
  EXPECT_TRUE(Holds(new_));
}

TEST_P(EncryptedUpdate, SplitsAnywhereInTheFirst900Bytes) {
  new_ = TestImage{.version = "2.0.0"}.Build(crypto_);
  const Image file = Encrypt(new_);
  for (std::size_t split = 1; split <= 900; ++split) {
    Reset();
    bool first = true;
    ASSERT_EQ(Run(MemorySource(file, [&] { return std::exchange(first, false) ? split : 4096; })),
              kOk)
        << split;
    EXPECT_TRUE(Holds(new_)) << split;
  }
}

TEST_P(EncryptedUpdate, DoesNotNeedToKnowTheLengthBefore) {
  ASSERT_EQ(Run(MemorySource(Encrypt(new_), SIZE_MAX, false)), kOk);
  EXPECT_TRUE(Holds(new_));
}

TEST_P(EncryptedUpdate, RefusesBeforeTheFirstEraseWhatTheDecryptedHeaderTells) {
  const Image wrong_chip = Encrypt(TestImage{.chip_id = 9}.Build(crypto_));
  ExpectUntouched(MemorySource(wrong_chip), "bad_chip_id");
  EXPECT_LE(observer_.progress().size(), 3U) << "reads of 1 KiB: at most 4 KiB of download";
  ExpectUntouched(MemorySource(wrong_chip, 1), "bad_chip_id");
  ExpectUntouched(MemorySource(Encrypt(TestImage{.minimum_revision = 100}.Build(crypto_))),
                  "chip_rev_too_low");
}

TEST_P(EncryptedUpdate, AsksTheJudgeBeforeTheFirstErase) {
  class Refuser final : public DescriptionJudge {
   public:
    Status JudgeOffer(const AppDescription& offered, Observer& observer) override {
      return Judge(
          observer, Stage::kUpdate, Code::kDowngrade,
          {Check::kVersionPolicy, false, Value::Text("not 2.0.0"), Value::Text(offered.version())});
    }
  } refuser;
  judge_ = &refuser;
  ExpectUntouched(MemorySource(Encrypt(new_)), "version_refused");
}

TEST_P(EncryptedUpdate, TellsTheOfferBeforeItIsWhole) {
  MemorySource source(Encrypt(new_));
  AppDescription offered;
  UpdateOptions options = Options();
  options.offered = &offered;
  Update update(device_->device(), source, options, observer_);
  ASSERT_EQ(update.Open(), kOk);
  EXPECT_EQ(update.offered(), nullptr);
  ASSERT_TRUE(update.Step().has_value());
  ASSERT_NE(update.offered(), nullptr);
  EXPECT_EQ(update.offered()->version(), "2.0.0");
}

TEST_P(EncryptedUpdate, SaysThatThereIsNoKey) {
  keys_ = {};
  ExpectUntouched(MemorySource(Encrypt(new_)), "key_missing");
}

TEST_P(EncryptedUpdate, SaysThatTheKeyIsAnother) {
  // The keys of these tests do not change: nor does the first byte that comes out.
  const auto other = Key(kOtherRsaKeyPem);
  ScalarKey other_scalar(crypto_, std::array<std::uint8_t, kP256ScalarSize>{1});
  keys_ = {other->rsa_private.get(), &other_scalar};
  Image file = Encrypt(new_);
  Reset();
  const Status status = Run(MemorySource(file));
  EXPECT_FALSE(status.ok());
  EXPECT_EQ(device_->flash().counts().erases, 0U);
  // One key in 256 makes an E9 of the first byte; then the header is nonsense.
  if (observer_.failed_reasons() != "key_mismatch") {
    EXPECT_FALSE(observer_.failed_reasons().empty());
    EXPECT_NE(observer_.failed_reasons(), "bad_tag");
  }
}

TEST_P(EncryptedUpdate, LeavesNoHeadWhenTheTagIsBad) {
  Image file = Encrypt(new_);
  file[408] ^= 1;
  ExpectNoImage(MemorySource(file), "bad_tag");
}

// Bytes behind the image are stored too, but only the tag tells that they changed.
TEST_P(EncryptedUpdate, LeavesNoHeadWhenOnlyTheTagCanTell) {
  Image longer = new_;
  longer.resize(longer.size() + 100, 0x5A);
  Image file = Encrypt(longer);
  ASSERT_EQ(Run(MemorySource(file)), kOk);
  file.back() ^= 1;
  ExpectNoImage(MemorySource(file), "bad_tag");
}

TEST_P(EncryptedUpdate, RefusesALengthThatIsNotTheHeaders) {
  const Image file = Encrypt(new_);
  Image shorter = file;
  shorter.pop_back();
  Image longer = file;
  longer.push_back(0);
  ExpectUntouched(MemorySource(shorter), "length_mismatch");
  ExpectUntouched(MemorySource(longer), "length_mismatch");
  ExpectNoImage(MemorySource(shorter, SIZE_MAX, false), "length_mismatch");
  ExpectNoImage(MemorySource(longer, SIZE_MAX, false), "length_mismatch");
}

TEST_P(EncryptedUpdate, RefusesAFileThatEndsInItsHeader) {
  const Image file = Encrypt(new_);
  for (const std::size_t size : {1U, 3U, 4U, 388U, 511U}) {
    const Image cut(file.begin(), file.begin() + static_cast<std::ptrdiff_t>(size));
    ExpectUntouched(MemorySource(cut), "length_mismatch");
  }
  ExpectUntouched(MemorySource(Encrypt({})), "truncated");
}

TEST_P(EncryptedUpdate, TakesAnImageThatJustFitsTheSlot) {
  Image full = new_;
  full.resize(0x20000, 0x5A);
  ASSERT_EQ(Run(MemorySource(Encrypt(full))), kOk);
  EXPECT_TRUE(Holds(full));
  full.push_back(0);
  ExpectUntouched(MemorySource(Encrypt(full)), "image_too_large");
  ExpectUntouched(MemorySource(Encrypt(full), SIZE_MAX, false), "image_too_large");
  ExpectUntouched(MemorySource(full), "image_too_large");
}

class SignedHeaderUpdate : public EncryptedUpdate {
 protected:
  SignedHeaderUpdate() {
    // Bytes behind the image: whoever changes them breaks no checksum and no hash.
    offered_ = new_;
    offered_.resize(AlignUp(offered_.size(), 16) + 100, 0x5A);
    file_ = Encrypt(offered_);
    EXPECT_EQ(SignHeader(crypto_, signer_, *Sha256(crypto_, offered_), HeaderOf(file_)), kOk);
  }

  static MutableEncryptedHeader HeaderOf(Image& file) {
    return MutableEncryptedHeader(file.data(), kEncryptedHeaderSize);
  }

  static SignatureKey NewKey(SignatureScheme scheme = SignatureScheme::kEcdsaP256) {
    auto key = SignatureKey::Generate(scheme);
    EXPECT_TRUE(key.has_value());
    return std::move(*key);
  }

  // Before each run: the device is made anew.
  void Reset() override {
    EncryptedUpdate::Reset();
    device_->device().policy.signed_header = true;
    const auto key = HeaderKeyOf(signer_);
    if (configured_ && !device_->device().header_keys.Add(*key).ok()) FAIL();
  }

  Image ImageSigned(const Image& image, const SignatureKey& key) {
    auto signing = ImageSigning::Open(image, ImageSigning::Existing::kRefuse, crypto_);
    EXPECT_TRUE(signing->Add(key).ok());
    return signing->Finish();
  }

  // What runs, signed by these keys.
  void InstallSigned(std::vector<const SignatureKey*> keys) {
    const Image running = TestImage{.version = "1.0.0"}.Build(crypto_);
    auto signing = ImageSigning::Open(running, ImageSigning::Existing::kRefuse, crypto_);
    for (const SignatureKey* key : keys) EXPECT_TRUE(signing->Add(*key).ok());
    device_->Install("ota_0", signing->Finish());
  }

  void TrustInEfuse(std::size_t slot, const SignatureKey& key) {
    const auto digest = KeyDigest(crypto_, key.block_key());
    ASSERT_EQ(device_->device().trusted_keys.Set(slot, *digest), kOk);
  }

  Image AesKey() {
    const EncryptedHeader header = ParseEncryptedHeader(HeaderOf(file_));
    Image key(kAes256KeySize);
    const auto out = std::span<std::uint8_t, kAes256KeySize>(key.data(), key.size());
    EXPECT_EQ(GetParam() == EncryptionScheme::kRsa3072
                  ? UnwrapRsa(*rsa_->rsa_private, crypto_, header.key_block, out)
                  : UnwrapEcies(scalar_, crypto_, header.key_block, out),
              kOk);
    return key;
  }

  bool configured_ = true;
  SignatureKey signer_ = NewKey();
  Image offered_;
  Image file_;
};

TEST_P(SignedHeaderUpdate, InstallsWhatATrustedKeySigned) {
  Reset();
  ASSERT_EQ(Run(MemorySource(file_, 700)), kOk);
  EXPECT_TRUE(Holds(offered_));
  EXPECT_EQ(Slots::Open(device_->device())->Selected()->label(), "ota_1");
}

TEST_P(SignedHeaderUpdate, RefusesAForgedHeaderBeforeTheFirstErase) {
  for (const std::size_t at : {4U, 387U, 388U, 408U, 423U, 428U, 447U, 448U, 511U}) {
    Image forged = file_;
    forged[at] ^= 1;
    ExpectUntouched(MemorySource(forged), "header_signature_bad");
    ExpectUntouched(MemorySource(forged, 1, false), "header_signature_bad");
  }
}

TEST_P(SignedHeaderUpdate, RefusesWhatIsNotSignedOrNotEncryptedBeforeTheFirstErase) {
  ExpectUntouched(MemorySource(Encrypt(new_)), "header_signature_bad");
  ExpectUntouched(MemorySource(new_), "header_signature_bad");
}

// The tag is right, all that the image proves about itself is right: the body is
// another one all the same.
TEST_P(SignedHeaderUpdate, LeavesNoHeadWhenTheBodyIsNotTheSignedOne) {
  const Image key = AesKey();
  const Image forged =
      ForgeBody(crypto_, std::span<const std::uint8_t, kAes256KeySize>(key.data(), key.size()),
                file_, AlignUp(new_.size(), 16) + 16);
  ExpectNoImage(MemorySource(forged), "header_signature_bad");
  EXPECT_EQ(Slots::Open(device_->device())->Selected()->label(), "ota_0");
  Reset();
  device_->device().policy.signed_header = false;
  device_->device().header_keys = {};
  EXPECT_EQ(Run(MemorySource(forged)), kOk) << "without the signature nothing tells";
}

TEST_P(SignedHeaderUpdate, TakesATrustedP256KeyOfTheRunningImage) {
  configured_ = false;
  const SignatureKey other = NewKey();
  const SignatureKey rsa = std::move(*SignatureKey::FromPem(AsBytes(kTestRsaKeyPem)));
  device_->device().chip.family = FindChip("esp32c3");
  Reset();
  InstallSigned({&rsa, &other, &signer_});
  TrustInEfuse(0, rsa);
  TrustInEfuse(1, signer_);
  EXPECT_EQ(Run(MemorySource(file_)), kOk);
  Reset();
  InstallSigned({&rsa, &other, &signer_});
  TrustInEfuse(0, rsa);
  TrustInEfuse(1, other);
  EXPECT_EQ(Run(MemorySource(file_)).code(), Code::kBadSignature);
  Reset();
  InstallSigned({&signer_});
  TrustInEfuse(0, signer_);
  ASSERT_EQ(device_->device().trusted_keys.Revoke(0), kOk);
  EXPECT_EQ(Run(MemorySource(file_)).code(), Code::kBadSignature) << "revoked";
  EXPECT_EQ(observer_.Find(Check::kHeaderSignature)->found.text, "none on this device");
}

TEST_P(SignedHeaderUpdate, TakesTheSignerOfTheRunningImageWhereThatIsWhoIsTrusted) {
  configured_ = false;
  offered_ = ImageSigned(new_, signer_);
  file_ = Encrypt(offered_);
  ASSERT_EQ(SignHeader(crypto_, signer_, *Sha256(crypto_, offered_), HeaderOf(file_)), kOk);
  Reset();
  device_->device().policy.signature = SignaturePolicy::kOnUpdate;
  InstallSigned({&signer_});
  EXPECT_EQ(Run(MemorySource(file_)), kOk);
  Reset();
  InstallSigned({&signer_});
  EXPECT_EQ(Run(MemorySource(file_)).code(), Code::kBadSignature)
      << "without a policy the signature of what runs means nothing";
}

TEST_P(SignedHeaderUpdate, RefusesEverythingWhileItHasNoKey) {
  configured_ = false;
  ExpectUntouched(MemorySource(file_), "header_signature_bad");
  EXPECT_EQ(observer_.Find(Check::kHeaderSignature)->found.text, "none on this device");
}

INSTANTIATE_TEST_SUITE_P(Schemes, SignedHeaderUpdate,
                         testing::Values(EncryptionScheme::kRsa3072, EncryptionScheme::kEciesP256),
                         [](const auto& scheme) {
                           return scheme.param == EncryptionScheme::kRsa3072 ? "Rsa" : "Ecies";
                         });

INSTANTIATE_TEST_SUITE_P(Schemes, EncryptedUpdate,
                         testing::Values(EncryptionScheme::kRsa3072, EncryptionScheme::kEciesP256),
                         [](const auto& scheme) {
                           return scheme.param == EncryptionScheme::kRsa3072 ? "Rsa" : "Ecies";
                         });

}  // namespace
}  // namespace updraft
