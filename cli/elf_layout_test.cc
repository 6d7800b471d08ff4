// SPDX-License-Identifier: Apache-2.0
#include "cli/elf_layout.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "testing/test_elf.h"
#include "testing/test_image.h"

namespace updraft {
namespace {

using testing::HasSubstr;
using testing::SizeIs;

using Data = std::vector<std::uint8_t>;

Data Filled(std::size_t size, std::uint8_t byte = 7) { return Data(size, byte); }

// An application description, with that MMU page size.
Data Description(std::size_t size, std::uint8_t page = 16) {
  Data data(size, 3);
  StoreLe32(data.data(), 0xABCD5432);
  data[180] = page;
  return data;
}

class ElfLayout : public testing::Test {
 protected:
  Outcome<std::vector<LaidSegment>> LayOut(std::vector<TestElf::Segment> segments,
                                           std::string_view chip = "esp32c3",
                                           std::uint16_t machine = kElfMachineRiscv) {
    TestElf elf;
    elf.machine = machine;
    elf.segments = std::move(segments);
    file_ = elf.Build();
    const auto program = ParseElf(file_);
    EXPECT_TRUE(static_cast<bool>(program)) << program.failure().message;
    const ChipFamily* const family = FindChip(chip);
    return LayOutElf(*program, {.family = family, .page_size = MmuPageSize(*program, *family)});
  }

  // Each flash-mapped segment's data lies at its address within a page.
  static void ExpectMappable(const std::vector<LaidSegment>& image, const ChipFamily& family,
                             std::uint64_t page) {
    std::uint64_t position = 24;
    for (const LaidSegment& segment : image) {
      position += 8;
      for (const AddressRange& range : family.mapped) {
        if (segment.address < range.low || segment.address >= range.high) continue;
        EXPECT_EQ(position % page, segment.address % page);
      }
      position += segment.data.size();
    }
  }

