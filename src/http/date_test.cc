// SPDX-License-Identifier: Apache-2.0
#include "src/http/date.h"

#include <gtest/gtest.h>

namespace updraft::http {
namespace {

TEST(HttpDate, IsSecondsSince1970) {
  EXPECT_EQ(ParseDate("Thu, 01 Jan 1970 00:00:00 GMT"), 0U);
  EXPECT_EQ(ParseDate("Sun, 06 Nov 1994 08:49:37 GMT"), 784111777U);
  EXPECT_EQ(ParseDate("Thu, 29 Feb 2024 23:59:59 GMT"), 1709251199U);
  EXPECT_EQ(ParseDate("Fri, 01 Mar 2024 00:00:00 GMT"), 1709251200U);
  EXPECT_EQ(ParseDate("Tue, 19 Jan 2038 03:14:08 GMT"), 2147483648U);
  EXPECT_EQ(ParseDate("Mon, 01 Mar 2100 00:00:00 GMT"), 4107542400U);
}

TEST(HttpDate, IsNothingElse) {
  for (const char* text : {"", "0", "Sunday, 06-Nov-94 08:49:37 GMT", "Sun Nov  6 08:49:37 1994",
                           "Sun, 06 Nov 1994 08:49:37 UTC", "Sun, 06 nov 1994 08:49:37 GMT",
                           "Sun, 06 ovD 1994 08:49:37 GMT", "Sun, 00 Nov 1994 08:49:37 GMT",
                           "Sun, 06 Nov 1969 08:49:37 GMT", "Sun, 06 Nov 1994 24:49:37 GMT",
                           "Sun, 06 Nov 1994 08:60:37 GMT", "Sun, 06 Nov 1994 08:49:61 GMT",
                           "Sun, 06 Nov 19 4 08:49:37 GMT", "Sun, 06 Nov 1994 08:49:37 GMT "}) {
    EXPECT_EQ(ParseDate(text), std::nullopt) << text;
  }
}

}  // namespace
}  // namespace updraft::http
