// SPDX-License-Identifier: Apache-2.0
#include "cli/elf.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "testing/test_elf.h"

namespace updraft {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

TestElf Program() {
  TestElf elf;
  elf.segments = {{0x3C000020, {1, 2, 3, 4}}, {0x40380000, {5, 6, 7}, 100}};
  return elf;
}

std::string ReasonOf(const std::vector<std::uint8_t>& file) {
  const auto program = ParseElf(file);
  return program ? "none" : program.failure().reason;
}

TEST(Elf, GivesEntryMachineAndWhatIsToBeLoaded) {
  const auto file = Program().Build();
  const auto program = ParseElf(file);
  ASSERT_TRUE(static_cast<bool>(program)) << program.failure().message;
  EXPECT_EQ(program->machine, kElfMachineRiscv);
  EXPECT_EQ(program->entry, 0x40380000U);
  ASSERT_EQ(program->segments.size(), 2U);
  EXPECT_EQ(program->segments[0].address, 0x3C000020U);
  EXPECT_THAT(program->segments[0].data, ElementsAre(1, 2, 3, 4));
  EXPECT_THAT(program->segments[1].data, ElementsAre(5, 6, 7));
}

TEST(Elf, LeavesOutWhatHasNoBytesOrIsNotLoaded) {
  TestElf elf = Program();
  elf.segments.push_back({0x3FC90000, {}, 4096});
  elf.segments.push_back({0x3FCA0000, {1, 2, 3}, 0, 4});
  const auto file = elf.Build();
  const auto program = ParseElf(file);
  ASSERT_TRUE(static_cast<bool>(program));
  EXPECT_EQ(program->segments.size(), 2U);
}

// Linkers put sections of the same rights into one segment, gap and all.
TEST(Elf, TakesTheSectionsOfASegmentAndNotWhatLiesBetweenThem) {
  TestElf elf;
  elf.segments = {{0x40380000, std::vector<std::uint8_t>(100, 9)}};
  elf.sections = {{0, 60, 40}, {0, 0, 8}, {0, 20, 4, 8}, {0, 30, 4, 1, 0}, {0, 40, 0}};
  const auto file = elf.Build();
  const auto program = ParseElf(file);
  ASSERT_TRUE(static_cast<bool>(program)) << program.failure().message;
  ASSERT_EQ(program->segments.size(), 2U);
  EXPECT_EQ(program->segments[0].address, 0x40380000U);
  EXPECT_EQ(program->segments[0].data.size(), 8U);
  EXPECT_EQ(program->segments[1].address, 0x4038003CU);
  EXPECT_EQ(program->segments[1].data.size(), 40U);
}

TEST(Elf, RefusesSectionsOutsideOfTheFile) {
  TestElf elf = Program();
  elf.sections = {{0, 0, 4}};
  const auto good = elf.Build();
  ASSERT_EQ(ReasonOf(good), "none");
  const std::size_t row = good.size() - 40;
  auto offset = good;
  StoreLe32(offset.data() + row + 16, 0xFFFFFFFF);
  EXPECT_EQ(ReasonOf(offset), "truncated");
  auto size = good;
  StoreLe32(size.data() + row + 20, 0xFFFFFFFF);
  EXPECT_EQ(ReasonOf(size), "truncated");
  auto table = good;
  StoreLe32(table.data() + 32, 0xFFFFFFF0);
  EXPECT_EQ(ReasonOf(table), "truncated");
  auto row_size = good;
  row_size[46] = 64;
  EXPECT_EQ(ReasonOf(row_size), "bad_format");
}

TEST(Elf, RefusesMoreSegmentsThanAnyLinkerMakes) {
  TestElf elf;
  for (std::uint32_t i = 0; i < 5000; ++i) elf.segments.push_back({0x40380000 + i * 4, {1}});
  EXPECT_EQ(ReasonOf(elf.Build()), "bad_format");
}

TEST(Elf, RefusesAFileWithNothingToLoad) {
  TestElf elf;
  EXPECT_EQ(ReasonOf(elf.Build()), "no_segments");
  elf.segments.push_back({0x3FC90000, {}, 4096});
  EXPECT_EQ(ReasonOf(elf.Build()), "no_segments");
}

TEST(Elf, RefusesWhatIsNoElfFile) {
  EXPECT_EQ(ReasonOf({}), "bad_magic");
  EXPECT_EQ(ReasonOf({0x7F, 'E', 'L'}), "bad_magic");
  EXPECT_EQ(ReasonOf(std::vector<std::uint8_t>(100, 0xE9)), "bad_magic");
}

TEST(Elf, RefusesOtherClassesOrdersAndKinds) {
  auto wide = Program().Build();
  wide[4] = 2;
  EXPECT_THAT(ParseElf(wide).failure().message, HasSubstr("class 2"));
  auto big = Program().Build();
  big[5] = 2;
  EXPECT_EQ(ReasonOf(big), "bad_format");
  TestElf object = Program();
  object.type = 1;
  EXPECT_THAT(ParseElf(object.Build()).failure().message, HasSubstr("type 1"));
  auto rows = Program().Build();
  rows[42] = 31;
  EXPECT_EQ(ReasonOf(rows), "bad_format");
}

TEST(Elf, RefusesEveryCutOfTheFile) {
  const auto file = Program().Build();
  for (std::size_t size = 0; size < file.size(); ++size) {
    const auto reason = ReasonOf({file.begin(), file.begin() + static_cast<std::ptrdiff_t>(size)});
    EXPECT_EQ(reason, size < 4 ? "bad_magic" : "truncated") << size;
  }
}

TEST(Elf, RefusesSegmentsOutsideOfTheFileOrOfTheAddresses) {
  const std::size_t row = TestElf::RowOffset(1);
  auto offset = Program().Build();
  StoreLe32(offset.data() + row + 4, 0xFFFFFFFF);
  EXPECT_EQ(ReasonOf(offset), "truncated");
  auto size = Program().Build();
  StoreLe32(size.data() + row + 16, 0xFFFFFFF0);
  EXPECT_EQ(ReasonOf(size), "truncated");
  auto memory = Program().Build();
  StoreLe32(memory.data() + row + 20, 2);
  EXPECT_EQ(ReasonOf(memory), "bad_format");
  auto address = Program().Build();
  StoreLe32(address.data() + row + 8, 0xFFFFFFFE);
  EXPECT_EQ(ReasonOf(address), "bad_format");
  auto headers = Program().Build();
  StoreLe32(headers.data() + 28, 0xFFFFFFE0);
  EXPECT_EQ(ReasonOf(headers), "truncated");
}

// Whatever one byte is: a program or a refusal, and no read beyond the file.
TEST(Elf, SurvivesEveryValueOfEveryByteOfItsHeaders) {
  const auto good = Program().Build();
  for (std::size_t at = 0; at < TestElf::RowOffset(2); ++at) {
    auto file = good;
    for (int value = 0; value < 256; ++value) {
      file[at] = static_cast<std::uint8_t>(value);
      const auto program = ParseElf(file);
      if (!program) continue;
      for (const ElfSegment& segment : program->segments) {
        ASSERT_GE(segment.data.data(), file.data());
        ASSERT_LE(segment.data.data() + segment.data.size(), file.data() + file.size());
      }
    }
  }
}

}  // namespace
}  // namespace updraft
