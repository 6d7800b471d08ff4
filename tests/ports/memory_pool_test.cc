// SPDX-License-Identifier: Apache-2.0
#include "ports/mbedtls/memory_pool.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <random>
#include <vector>

namespace updraft {
namespace {

struct Block {
  std::uint8_t* at;
  std::size_t size;
  std::uint8_t content;
};

class MemoryPoolTest : public testing::Test {
 protected:
  std::uint8_t* Allocate(std::size_t size) {
    return static_cast<std::uint8_t*>(pool_.Allocate(size));
  }

  std::vector<std::uint8_t> room_ = std::vector<std::uint8_t>(16384, 0xA5);
  MemoryPool pool_{room_};
};

TEST_F(MemoryPoolTest, GivesZeroedAlignedBlocksThatDoNotMeet) {
  std::mt19937 random(7);
  std::vector<Block> blocks;
  std::size_t refused = 0;
  for (int step = 0; step < 20000; ++step) {
    if (random() % 9 < 5) {
      const std::size_t size = random() % 8 == 0 ? 1 + random() % 2000 : 1 + random() % 150;
      std::uint8_t* const at = Allocate(size);
      if (at == nullptr) {
        ++refused;
      } else {
        ASSERT_EQ(reinterpret_cast<std::uintptr_t>(at) % 8, 0U);
        ASSERT_TRUE(std::all_of(at, at + size, [](auto byte) { return byte == 0; }));
        blocks.push_back({at, size, static_cast<std::uint8_t>(random() | 1U)});
        std::fill_n(at, size, blocks.back().content);
      }
    } else if (!blocks.empty()) {
      std::swap(blocks[random() % blocks.size()], blocks.back());
      const Block block = blocks.back();
      blocks.pop_back();
      ASSERT_TRUE(std::all_of(block.at, block.at + block.size,
                              [&](auto byte) { return byte == block.content; }));
      pool_.Free(block.at);
    }
  }
  EXPECT_GT(refused, 0U) << "the room was never full";
  for (const Block& block : blocks) pool_.Free(block.at);
  EXPECT_EQ(pool_.used(), 0U);
  // What was kept for its size is given up: all is one block again.
  EXPECT_NE(Allocate(room_.size() - MemoryPool::kHeadSize - 16), nullptr);
}

TEST_F(MemoryPoolTest, RefusesWhatItHasNoRoomFor) {
  EXPECT_EQ(pool_.Allocate(0), nullptr);
  EXPECT_EQ(pool_.Allocate(room_.size()), nullptr);
  EXPECT_EQ(pool_.Allocate(SIZE_MAX), nullptr);
  EXPECT_EQ(pool_.Allocate(SIZE_MAX - 7), nullptr);
  MemoryPool empty({});
  EXPECT_EQ(empty.Allocate(1), nullptr);
  MemoryPool tiny(MutableBytes(room_).first(15));
  EXPECT_EQ(tiny.Allocate(1), nullptr);
  pool_.Free(nullptr);
}

TEST_F(MemoryPoolTest, ServesAnyPlaceInMemory) {
  for (std::size_t skipped = 0; skipped < 8; ++skipped) {
    MemoryPool pool(MutableBytes(room_).subspan(skipped, 200));
    void* const block = pool.Allocate(100);
    ASSERT_NE(block, nullptr);
    EXPECT_EQ(reinterpret_cast<std::uintptr_t>(block) % 8, 0U);
    pool.Free(block);
  }
}

TEST_F(MemoryPoolTest, CountsWhatIsUsedAndTheMostThatWas) {
  void* const first = pool_.Allocate(100);
  void* const second = pool_.Allocate(1000);
  EXPECT_EQ(pool_.used(), 104U + 1000);
  pool_.Free(second);
  EXPECT_EQ(pool_.used(), 104U);
  EXPECT_EQ(pool_.peak(), 104U + 1000);
  EXPECT_EQ(pool_.peak_blocks(), 2U);
  pool_.ForgetPeak();
  EXPECT_EQ(pool_.peak(), 104U);
  EXPECT_EQ(pool_.peak_blocks(), 1U);
  pool_.Free(first);
  EXPECT_EQ(pool_.used(), 0U);
}

using MemoryPoolDeathTest = MemoryPoolTest;

TEST_F(MemoryPoolDeathTest, EndsTheProgramWhenFreedTwiceOrWhatIsNoBlock) {
  for (const std::size_t size : {std::size_t{32}, std::size_t{500}}) {
    std::uint8_t* const block = Allocate(size);
    std::uint8_t* const behind = Allocate(size);
    pool_.Free(block);
    EXPECT_DEATH(pool_.Free(block), "");
    EXPECT_DEATH(pool_.Free(behind + 4), "");
    EXPECT_DEATH(pool_.Free(room_.data() + room_.size() + 8), "");
    pool_.Free(behind);
  }
}

}  // namespace
}  // namespace updraft
