// SPDX-License-Identifier: Apache-2.0
#include "updraft/version_judge.h"

#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "updraft/update.h"

#include "ports/host/crypto_openssl.h"
#include "testing/memory_source.h"
#include "testing/recording_observer.h"
#include "testing/test_device.h"
#include "testing/test_image.h"

namespace updraft {
namespace {

AppDescription Version(const std::string& version) {
  OpensslCrypto crypto;
  const std::vector<std::uint8_t> image = TestImage{.version = version}.Build(crypto);
  return ParseAppDescription(Bytes(image).subspan<kDescriptionOffset, kAppDescriptionSize>());
}

Code JudgeOffer(VersionJudge judge, const std::string& offered, RecordingObserver& observer) {
  observer.Clear();
  return judge.JudgeOffer(Version(offered), observer).code();
}

TEST(VersionJudge, RefusesWhatRunsAlready) {
  RecordingObserver observer;
  const VersionJudge judge(Version("1.2.0"), std::nullopt);
  EXPECT_EQ(JudgeOffer(judge, "1.2.0", observer), Code::kInvalidState);
  EXPECT_EQ(observer.failed_reasons(), "version_refused");
  EXPECT_EQ(JudgeOffer(judge, "1.2.1", observer), Code::kOk);
  EXPECT_EQ(observer.failed_reasons(), "");
  EXPECT_EQ(JudgeOffer(judge, "1.2.0-rc1", observer), Code::kOk);
  EXPECT_EQ(JudgeOffer(judge, "", observer), Code::kOk);
}

TEST(VersionJudge, RefusesAgainWhatWasGivenUp) {
  RecordingObserver observer;
  const VersionJudge judge(Version("1.2.0"), Version("2.0.0"));
  EXPECT_EQ(JudgeOffer(judge, "2.0.0", observer), Code::kDowngrade);
  EXPECT_EQ(observer.failed_reasons(), "version_refused");
  EXPECT_EQ(JudgeOffer(judge, "1.2.0", observer), Code::kInvalidState);
  EXPECT_EQ(JudgeOffer(judge, "2.0.1", observer), Code::kOk);
}

TEST(VersionJudge, ComparesAVersionThatFillsItsField) {
  RecordingObserver observer;
  const std::string longest(31, 'v');
  const VersionJudge judge(Version(longest), std::nullopt);
  EXPECT_EQ(JudgeOffer(judge, longest, observer), Code::kInvalidState);
  EXPECT_EQ(JudgeOffer(judge, longest.substr(1), observer), Code::kOk);
}

TEST(VersionJudge, RefusesInAnUpdateBeforeTheFirstErase) {
  OpensslCrypto crypto;
  TestDevice device(crypto);
  device.Install("ota_0", TestImage{.version = "1.0.0"}.Build(crypto));
  device.SetRunning("ota_0");
  VersionJudge judge(Version("1.0.0"), Version("2.0.0"));
  std::vector<std::uint8_t> buffer(kMinimumUpdateBuffer);
  std::vector<std::uint8_t> proof(1024);
  RecordingObserver observer;
  MemorySource source(TestImage{.version = "2.0.0"}.WithRamSegment(9000).Build(crypto), 700);
  AppDescription offered;
  Update update(device.device(), source,
                {.buffer = buffer, .proof_buffer = proof, .judge = &judge, .offered = &offered},
                observer);
  EXPECT_EQ(update.Run().code(), Code::kDowngrade);
  EXPECT_EQ(observer.failed_reasons(), "version_refused");
  EXPECT_EQ(device.flash().counts().erases + device.flash().counts().programs, 0U);
  ASSERT_NE(update.offered(), nullptr);
  EXPECT_EQ(update.offered()->version(), "2.0.0");
}

}  // namespace
}  // namespace updraft
