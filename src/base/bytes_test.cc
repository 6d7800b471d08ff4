// SPDX-License-Identifier: Apache-2.0
#include "updraft/bytes.h"

#include <gtest/gtest.h>

#include <array>

namespace updraft {
namespace {

TEST(Bytes, LoadsAndStoresLittleEndianNumbersAtAnyAddress) {
  std::array<std::uint8_t, 9> room{};
  StoreLe32(room.data() + 1, 0x12345678);
  EXPECT_EQ(room[1], 0x78);
  EXPECT_EQ(room[4], 0x12);
  EXPECT_EQ(LoadLe32(room.data() + 1), 0x12345678U);
  EXPECT_EQ(LoadLe16(room.data() + 1), 0x5678U);
  StoreLe64(room.data() + 1, 0xF123456789ABCDEFU);
  EXPECT_EQ(LoadLe64(room.data() + 1), 0xF123456789ABCDEFU);
}

TEST(Bytes, ComparesInConstantTimeByContentAndLength) {
  const std::array<std::uint8_t, 3> one{1, 2, 3};
  const std::array<std::uint8_t, 3> other{1, 2, 4};
  EXPECT_TRUE(EqualInConstantTime(one, one));
  EXPECT_FALSE(EqualInConstantTime(one, other));
  EXPECT_FALSE(EqualInConstantTime(one, Bytes(one).first(2)));
}

TEST(Bytes, ReadsAFieldWithoutATerminatorWhole) {
  const std::array<std::uint8_t, 4> field{'a', 'b', 'c', 'd'};
  EXPECT_EQ(TextField(field), "abcd");
  const std::array<std::uint8_t, 4> padded{'a', 0, 'c', 0};
  EXPECT_EQ(TextField(padded), "a");
}

TEST(Bytes, WipesASecret) {
  std::array<std::uint8_t, 4> room{1, 2, 3, 4};
  Wipe(room);
  EXPECT_EQ(room, (std::array<std::uint8_t, 4>{}));
}

}  // namespace
}  // namespace updraft
