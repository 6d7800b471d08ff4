// SPDX-License-Identifier: Apache-2.0
// Downloads that an earlier start of the device began: they go on with the same
// file, and begin anew with another.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <string>
#include <vector>

#include "updraft/download.h"

#include "ports/host/crypto_openssl.h"
#include "testing/fake_system.h"
#include "testing/scripted_connection.h"

namespace updraft {
namespace {

using testing::HasSubstr;
using testing::Not;
using testing::SizeIs;

constexpr std::string_view kTag = "ETag: \"one\"\r\n";

std::string Answer(const std::string& status, std::string_view body, std::string_view headers) {
  return "HTTP/1.1 " + status + "\r\nContent-Length: " + std::to_string(body.size()) + "\r\n" +
         std::string(headers) + "\r\n" + std::string(body);
}
std::string Whole(std::string_view body, std::string_view headers = kTag) {
  return Answer("200 OK", body, headers);
}
// The part of a file of `total` bytes that begins at `first`.
std::string Part(std::size_t first, std::string_view body, std::size_t total,
                 std::string_view headers = kTag) {
  const std::string range = std::to_string(first) + "-" + std::to_string(first + body.size() - 1);
  return Answer("206 Partial", body,
                "Content-Range: bytes " + range + "/" + std::to_string(total) + "\r\n" +
                    std::string(headers));
}
std::string Error(int status) { return Answer(std::to_string(status) + " No", "", ""); }

class KeepRetries final : public Observer {
 public:
  bool OnRetry(const Retry& retry) override {
    if (retry.begins) retries.push_back(retry);
    return true;
  }
  std::vector<Retry> retries;
};

class DownloadStartAt : public testing::Test {
 protected:
  DownloadStartAt() {
    options_.fetch.url = "https://a/f";
    options_.fetch.workspace = workspace_;
  }

  static ResumePoint Point(std::uint64_t offset, std::uint64_t length, std::string_view validator,
                           bool is_tag = true) {
    ResumePoint point{.offset = offset, .length = length, .identity = {}, .head = {}};
    std::copy(validator.begin(), validator.end(), point.identity.text.begin());
    point.identity.size = validator.size();
    point.identity.is_tag = is_tag && !validator.empty();
    return point;
  }

  // Whether it went on, and all that came.
  Result<bool> RunFrom(const ResumePoint& point) {
    Retries retries(policy_, system_, crypto_, observer_);
    Download download(client_, retries, options_, observer_);
    const auto same = download.StartAt(point);
    if (!same) return same;
    for (std::array<std::uint8_t, 3> out{};;) {
      UPDRAFT_TRY_ASSIGN(const std::size_t count, download.Read(out));
      if (count == 0) break;
      body_.append(out.begin(), out.begin() + static_cast<std::ptrdiff_t>(count));
    }
    received_ = retries.received();
    size_ = download.size();
    return same;
  }
  void ExpectAnew(const ResumePoint& point, std::string_view body) {
    const auto same = RunFrom(point);
    ASSERT_TRUE(same.has_value());
    EXPECT_FALSE(*same);
    EXPECT_EQ(body_, body);
    EXPECT_EQ(size_, body.size());
    EXPECT_TRUE(connection_.finished());
  }

