// SPDX-License-Identifier: Apache-2.0
#include "cli/text_file.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>

namespace updraft {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

std::string Decoded(std::string_view file) {
  const auto text = DecodeText(AsBytes(file));
  return text ? *text : "refused: " + text.failure().message;
}

std::string_view Raw(const char* bytes, std::size_t size) { return {bytes, size}; }

TEST(TextFile, TakesUtf8WithAndWithoutAByteOrderMark) {
  EXPECT_EQ(Decoded("naïve"), "naïve");
  EXPECT_EQ(Decoded("\xEF\xBB\xBFnaïve"), "naïve");
  EXPECT_EQ(Decoded(""), "");
}

TEST(TextFile, TakesUtf16InBothByteOrders) {
  EXPECT_EQ(Decoded(Raw("\xFF\xFE"
                        "a\0\xEF\0",
                        6)),
            "a\xC3\xAF");
  EXPECT_EQ(Decoded(Raw("\xFE\xFF"
                        "\0a\0\xEF",
                        6)),
            "a\xC3\xAF");
  EXPECT_EQ(Decoded(Raw("\xFF\xFE\x3D\xD8\x80\xDE", 6)), "\xF0\x9F\x9A\x80");
}

TEST(TextFile, TakesUtf32InBothByteOrders) {
  EXPECT_EQ(Decoded(Raw("\xFF\xFE\0\0"
                        "a\0\0\0",
                        8)),
            "a");
  EXPECT_EQ(Decoded(Raw("\0\0\xFE\xFF\0\x01\xF6\x80", 8)), "\xF0\x9F\x9A\x80");
}

TEST(TextFile, SaysAtWhichByteItIsNoText) {
  EXPECT_THAT(Decoded("ab\xFF"), HasSubstr("expected UTF-8 text, found something else at byte 2"));
  EXPECT_THAT(Decoded("\xEF\xBB\xBF\xFF"), HasSubstr("at byte 3"));
  EXPECT_THAT(Decoded(Raw("\xFF\xFE"
                          "a\0b",
                          5)),
              HasSubstr("UTF-16 text, found something else at byte 4"));
  EXPECT_THAT(Decoded(Raw("\xFF\xFE\x3D\xD8"
                          "a\0",
                          6)),
              HasSubstr("at byte 4"));
  EXPECT_THAT(Decoded(Raw("\xFF\xFE\x80\xDE", 4)), HasSubstr("at byte 2"));
  EXPECT_THAT(Decoded(Raw("\xFF\xFE\0\0\0\0\x11\0", 8)), HasSubstr("UTF-32"));
}

TEST(TextFile, SplitsLinesAtEveryKindOfLineEnd) {
  EXPECT_THAT(SplitLines("a\nb\r\nc\rd\xE2\x80\xA8"
                         "e\xC2\x85"
                         "f\x0Bg"),
              ElementsAre("a", "b", "c", "d", "e", "f", "g"));
  EXPECT_THAT(SplitLines("a\n\nb\n"), ElementsAre("a", "", "b"));
  EXPECT_THAT(SplitLines(""), ElementsAre());
}

TEST(TextFile, TrimsUnicodeWhiteSpace) {
  EXPECT_EQ(Trimmed(" \t\xC2\xA0"
                    "a b\xE3\x80\x80\r"),
            "a b");
  EXPECT_EQ(Trimmed(" \xE2\x80\x83 "), "");
}

}  // namespace
}  // namespace updraft
