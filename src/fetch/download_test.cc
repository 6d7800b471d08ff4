// SPDX-License-Identifier: Apache-2.0
#include "updraft/download.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <array>
#include <string>
#include <vector>

#include "ports/host/crypto_openssl.h"
#include "testing/fake_system.h"
#include "testing/scripted_connection.h"

namespace updraft {
namespace {

using testing::AllOf;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;
using testing::SizeIs;

constexpr std::string_view kTag = "ETag: \"one\"\r\n";

std::string Whole(std::string_view body, std::string_view headers = kTag) {
  return "HTTP/1.1 200 OK\r\nContent-Length: " + std::to_string(body.size()) + "\r\n" +
         std::string(headers) + "\r\n" + std::string(body);
}

// The part of a file of `total` bytes that begins at `first`.
std::string Part(std::size_t first, std::string_view body, std::size_t total,
                 std::string_view headers = kTag) {
  return "HTTP/1.1 206 Partial\r\nContent-Length: " + std::to_string(body.size()) +
         "\r\nContent-Range: bytes " + std::to_string(first) + "-" +
         std::to_string(first + body.size() - 1) + "/" + std::to_string(total) + "\r\n" +
         std::string(headers) + "\r\n" + std::string(body);
}

std::string Error(int status, std::string_view headers = "") {
  return "HTTP/1.1 " + std::to_string(status) + " No\r\nContent-Length: 0\r\n" +
         std::string(headers) + "\r\n";
}

class RetryObserver final : public Observer {
 public:
  void OnFinding(const Finding& finding) override {
    if (!finding.passed) failed.emplace_back(CheckReason(finding.check));
  }
  bool OnRetry(const Retry& retry) override {
    if (retry.begins) retries.push_back(retry);
    return calls_until_stop == 0 || --calls_until_stop > 0;
  }
  std::vector<std::string> failed;
  std::vector<Retry> retries;
  int calls_until_stop = 0;  // 0: never
};

class DownloadTest : public testing::Test {
 protected:
  DownloadTest() {
    options_.fetch.url = "https://a/f";
    options_.fetch.workspace = workspace_;
  }

  Status Run() {
    Retries retries(policy_, system_, crypto_, observer_);
    Download download(client_, retries, options_, observer_);
    const Status status = Drain(download);
    received_ = retries.received();
    requests_ = download.requests();
    size_ = download.size();
    may_restart_ = download.may_restart();
    return status;
  }

  Status Drain(Download& download) {
    std::array<std::uint8_t, 3> out{};
    while (true) {
      UPDRAFT_TRY_ASSIGN(const std::size_t count, download.Read(out));
      if (count == 0) return kOk;
      body_.append(reinterpret_cast<const char*>(out.data()), count);
    }
  }

  // The first bytes of a whole answer, then a broken connection.
  void BreakAfter(std::size_t count, std::string_view body, std::string_view headers = kTag) {
    const std::string answer = Whole(body, headers);
    connection_.Accept()
        .Answer(answer.substr(0, answer.size() - body.size() + count))
        .Fail(NetworkFailure::kReset);
  }

