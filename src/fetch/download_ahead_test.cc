// SPDX-License-Identifier: Apache-2.0
// Parts that are asked for while the one before them is read.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <array>
#include <string>
#include <vector>

#include "updraft/download.h"

#include "ports/host/crypto_openssl.h"
#include "testing/fake_system.h"
#include "testing/scripted_connection.h"

namespace updraft {
namespace {

using testing::AllOf;
using testing::HasSubstr;
using testing::SizeIs;

// A part of "0123456789".
std::string Part(std::size_t first, std::size_t count, std::string_view tag = "one") {
  return "HTTP/1.1 206 Partial\r\nContent-Length: " + std::to_string(count) +
         "\r\nContent-Range: bytes " + std::to_string(first) + "-" +
         std::to_string(first + count - 1) + "/10\r\nETag: \"" + std::string(tag) + "\"\r\n\r\n" +
         std::string("0123456789").substr(first, count);
}

std::string Whole(std::string_view tag) {
  return "HTTP/1.1 200 OK\r\nContent-Length: 10\r\nETag: \"" + std::string(tag) +
         "\"\r\n\r\n0123456789";
}

constexpr std::string_view kBadRequest =
    "HTTP/1.1 400 Bad\r\nContent-Length: 0\r\nConnection: close\r\n\r\n";

class RetryCounter final : public Observer {
 public:
  bool OnRetry(const Retry& retry) override {
    if (retry.begins) ++retries;
    return true;
  }
  int retries = 0;
};

class DownloadAhead : public testing::Test {
 protected:
  DownloadAhead() {
    options_.fetch.url = "https://a/f";
    options_.fetch.workspace = workspace_;
    options_.range_size = 2;
    options_.ask_ahead = true;
  }

  Status Run() {
    Retries retries(policy_, system_, crypto_, observer_);
    Download download(client_, retries, options_, observer_);
    std::array<std::uint8_t, 3> out{};
    while (true) {
      UPDRAFT_TRY_ASSIGN(const std::size_t count, download.Read(out));
      if (count == 0) return kOk;
      body_.append(reinterpret_cast<const char*>(out.data()), count);
    }
  }

  ScriptedConnection connection_;
  std::array<std::uint8_t, 4096> buffer_{};
  std::array<std::uint8_t, 4096> workspace_{};
  HttpClient client_{connection_, buffer_};
  FakeSystem system_;
  OpensslCrypto crypto_;
  RetryCounter observer_;
  RetryPolicy policy_;
  DownloadOptions options_;
  std::string body_;
};

TEST_F(DownloadAhead, AsksForTheNextPartsOfAServerThatHasAnsweredInParts) {
  // The script has each Answer wait for a request, and lets the others come behind it.
  connection_.Accept()
      .Answer(Part(0, 2))
      .Answer(Part(2, 2))
      .Add(Part(4, 2))
      .Answer(Part(6, 2))
      .Add(Part(8, 2));
  EXPECT_TRUE(Run().ok());
  EXPECT_EQ(body_, "0123456789");
  EXPECT_EQ(client_.connections(), 1U);
  EXPECT_THAT(connection_.sent().at(0), AllOf(HasSubstr("Range: bytes=4-5\r\nIf-Range: \"one\""),
                                              HasSubstr("Range: bytes=8-9\r\n")));
}

TEST_F(DownloadAhead, AsksOneByOneUnlessItIsToldTo) {
  options_.ask_ahead = false;
  connection_.Accept()
      .Answer(Part(0, 2))
      .Answer(Part(2, 2))
      .Answer(Part(4, 2))
      .Answer(Part(6, 2))
      .Answer(Part(8, 2));
  EXPECT_TRUE(Run().ok());
  EXPECT_EQ(client_.connections(), 1U);
}

TEST_F(DownloadAhead, SeesAFileThatIsSwappedBetweenTwoParts) {
  connection_.Accept().Answer(Part(0, 2)).Answer(Part(2, 2)).Add(Whole("two"));
  EXPECT_EQ(Run(), Status(NetworkFailure::kFileChanged));
  EXPECT_EQ(body_, "0123");
}

TEST_F(DownloadAhead, AsksAgainAtOnceWhereAServerDoesNotUnderstandIt) {
  connection_.Accept().Answer(Part(0, 2)).Answer(Part(2, 2)).Add(kBadRequest);
  connection_.Accept().Answer(Part(4, 2)).Answer(Part(6, 2)).Answer(Part(8, 2));
  EXPECT_TRUE(Run().ok());
  EXPECT_EQ(body_, "0123456789");
  EXPECT_EQ(observer_.retries, 0);
}

TEST_F(DownloadAhead, AsksAgainAtOnceWhereAServerForgetsIt) {
  connection_.Accept().Answer(Part(0, 2)).Answer(Part(2, 2)).Fail(NetworkFailure::kTimeout);
  connection_.Accept().Answer(Part(4, 2)).Answer(Part(6, 2)).Answer(Part(8, 2));
  EXPECT_TRUE(Run().ok());
  EXPECT_EQ(body_, "0123456789");
  EXPECT_EQ(observer_.retries, 0);
}

TEST_F(DownloadAhead, TakesAStallInTheMiddleOfAPartAsAnyOther) {
  policy_.max_attempts = 1;
  connection_.Accept()
      .Answer(Part(0, 2))
      .Answer(Part(2, 2).substr(0, Part(2, 2).size() - 1))
      .Fail(NetworkFailure::kTimeout);
  EXPECT_EQ(Run(), Status(NetworkFailure::kTimeout));
}

TEST_F(DownloadAhead, AsksAgainAtOnceWhereAServerAnswersInAnotherOrder) {
  connection_.Accept().Answer(Part(0, 2)).Answer(Part(2, 2)).Add(Part(6, 2)).Add(Part(4, 2));
  connection_.Accept().Answer(Part(4, 2)).Answer(Part(6, 2)).Answer(Part(8, 2));
  EXPECT_TRUE(Run().ok());
  EXPECT_EQ(body_, "0123456789");
}

TEST_F(DownloadAhead, ARefusalThatIsNoMisunderstandingStaysFinal) {
  connection_.Accept()
      .Answer(Part(0, 2))
      .Answer(Part(2, 2))
      .Add("HTTP/1.1 403 No\r\nContent-Length: 0\r\n\r\n");
  EXPECT_EQ(Run(), Status(Code::kHttpStatus, Stage::kFetch, 403));
}

TEST_F(DownloadAhead, TheSecondFailureIsTakenAsAnyOther) {
  policy_.max_attempts = 1;
  connection_.Accept().Answer(Part(0, 2)).Answer(Part(2, 2)).Add(kBadRequest);
  connection_.Accept().Answer(Part(4, 2)).Answer(kBadRequest);
  EXPECT_EQ(Run(), Status(Code::kHttpStatus, Stage::kFetch, 400));
}

TEST_F(DownloadAhead, TakesPartsThatEndEarlierThanAskedOverNewConnections) {
  connection_.Accept().Answer(Part(0, 2)).Answer(Part(2, 2)).Add(Part(4, 1)).Add(Part(6, 2));
  connection_.Accept().Answer(Part(5, 2)).Answer(Part(7, 2)).Add(Part(9, 1));
  EXPECT_TRUE(Run().ok());
  EXPECT_EQ(body_, "0123456789");
}

}  // namespace
}  // namespace updraft
