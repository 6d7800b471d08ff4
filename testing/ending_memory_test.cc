// SPDX-License-Identifier: Apache-2.0
#include "testing/ending_memory.h"

#include <gtest/gtest.h>

#include <memory>
#include <new>
#include <thread>

namespace updraft {
namespace {

// Taken and given back at once; false without memory.
bool Allocates() {
  try {
    return std::make_unique<int>(7) != nullptr;
  } catch (const std::bad_alloc&) {
    return false;
  }
}

TEST(EndingMemory, EndsAfterSoManyAllocationsOfOneThread) {
  EXPECT_TRUE(Allocates());
  LetAllocate(2);
  const bool first = Allocates();
  const bool second = Allocates();
  const bool third = Allocates();
  const std::unique_ptr<int> none(new (std::nothrow) int(7));
  LetAllocate(-1);
  EXPECT_TRUE(first && second);
  EXPECT_FALSE(third);
  EXPECT_EQ(none, nullptr);
  EXPECT_TRUE(Allocates());
  bool other = false;
  std::thread thread([&] { other = Allocates(); });
  LetAllocate(0);
  thread.join();
  LetAllocate(-1);
  EXPECT_TRUE(other);
}

}  // namespace
}  // namespace updraft
