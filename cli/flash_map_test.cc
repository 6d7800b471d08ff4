// SPDX-License-Identifier: Apache-2.0
#include "cli/flash_map.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace updraft {
namespace {

using Json = nlohmann::ordered_json;
using testing::AllOf;
using testing::EndsWith;
using testing::HasSubstr;
using testing::Not;
using testing::SizeIs;
using testing::StartsWith;

Json Slot(const char* name, std::uint64_t offset, const Json& length) {
  return {{"name", name},          {"offset", offset},   {"size", 0x100000},
          {"state", "valid"},      {"version", "1.0.0"}, {"project_name", "hello"},
          {"image_length", length}};
}

Json Row(const char* name, const char* type, const char* subtype, std::uint64_t offset,
         std::uint64_t size) {
  return {{"name", name},
          {"type_name", type},
          {"subtype_name", subtype},
          {"offset", offset},
          {"size", size}};
}

// 4 MiB: ota_1 stands before ota_0 in the table.
Json Device() {
  return {
      {"flash_size", 0x400000},
      {"running", "ota_0"},
      {"slots", {Slot("ota_1", 0x200000, nullptr), Slot("ota_0", 0x100000, 0x80000)}},
      {"partitions",
       {Row("nvs", "data", "nvs", 0x9000, 0x3000), Row("ota_1", "app", "ota_1", 0x200000, 0x100000),
        Row("ota_0", "app", "ota_0", 0x100000, 0x100000)}}};
}

// Wide enough for a bar of 64 cells: 64 KiB each.
std::vector<std::string> Draw(const Json& device, bool color = false) {
  return DrawFlashMap(device, {.width = 200, .color = color});
}

TEST(FlashMap, DrawsALineAPartitionInTheOrderOfTheFlash) {
  const auto lines = Draw(Device());
  ASSERT_THAT(lines, SizeIs(4));
  EXPECT_THAT(lines[0], AllOf(HasSubstr("partition"), HasSubstr(" 4 MiB")));
  EXPECT_THAT(lines[1], AllOf(StartsWith("  nvs "), HasSubstr("0x9000"), HasSubstr("12 KiB"),
                              EndsWith(" data/nvs")));
  EXPECT_THAT(lines[2], StartsWith("* ota_0 "));
  EXPECT_THAT(lines[3], StartsWith("  ota_1 "));
}

TEST(FlashMap, DrawsBarsToScaleWithWhatTheImageFills) {
  const auto lines = Draw(Device());
  const std::size_t bar = lines[0].find(" 0 ") + 1;
  EXPECT_EQ(lines[1].substr(bar, 64), "=" + std::string(63, ' '));
  EXPECT_EQ(lines[2].substr(bar, 64), std::string(16, ' ') + std::string(8, '#') +
                                          std::string(8, '-') + std::string(32, ' '));
  EXPECT_EQ(lines[3].substr(bar, 64),
            std::string(32, ' ') + std::string(16, '-') + std::string(16, ' '));
}

TEST(FlashMap, TellsHowFullASlotIs) {
  const auto lines = Draw(Device());
  EXPECT_THAT(lines[2], AllOf(HasSubstr("valid"), HasSubstr("hello 1.0.0"), EndsWith(" 50%")));
  EXPECT_THAT(lines[3], EndsWith(" invalid"));
  Json empty = Device();
  for (Json& slot : empty["slots"]) slot["version"] = nullptr;
  EXPECT_THAT(Draw(empty)[3], EndsWith(" none"));
  EXPECT_EQ(FillPercent(0, 100), 0U);
  EXPECT_EQ(FillPercent(1, 0x100000), 1U);
  EXPECT_EQ(FillPercent(0xFFFFF, 0x100000), 99U);
  EXPECT_EQ(FillPercent(0x100000, 0x100000), 100U);
}

TEST(FlashMap, ColoursOnlyWhenAsked) {
  for (const std::string& line : Draw(Device())) EXPECT_THAT(line, Not(HasSubstr("\x1b")));
  EXPECT_THAT(Draw(Device(), true)[2], HasSubstr("\x1b[32m"));
}

TEST(FlashMap, FitsTheTerminal) {
  for (const std::size_t width : {80U, 100U, 132U}) {
    for (const std::string& line : DrawFlashMap(Device(), {.width = width})) {
      EXPECT_LE(line.size(), width) << line;
    }
  }
}

TEST(FlashMap, DrawsPartitionsThatReachBeyondTheFlashOrHaveStrangeNames) {
  Json device = Device();
  device["partitions"].push_back(Row("\x1b[2J", "data", "fat", 0x3FF000, 0x10000));
  device["partitions"].push_back(Row("outside", "data", "fat", 0xFFFFF000, 0xFFFFF000));
  const auto lines = Draw(device);
  ASSERT_THAT(lines, SizeIs(6));
  for (const std::string& line : lines) EXPECT_THAT(line, Not(HasSubstr("\x1b")));
}

}  // namespace
}  // namespace updraft