  Data file_;
};

TEST_F(ElfLayout, PutsFlashFirstAndSortsByAddress) {
  const auto image =
      LayOut({{0x40380000, Filled(100)}, {0x3FC90000, Filled(50)}, {0x3C000020, Description(300)}});
  ASSERT_TRUE(static_cast<bool>(image)) << image.failure().message;
  ASSERT_THAT(*image, SizeIs(3));
  EXPECT_EQ((*image)[0].address, 0x3C000020U);
  EXPECT_EQ((*image)[1].address, 0x3FC90000U);
  EXPECT_THAT((*image)[1].data, SizeIs(52)) << "padded to a multiple of 4";
  EXPECT_EQ((*image)[2].address, 0x40380000U);
}

TEST_F(ElfLayout, MergesWhatIsAdjacentOnceItIsPadded) {
  const auto image = LayOut(
      {{0x3C000020, Description(300)}, {0x3FC90000, Filled(50, 1)}, {0x3FC90034, Filled(4, 2)}});
  ASSERT_TRUE(static_cast<bool>(image)) << image.failure().message;
  ASSERT_THAT(*image, SizeIs(2));
  EXPECT_THAT((*image)[1].data, SizeIs(56));
  EXPECT_EQ((*image)[1].data[51], 0);
  EXPECT_EQ((*image)[1].data[52], 2);
}

TEST_F(ElfLayout, FillsTheGapBeforeCodeWithWhatGoesToRam) {
  const auto image = LayOut(
      {{0x3C000020, Description(1000)}, {0x40380000, Filled(100'000)}, {0x42000020, Filled(500)}});
  ASSERT_TRUE(static_cast<bool>(image)) << image.failure().message;
  ASSERT_THAT(*image, SizeIs(4));
  EXPECT_EQ((*image)[1].address, 0x40380000U);
  EXPECT_EQ((*image)[2].address, 0x42000020U);
  EXPECT_EQ((*image)[3].address, 0x40380000U + (*image)[1].data.size());
  EXPECT_EQ((*image)[1].data.size() + (*image)[3].data.size(), 100'000U);
  ExpectMappable(*image, *FindChip("esp32c3"), 0x10000);
}

TEST_F(ElfLayout, FillsWithZerosWhenRamIsUsedUp) {
  const auto image = LayOut({{0x3C000020, Description(1000)}, {0x42000020, Filled(500)}});
  ASSERT_TRUE(static_cast<bool>(image));
  ASSERT_THAT(*image, SizeIs(3));
  EXPECT_EQ((*image)[1].address, 0U);
  EXPECT_EQ((*image)[1].data, Filled((*image)[1].data.size(), 0));
  ExpectMappable(*image, *FindChip("esp32c3"), 0x10000);
}

TEST_F(ElfLayout, PlacesEveryLengthOfTheFirstSegmentAroundAPageBorder) {
  for (std::size_t length = 65'400; length < 65'700; length += 4) {
    const auto image = LayOut({{0x3C000020, Description(length)},
                               {0x40380000, Filled(64)},
                               {0x42010020, Filled(500)},
                               {0x42090000, Filled(8)}});
    ASSERT_TRUE(static_cast<bool>(image)) << length << ": " << image.failure().message;
    ExpectMappable(*image, *FindChip("esp32c3"), 0x10000);
  }
}

TEST_F(ElfLayout, BringsTheDescriptionToTheFrontWhereCodeAndDataShareARange) {
  const auto image = LayOut({{0x42000020, Filled(500)}, {0x42010020, Description(300)}}, "esp32c6");
  ASSERT_TRUE(static_cast<bool>(image)) << image.failure().message;
  EXPECT_EQ((*image)[0].address, 0x42010020U);
  ExpectMappable(*image, *FindChip("esp32c6"), 0x10000);
}

TEST_F(ElfLayout, TakesThePageSizeOfTheDescriptionWhereTheChipHasAChoice) {
  const auto image =
      LayOut({{0x42000020, Description(300, 15)}, {0x42008020, Filled(500)}}, "esp32c6");
  ASSERT_TRUE(static_cast<bool>(image)) << image.failure().message;
  ASSERT_THAT(*image, SizeIs(3));
  ExpectMappable(*image, *FindChip("esp32c6"), 0x8000);
  EXPECT_LT((*image)[1].data.size(), 0x8000U);
  EXPECT_FALSE(static_cast<bool>(
      LayOut({{0x3C000020, Description(300, 15)}, {0x3C008020, Filled(500)}}, "esp32c3")));
}

TEST_F(ElfLayout, LengthensATailThatTheBootloaderOfTheEsp32WouldForget) {
  const std::size_t to_the_border = 0x10000 - 32;
  const auto esp32 =
      LayOut({{0x3F400020, Description(to_the_border + 4)}}, "esp32", kElfMachineXtensa);
  ASSERT_TRUE(static_cast<bool>(esp32));
  EXPECT_EQ((*esp32)[0].data.size(), to_the_border + 0x24);
  const auto other = LayOut({{0x3C000020, Description(to_the_border + 4)}});
  ASSERT_TRUE(static_cast<bool>(other));
  EXPECT_EQ((*other)[0].data.size(), to_the_border + 4);
}

TEST_F(ElfLayout, RefusesAProgramForAnotherMachine) {
  const auto xtensa = LayOut({{0x3C000020, Description(300)}}, "esp32c3", kElfMachineXtensa);
  EXPECT_EQ(xtensa.failure().reason, "bad_chip_id");
  EXPECT_THAT(xtensa.failure().message,
              HasSubstr("expected RISC-V (243) for esp32c3, found Xtensa"));
  EXPECT_EQ(LayOut({{0x3F400020, Description(300)}}, "esp32").failure().reason, "bad_chip_id");
  EXPECT_THAT(LayOut({{0x3C000020, Description(300)}}, "esp32c3", 62).failure().message,
              HasSubstr("machine 62"));
  EXPECT_THAT(LayOut({{0x1000, Filled(4)}}, "linux-x86_64", 62).failure().message,
              HasSubstr("--executable"));
}

TEST_F(ElfLayout, RefusesOverlappingSegments) {
  for (const std::uint32_t second : {0x3FC90000U, 0x3FC90001U, 0x3FC90063U}) {
    const auto image = LayOut({{0x3FC90000, Filled(100)}, {second, Filled(100)}});
    ASSERT_FALSE(static_cast<bool>(image)) << second;
    EXPECT_EQ(image.failure().reason, "bad_format");
    EXPECT_THAT(image.failure().message, HasSubstr("overlap"));
  }
  EXPECT_FALSE(static_cast<bool>(LayOut({{0x3FC90000, Filled(98)}, {0x3FC90062, Filled(4)}})))
      << "padding to a multiple of 4 makes them overlap";
}

TEST_F(ElfLayout, RefusesTwoFlashSegmentsInOnePage) {
  const auto image = LayOut({{0x3C000020, Description(300)}, {0x3C000200, Filled(100)}});
  ASSERT_FALSE(static_cast<bool>(image));
  EXPECT_THAT(image.failure().message, HasSubstr("0x3c000020 and 0x3c000200"));
}

TEST_F(ElfLayout, RefusesAFlashSegmentThatNoGapCanPlace) {
  EXPECT_EQ(LayOut({{0x3C000022, Filled(300)}}).failure().reason, "segment_misaligned");
}

}  // namespace
}  // namespace updraft