  ScriptedConnection connection_;
  std::array<std::uint8_t, 4096> buffer_{};
  std::array<std::uint8_t, 4096> workspace_{};
  HttpClient client_{connection_, buffer_};
  FakeSystem system_;
  OpensslCrypto crypto_;
  RetryObserver observer_;
  RetryPolicy policy_;
  DownloadOptions options_;
  std::string body_;
  std::uint64_t received_ = 0;
  std::uint32_t requests_ = 0;
  std::optional<std::uint64_t> size_;
  bool may_restart_ = false;
};

TEST_F(DownloadTest, TakesAWholeFileInOneRequest) {
  connection_.Accept().Answer(Whole("hello"));
  EXPECT_TRUE(Run().ok());
  EXPECT_EQ(body_, "hello");
  EXPECT_EQ(size_, 5U);
  EXPECT_EQ(requests_, 1U);
  EXPECT_THAT(connection_.sent().at(0), Not(HasSubstr("Range")));
}

TEST_F(DownloadTest, TakesAFileInPartsOverOneConnection) {
  options_.range_size = 4;
  connection_.Accept()
      .Answer(Part(0, "0123", 10))
      .Answer(Part(4, "4567", 10))
      .Answer(Part(8, "89", 10));
  EXPECT_TRUE(Run().ok());
  EXPECT_EQ(body_, "0123456789");
  EXPECT_EQ(size_, 10U);
  EXPECT_EQ(client_.connections(), 1U);
  EXPECT_THAT(connection_.sent().at(0),
              AllOf(HasSubstr("Range: bytes=0-3\r\n"),
                    HasSubstr("Range: bytes=4-7\r\nIf-Range: \"one\"\r\n"),
                    HasSubstr("Range: bytes=8-9\r\n")));
}

TEST_F(DownloadTest, TakesAPartThatEndsEarlierThanAsked) {
  options_.range_size = 8;
  connection_.Accept().Answer(Part(0, "0123", 6)).Answer(Part(4, "45", 6));
  EXPECT_TRUE(Run().ok());
  EXPECT_EQ(body_, "012345");
}

TEST_F(DownloadTest, TakesTheWholeFileFromAServerWithoutRanges) {
  options_.range_size = 4;
  connection_.Accept().Answer(Whole("0123456789"));
  EXPECT_TRUE(Run().ok());
  EXPECT_EQ(body_, "0123456789");
  EXPECT_EQ(requests_, 1U);
}

TEST_F(DownloadTest, TakesPartsThatAreChunked) {
  options_.range_size = 4;
  connection_.Accept().Answer(
      "HTTP/1.1 206 Partial\r\nTransfer-Encoding: chunked\r\nContent-Range: bytes 0-3/4\r\n\r\n"
      "4\r\n0123\r\n0\r\n\r\n");
  EXPECT_TRUE(Run().ok());
  EXPECT_EQ(body_, "0123");
}

TEST_F(DownloadTest, HasTheFileWhenOnlyTheEndOfTheFramingIsLost) {
  options_.range_size = 4;
  connection_.Accept()
      .Answer("HTTP/1.1 206 Partial\r\nTransfer-Encoding: chunked\r\n" + std::string(kTag) +
              "Content-Range: bytes 0-3/4\r\n\r\n4\r\n0123\r\n")
      .Fail(NetworkFailure::kReset);
  EXPECT_TRUE(Run().ok());
  EXPECT_EQ(body_, "0123");
  EXPECT_EQ(requests_, 1U);
}

TEST_F(DownloadTest, RefusesAPartOfAnotherLengthThanItsRange) {
  options_.range_size = 4;
  for (const std::string_view chunks :
       {"2\r\n01\r\n0\r\n\r\n", "5\r\n01234\r\n0\r\n\r\n", "4\r\n0123\r\n1\r\n4\r\n0\r\n\r\n"}) {
    observer_.failed.clear();
    body_.clear();
    client_.Close();
    connection_.Accept().Answer(
        "HTTP/1.1 206 Partial\r\nTransfer-Encoding: chunked\r\n"
        "Content-Range: bytes 0-3/4\r\n\r\n" +
        std::string(chunks));
    EXPECT_EQ(Run(), Status(NetworkFailure::kBadResponse));
    EXPECT_THAT(observer_.failed, ElementsAre("length_mismatch"));
    EXPECT_LE(body_.size(), 4U);
  }
}

TEST_F(DownloadTest, RefusesAPartThatGoesOnInWhateverPiecesItComes) {
  options_.range_size = 4;
  for (std::size_t piece = 1; piece < 12; ++piece) {
    observer_.failed.clear();
    body_.clear();
    client_.Close();
    connection_.Accept().Answer(
        "HTTP/1.1 206 Partial\r\nConnection: close\r\nContent-Range: bytes 0-3/4\r\n\r\n"
        "0123456",
        piece);
    EXPECT_EQ(Run(), Status(NetworkFailure::kBadResponse)) << piece;
    EXPECT_THAT(observer_.failed, ElementsAre("length_mismatch")) << piece;
    EXPECT_LT(body_.size(), 4U) << piece;
  }
}

TEST_F(DownloadTest, RefusesAnotherPartThanItAskedFor) {
  options_.range_size = 4;
  for (const std::string_view range :
       {"bytes 1-4/10", "bytes 0-4/10", "bytes 0-3/*", "bytes */10", "bytes 3-0/10", "0-3/10",
        "bytes 0-3/3", "bytes 0-18446744073709551615/18446744073709551616"}) {
    observer_.failed.clear();
    client_.Close();
    connection_.Accept().Answer("HTTP/1.1 206 Partial\r\nContent-Range: " + std::string(range) +
                                "\r\nContent-Length: 4\r\n\r\n0123");
    EXPECT_EQ(Run(), Status(NetworkFailure::kBadResponse)) << range;
    EXPECT_THAT(observer_.failed, ElementsAre("range_mismatch")) << range;
  }
  client_.Close();
  observer_.failed.clear();
  connection_.Accept().Answer("HTTP/1.1 206 Partial\r\nContent-Length: 4\r\n\r\n0123");
  EXPECT_EQ(Run(), Status(NetworkFailure::kBadResponse));
  EXPECT_THAT(observer_.failed, ElementsAre("range_mismatch"));
}

TEST_F(DownloadTest, TakesUpABrokenDownloadWhereItBroke) {
  BreakAfter(4, "0123456789");
  connection_.Accept().Answer(Part(4, "456789", 10));
  EXPECT_TRUE(Run().ok());
  EXPECT_EQ(body_, "0123456789");
  EXPECT_EQ(received_, 10U);
  EXPECT_THAT(connection_.sent().at(1), HasSubstr("Range: bytes=4-\r\nIf-Range: \"one\"\r\n"));
  EXPECT_THAT(observer_.retries, SizeIs(1));
  EXPECT_THAT(system_.sleeps(), Not(IsEmpty()));
}

TEST_F(DownloadTest, TakesUpAtEveryByte) {
  const std::string body = "0123456789abcdef";
  for (std::size_t cut = 0; cut < body.size(); ++cut) {
    client_.Close();
    body_.clear();
    BreakAfter(cut, body);
    connection_.Accept().Answer(cut == 0 ? Whole(body) : Part(cut, body.substr(cut), body.size()));
    EXPECT_TRUE(Run().ok()) << cut;
    EXPECT_EQ(body_, body) << cut;
    EXPECT_EQ(received_, body.size()) << cut;
  }
}

TEST_F(DownloadTest, SkipsWhatItHasWhereTheServerKnowsNoRanges) {
  BreakAfter(7, "0123456789");
  connection_.Accept().Answer(Whole("0123456789"));
  EXPECT_TRUE(Run().ok());
  EXPECT_EQ(body_, "0123456789");
  EXPECT_EQ(received_, 17U);
}

TEST_F(DownloadTest, KnowsTheFileByItsDateWhereThereIsNoTag) {
  constexpr std::string_view kDate = "Last-Modified: Fri, 20 Nov 2026 10:00:00 GMT\r\n";
  BreakAfter(4, "0123456789", kDate);
  connection_.Accept().Answer(Part(4, "456789", 10, kDate));
  EXPECT_TRUE(Run().ok());
  EXPECT_EQ(body_, "0123456789");
  EXPECT_THAT(connection_.sent().at(1), Not(HasSubstr("If-Range")));
}

TEST_F(DownloadTest, KnowsTheFileByItsDateWhereTheTagIsTooLong) {
  const std::string both = "ETag: \"" + std::string(FileIdentity::kMaxSize - 1, 'x') +
                           "\"\r\nLast-Modified: Fri, 20 Nov 2026 10:00:00 GMT\r\n";
  BreakAfter(4, "0123456789", both);
  connection_.Accept().Answer(Part(4, "456789", 10, both));
  EXPECT_TRUE(Run().ok());
  EXPECT_EQ(body_, "0123456789");
  EXPECT_THAT(connection_.sent().at(1), Not(HasSubstr("If-Range")));
}

TEST_F(DownloadTest, NeverMixesTwoFiles) {
  const std::vector<std::string> others = {
      Whole("abcdefghij", "ETag: \"two\"\r\n"),
      Part(4, "efghij", 10, "ETag: \"two\"\r\n"),
      Part(4, "efghijk", 11),
      Whole("0123456789", ""),  // nothing says that it is the same
      Whole("0123456789", "ETag: W/\"one\"\r\n"),
      Error(416),
      Error(412),
  };
  for (const std::string& other : others) {
    observer_.failed.clear();
    body_.clear();
    client_.Close();
    BreakAfter(4, "0123456789");
    connection_.Accept().Answer(other);
    EXPECT_EQ(Run(), Status(NetworkFailure::kFileChanged)) << other;
    EXPECT_EQ(body_, "0123");
    EXPECT_EQ(observer_.failed.back(), "file_changed") << other;
    EXPECT_TRUE(may_restart_);
  }
}

TEST_F(DownloadTest, NoticesAFileThatChangesBetweenParts) {
  options_.range_size = 4;
  connection_.Accept().Answer(Part(0, "0123", 10)).Answer(Part(4, "efgh", 10, "ETag: \"2\"\r\n"));
  EXPECT_EQ(Run(), Status(NetworkFailure::kFileChanged));
  EXPECT_EQ(body_, "0123");
  client_.Close();
  body_.clear();
  connection_.Accept().Answer(Part(0, "0123", 10, "")).Answer(Part(4, "4567", 9, ""));
  EXPECT_EQ(Run(), Status(NetworkFailure::kFileChanged));
}

TEST_F(DownloadTest, DoesNotTakeNotModifiedForAnAnswerInTheMiddleOfAFile) {
  options_.range_size = 4;
  connection_.Accept().Answer(Part(0, "0123", 10)).Answer("HTTP/1.1 304 Not Modified\r\n\r\n");
  EXPECT_EQ(Run(), Status(NetworkFailure::kBadResponse));
  EXPECT_THAT(observer_.failed, ElementsAre("http_status"));
  EXPECT_FALSE(may_restart_);
}

TEST_F(DownloadTest, OnlyStartsAnewWhereNothingTellsTheFile) {
  for (const std::string_view headers : {"", "ETag: W/\"weak\"\r\n", "ETag: one\r\n"}) {
    client_.Close();
    BreakAfter(4, "0123456789", headers);
    EXPECT_EQ(Run(), Status(NetworkFailure::kReset));
    EXPECT_TRUE(may_restart_);
    EXPECT_THAT(observer_.retries, IsEmpty());
  }
}

TEST_F(DownloadTest, GivesUpAfterTheFailuresThatAreAllowed) {
  policy_.max_attempts = 3;
  EXPECT_EQ(Run(), Status(NetworkFailure::kConnect));
  EXPECT_THAT(connection_.targets(), SizeIs(3));
  EXPECT_THAT(observer_.retries, SizeIs(2));
  EXPECT_FALSE(may_restart_);
}

TEST_F(DownloadTest, CountsFailuresAnewAfterProgress) {
  policy_.max_attempts = 2;
  const std::string body(4 * RetryPolicy::kProgress, 'x');
  BreakAfter(RetryPolicy::kProgress, body);
  for (std::size_t i = 1; i < 4; ++i) {
    const std::size_t first = i * RetryPolicy::kProgress;
    const std::string answer = Part(first, body.substr(first), body.size());
    const std::size_t head = answer.size() - (body.size() - first);
    connection_.Accept()
        .Answer(answer.substr(0, head + RetryPolicy::kProgress))
        .Fail(NetworkFailure::kTimeout);
  }
  EXPECT_TRUE(Run().ok());
  EXPECT_EQ(body_, body);
  EXPECT_THAT(observer_.retries, SizeIs(3));
  for (const Retry& retry : observer_.retries) EXPECT_EQ(retry.failures, 1U);
}

TEST_F(DownloadTest, WaitsTwiceAsLongEachTimeUpToALimit) {
  policy_ = {.max_attempts = 7, .first_wait_ms = 1000, .longest_wait_ms = 4000};
  EXPECT_FALSE(Run().ok());
  ASSERT_THAT(observer_.retries, SizeIs(6));
  const std::array<std::uint32_t, 6> most{1000, 2000, 4000, 4000, 4000, 4000};
  for (std::size_t i = 0; i < most.size(); ++i) {
    EXPECT_LE(observer_.retries[i].wait_ms, most[i]);
    EXPECT_GE(observer_.retries[i].wait_ms, most[i] / 2);
  }
}

TEST_F(DownloadTest, RepeatsOnlyTheStatusesThatMayHeal) {
  for (const int status : {408, 425, 429, 500, 502, 503, 504}) {
    client_.Close();
    body_.clear();
    connection_.Accept().Answer(Error(status)).Answer(Whole("hello"));
    EXPECT_TRUE(Run().ok()) << status;
    EXPECT_EQ(body_, "hello");
  }
  for (const int status : {304, 400, 401, 403, 404, 410, 416, 501, 505}) {
    client_.Close();
    connection_.Accept().Answer(Error(status));
    const Status failure = Run();
    EXPECT_EQ(failure.code(), Code::kHttpStatus);
    EXPECT_EQ(failure.detail(), status);
    EXPECT_EQ(requests_, 1U);
  }
}

TEST_F(DownloadTest, WaitsAsLongAsTheServerAsks) {
  connection_.Accept().Answer(Error(503, "Retry-After: 20\r\n")).Answer(Whole("hello"));
  const std::uint64_t before = system_.NowMs();
  EXPECT_TRUE(Run().ok());
  EXPECT_EQ(system_.NowMs() - before, 20'000U);
}

TEST_F(DownloadTest, DoesNotWaitLongerThanItsOwnLimit) {
  for (const std::string_view seconds : {"61", "9223372036854775807"}) {
    client_.Close();
    connection_.Accept().Answer(Error(503, "Retry-After: " + std::string(seconds) + "\r\n"));
    EXPECT_EQ(Run().detail(), 503);
    EXPECT_THAT(system_.sleeps(), IsEmpty());
  }
}

TEST_F(DownloadTest, DoesNotRepeatWhatCannotHeal) {
  connection_.Refuse(NetworkFailure::kTls, "certificate has expired");
  EXPECT_EQ(Run(), Status(NetworkFailure::kTls));
  EXPECT_THAT(connection_.targets(), SizeIs(1));
}

TEST_F(DownloadTest, MakesNoFurtherAttemptAfterItsTime) {
  policy_ = {.max_attempts = 100,
             .first_wait_ms = 1000,
             .longest_wait_ms = 1000,
             .max_received = 0,
             .max_duration_ms = 5000};
  const std::uint64_t before = system_.NowMs();
  EXPECT_EQ(Run(), Status(NetworkFailure::kConnect));
  EXPECT_LE(system_.NowMs() - before, 5000U);
  EXPECT_GE(observer_.retries.size(), 4U);
}

TEST_F(DownloadTest, MakesNoFurtherAttemptAfterItsBytes) {
  policy_.max_received = 8;
  BreakAfter(8, "0123456789");
  EXPECT_EQ(Run(), Status(NetworkFailure::kReset));
  EXPECT_THAT(observer_.retries, IsEmpty());
}

TEST_F(DownloadTest, EndsWhenItsBytesAreUsedUp) {
  policy_.max_received = 8;
  connection_.Accept().Answer(Whole("0123456789"));
  EXPECT_EQ(Run(), Status(NetworkFailure::kByteLimit));
  EXPECT_THAT(observer_.failed, ElementsAre("too_many_bytes"));
  EXPECT_EQ(body_, "012345678");
  client_.Close();
  body_.clear();
  policy_.max_received = 10;
  connection_.Accept().Answer(Whole("0123456789"));
  EXPECT_TRUE(Run().ok());
  EXPECT_EQ(body_, "0123456789");
}

TEST_F(DownloadTest, EndsAtItsTimeHoweverWellItGoes) {
  policy_.max_duration_ms = 5000;
  options_.range_size = 4;
  connection_.Accept().Answer(Part(0, "0123", 10));
  Retries retries(policy_, system_, crypto_, observer_);
  Download download(client_, retries, options_, observer_);
  std::array<std::uint8_t, 4> out{};
  ASSERT_EQ(*download.Read(out), 4U);
  system_.Advance(5000);
  EXPECT_EQ(download.Read(out).error(), Status(NetworkFailure::kDeadline));
  EXPECT_THAT(observer_.failed, ElementsAre("deadline"));
  EXPECT_FALSE(download.may_restart());
}

TEST_F(DownloadTest, HeedsARetryAfterThatIsADate) {
  connection_.Accept()
      .Answer(Error(503,
                    "Date: Sun, 06 Nov 1994 08:49:37 GMT\r\n"
                    "Retry-After: Sun, 06 Nov 1994 08:50:07 GMT\r\n"))
      .Answer(Whole("hello"));
  const std::uint64_t before = system_.NowMs();
  EXPECT_TRUE(Run().ok());
  EXPECT_EQ(system_.NowMs() - before, 30'000U);
}

// Answers what it is told, then leave to go on; keeps what it was asked.
class ScriptedPolicy final : public DownloadPolicy {
 public:
  Permission Ask(const DownloadStep& step) override {
    steps.push_back(step);
    if (next == answers.size()) return Permission::kContinue;
    return answers[next++];
  }
  std::vector<Permission> answers;
  std::size_t next = 0;
  std::vector<DownloadStep> steps;
};

TEST_F(DownloadTest, AsksItsPolicyBeforeItBeginsAndAtEachStep) {
  ScriptedPolicy policy;
  options_.policy = &policy;
  connection_.Accept().Answer(Whole("01234567"));
  EXPECT_TRUE(Run().ok());
  ASSERT_THAT(policy.steps, SizeIs(3));
  EXPECT_TRUE(policy.steps[0].begins);
  EXPECT_FALSE(policy.steps[1].begins);
  EXPECT_EQ(policy.steps[1].received, 3U);
  EXPECT_EQ(policy.steps[1].total, 8U);
  EXPECT_EQ(policy.steps[2].received, 6U);
}

TEST_F(DownloadTest, SendsNothingWhenItsPolicySaysStop) {
  ScriptedPolicy policy;
  policy.answers = {Permission::kStop};
  options_.policy = &policy;
  EXPECT_EQ(Run().code(), Code::kCancelled);
  EXPECT_THAT(connection_.targets(), IsEmpty());
  EXPECT_THAT(observer_.failed, ElementsAre("cancelled"));
}

TEST_F(DownloadTest, StopsWithinOneRead) {
  ScriptedPolicy policy;
  policy.answers = {Permission::kContinue, Permission::kContinue, Permission::kStop};
  options_.policy = &policy;
  connection_.Accept().Answer(Whole("0123456789"));
  EXPECT_EQ(Run().code(), Code::kCancelled);
  EXPECT_EQ(body_, "012345");
  EXPECT_FALSE(connection_.is_open());
}

TEST_F(DownloadTest, WaitsWhileItsPolicySaysPause) {
  ScriptedPolicy policy;
  policy.answers.assign(51, Permission::kPause);
  options_.policy = &policy;
  connection_.Accept().Answer(Whole("hello"));
  const std::uint64_t before = system_.NowMs();
  EXPECT_TRUE(Run().ok());
  EXPECT_EQ(system_.NowMs() - before, 5100U);
  EXPECT_EQ(policy.steps[51].paused_ms, 5100U);
}

TEST_F(DownloadTest, GivesUpTheConnectionInALongPauseAndTakesTheRestAfterIt) {
  ScriptedPolicy policy;
  policy.answers.assign(302, Permission::kPause);
  policy.answers[0] = Permission::kContinue;
  options_.policy = &policy;
  connection_.Accept().Answer(Whole("01234567").substr(0, Whole("01234567").size() - 4));
  connection_.Accept().Answer(Part(3, "34567", 8));
  EXPECT_TRUE(Run().ok());
  EXPECT_EQ(body_, "01234567");
  EXPECT_EQ(received_, 8U);
}

TEST_F(DownloadTest, EndsAPauseAtItsTime) {
  ScriptedPolicy policy;
  policy.answers.assign(1000, Permission::kPause);
  options_.policy = &policy;
  policy_.max_duration_ms = 2000;
  EXPECT_EQ(Run(), Status(NetworkFailure::kDeadline));
  EXPECT_THAT(connection_.targets(), IsEmpty());
}

TEST_F(DownloadTest, StopsAWaitWhenTheObserverSaysSo) {
  observer_.calls_until_stop = 3;
  EXPECT_EQ(Run().code(), Code::kCancelled);
  EXPECT_THAT(system_.sleeps(), SizeIs(2));
  EXPECT_THAT(connection_.targets(), SizeIs(1));
}

TEST_F(DownloadTest, EndsNewStartsHoweverFarEachComes) {
  policy_.max_attempts = 3;
  Retries retries(policy_, system_, crypto_, observer_);
  const Status changed(NetworkFailure::kFileChanged);
  EXPECT_TRUE(retries.WaitToRestart(changed).ok());
  retries.Received(100'000, 100'000);
  EXPECT_TRUE(retries.WaitToRestart(changed).ok());
  retries.Received(200'000, 200'000);
  EXPECT_EQ(retries.WaitToRestart(changed), changed);
}

TEST_F(DownloadTest, TakesNothingForProgressThatWasThereBefore) {
  policy_.max_attempts = 2;
  Retries retries(policy_, system_, crypto_, observer_);
  const Status reset(NetworkFailure::kReset);
  retries.Received(100'000, 100'000);
  EXPECT_TRUE(retries.Wait(reset, std::nullopt).ok());
  retries.Received(100'000, 100'000);
  EXPECT_EQ(retries.Wait(reset, std::nullopt), reset);
}

TEST_F(DownloadTest, KeepsItsFailure) {
  policy_.max_attempts = 1;
  Retries retries(policy_, system_, crypto_, observer_);
  Download download(client_, retries, options_, observer_);
  std::array<std::uint8_t, 4> out{};
  EXPECT_EQ(download.Read(out).error(), Status(NetworkFailure::kConnect));
  EXPECT_EQ(download.Read(out).error(), Status(NetworkFailure::kConnect));
  EXPECT_EQ(download.Open().code(), Code::kInvalidState);
  EXPECT_THAT(connection_.targets(), SizeIs(1));
}

}  // namespace
}  // namespace updraft
