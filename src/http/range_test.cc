// SPDX-License-Identifier: Apache-2.0
#include "src/http/range.h"

#include <gtest/gtest.h>

#include <array>
#include <string>

namespace updraft::http {
namespace {

constexpr std::uint64_t kLargest = 9223372036854775807U;

TEST(Range, TakesTheThreeFormsApart) {
  EXPECT_EQ(*ParseRange("bytes=0-0"), (ByteRange{false, 0, 0}));
  EXPECT_EQ(*ParseRange("Bytes=7-"), (ByteRange{false, 7, std::nullopt}));
  EXPECT_EQ(*ParseRange("bytes=-500"), (ByteRange{true, 500, std::nullopt}));
  EXPECT_EQ(*ParseRange("bytes=5-9223372036854775807"), (ByteRange{false, 5, kLargest}));
}

TEST(Range, RefusesMalformedRanges) {
  for (const char* text :
       {"", "bytes", "bytes=", "bytes=-", "bytes=5", "bytes=5-4", "bytes=a-b", "bytes=+1-2",
        "bytes=1--2", "bytes= 1 - 2", "bytes 1-2", "octets=1-2", "bytes=9223372036854775808-",
        "bytes=-18446744073709551616", "bytes=--5"}) {
    EXPECT_EQ(ParseRange(text).error().code(), Code::kBadFormat) << text;
  }
  EXPECT_EQ(ParseRange("bytes=0-1,3-4").error().code(), Code::kUnsupported);
}

TEST(ContentRange, TakesTheThreeFormsApart) {
  EXPECT_EQ(*ParseContentRange("bytes 0-9/10"), (ContentRange{true, 0, 9, 10}));
  EXPECT_EQ(*ParseContentRange("BYTES 5-9/*"), (ContentRange{true, 5, 9, std::nullopt}));
  EXPECT_EQ(*ParseContentRange("bytes */10"), (ContentRange{false, 0, 0, 10}));
  EXPECT_EQ(*ParseContentRange("bytes */0"), (ContentRange{false, 0, 0, 0}));
}

TEST(ContentRange, RefusesWhatLies) {
  for (const char* text :
       {"", "bytes", "bytes ", "bytes 0-9", "bytes 0-9/", "bytes */*", "bytes 9-0/10",
        "bytes 0-10/10", "bytes=0-9/10", "bytes 0-9/10 ", "bytes  0-9/10", "bytes 0 - 9/10",
        "bytes -9/10", "bytes 0-/10", "bytes 0-9/-1", "bytes 0-18446744073709551616/*",
        "bytes 18446744073709551611-4/10", "bytes 0-9/10/10", "bytes 0-9,20-29/30"}) {
    EXPECT_EQ(ParseContentRange(text).error().code(), Code::kBadFormat) << text;
  }
}

TEST(Range, WritesWhatItReads) {
  std::array<std::uint8_t, kRangeTextSize> room{};
  for (const char* text : {"bytes=0-0", "bytes=7-", "bytes=-500", "bytes=5-9223372036854775807"}) {
    EXPECT_EQ(*FormatRange(*ParseRange(text), room), text);
  }
  for (const char* text : {"bytes 0-9/10", "bytes 5-9/*", "bytes */10",
                           "bytes 9223372036854775805-9223372036854775806/9223372036854775807"}) {
    EXPECT_EQ(*FormatContentRange(*ParseContentRange(text), room), text);
  }
  EXPECT_EQ(FormatRange({false, 10, 20}, MutableBytes(room).first(8)).error().code(),
            Code::kNoSpace);
}

}  // namespace
}  // namespace updraft::http
