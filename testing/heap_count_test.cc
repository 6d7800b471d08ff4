// SPDX-License-Identifier: Apache-2.0
#include "testing/heap_count.h"

#include <gtest/gtest.h>

#include <cstdlib>
#include <cstring>
#include <memory>

namespace updraft {
namespace {

class HeapCountTest : public testing::Test {
 protected:
  void SetUp() override {
    if (!CountHeap().has_value()) GTEST_SKIP() << "a sanitizer has the heap";
    before_ = *CountHeap();
  }
  std::int64_t MoreBlocks() const { return CountHeap()->blocks - before_.blocks; }
  std::int64_t MoreBytes() const { return CountHeap()->bytes - before_.bytes; }

  HeapCount before_;
};

TEST_F(HeapCountTest, CountsWhatIsTakenAndGivenBack) {
  struct alignas(64) Wide {
    unsigned char bytes[64];
  };
  {
    const auto one = std::make_unique<int>(1);
    const auto wide = std::make_unique<Wide>();
    EXPECT_EQ(MoreBlocks(), 2);
    EXPECT_GE(MoreBytes(), 68);
  }
  EXPECT_EQ(MoreBlocks(), 0);
  EXPECT_EQ(MoreBytes(), 0);
  EXPECT_GE(CountHeap()->allocations, before_.allocations + 2);
}

TEST_F(HeapCountTest, FollowsABlockThatMoves) {
  void* block = std::realloc(nullptr, 10);
  EXPECT_EQ(MoreBlocks(), 1);
  block = std::realloc(block, 100'000);
  EXPECT_EQ(MoreBlocks(), 1);
  EXPECT_GE(MoreBytes(), 100'000);
  std::free(block);
  EXPECT_EQ(MoreBlocks(), 0);
  EXPECT_EQ(MoreBytes(), 0);
}

// The C library's own, through the same malloc.
TEST_F(HeapCountTest, CountsWhatLibrariesTake) {
  char* const copy = strdup("twelve bytes");
  EXPECT_EQ(MoreBlocks(), 1);
  std::free(copy);
  EXPECT_EQ(MoreBlocks(), 0);
}

TEST_F(HeapCountTest, KeepsThePeakUntilItIsForgotten) {
  ForgetHeapPeak();
  void* volatile block = std::calloc(1000, 1000);  // not to be optimized away
  std::free(block);
  EXPECT_GE(CountHeap()->peak_bytes, before_.bytes + 1'000'000);
  ForgetHeapPeak();
  EXPECT_LT(CountHeap()->peak_bytes, before_.bytes + 1'000'000);
}

}  // namespace
}  // namespace updraft
