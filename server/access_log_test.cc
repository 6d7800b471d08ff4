// SPDX-License-Identifier: Apache-2.0
#include "server/access_log.h"

#include <gtest/gtest.h>

namespace updraft {
namespace {

const std::chrono::system_clock::time_point kMoment{std::chrono::milliseconds(784111777042)};

TEST(AccessLog, SaysWhenWhoWhatAndHow) {
  const AccessEntry entry{.time = kMoment,
                          .peer = "127.0.0.1:40000",
                          .method = "GET",
                          .target = "/app.bin",
                          .range = "bytes=0-4095",
                          .status = 206,
                          .body_bytes = 4096};
  EXPECT_EQ(FormatAccessEntry(entry),
            "1994-11-06T08:49:37.042Z 127.0.0.1:40000 \"GET /app.bin\" 206 4096 \"bytes=0-4095\"");
}

TEST(AccessLog, SaysWhatWentWrong) {
  const AccessEntry entry{.time = kMoment, .peer = "[::1]:1", .note = "TLS handshake: unknown ca"};
  EXPECT_EQ(FormatAccessEntry(entry),
            "1994-11-06T08:49:37.042Z [::1]:1 \"- -\" 0 0 \"-\" - TLS handshake: unknown ca");
}

TEST(AccessLog, LetsNobodyForgeALine) {
  const AccessEntry entry{.time = kMoment,
                          .peer = "p",
                          .method = "GET",
                          .target = "/a\" 200\n\x1b[2J\\",
                          .range = "\r\n",
                          .status = 404};
  EXPECT_EQ(
      FormatAccessEntry(entry),
      "1994-11-06T08:49:37.042Z p \"GET /a\\x22 200\\x0a\\x1b[2J\\x5c\" 404 0 \"\\x0d\\x0a\"");
}

}  // namespace
}  // namespace updraft
