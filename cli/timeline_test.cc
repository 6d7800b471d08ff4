// SPDX-License-Identifier: Apache-2.0
#include "cli/timeline.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "testing/temporary_folder.h"

namespace updraft {
namespace {

using testing::HasSubstr;
using testing::Not;

Progress At(std::uint64_t received) { return {.received = received, .total = 1000, .written = 0}; }

TEST(Timeline, KeepsASilenceAsLongAsItWas) {
  TimelineRecorder recorder;
  recorder.OnProgress(5000, At(100));
  recorder.OnProgress(5100, At(200));
  recorder.OnProgress(9100, At(300));
  recorder.OnProgress(9200, At(1000));
  const Timeline timeline = recorder.Finish(9200);
  EXPECT_EQ(timeline.ms, 4200U);
  const auto stalls = StallsOf(timeline);
  ASSERT_EQ(stalls.size(), 1U);
  EXPECT_EQ(stalls[0].first.ms, 100U);
  EXPECT_EQ(stalls[0].second.ms, 4100U);
  EXPECT_EQ(stalls[0].second.bytes, 200U);
}

TEST(Timeline, OfAnySizeFitsIntoBoundedMemoryAndEndsWhereItEnded) {
  TimelineRecorder recorder;
  for (std::uint64_t ms = 0; ms < 1'000'000; ms += 10) {
    recorder.OnProgress(ms, At(ms / 1000));
    if (ms % 1000 == 0) recorder.OnRetry(ms, {.failure = NetworkFailure::kReset, .begins = true});
  }
  const Timeline timeline = recorder.Finish(1'000'000);
  EXPECT_LE(timeline.samples.size(), TimelineRecorder::kMostSamples + 2);
  EXPECT_GT(timeline.samples.size(), TimelineRecorder::kMostSamples / 3);
  EXPECT_EQ(timeline.samples.back().ms, 1'000'000U);
  EXPECT_EQ(timeline.samples.back().bytes, 999U);
  EXPECT_EQ(timeline.retries.size(), TimelineRecorder::kMostRetries);
}

TEST(Timeline, OfAnySizeKeepsItsLongSilences) {
  TimelineRecorder recorder;
  for (std::uint64_t ms = 0; ms < 200'000; ms += 10) {
    recorder.OnProgress(ms < 50'000 ? ms : ms + 30'000, At(ms / 1000));
  }
  const auto stalls = StallsOf(recorder.Finish(230'000));
  ASSERT_EQ(stalls.size(), 1U);
  EXPECT_NEAR(static_cast<double>(stalls[0].first.ms), 50'000, 700);
  EXPECT_EQ(stalls[0].second.ms, 80'000U);
}

TEST(Timeline, CallsTheProofBehindTheLastByteNoSilence) {
  TimelineRecorder recorder;
  recorder.OnProgress(0, At(0));
  recorder.OnProgress(100, At(1000));
  EXPECT_TRUE(StallsOf(recorder.Finish(5000)).empty());
}

TEST(Timeline, TellsFailuresInWords) {
  TimelineRecorder recorder;
  recorder.OnProgress(0, At(0));
  recorder.OnRetry(1, {.failure = NetworkFailure::kReset, .begins = true});
  recorder.OnRetry(2, {.failure = {Code::kHttpStatus, Stage::kFetch, 503}, .begins = true});
  const Timeline timeline = recorder.Finish(3);
  ASSERT_EQ(timeline.retries.size(), 2U);
  EXPECT_EQ(timeline.retries[0].failure, "the connection broke");
  EXPECT_EQ(timeline.retries[1].failure, "the server answered 503");
}

TEST(Timeline, IsDrawnWithRoundNumbersOnItsAxes) {
  const Timeline timeline{.total = 3 << 20, .ms = 7300, .samples = {{0, 0}, {7300, 3 << 20}}};
  const std::string page = TimelinePage("board", timeline, {});
  EXPECT_THAT(page, HasSubstr(">1 MiB</text>"));
  EXPECT_THAT(page, HasSubstr(">2 s</text>"));
  EXPECT_THAT(page, HasSubstr("the whole file: 3 MiB"));
}

TEST(Timeline, OfNothingAtAllIsDrawnSoundly) {
  const std::string page = TimelinePage("board", Timeline{}, {});
  EXPECT_THAT(page, Not(HasSubstr("nan")));
  EXPECT_THAT(page, Not(HasSubstr("<svg")));
  EXPECT_THAT(page, HasSubstr("Nothing is recorded yet"));
}

TEST(Timeline, ComesBackAsItWasStoredAndIsNoneWhereItCannotBeRead) {
  const TemporaryFolder folder;
  EXPECT_FALSE(LoadTimeline(folder.path()));
  StoreTimeline(folder.path(), {.url = "https://h/\xFF",
                                .result = "failed",
                                .version = "1",
                                .total = 7,
                                .ms = 9,
                                .samples = {{1, 2}, {3, 4}},
                                .retries = {{5, 6, "network (5)", 8}}});
  const auto loaded = LoadTimeline(folder.path());
  ASSERT_TRUE(loaded);
  EXPECT_EQ(loaded->samples.at(1).bytes, 4U);
  EXPECT_EQ(loaded->retries.at(0).failure, "network (5)");
  EXPECT_EQ(loaded->total, 7U);
}

TEST(Timeline, ShowsNothingOfWhatItWasGivenAsItsOwnWords) {
  const Timeline timeline{.url = "https://h/<script>\"&",
                          .result = "updated",
                          .version = "<b>",
                          .samples = {{0, 0}, {1, 1}}};
  const std::string page = TimelinePage("a<b", timeline, {{.why = "<img src=x>"}});
  EXPECT_THAT(page, Not(HasSubstr("<script>")));
  EXPECT_THAT(page, Not(HasSubstr("<img")));
  EXPECT_THAT(page, HasSubstr("&lt;script&gt;&quot;&amp;"));
  EXPECT_THAT(page, Not(HasSubstr("nan")));
}

}  // namespace
}  // namespace updraft
