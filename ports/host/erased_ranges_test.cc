// SPDX-License-Identifier: Apache-2.0
#include "ports/host/erased_ranges.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <random>
#include <vector>

namespace updraft {
namespace {

TEST(ErasedRanges, KnowsNothingUntilToldAndWhatLiesTogetherAsOne) {
  ErasedRanges ranges;
  EXPECT_FALSE(ranges.Contains(0, 1));
  ranges.Add(0x1000, 0x2000);
  ranges.Add(0x3000, 0x4000);
  EXPECT_FALSE(ranges.Contains(0x1000, 0x4000));
  ranges.Add(0x2000, 0x3000);
  EXPECT_TRUE(ranges.Contains(0x1000, 0x4000));
  EXPECT_FALSE(ranges.Contains(0xFFF, 0x1001));
  EXPECT_FALSE(ranges.Contains(0x3FFF, 0x4001));
}

// As an update programs: all but the head, the head last.
TEST(ErasedRanges, KeepsWhatLiesBeforeAndBehindWhatIsProgrammed) {
  ErasedRanges ranges;
  ranges.Add(0, 0x10000);
  ranges.Remove(0x120, 0x8000);
  EXPECT_TRUE(ranges.Contains(0, 0x120));
  EXPECT_FALSE(ranges.Contains(0, 0x121));
  EXPECT_FALSE(ranges.Contains(0x7FFF, 0x8001));
  EXPECT_TRUE(ranges.Contains(0x8000, 0x10000));
}

TEST(ErasedRanges, ForgetsTheSmallestWhereThereAreTooMany) {
  ErasedRanges ranges;
  for (std::uint64_t i = 0; i <= ErasedRanges::kMost; ++i) {
    ranges.Add(i * 0x10000, i * 0x10000 + 0x100 * (i + 1));
  }
  EXPECT_FALSE(ranges.Contains(0, 1));
  for (std::uint64_t i = 1; i <= ErasedRanges::kMost; ++i) {
    EXPECT_TRUE(ranges.Contains(i * 0x10000, i * 0x10000 + 0x100 * (i + 1))) << i;
  }
}

// Against a map of every byte: what is said to be erased is, and a single range that
// was erased last is always known.
TEST(ErasedRanges, NeverSayErasedOfWhatIsNot) {
  std::mt19937 random(11);
  std::uniform_int_distribution<std::size_t> place(0, 400);
  ErasedRanges ranges;
  std::vector<bool> erased(401, false);
  for (int step = 0; step < 20000; ++step) {
    const auto [begin, end] = std::minmax({place(random), place(random)});
    const auto first = erased.begin() + static_cast<std::ptrdiff_t>(begin);
    const auto last = erased.begin() + static_cast<std::ptrdiff_t>(end);
    if (begin == end) continue;
    if (step % 2 == 0) {
      // Now and then many small ones, so that some have to go.
      const bool is_erase = random() % 2 == 0;
      std::fill(first, last, is_erase);
      is_erase ? ranges.Add(begin, end) : ranges.Remove(begin, end);
    } else if (ranges.Contains(begin, end)) {
      ASSERT_TRUE(std::all_of(first, last, [](bool bit) { return bit; })) << step;
    }
    const std::size_t one = place(random);
    if (step % 3 == 0) {
      ranges.Remove(one, one + 1);
      erased[one] = false;
    }
    ASSERT_TRUE(!ranges.Contains(one, one + 1) || erased[one]) << step;
  }
}

}  // namespace
}  // namespace updraft