  ScriptedConnection connection_;
  std::array<std::uint8_t, 4096> buffer_{};
  std::array<std::uint8_t, 4096> workspace_{};
  HttpClient client_{connection_, buffer_};
  FakeSystem system_;
  OpensslCrypto crypto_;
  KeepRetries observer_;
  RetryPolicy policy_;
  DownloadOptions options_;
  std::string body_;
  std::uint64_t received_ = 0;
  std::optional<std::uint64_t> size_;
};

TEST_F(DownloadStartAt, GoesOnWithAFileOfTheSameTag) {
  connection_.Accept().Answer(Part(4, "456789", 10));
  const auto same = RunFrom(Point(4, 10, "\"one\""));
  ASSERT_TRUE(same.has_value());
  EXPECT_TRUE(*same);
  EXPECT_EQ(body_, "456789");
  EXPECT_EQ(received_, 6U);
  EXPECT_EQ(size_, 10U);
  EXPECT_THAT(connection_.sent().at(0), HasSubstr("Range: bytes=4-\r\nIf-Range: \"one\"\r\n"));
}

TEST_F(DownloadStartAt, GoesOnWithAFileOfTheSameDateAndLength) {
  const std::string date = "Fri, 27 Nov 2026 18:00:00 GMT";
  const std::string header = "Last-Modified: " + date + "\r\n";
  connection_.Accept().Answer(Part(4, "456789", 10, header));
  const auto same = RunFrom(Point(4, 10, date, false));
  EXPECT_TRUE(same.has_value() && *same);
  EXPECT_EQ(body_, "456789");
}

TEST_F(DownloadStartAt, SkipsWhatIsThereWhereTheServerKnowsNoRanges) {
  connection_.Accept().Answer(Whole("0123456789"));
  const auto same = RunFrom(Point(4, 10, "\"one\""));
  EXPECT_TRUE(same.has_value() && *same);
  EXPECT_EQ(body_, "456789");
}

TEST_F(DownloadStartAt, BeginsAnewWithAFileOfAnotherTag) {
  const std::string_view other = "ETag: \"two\"\r\n";
  connection_.Accept().Answer(Whole("abcdefghij", other));
  connection_.Accept().Answer(Whole("abcdefghij", other));
  ExpectAnew(Point(4, 10, "\"one\""), "abcdefghij");
  ASSERT_THAT(observer_.retries, SizeIs(1));
  EXPECT_EQ(observer_.retries[0].failure, Status(NetworkFailure::kFileChanged));
  EXPECT_THAT(connection_.sent().at(1), Not(HasSubstr("Range")));
}

TEST_F(DownloadStartAt, BeginsAnewWithAFileOfAnotherLength) {
  connection_.Accept().Answer(Part(4, "45678", 9)).Answer(Whole("012345678"));
  connection_.Accept().Answer(Whole("012345678"));
  const auto same = RunFrom(Point(4, 10, "\"one\""));
  EXPECT_TRUE(same.has_value() && !*same);
  EXPECT_EQ(body_, "012345678");
}

TEST_F(DownloadStartAt, BeginsAnewWhereTheFileIsShorterNow) {
  connection_.Accept().Answer(Error(416)).Answer(Whole("01"));
  ExpectAnew(Point(4, 10, "\"one\""), "01");
}

TEST_F(DownloadStartAt, TellsAFileWithoutTagOrDateByItsHead) {
  connection_.Accept().Answer(Part(0, "0123", 10, "")).Answer(Part(4, "456789", 10, ""));
  ResumePoint point = Point(4, 10, "");
  point.head = AsBytes("0123");
  const auto same = RunFrom(point);
  EXPECT_TRUE(same.has_value() && *same);
  EXPECT_EQ(body_, "456789");
  EXPECT_EQ(client_.connections(), 1U);
}

TEST_F(DownloadStartAt, BeginsAnewWhereTheHeadIsAnother) {
  connection_.Accept().Answer(Part(0, "abcd", 10, "")).Answer(Whole("abcdefghij", ""));
  ResumePoint point = Point(4, 10, "");
  point.head = AsBytes("0123");
  ExpectAnew(point, "abcdefghij");
}

TEST_F(DownloadStartAt, TakesAllOfTheFileThatIsOnItsWayWhereTheServerKnowsNoRanges) {
  connection_.Accept().Answer(Whole("0123456789", ""));
  ResumePoint point = Point(4, 10, "");
  point.head = AsBytes("0123");
  ExpectAnew(point, "0123456789");
  EXPECT_EQ(received_, 10U);
}

TEST_F(DownloadStartAt, TriesAgainWhatMayHeal) {
  connection_.Accept().Answer(Error(503)).Answer(Part(4, "456789", 10));
  const auto same = RunFrom(Point(4, 10, "\"one\""));
  EXPECT_TRUE(same.has_value() && *same);
  EXPECT_EQ(body_, "456789");
}

TEST_F(DownloadStartAt, FailsAsOpenDoes) {
  connection_.Accept().Answer(Error(404));
  EXPECT_EQ(RunFrom(Point(4, 10, "\"one\"")).error(),
            Status(Code::kHttpStatus, Stage::kFetch, 404));
}

}  // namespace
}  // namespace updraft
