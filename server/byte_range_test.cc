// SPDX-License-Identifier: Apache-2.0
#include "server/byte_range.h"

#include <gtest/gtest.h>

namespace updraft {
namespace {

constexpr RangeChoice kWhole{RangeChoice::Verdict::kWhole, 0, 0};
constexpr RangeChoice kRefused{RangeChoice::Verdict::kUnsatisfiable, 0, 0};

RangeChoice Part(std::uint64_t first, std::uint64_t length) {
  return {RangeChoice::Verdict::kPart, first, length};
}

TEST(ByteRange, TakesFirstAndLast) {
  EXPECT_EQ(ChooseRange("bytes=0-0", 100), Part(0, 1));
  EXPECT_EQ(ChooseRange("bytes=10-19", 100), Part(10, 10));
  EXPECT_EQ(ChooseRange("bytes=99-99", 100), Part(99, 1));
  EXPECT_EQ(ChooseRange("bytes=0-99", 100), Part(0, 100));
}

TEST(ByteRange, TakesAnOpenEnd) {
  EXPECT_EQ(ChooseRange("bytes=0-", 100), Part(0, 100));
  EXPECT_EQ(ChooseRange("bytes=99-", 100), Part(99, 1));
}

TEST(ByteRange, TakesASuffix) {
  EXPECT_EQ(ChooseRange("bytes=-1", 100), Part(99, 1));
  EXPECT_EQ(ChooseRange("bytes=-100", 100), Part(0, 100));
}

TEST(ByteRange, ClampsToTheFile) {
  EXPECT_EQ(ChooseRange("bytes=90-1000", 100), Part(90, 10));
  EXPECT_EQ(ChooseRange("bytes=-1000", 100), Part(0, 100));
  EXPECT_EQ(ChooseRange("bytes=5-18446744073709551615", 100), Part(5, 95));
  EXPECT_EQ(ChooseRange("bytes=5-99999999999999999999999999", 100), Part(5, 95));
  EXPECT_EQ(ChooseRange("bytes=-99999999999999999999999999", 100), Part(0, 100));
}

TEST(ByteRange, RefusesWhatLiesBeyondTheFile) {
  EXPECT_EQ(ChooseRange("bytes=100-", 100), kRefused);
  EXPECT_EQ(ChooseRange("bytes=100-200", 100), kRefused);
  EXPECT_EQ(ChooseRange("bytes=-0", 100), kRefused);
  EXPECT_EQ(ChooseRange("bytes=18446744073709551616-", 100), kRefused);
  EXPECT_EQ(ChooseRange("bytes=0-", 0), kRefused);
}

TEST(ByteRange, AnswersASuffixOfAnEmptyFileWithTheWhole) {
  EXPECT_EQ(ChooseRange("bytes=-5", 0), kWhole);
}

TEST(ByteRange, RefusesMalformedRanges) {
  for (const char* header :
       {"bytes=-", "bytes=5", "bytes=a-b", "bytes=1-b", "bytes=5-4", "bytes=0x1-2", "bytes=1-2-3",
        "bytes=--5", "bytes=+1-2", "bytes=1 2-3"})
    EXPECT_EQ(ChooseRange(header, 100), kRefused) << header;
}

TEST(ByteRange, IgnoresNothingOtherUnitsAndSeveralRanges) {
  EXPECT_EQ(ChooseRange("", 100), kWhole);
  EXPECT_EQ(ChooseRange("bytes", 100), kWhole);
  EXPECT_EQ(ChooseRange("bytes=", 100), kWhole);
  EXPECT_EQ(ChooseRange("items=0-1", 100), kWhole);
  EXPECT_EQ(ChooseRange("bytess=0-1", 100), kWhole);
  EXPECT_EQ(ChooseRange("bytes=0-1,5-6", 100), kWhole);
}

TEST(ByteRange, TakesAnyCaseAndSpaces) {
  EXPECT_EQ(ChooseRange("Bytes=0-1", 100), Part(0, 2));
  EXPECT_EQ(ChooseRange("bytes= 0 - 1 ", 100), Part(0, 2));
}

}  // namespace
}  // namespace updraft
