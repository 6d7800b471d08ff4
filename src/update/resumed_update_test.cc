// SPDX-License-Identifier: Apache-2.0
// Updates that go on after a restart: where, how much comes twice, and what makes
// them begin anew. Plain, RSA and ECIES images.
#include <gtest/gtest.h>

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "updraft/encrypted_image.h"
#include "updraft/update.h"

#include "ports/host/crypto_openssl.h"
#include "ports/host/header_signing.h"
#include "ports/host/key_file.h"
#include "src/update/journal.h"
#include "testing/encryption_keys.h"
#include "testing/faulty_flash.h"
#include "testing/memory_download.h"
#include "testing/test_device.h"
#include "testing/test_encryption.h"
#include "testing/test_image.h"

namespace updraft {
namespace {

using Image = std::vector<std::uint8_t>;

enum class Scheme { kPlain, kRsa, kEcies };
constexpr std::uint64_t kInterval = 8192;
constexpr std::uint64_t kSector = 4096;

class ResumedUpdate : public testing::TestWithParam<Scheme> {
 protected:
  ResumedUpdate() { Reset(); }

  void Reset(const TestLayout& layout = {.log = true}) {
    device_.emplace(crypto_, layout, FlashGeometry{.size = 1 << 20});
    device_->Install("ota_0", TestImage{.version = "1.0.0"}.Build(crypto_));
    device_->SetRunning("ota_0");
  }
  bool encrypted() const { return GetParam() != Scheme::kPlain; }
  std::uint64_t header() const { return encrypted() ? kEncryptedHeaderSize : 0; }
  Image File(const Image& plain) {
    switch (GetParam()) {
      case Scheme::kPlain: return plain;
      case Scheme::kRsa: return EncryptForTest(crypto_, rsa_->rsa_public, plain);
      case Scheme::kEcies: return EncryptForTest(crypto_, ec_->point, plain);
    }
    return {};
  }
  static std::unique_ptr<KeyFile> Key(std::string_view pem) {
    return std::move(std::get<0>(ParseKeyFile(AsBytes(pem))));
  }

  struct Ended {
    Status status{};
    std::uint64_t resumed_from = 0;
  };
  Ended Run(MemoryDownload& source, const UpdateOptions& more = {}) {
    UpdateOptions options = more;
    options.buffer = buffer_;
    options.proof_buffer = proof_buffer_;
    if (!options.keys.any()) options.keys = keys_;
    options.resumable = &source;
    if (options.journal.bytes == JournalPolicy{}.bytes) options.journal.bytes = kInterval;
    observer_.Clear();
    Update update(device_->device(), source, options, observer_);
    const Status status = update.Run();
    return {status, update.resumed_from()};
  }
  // As a process that is killed, or a power that is cut: nobody writes down the end.
  void Cut(const Image& file, std::uint64_t at, std::string_view tag = "\"a\"") {
    MemoryDownload source(file, tag);
    Update update(device_->device(), source,
                  {.buffer = buffer_,
                   .proof_buffer = proof_buffer_,
                   .keys = keys_,
                   .resumable = &source,
                   .journal = {.bytes = kInterval}});
    ASSERT_TRUE(update.Open().ok());
    while (source.position() < at) {
      ASSERT_TRUE(update.Step().has_value());
    }
  }
  bool Holds(const Image& image) {
    const Partition slot = device_->Find("ota_1");
    return std::equal(image.begin(), image.end(),
                      device_->flash().bytes().begin() + static_cast<std::ptrdiff_t>(slot.offset));
  }
  bool Selected() {
    const auto slots = Slots::Open(device_->device());
    const auto selected = slots->Selected();
    return selected && selected->label() == "ota_1";
  }
  std::uint8_t& SlotByte(std::uint64_t at) {
    return device_->flash().bytes()[device_->Find("ota_1").offset + at];
  }
  bool HasJournal() {
    const auto log = UpdateLog::Open(device_->device());
    return log && ReadJournal(*log).has_value();
  }
  void ExpectAnew(const Image& file, std::string_view tag = "\"a\"") {
    MemoryDownload source(file, tag);
    const Ended ended = Run(source);
    EXPECT_EQ(ended.status, kOk) << observer_.failed_reasons();
    EXPECT_EQ(ended.resumed_from, 0U);
    EXPECT_TRUE(Selected());
  }

