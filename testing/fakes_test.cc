// SPDX-License-Identifier: Apache-2.0
// The small fakes: clock, eFuse, failing crypto, recording observer.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>

#include "ports/host/crypto_openssl.h"
#include "testing/failing_crypto.h"
#include "testing/fake_efuse.h"
#include "testing/fake_system.h"
#include "testing/recording_observer.h"

namespace updraft {
namespace {

using testing::ElementsAre;

TEST(FakeSystem, MovesItsClockOnlyWhenToldAndNotesRestarts) {
  FakeSystem system;
  const std::uint64_t start = system.NowMs();
  EXPECT_EQ(system.NowMs(), start);
  system.SleepMs(500);
  system.Advance(20);
  EXPECT_EQ(system.NowMs(), start + 520);
  EXPECT_THAT(system.sleeps(), ElementsAre(500U));
  EXPECT_EQ(system.restarts(), 0);
  system.Restart();
  EXPECT_EQ(system.restarts(), 1);
}

TEST(FakeEfuse, CountsTheSetBitsAmongItsWidth) {
  FakeEfuse efuse(4);
  EXPECT_EQ(efuse.ReadSecureVersion().value(), 0U);
  efuse.set_field(0xF5);
  EXPECT_EQ(efuse.ReadSecureVersion().value(), 2U);
}

TEST(FakeEfuse, BurnsUpwardsOnlyAndUpToItsWidth) {
  FakeEfuse efuse(4);
  EXPECT_EQ(efuse.BurnSecureVersion(3), kOk);
  EXPECT_EQ(efuse.field(), 0x7U);
  EXPECT_EQ(efuse.BurnSecureVersion(3), kOk);
  EXPECT_EQ(efuse.burns(), 1);
  EXPECT_EQ(efuse.BurnSecureVersion(2).code(), Code::kDowngrade);
  EXPECT_EQ(efuse.BurnSecureVersion(5).code(), Code::kInvalidArgument);
  EXPECT_EQ(efuse.BurnSecureVersion(4), kOk);
  EXPECT_EQ(efuse.field(), 0xFU);
}

TEST(FakeEfuse, HoldsThirtyTwoBits) {
  FakeEfuse efuse(32);
  EXPECT_EQ(efuse.BurnSecureVersion(32), kOk);
  EXPECT_EQ(efuse.field(), 0xFFFFFFFFU);
  EXPECT_EQ(efuse.ReadSecureVersion().value(), 32U);
}

TEST(FakeEfuse, BurnsABlockOnceAndHidesAProtectedKey) {
  FakeEfuse efuse;
  const std::vector<std::uint8_t> key(kEfuseKeySize, 0x5A);
  EXPECT_FALSE(efuse.ReadKeyBlock(1)->burnt);
  EXPECT_EQ(efuse.BurnKey({.block = 1, .purpose = KeyPurpose::kUser, .key = key}), kOk);
  EXPECT_TRUE(efuse.ReadKeyBlock(1)->burnt);
  EXPECT_THAT(efuse.ReadKeyBlock(1)->key, testing::Each(0x5A));
  EXPECT_EQ(
      efuse.BurnKey({.block = 0, .purpose = KeyPurpose::kHmacUp, .key = key, .read_protect = true}),
      kOk);
  EXPECT_THAT(efuse.ReadKeyBlock(0)->key, testing::Each(0));
  EXPECT_EQ(efuse.BurnKey({.block = 0, .key = key}).code(), Code::kInvalidState);
  EXPECT_EQ(efuse.BurnKey({.block = 2, .key = Bytes(key).first(31)}).code(),
            Code::kInvalidArgument);
  EXPECT_EQ(efuse.BurnKey({.block = 6, .key = key}).code(), Code::kInvalidArgument);
  EXPECT_EQ(efuse.ReadKeyBlock(6).error().code(), Code::kInvalidArgument);
  EXPECT_EQ(efuse.burns(), 2);
}

TEST(FakeEfuse, RevokesADigestForGood) {
  FakeEfuse efuse;
  EXPECT_FALSE(efuse.IsDigestRevoked(2).value());
  EXPECT_EQ(efuse.RevokeDigest(2), kOk);
  EXPECT_EQ(efuse.RevokeDigest(2), kOk);
  EXPECT_TRUE(efuse.IsDigestRevoked(2).value());
  EXPECT_FALSE(efuse.IsDigestRevoked(1).value());
  EXPECT_EQ(efuse.RevokeDigest(3).code(), Code::kInvalidArgument);
  EXPECT_EQ(efuse.burns(), 1);
}

TEST(FakeEfuse, FailsEveryCallWhileBroken) {
  FakeEfuse efuse;
  efuse.set_broken(true);
  EXPECT_FALSE(efuse.ReadSecureVersion().has_value());
  EXPECT_EQ(efuse.BurnSecureVersion(1).code(), Code::kFlash);
  EXPECT_EQ(efuse.ReadKeyBlock(0).error().code(), Code::kFlash);
  EXPECT_EQ(efuse.BurnKey({}).code(), Code::kFlash);
  EXPECT_EQ(efuse.IsDigestRevoked(0).error().code(), Code::kFlash);
  EXPECT_EQ(efuse.RevokeDigest(0).code(), Code::kFlash);
  EXPECT_EQ(efuse.field(), 0U);
  EXPECT_EQ(efuse.burns(), 0);
  efuse.set_broken(false);
  EXPECT_EQ(efuse.BurnSecureVersion(1), kOk);
}

TEST(FailingCrypto, FailsTheChosenCallOnceAndPassesTheOthersOn) {
  OpensslCrypto real;
  FailingCrypto crypto(real);
  const Sha256Digest expected = Sha256(real, AsBytes("abc")).value();
  EXPECT_EQ(Sha256(crypto, AsBytes("abc")).value(), expected);
  EXPECT_EQ(crypto.calls(), 3U);
  for (std::uint64_t call = 1; call <= 3; ++call) {
    crypto.FailCall(call, {Code::kUnsupported, Stage::kDevice});
    EXPECT_EQ(Sha256(crypto, AsBytes("abc")).error().code(), Code::kUnsupported) << call;
    EXPECT_EQ(crypto.running_hashes(), 0) << call;
    EXPECT_EQ(Sha256(crypto, AsBytes("abc")).value(), expected) << call;
  }
}

TEST(FailingCrypto, FailsClonesAndRandomNumbersToo) {
  OpensslCrypto real;
  FailingCrypto crypto(real);
  Hash trunk(crypto);
  Hash branch(crypto);
  ASSERT_EQ(trunk.Start(HashKind::kSha256), kOk);
  crypto.FailCall(1);
  EXPECT_FALSE(trunk.Fork(branch).ok());
  EXPECT_FALSE(branch.running());
  EXPECT_EQ(crypto.running_hashes(), 1);
  EXPECT_EQ(trunk.Fork(branch), kOk);
  EXPECT_EQ(crypto.running_hashes(), 2);
  std::array<std::uint8_t, 8> out{};
  crypto.FailCall(1);
  EXPECT_FALSE(crypto.Random(out).ok());
  EXPECT_EQ(out, (std::array<std::uint8_t, 8>{}));
  EXPECT_EQ(crypto.Random(out), kOk);
}

TEST(RecordingObserver, KeepsFindingsWithTextsOfItsOwn) {
  RecordingObserver observer;
  {
    std::string text = "esp32";
    observer.OnFinding({Check::kChipId, false, Value::Text(text), Value::Hex(5)});
    text = "other";
  }
  observer.OnFinding({Check::kImageMagic, true, {}, {}});
  ASSERT_EQ(observer.findings().size(), 2U);
  EXPECT_EQ(observer.findings()[0].expected.text, "esp32");
  EXPECT_EQ(observer.findings()[0].found.number, 5U);
  EXPECT_THAT(observer.failed(), ElementsAre(Check::kChipId));
  EXPECT_EQ(observer.failed_reasons(), "bad_chip_id");
  EXPECT_TRUE(observer.Find(Check::kImageMagic)->passed);
  EXPECT_FALSE(observer.Find(Check::kStall).has_value());
  observer.Clear();
  EXPECT_TRUE(observer.findings().empty());
}

TEST(RecordingObserver, KeepsProgressAndSaysStopFromTheChosenCallOn) {
  RecordingObserver observer;
  EXPECT_TRUE(observer.OnProgress({.received = 1}));
  observer.StopAtProgress(2);
  EXPECT_TRUE(observer.OnProgress({.received = 2}));
  EXPECT_FALSE(observer.OnProgress({.received = 3}));
  EXPECT_FALSE(observer.OnProgress({.received = 4}));
  ASSERT_EQ(observer.progress().size(), 4U);
  EXPECT_EQ(observer.progress()[2].received, 3U);
}

}  // namespace
}  // namespace updraft
