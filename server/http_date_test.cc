// SPDX-License-Identifier: Apache-2.0
#include "server/http_date.h"

#include <gtest/gtest.h>

namespace updraft {
namespace {

constexpr std::int64_t kRfcExample = 784111777;  // Sun, 06 Nov 1994 08:49:37 GMT
constexpr std::int64_t kNow = 1790000000;        // in 2026

TEST(HttpDate, FormatsAsImfFixdate) {
  EXPECT_EQ(FormatHttpDate(kRfcExample), "Sun, 06 Nov 1994 08:49:37 GMT");
  EXPECT_EQ(FormatHttpDate(0), "Thu, 01 Jan 1970 00:00:00 GMT");
  EXPECT_EQ(FormatHttpDate(951782399), "Mon, 28 Feb 2000 23:59:59 GMT");
  EXPECT_EQ(FormatHttpDate(951782400), "Tue, 29 Feb 2000 00:00:00 GMT");
}

TEST(HttpDate, ParsesAllThreeForms) {
  EXPECT_EQ(ParseHttpDate("Sun, 06 Nov 1994 08:49:37 GMT", kNow), kRfcExample);
  EXPECT_EQ(ParseHttpDate("Sunday, 06-Nov-94 08:49:37 GMT", kNow), kRfcExample);
  EXPECT_EQ(ParseHttpDate("Sun Nov  6 08:49:37 1994", kNow), kRfcExample);
  EXPECT_EQ(ParseHttpDate("Wed Nov 16 08:49:37 1994", kNow), kRfcExample + 10 * 86400);
}

TEST(HttpDate, ReadsTwoDigitYearsAsTheMostRecentWithinFiftyYearsAhead) {
  EXPECT_EQ(ParseHttpDate("Thursday, 01-Jan-70 00:00:00 GMT", kNow),
            ParseHttpDate("Wed, 01 Jan 2070 00:00:00 GMT", kNow));
  EXPECT_EQ(ParseHttpDate("Friday, 01-Jan-99 00:00:00 GMT", kNow),
            ParseHttpDate("Fri, 01 Jan 1999 00:00:00 GMT", kNow));
}

TEST(HttpDate, ReadsBackWhatItFormats) {
  for (std::int64_t seconds = 0; seconds < 4102444800; seconds += 12345678)
    EXPECT_EQ(ParseHttpDate(FormatHttpDate(seconds), kNow), seconds);
}

TEST(HttpDate, RefusesWhatIsNoDate) {
  for (const char* text : {
           "",
           "yesterday",
           "Sun, 06 Nov 1994 08:49:37",
           "Sun, 06 Nov 1994 08:49:37 GMT ",
           "Sun, 06 Nov 1994 08:49:37 CET",
           "Sun, 6 Nov 1994 08:49:37 GMT",
           "Sun, 31 Nov 1994 08:49:37 GMT",
           "Sun, 29 Feb 1900 08:49:37 GMT",
           "Sun, 06 Nov 1994 24:49:37 GMT",
           "Sun, 06 Nov 1994 08:60:37 GMT",
           "Sun, 06 Nox 1994 08:49:37 GMT",
           "Sunday, 31-Nov-94 08:49:37 GMT",
           "Sun Nov 06 08:49:37 94",
           "\"etag\"",
       }) {
    EXPECT_EQ(ParseHttpDate(text, kNow), std::nullopt) << text;
  }
}

}  // namespace
}  // namespace updraft
