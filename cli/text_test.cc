// SPDX-License-Identifier: Apache-2.0
#include "cli/text.h"

#include <gtest/gtest.h>

namespace updraft {
namespace {

TEST(Text, ReadsNumbersInFourBases) {
  EXPECT_EQ(ParseNumber("4096"), 4096U);
  EXPECT_EQ(ParseNumber("0x1000"), 4096U);
  EXPECT_EQ(ParseNumber("0b101"), 5U);
  EXPECT_EQ(ParseNumber("0o17"), 15U);
  EXPECT_EQ(ParseNumber("0"), 0U);
  EXPECT_EQ(ParseNumber("18446744073709551615"), ~std::uint64_t{0});
}

TEST(Text, RefusesWhatIsNoNumber) {
  for (const char* text : {"", "0x", "-1", "+1", " 1", "1 ", "1k", "0xg", "ten",
                           "18446744073709551616", "0x10000000000000000"}) {
    EXPECT_EQ(ParseNumber(text), std::nullopt) << text;
  }
}

TEST(Text, ReadsSizesWithUnits) {
  EXPECT_EQ(ParseSize("4MB"), 4U << 20);
  EXPECT_EQ(ParseSize("4M"), 4U << 20);
  EXPECT_EQ(ParseSize("4MiB"), 4U << 20);
  EXPECT_EQ(ParseSize("64k"), 64U << 10);
  EXPECT_EQ(ParseSize("0x10K"), 16U << 10);
  EXPECT_EQ(ParseSize("1G"), 1U << 30);
  EXPECT_EQ(ParseSize("512B"), 512U);
  EXPECT_EQ(ParseSize("0x10B"), 0x10BU);  // B is a digit there
}

TEST(Text, RefusesSizesWithUnknownUnitsOrBeyond64Bits) {
  for (const char* text : {"", "MB", "4X", "4MBB", "4 MB", "-4MB", "17179869184G", "4.5MB"}) {
    EXPECT_EQ(ParseSize(text), std::nullopt) << text;
  }
}

TEST(Text, WritesAndReadsHex) {
  const std::vector<std::uint8_t> bytes{0x00, 0xAB, 0x7F};
  EXPECT_EQ(HexText(bytes), "00ab7f");
  EXPECT_EQ(ParseHex("00AB7f"), bytes);
  EXPECT_EQ(ParseHex("00a"), std::nullopt);
  EXPECT_EQ(ParseHex("0x"), std::nullopt);
}

TEST(Text, WritesSizesForPeople) {
  EXPECT_EQ(SizeText(0), "0 bytes");
  EXPECT_EQ(SizeText(1), "1 byte");
  EXPECT_EQ(SizeText(1023), "1023 bytes");
  EXPECT_EQ(SizeText(4096), "4 KiB");
  EXPECT_EQ(SizeText(1536 * 1024), "1.5 MiB");
  EXPECT_EQ(ExactSizeText(4096), "4096 bytes (4 KiB)");
  EXPECT_EQ(RevisionText(101), "v1.1");
  EXPECT_EQ(RevisionText(4), "v0.4");
}

TEST(Text, KeepsUtf8AndReplacesEachIllFormedPartOnce) {
  EXPECT_EQ(Utf8Text("инит \xF0\x9F\x9A\x80"), "инит \xF0\x9F\x9A\x80");
  EXPECT_EQ(Utf8Text("a\xFFz"), "a\xEF\xBF\xBDz");
  EXPECT_EQ(Utf8Text("\xE2\x82"), "\xEF\xBF\xBD");              // cut in the middle: one part
  EXPECT_EQ(Utf8Text("\xC0\x80"), "\xEF\xBF\xBD\xEF\xBF\xBD");  // overlong
  EXPECT_EQ(Utf8Text("\xED\xA0\x80"), "\xEF\xBF\xBD\xEF\xBF\xBD\xEF\xBF\xBD");  // surrogate
  EXPECT_EQ(Utf8Text("\xF4\x90\x80\x80").size(), 12U);                          // above U+10FFFF
}

TEST(Text, LetsNoControlCharacterReachATerminal) {
  EXPECT_EQ(PrintableText("v1\x1b[2J"), "v1\xEF\xBF\xBD[2J");
  EXPECT_EQ(PrintableText("a\nb\x7F"),
            "a\xEF\xBF\xBD"
            "b\xEF\xBF\xBD");
  EXPECT_EQ(PrintableText("\xC2\x9B"), "\xEF\xBF\xBD");  // C1: the one-byte CSI
  EXPECT_EQ(PrintableText("\xC2\xA0"), "\xC2\xA0");
}

}  // namespace
}  // namespace updraft
