// SPDX-License-Identifier: Apache-2.0
#include "cli/spi_fields.h"

#include <gtest/gtest.h>

namespace updraft {
namespace {

const ChipFamily& Family(std::string_view name) { return *FindChip(name); }

TEST(SpiFields, KnowsTheWordsOfEsptool) {
  EXPECT_EQ(ParseSpiMode("qio"), 0);
  EXPECT_EQ(ParseSpiMode("dio"), 2);
  EXPECT_EQ(ParseSpiMode("slow_read"), 5);
  EXPECT_EQ(ParseSpiSize("1MB"), 0);
  EXPECT_EQ(ParseSpiSize("4MB"), 2);
  EXPECT_EQ(ParseSpiSize("128MB"), 7);
  EXPECT_EQ(ParseDescriptionSpiMode("qio"), 1);
  EXPECT_EQ(ParseDescriptionSpiMode("opi"), 5);
}

TEST(SpiFields, TheSpeedsValueDependsOnTheChip) {
  EXPECT_EQ(ParseSpiSpeed("80m", Family("esp32c3")), 0xF);
  EXPECT_EQ(ParseSpiSpeed("40m", Family("esp32")), 0);
  EXPECT_EQ(ParseSpiSpeed("60m", Family("esp32c2")), 0xF);
  EXPECT_EQ(ParseSpiSpeed("48m", Family("esp32h2")), 0xF);
  EXPECT_EQ(ParseSpiSpeed("80m", Family("esp32c6")), 0);
  EXPECT_EQ(ParseSpiSpeed("40m", Family("esp32c6")), 0);
  EXPECT_EQ(ParseSpiSpeed("80m", Family("esp32h2")), std::nullopt);
}

TEST(SpiFields, TakesNumbersThatFitAndRefusesTheRest) {
  EXPECT_EQ(ParseSpiMode("255"), 255);
  EXPECT_EQ(ParseSpiMode("256"), std::nullopt);
  EXPECT_EQ(ParseSpiMode("fast"), std::nullopt);
  EXPECT_EQ(ParseSpiSpeed("0xf", Family("esp32")), 0xF);
  EXPECT_EQ(ParseSpiSpeed("16", Family("esp32")), std::nullopt);
  EXPECT_EQ(ParseSpiSize("3MB"), std::nullopt);
  EXPECT_EQ(ParseSpiSize("512K"), std::nullopt);
  EXPECT_EQ(ParseSpiSize("256MB"), std::nullopt);
  EXPECT_EQ(ParseSpiSize("0"), std::nullopt);
}

}  // namespace
}  // namespace updraft
