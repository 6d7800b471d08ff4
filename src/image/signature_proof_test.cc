// SPDX-License-Identifier: Apache-2.0
// The proof of signed images as they lie in flash: who is trusted, what was
// changed, what is missing. Keys are made once for all tests.
#include <gtest/gtest.h>

#include <functional>
#include <string>
#include <vector>

#include "ports/host/crypto_openssl.h"
#include "ports/host/signer_openssl.h"
#include "src/image/image_gate.h"
#include "src/image/slot_proof.h"
#include "testing/encryption_keys.h"
#include "testing/failing_crypto.h"
#include "testing/ram_flash.h"
#include "testing/recording_observer.h"
#include "testing/test_device.h"
#include "testing/test_image.h"

namespace updraft {
namespace {

using Image = std::vector<std::uint8_t>;
using Scheme = SignatureScheme;

constexpr std::uint64_t kSlotOffset = 0x10000;
constexpr std::uint64_t kSlotSize = 0x20000;

const SignatureKey& KeyNumber(Scheme scheme, std::size_t number) {
  static std::vector<std::pair<std::pair<Scheme, std::size_t>, SignatureKey>> keys = [] {
    std::vector<std::pair<std::pair<Scheme, std::size_t>, SignatureKey>> made;
    made.reserve(16);
    return made;
  }();
  for (const auto& [name, key] : keys) {
    if (name == std::pair(scheme, number)) return key;
  }
  auto key = scheme == Scheme::kRsa3072
                 ? SignatureKey::FromPem(AsBytes(number == 0 ? kTestRsaKeyPem : kOtherRsaKeyPem))
                 : SignatureKey::Generate(scheme);
  EXPECT_TRUE(key.has_value());
  return keys.emplace_back(std::pair(scheme, number), std::move(*key)).second;
}

class SignatureProofTest : public testing::Test {
 protected:
  SignatureProofTest() {
    rules_.chip.family = FindChip("esp32c3");
    rules_.chip.revision = 4;
    rules_.chip.efuse_block_revision = 100;
    rules_.flash_offset = kSlotOffset;
    rules_.slot_size = kSlotSize;
    rules_.signature.emplace();
  }

  SignatureKey const& key(std::size_t number, Scheme scheme = Scheme::kEcdsaP256) {
    return KeyNumber(scheme, number);
  }

  Sha256Digest DigestOf(const SignatureKey& key) { return *KeyDigest(crypto_, key.block_key()); }

  void Trust(std::size_t slot, const SignatureKey& key) {
    ASSERT_TRUE(rules_.signature->trusted.Set(slot, DigestOf(key)).ok());
  }

  Image Sign(const Image& image, std::vector<const SignatureKey*> keys) {
    auto signing = ImageSigning::Open(image, ImageSigning::Existing::kKeep, crypto_);
    EXPECT_TRUE(signing.has_value());
    for (const SignatureKey* key : keys) EXPECT_TRUE(signing->Add(*key).ok());
    return signing->Finish();
  }

  // "" when accepted, else the reasons.
  std::string Judge(const Image& image, std::size_t buffer_size = 4096) {
    observer_.Clear();
    RamFlash flash({.size = kSlotOffset + kSlotSize});
    flash.Load(kSlotOffset, image);
    Image buffer(buffer_size);
    const auto facts = ProveSlot(flash, rules_, crypto_, buffer, observer_);
    status_ = facts.error();
    length_ = facts.has_value() ? facts->length : 0;
    EXPECT_EQ(facts.has_value(), observer_.failed().empty());
    return observer_.failed_reasons();
  }

  std::string JudgeEdited(Image image, const std::function<void(Image&)>& edit) {
    edit(image);
    return Judge(image);
  }

  std::string FoundSignature() { return observer_.Find(Check::kSignatureTrusted)->found.text; }

  static void RepairCrc(std::uint8_t* block) { StoreLe32(block + 1196, Crc32(Bytes(block, 1196))); }