  OpensslCrypto crypto_;
  RecordingObserver observer_;
  std::unique_ptr<KeyFile> rsa_ = Key(kTestRsaKeyPem);
  std::unique_ptr<KeyFile> ec_ = Key(kTestEcKeyPem);
  ScalarKey scalar_{crypto_, ec_->secret.bytes().first<kP256ScalarSize>()};
  DecryptionKeys keys_{rsa_->rsa_private.get(), &scalar_};
  Image new_ = TestImage{.version = "2.0.0"}.WithRamSegment(60000).Build(crypto_);
  Image buffer_ = Image(kMinimumUpdateBuffer);
  Image proof_buffer_ = Image(kMinimumJournalBuffer);
  std::optional<TestDevice> device_;
};

TEST_P(ResumedUpdate, GoesOnAfterACutAnywhereAndStoresTheSame) {
  const Image file = File(new_);
  for (std::uint64_t at = 1; at < file.size(); at += 2477) {
    Reset();
    Cut(file, at);
    MemoryDownload source(file);
    const Ended ended = Run(source);
    ASSERT_EQ(ended.status, kOk) << at << observer_.failed_reasons();
    EXPECT_TRUE(Holds(new_)) << at;
    EXPECT_TRUE(Selected());
    EXPECT_EQ(source.first(), ended.resumed_from);
    EXPECT_EQ(observer_.progress().back().received, file.size());
    EXPECT_EQ(observer_.progress().back().written, new_.size());
    // What comes twice: what was read last is one chunk more.
    EXPECT_LE(at, ended.resumed_from + kSector + kInterval + header() + 700) << at;
    EXPECT_FALSE(HasJournal());
  }
}

TEST_P(ResumedUpdate, WritesDownWhereTheNetworkBrokeOff) {
  const Image file = File(new_);
  MemoryDownload broken(file);
  broken.BreakAt(30000);
  const Ended first = Run(broken, {.journal = {.bytes = 1 << 20}});
  EXPECT_EQ(first.status, Status(NetworkFailure::kReset));
  MemoryDownload source(file);
  const Ended second = Run(source);
  ASSERT_EQ(second.status, kOk);
  EXPECT_GT(second.resumed_from + kSector + header(), 30000U - header());
  EXPECT_TRUE(Holds(new_));
}

TEST_P(ResumedUpdate, GoesOnAgainAndAgain) {
  const Image file = File(new_);
  std::uint64_t furthest = 0;
  for (std::uint64_t at = 5000; at < file.size(); at += 5000) {
    MemoryDownload broken(file);
    broken.BreakAt(at);
    const Ended ended = Run(broken);
    EXPECT_FALSE(ended.status.ok());
    EXPECT_GE(ended.resumed_from, furthest);
    furthest = ended.resumed_from;
  }
  EXPECT_GT(furthest, 40000U);
  MemoryDownload source(file);
  EXPECT_EQ(Run(source).status, kOk);
  EXPECT_TRUE(Holds(new_));
}

TEST_P(ResumedUpdate, WritesByTimeToo) {
  const Image file = File(new_);
  MemoryDownload source(file);
  Update update(device_->device(), source,
                {.buffer = buffer_,
                 .proof_buffer = proof_buffer_,
                 .keys = keys_,
                 .resumable = &source,
                 .journal = {.bytes = 1 << 20, .milliseconds = 500}});
  ASSERT_TRUE(update.Open().ok());
  while (source.position() < 30000) ASSERT_TRUE(update.Step().has_value());
  EXPECT_FALSE(HasJournal());
  device_->system().SleepMs(500);
  ASSERT_TRUE(update.Step().has_value());
  EXPECT_TRUE(HasJournal());
}

TEST_P(ResumedUpdate, BeginsAnewWhenTheFileIsAnother) {
  Cut(File(new_), 40000);
  ASSERT_TRUE(HasJournal());
  const Image other = TestImage{.version = "3.0.0"}.WithRamSegment(60000).Build(crypto_);
  ExpectAnew(File(other), "\"b\"");
  EXPECT_TRUE(Holds(other));
}

TEST_P(ResumedUpdate, TellsAFileWithoutTagOrDateByItsHead) {
  const Image file = File(new_);
  Cut(file, 40000, "");
  MemoryDownload source(file, "");
  const Ended ended = Run(source);
  EXPECT_EQ(ended.status, kOk);
  EXPECT_GT(ended.resumed_from, 20000U);
  Reset();
  Cut(file, 40000, "");
  const Image other = TestImage{.version = "3.0.0"}.WithRamSegment(60000).Build(crypto_);
  ExpectAnew(File(other), "");
  EXPECT_TRUE(Holds(other));
}

// Every sector of what is stored, and the withheld head of it, are proven.
TEST_P(ResumedUpdate, BeginsAnewAtOnceWhenTheSlotWasChanged) {
  const Image file = File(new_);
  for (const std::uint64_t at : {32ULL, 100ULL, 5000ULL, 12000ULL, 20000ULL}) {
    Reset();
    Cut(file, 40000);
    SlotByte(at) ^= 0x20;
    ExpectAnew(file);
    EXPECT_TRUE(Holds(new_)) << at;
  }
}

TEST_P(ResumedUpdate, BeginsAnewInAnotherSlotOrTable) {
  const Image file = File(new_);
  Reset({.ota_slots = 3, .log = true});
  Cut(file, 40000);
  MemoryDownload source(file);
  const Ended ended = Run(source, {.slot = device_->Find("ota_2")});
  EXPECT_EQ(ended.status, kOk);
  EXPECT_EQ(ended.resumed_from, 0U);
}

TEST_P(ResumedUpdate, AlwaysBeginsAnewWithoutTheLog) {
  Reset({});
  const Image file = File(new_);
  Cut(file, 40000);
  ExpectAnew(file);
  EXPECT_TRUE(Holds(new_));
}

class RefuseEverything final : public DescriptionJudge {
 public:
  Status JudgeOffer(const AppDescription&, Observer& observer) override {
    return Judge(observer, Stage::kUpdate, Code::kDowngrade,
                 {Check::kVersionPolicy, false, Value::Text("another"), Value::Text("this")});
  }
};

TEST_P(ResumedUpdate, AsksTheGateAgain) {
  const Image file = File(new_);
  Cut(file, 40000);
  RefuseEverything judge;
  MemoryDownload source(file);
  EXPECT_EQ(Run(source, {.judge = &judge}).status.code(), Code::kDowngrade);
  EXPECT_EQ(source.position(), source.first()) << "before the rest is downloaded";
  EXPECT_FALSE(Selected());
  EXPECT_FALSE(HasJournal()) << "what was refused is not taken up";
}

TEST_P(ResumedUpdate, RefusesASecureVersionThatIsTooLowByNow) {
  const Image file = File(new_);
  device_->device().policy.rollback = true;
  device_->device().policy.anti_rollback = true;
  Cut(file, 40000);
  ASSERT_TRUE(HasJournal());
  ASSERT_TRUE(device_->efuse().BurnSecureVersion(3).ok());
  MemoryDownload source(file);
  EXPECT_EQ(Run(source).status.code(), Code::kDowngrade);
  EXPECT_EQ(observer_.failed_reasons(), "secure_version_too_low");
  EXPECT_FALSE(HasJournal());
}

TEST_P(ResumedUpdate, RefusesAnEncryptedImageWhoseKeyIsGone) {
  if (!encrypted()) GTEST_SKIP() << "plain";
  const Image file = File(new_);
  Cut(file, 40000);
  const Image other_scalar(kP256ScalarSize, 7);
  ScalarKey other(crypto_, std::span<const std::uint8_t, kP256ScalarSize>(other_scalar));
  MemoryDownload source(file);
  const auto rsa = Key(kOtherRsaKeyPem);
  const Ended ended = Run(source, {.keys = {rsa->rsa_private.get(), &other}});
  EXPECT_FALSE(ended.status.ok());
  EXPECT_EQ(observer_.failed_reasons(), "key_mismatch");
  EXPECT_EQ(source.position(), source.first()) << "before the rest is downloaded";
  EXPECT_FALSE(Selected());
  EXPECT_FALSE(HasJournal());
}

// The tag is over what is stored: another rest than the one that the tag is for.
TEST_P(ResumedUpdate, ProvesTheTagOverWhatIsStored) {
  if (!encrypted()) GTEST_SKIP() << "plain";
  Image file = File(new_);
  Cut(file, 40000);
  file.back() ^= 1;
  MemoryDownload source(file);
  EXPECT_FALSE(Run(source).status.ok());
  EXPECT_FALSE(Selected());
  EXPECT_FALSE(HasJournal());
  for (std::uint64_t i = 0; i < 32; ++i) EXPECT_EQ(SlotByte(i), 0xFF);
}

// Somebody who can write flash swaps what is stored and the journal with it: the
// tag, which the file brought, is not for that.
TEST_P(ResumedUpdate, RefusesAJournalThatWasForgedWithTheSlot) {
  if (!encrypted()) GTEST_SKIP() << "plain";
  const Image file = File(new_);
  Cut(file, 40000);
  auto log = UpdateLog::Open(device_->device());
  auto journal = ReadJournal(*log);
  ASSERT_TRUE(journal.has_value());
  SlotByte(9000) ^= 1;
  Image prefix(journal->offset);
  ASSERT_TRUE(ReadStored(device_->flash(), *journal, 0, prefix).ok());
  ASSERT_TRUE(MarkJournal(*log, journal->offset, *Sha256(crypto_, prefix)).ok());
  MemoryDownload source(file);
  const Ended ended = Run(source);
  EXPECT_GT(ended.resumed_from, 0U);
  EXPECT_FALSE(ended.status.ok());
  EXPECT_FALSE(Selected());
}

TEST_P(ResumedUpdate, IsUpdatedWithoutALogThatFails) {
  const Image file = File(new_);
  FaultyFlash faulty(device_->flash());
  device_->device().flash = &faulty;
  // Erases of the log fail until the tries are used up; the slot is written meanwhile.
  MemoryDownload probe(file);
  for (std::size_t i = 0; i < 0x2000; ++i) device_->flash().bytes()[0xE000 + i] = 0;
  EXPECT_EQ(Run(probe).status, kOk);
  EXPECT_TRUE(Holds(new_));
}

std::string NameOf(const testing::TestParamInfo<Scheme>& info) {
  return info.param == Scheme::kPlain ? "plain" : info.param == Scheme::kRsa ? "rsa" : "ecies";
}
INSTANTIATE_TEST_SUITE_P(Update, ResumedUpdate,
                         testing::Values(Scheme::kPlain, Scheme::kRsa, Scheme::kEcies), NameOf);

}  // namespace
}  // namespace updraft
