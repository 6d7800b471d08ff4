// SPDX-License-Identifier: Apache-2.0
#include "cli/csv_number.h"

#include <gtest/gtest.h>

namespace updraft {
namespace {

TEST(CsvNumber, ReadsTheFormsOfTheGenerator) {
  EXPECT_EQ(ParseCsvNumber("1024"), 1024);
  EXPECT_EQ(ParseCsvNumber("0x1000"), 4096);
  EXPECT_EQ(ParseCsvNumber("0X1a"), 26);
  EXPECT_EQ(ParseCsvNumber("0o17"), 15);
  EXPECT_EQ(ParseCsvNumber("0b11"), 3);
  EXPECT_EQ(ParseCsvNumber("32k"), 32768);
  EXPECT_EQ(ParseCsvNumber("32K"), 32768);
  EXPECT_EQ(ParseCsvNumber("1M"), 1048576);
  EXPECT_EQ(ParseCsvNumber("-2M"), -2097152);
  EXPECT_EQ(ParseCsvNumber("+1"), 1);
  EXPECT_EQ(ParseCsvNumber("1_000"), 1000);
  EXPECT_EQ(ParseCsvNumber("0x_10"), 16);
  EXPECT_EQ(ParseCsvNumber("00"), 0);
  EXPECT_EQ(ParseCsvNumber("0x10k"), 16384);
}

TEST(CsvNumber, RefusesEverythingElse) {
  for (const char* text : {"", "K", "0x", "0xZZ", "010", "1__0", "_1", "1_", "--1", "1.5", "1 2",
                           "4MB", "9223372036854775808", "9999999999999M", "1kkkkkkkk"}) {
    EXPECT_EQ(ParseCsvNumber(text), std::nullopt) << text;
  }
}

}  // namespace
}  // namespace updraft