  OpensslCrypto crypto_;
  RecordingObserver observer_;
  ImageRules rules_;
  Status status_;
  std::uint64_t length_ = 0;
  Image plain_ = TestImage{}.WithRamSegment(5000).Build(crypto_);  // 6016 bytes
  const std::size_t sector_ = 8192;
};

TEST_F(SignatureProofTest, AcceptsEveryScheme) {
  for (const Scheme scheme :
       {Scheme::kRsa3072, Scheme::kEcdsaP192, Scheme::kEcdsaP256, Scheme::kEcdsaP384}) {
    const Image image = Sign(plain_, {&key(0, scheme)});
    ASSERT_EQ(image.size(), sector_ + 4096);
    rules_.signature.emplace();
    Trust(0, key(0, scheme));
    EXPECT_EQ(Judge(image), "") << SignatureSchemeName(scheme);
    EXPECT_EQ(length_, image.size());
    rules_.signature.emplace();
    Trust(0, key(1, scheme));
    EXPECT_EQ(Judge(image), "signature_untrusted") << SignatureSchemeName(scheme);
    EXPECT_EQ(status_.code(), Code::kBadSignature);
  }
}

TEST_F(SignatureProofTest, GivesTheSameVerdictForEverySizeOfARead) {
  const Image p256 = Sign(plain_, {&key(0)});
  const Image p384 = Sign(plain_, {&key(0, Scheme::kEcdsaP384)});
  Trust(0, key(0));
  Trust(1, key(0, Scheme::kEcdsaP384));
  for (const std::size_t size : {16U, 31U, 512U, 1000U, 1216U, 4095U, 4096U, 8192U, 65536U}) {
    EXPECT_EQ(Judge(p256, size), "") << size;
    EXPECT_EQ(Judge(p384, size), "") << size;
  }
}

TEST_F(SignatureProofTest, ReadsTheImageTwiceForP384Only) {
  const auto bytes_read = [&](const Image& image) {
    RamFlash flash({.size = kSlotOffset + kSlotSize});
    flash.Load(kSlotOffset, image);
    Image buffer(4096);
    EXPECT_TRUE(ProveSlot(flash, rules_, crypto_, buffer, observer_).has_value());
    std::uint64_t read = 0;
    for (const auto& operation : flash.log()) read += operation.length;
    return read;
  };
  Trust(0, key(0));
  Trust(1, key(0, Scheme::kEcdsaP384));
  EXPECT_EQ(bytes_read(Sign(plain_, {&key(0)})), sector_ + 4096);
  EXPECT_EQ(bytes_read(Sign(plain_, {&key(0, Scheme::kEcdsaP384)})), 2 * (sector_ + 4096));
  // A P-256 block that fits makes the second pass needless.
  EXPECT_EQ(bytes_read(Sign(plain_, {&key(0, Scheme::kEcdsaP384), &key(0)})), sector_ + 4096);
}

TEST_F(SignatureProofTest, TakesAnImageThatNeedsNoPaddingAndOneThatIsAllPadding) {
  Trust(0, key(0));
  for (std::size_t rest = 0; rest < 4096 + 64; rest += 16) {
    const Image image = TestImage{}.WithRamSegment(3000 + rest).Build(crypto_);
    const Image with_sector = Sign(image, {&key(0)});
    EXPECT_EQ(Judge(with_sector), "") << rest;
    EXPECT_EQ(length_, AlignUp(image.size(), 4096) + 4096);
  }
}

TEST_F(SignatureProofTest, TakesAnImageWithoutAHashOfItsOwn) {
  TestImage image;
  image.hash_appended = false;
  const Image file = Sign(image.Build(crypto_), {&key(0)});
  Trust(0, key(0));
  EXPECT_EQ(Judge(file), "");
  EXPECT_EQ(JudgeEdited(file, [](Image& i) { i[8] ^= 1; }), "signature_untrusted");
}

TEST_F(SignatureProofTest, DoesNotCompareTheHashOfASignedImage) {
  Image odd = plain_;
  odd.back() ^= 1;
  Trust(0, key(0));
  EXPECT_EQ(Judge(Sign(odd, {&key(0)})), "") << "as ESP-IDF: the signature covers the hash";
}

TEST_F(SignatureProofTest, RefusesAnImageChangedAfterItWasSigned) {
  const Image good = Sign(plain_, {&key(0)});
  Trust(0, key(0));
  for (std::size_t at = 0; at < sector_; at += 7) {
    Image bad = good;
    bad[at] ^= 0x20;
    EXPECT_NE(Judge(bad), "") << at;
  }
  EXPECT_EQ(JudgeEdited(good, [](Image& i) { i[9] ^= 1; }), "signature_untrusted");
  EXPECT_EQ(FoundSignature(), "an image that is damaged, its own SHA-256 is wrong");
  EXPECT_EQ(JudgeEdited(good, [&](Image& i) { i[sector_ - 1] = 0; }), "signature_untrusted");
  EXPECT_NE(FoundSignature().find("changed after it was signed"), std::string::npos);
}

TEST_F(SignatureProofTest, RefusesEachChangedByteOfABlock) {
  for (const Scheme scheme :
       {Scheme::kRsa3072, Scheme::kEcdsaP192, Scheme::kEcdsaP256, Scheme::kEcdsaP384}) {
    const Image good = Sign(plain_, {&key(0, scheme)});
    rules_.signature.emplace();
    Trust(0, key(0, scheme));
    for (std::size_t at = 0; at < 1200; ++at) {
      Image bad = good;
      bad[sector_ + at] ^= 0x01;
      EXPECT_EQ(Judge(bad), "signature_missing") << at;
    }
  }
}

// The CRC is right again: now each byte must count for itself. ESP-IDF reads
// neither the stored digest nor what is unused.
TEST_F(SignatureProofTest, RefusesEachChangedByteOfABlockWithItsCrcRepaired) {
  struct Case {
    Scheme scheme;
    std::size_t digest_end;
    std::size_t used_end;
  };
  for (const Case& each : {Case{Scheme::kRsa3072, 36, 1196}, Case{Scheme::kEcdsaP256, 36, 165},
                           Case{Scheme::kEcdsaP192, 36, 149}, Case{Scheme::kEcdsaP384, 52, 245}}) {
    const Image good = Sign(plain_, {&key(0, each.scheme)});
    rules_.signature.emplace();
    Trust(0, key(0, each.scheme));
    for (std::size_t at = 0; at < 1196; ++at) {
      Image bad = good;
      bad[sector_ + at] ^= 0x01;
      RepairCrc(&bad[sector_]);
      const bool ignored = (at >= 4 && at < each.digest_end) || at == 3 || at >= each.used_end ||
                           (at == 2 && each.scheme == Scheme::kRsa3072);
      EXPECT_EQ(Judge(bad).empty(), ignored) << SignatureSchemeName(each.scheme) << " " << at;
    }
  }
}

TEST_F(SignatureProofTest, NamesAWrongSignatureWithTheRightCrc) {
  Image bad = Sign(plain_, {&key(0)});
  bad[sector_ + 101] ^= 1;
  RepairCrc(&bad[sector_]);
  Trust(0, key(0));
  EXPECT_EQ(Judge(bad), "signature_untrusted");
  EXPECT_EQ(FoundSignature(), "a trusted key's block whose signature is wrong");
}

TEST_F(SignatureProofTest, TakesAnyBlockOfATrustedKey) {
  const Image image = Sign(plain_, {&key(0), &key(1), &key(2)});
  for (std::size_t number = 0; number < 3; ++number) {
    for (std::size_t slot = 0; slot < 3; ++slot) {
      rules_.signature.emplace();
      Trust(slot, key(number));
      EXPECT_EQ(Judge(image), "") << number << slot;
    }
  }
  rules_.signature.emplace();
  Trust(0, key(3));
  EXPECT_EQ(Judge(image), "signature_untrusted");
  EXPECT_EQ(FoundSignature(), "only signatures by keys that are not trusted");
}

TEST_F(SignatureProofTest, GoesOnToTheSecondBlockWhenTheFirstIsWrong) {
  Image image = Sign(plain_, {&key(0), &key(1)});
  image[sector_ + 101] ^= 1;
  RepairCrc(&image[sector_]);
  Trust(0, key(0));
  EXPECT_EQ(Judge(image), "signature_untrusted");
  Trust(1, key(1));
  EXPECT_EQ(Judge(image), "");
}

TEST_F(SignatureProofTest, RefusesTheBlocksOfRevokedKeys) {
  const Image image = Sign(plain_, {&key(0), &key(1)});
  Trust(0, key(0));
  Trust(1, key(1));
  ASSERT_TRUE(rules_.signature->trusted.Revoke(0).ok());
  EXPECT_EQ(Judge(image), "");
  ASSERT_TRUE(rules_.signature->trusted.Revoke(1).ok());
  EXPECT_EQ(Judge(image), "signature_untrusted");
  EXPECT_EQ(FoundSignature(), "only signatures by revoked or untrusted keys");
}

TEST_F(SignatureProofTest, LooksAtNoMoreBlocksAndSlotsThanTheDevice) {
  const Image image = Sign(plain_, {&key(0), &key(1)});
  rules_.signature->blocks = 1;
  Trust(0, key(1));
  EXPECT_EQ(Judge(image), "signature_untrusted") << "the second block does not count";
  rules_.signature.emplace();
  rules_.signature->blocks = 1;
  Trust(1, key(0));
  EXPECT_EQ(Judge(image), "signature_untrusted") << "nor does the second slot";
  Trust(0, key(0));
  EXPECT_EQ(Judge(image), "");
}

TEST_F(SignatureProofTest, TakesOnlyTheSchemeOfTheDevice) {
  const Image image = Sign(plain_, {&key(0), &key(0, Scheme::kRsa3072)});
  Trust(0, key(0));
  Trust(1, key(0, Scheme::kRsa3072));
  for (const Scheme scheme : {Scheme::kRsa3072, Scheme::kEcdsaP256}) {
    rules_.signature->scheme = scheme;
    EXPECT_EQ(Judge(image), "");
  }
  rules_.signature->scheme = Scheme::kEcdsaP384;
  EXPECT_EQ(Judge(image), "signature_untrusted");
  EXPECT_EQ(FoundSignature(), "only signatures of another scheme than the device's");
}

TEST_F(SignatureProofTest, ComparesSixteenBytesOfADigestWhereTheChipHasNoMore) {
  const Image image = Sign(plain_, {&key(0)});
  Sha256Digest digest = DigestOf(key(0));
  digest[16] ^= 1;
  ASSERT_TRUE(rules_.signature->trusted.Set(0, digest).ok());
  EXPECT_EQ(Judge(image), "signature_untrusted");
  rules_.signature->digest_bytes = 16;
  EXPECT_EQ(Judge(image), "");
}

TEST_F(SignatureProofTest, RefusesASectorThatIsNotThere) {
  const Image good = Sign(plain_, {&key(0)});
  Trust(0, key(0));
  EXPECT_EQ(Judge(plain_), "signature_missing");
  EXPECT_EQ(JudgeEdited(good, [&](Image& i) { i.resize(sector_); }), "signature_missing");
  EXPECT_EQ(JudgeEdited(good, [&](Image& i) { i.resize(sector_ + 600); }), "signature_missing");
  EXPECT_EQ(JudgeEdited(good, [&](Image& i) { std::fill(i.begin() + 8192, i.end(), 0); }),
            "signature_missing");
}

TEST_F(SignatureProofTest, RefusesASectorWithoutABlock) {
  Trust(0, key(0));
  Image bare = plain_;
  bare.resize(sector_ + 4096, 0xFF);
  EXPECT_EQ(Judge(bare), "signature_missing");
}

// Behind the third block there is no room for one more: what begins there, and
// goes on behind the sector, is none.
TEST_F(SignatureProofTest, LooksAtNoFourthBlock) {
  const Image good = Sign(plain_, {&key(0)});
  const std::size_t fourth = sector_ + 3 * kSignatureBlockSize;
  Image moved = plain_;
  moved.resize(fourth, 0xFF);
  const auto block = good.begin() + static_cast<std::ptrdiff_t>(sector_);
  moved.insert(moved.end(), block, block + kSignatureBlockSize);
  Trust(0, key(0));
  EXPECT_EQ(Judge(moved), "signature_missing");
  const Image others = Sign(plain_, {&key(1), &key(2), &key(3)});
  std::copy(others.begin() + static_cast<std::ptrdiff_t>(sector_),
            others.begin() + static_cast<std::ptrdiff_t>(fourth),
            moved.begin() + static_cast<std::ptrdiff_t>(sector_));
  EXPECT_EQ(Judge(moved), "signature_untrusted");
}

TEST_F(SignatureProofTest, RefusesASectorThatIsNotAtItsPlace) {
  const Image good = Sign(plain_, {&key(0)});
  Trust(0, key(0));
  const auto move = [&](std::ptrdiff_t to) {
    Image moved = plain_;
    moved.resize(static_cast<std::size_t>(to), 0xFF);
    moved.insert(moved.end(), good.begin() + 8192, good.end());
    return Judge(moved);
  };
  EXPECT_EQ(move(8192), "");
  EXPECT_EQ(move(8192 + 4096), "signature_missing");
  EXPECT_EQ(move(static_cast<std::ptrdiff_t>(plain_.size())), "signature_missing");
  EXPECT_EQ(move(8191), "signature_missing");
}

TEST_F(SignatureProofTest, WantsRoomForTheSectorInTheSlot) {
  const Image good = Sign(plain_, {&key(0)});
  Trust(0, key(0));
  rules_.slot_size = good.size();
  EXPECT_EQ(Judge(good), "");
  rules_.slot_size = good.size() - 1;
  EXPECT_EQ(Judge(good), "image_too_large");
  EXPECT_EQ(status_.code(), Code::kNoSpace);
}

TEST_F(SignatureProofTest, JudgesTheImageBeforeItsSignature) {
  Image wrong_chip = TestImage{.chip_id = 9}.Build(crypto_);
  Trust(0, key(0));
  EXPECT_EQ(Judge(Sign(wrong_chip, {&key(0)})), "bad_chip_id");
  Image bad = plain_;
  bad[bad.size() - 33] ^= 1;
  EXPECT_EQ(Judge(Sign(bad, {&key(0)})), "bad_checksum");
}

TEST_F(SignatureProofTest, ProvesABootloaderByItsSignature) {
  rules_.kind = ImageKind::kBootloader;
  const Image good = Sign(plain_, {&key(0)});
  Trust(0, key(0));
  EXPECT_EQ(Judge(good), "");
  EXPECT_EQ(JudgeEdited(good, [](Image& i) { i[9] ^= 1; }), "signature_untrusted");
}

TEST_F(SignatureProofTest, IgnoresWhatFollowsTheSector) {
  Image longer = Sign(plain_, {&key(0), &key(1)});
  std::fill(longer.begin() + 8192 + 2 * 1216, longer.end(), std::uint8_t{0x55});
  longer.insert(longer.end(), 700, 0x55);
  Trust(0, key(1));
  EXPECT_EQ(Judge(longer), "");
  EXPECT_EQ(length_, 8192U + 4096);
}

TEST_F(SignatureProofTest, RefusesAFileWithoutTheSectorWhenItIsWhole) {
  const Image good = Sign(plain_, {&key(0)});
  class Nowhere final : public Sink {
   public:
    Status Write(Bytes) override { return kOk; }
    Status Finish() override { return kOk; }
  } nowhere;
  const auto gate = [&](std::size_t length, bool known) {
    observer_.Clear();
    rules_.available = known ? std::optional<std::uint64_t>(length) : std::nullopt;
    ImageGate::Front front;
    ImageGate door(rules_, nowhere, nullptr, front, nullptr, observer_);
    Status status = door.Write(Bytes(good).first(length));
    if (status.ok()) status = door.Finish();
    return observer_.failed_reasons();
  };
  EXPECT_EQ(gate(good.size(), true), "");
  for (const std::size_t length : {plain_.size(), sector_, sector_ + 1216, good.size() - 1}) {
    EXPECT_EQ(gate(length, true), "signature_missing") << length;
    EXPECT_EQ(gate(length, false), "signature_missing") << length;
  }
  EXPECT_EQ(gate(plain_.size() - 1, false), "truncated");
}

TEST_F(SignatureProofTest, PassesOnEveryFailureOfThePortAndEndsEveryHash) {
  const Image image = Sign(plain_, {&key(0, Scheme::kEcdsaP384)});
  Trust(0, key(0, Scheme::kEcdsaP384));
  RamFlash flash({.size = kSlotOffset + kSlotSize});
  flash.Load(kSlotOffset, image);
  FailingCrypto failing(crypto_);
  Image buffer(4096);
  ASSERT_TRUE(ProveSlot(flash, rules_, failing, buffer, observer_).has_value());
  const std::uint64_t calls = failing.calls();
  ASSERT_GT(calls, 10U);
  for (std::uint64_t call = 1; call <= calls; ++call) {
    failing.FailCall(call, {Code::kNoSpace, Stage::kDevice});
    const auto facts = ProveSlot(flash, rules_, failing, buffer, observer_);
    EXPECT_EQ(facts.error().code(), Code::kNoSpace) << call;
    EXPECT_EQ(failing.running_hashes(), 0) << call;
  }
}

TEST_F(SignatureProofTest, TakesACurveThatThePortLacksForNoSignature) {
  const Image image = Sign(plain_, {&key(0), &key(1)});
  Trust(0, key(0));
  RamFlash flash({.size = kSlotOffset + kSlotSize});
  flash.Load(kSlotOffset, image);
  Image buffer(4096);
  FailingCrypto failing(crypto_);
  ASSERT_TRUE(ProveSlot(flash, rules_, failing, buffer, observer_).has_value());
  failing.FailCall(failing.calls(), {Code::kUnsupported, Stage::kDevice});
  observer_.Clear();
  EXPECT_FALSE(ProveSlot(flash, rules_, failing, buffer, observer_).has_value());
  Trust(1, key(1));
  failing.FailCall(failing.calls(), {Code::kUnsupported, Stage::kDevice});
  EXPECT_TRUE(ProveSlot(flash, rules_, failing, buffer, observer_).has_value());
}

TEST_F(SignatureProofTest, TrustsTheSignerOfAnApplicationByItsFirstBlock) {
  RamFlash flash({.size = kSlotOffset + kSlotSize});
  const Partition slot = MakePartition("ota_0", PartitionType::kApp, 0x10, kSlotOffset, kSlotSize);
  const auto signer_of = [&](const Image& image) {
    flash.Load(kSlotOffset, Image(kSlotSize, 0xFF));
    flash.Load(kSlotOffset, image);
    return TrustSignerOf(flash, crypto_, slot);
  };
  const auto rules = signer_of(Sign(plain_, {&key(1), &key(0)}));
  ASSERT_TRUE(rules.has_value());
  EXPECT_EQ(rules->blocks, 1);
  EXPECT_EQ(rules->scheme, Scheme::kEcdsaP256);
  EXPECT_EQ(rules->trusted.At(0), DigestOf(key(1)));
  EXPECT_EQ(rules->trusted.At(1), std::nullopt);

  Image first_gone = Sign(plain_, {&key(1), &key(0)});
  first_gone[sector_ + 700] ^= 1;
  EXPECT_EQ(signer_of(first_gone)->trusted.At(0), DigestOf(key(0)));

  EXPECT_EQ(signer_of(plain_).error().code(), Code::kNotFound);
  EXPECT_EQ(signer_of({}).error().code(), Code::kNotFound);
  Image endless = plain_;
  StoreLe32(&endless[28], 0xFFFFFFF0);
  EXPECT_EQ(signer_of(endless).error().code(), Code::kNotFound);
  Image at_the_end = plain_;
  StoreLe32(&at_the_end[28], kSlotSize - 40);
  EXPECT_EQ(signer_of(at_the_end).error().code(), Code::kNotFound);
}

}  // namespace
}  // namespace updraft
