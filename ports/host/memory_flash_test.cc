// SPDX-License-Identifier: Apache-2.0
#include "ports/host/memory_flash.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <array>

namespace updraft {
namespace {

using testing::Each;

TEST(MemoryFlash, TakesNoMemoryForWhatIsErased) {
  MemoryFlash flash({.size = std::uint64_t{1} << 40});
  std::array<std::uint8_t, 8> data{};
  ASSERT_EQ(flash.Read((std::uint64_t{1} << 40) - 8, data), kOk);
  EXPECT_THAT(data, Each(0xFF));
  ASSERT_EQ(flash.Erase(0, std::uint64_t{1} << 40), kOk);
}

TEST(MemoryFlash, ReadsAcrossSectorsWhatWasProgrammed) {
  MemoryFlash flash({.size = 0x4000});
  const std::array<std::uint8_t, 4> data{1, 2, 3, 4};
  ASSERT_EQ(flash.Program(0x0FFE, data), kOk);
  std::array<std::uint8_t, 6> found{};
  ASSERT_EQ(flash.Read(0x0FFD, found), kOk);
  EXPECT_EQ(found, (std::array<std::uint8_t, 6>{0xFF, 1, 2, 3, 4, 0xFF}));
  EXPECT_EQ(flash.Sync(), kOk);
}

TEST(MemoryFlash, RefusesToProgramAOneOverAZeroAndLeavesAllBytesAsTheyWere) {
  MemoryFlash flash({.size = 0x4000});
  ASSERT_EQ(flash.Program(0x1000, std::array<std::uint8_t, 1>{0x00}), kOk);
  EXPECT_EQ(flash.Program(0x0FFF, std::array<std::uint8_t, 2>{0x00, 0x01}).code(), Code::kFlash);
  std::array<std::uint8_t, 2> found{};
  ASSERT_EQ(flash.Read(0x0FFF, found), kOk);
  EXPECT_EQ(found, (std::array<std::uint8_t, 2>{0xFF, 0x00}));
}

TEST(MemoryFlash, ErasesWholeSectorsOnly) {
  MemoryFlash flash({.size = 0x4000});
  const std::vector<std::uint8_t> zeros(0x4000, 0);
  ASSERT_EQ(flash.Load(0, zeros), kOk);
  ASSERT_EQ(flash.Erase(0x1000, 0x1000), kOk);
  std::vector<std::uint8_t> found(0x4000);
  ASSERT_EQ(flash.Read(0, found), kOk);
  EXPECT_THAT(Bytes(found).subspan(0, 0x1000), Each(0));
  EXPECT_THAT(Bytes(found).subspan(0x1000, 0x1000), Each(0xFF));
  EXPECT_THAT(Bytes(found).subspan(0x2000), Each(0));
  EXPECT_EQ(flash.Erase(0x800, 0x1000).code(), Code::kInvalidArgument);
}

TEST(MemoryFlash, LoadsBytesPastTheRulesButNotPastTheEnd) {
  MemoryFlash flash({.size = 0x1000});
  ASSERT_EQ(flash.Load(0, std::array<std::uint8_t, 1>{0x00}), kOk);
  ASSERT_EQ(flash.Load(0, std::array<std::uint8_t, 1>{0x77}), kOk);
  std::array<std::uint8_t, 1> found{};
  ASSERT_EQ(flash.Read(0, found), kOk);
  EXPECT_EQ(found[0], 0x77);
  EXPECT_EQ(flash.Load(0x0FFF, std::array<std::uint8_t, 2>{}).code(), Code::kInvalidArgument);
  EXPECT_EQ(flash.Load(~std::uint64_t{0}, found).code(), Code::kInvalidArgument);
}

}  // namespace
}  // namespace updraft
