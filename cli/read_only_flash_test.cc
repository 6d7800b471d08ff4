// SPDX-License-Identifier: Apache-2.0
#include "cli/read_only_flash.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <array>

namespace updraft {
namespace {

using testing::ElementsAre;

TEST(ReadOnlyFlash, ShowsPiecesWhereTheyLieAndErasedBytesElsewhere) {
  const std::array<std::uint8_t, 3> one{1, 2, 3};
  const std::array<std::uint8_t, 1> over{9};
  ReadOnlyFlash flash(0x2000);
  flash.Show(0x10, one);
  flash.Show(0x11, over);
  std::array<std::uint8_t, 5> out{};
  ASSERT_EQ(flash.Read(0x0F, out), kOk);
  EXPECT_THAT(out, ElementsAre(0xFF, 1, 9, 3, 0xFF));
  std::array<std::uint8_t, 1> inside{};
  ASSERT_EQ(flash.Read(0x12, inside), kOk);
  EXPECT_THAT(inside, ElementsAre(3));
}

TEST(ReadOnlyFlash, ShowsNothingBeyondItsEnd) {
  const std::array<std::uint8_t, 3> piece{1, 2, 3};
  ReadOnlyFlash flash(0x1000);
  flash.Show(0xFFE, piece);
  std::array<std::uint8_t, 3> out{};
  ASSERT_EQ(flash.Read(0xFFE, MutableBytes(out).first(2)), kOk);
  EXPECT_THAT(out, ElementsAre(1, 2, 0));
  EXPECT_EQ(flash.Read(0xFFE, out).code(), Code::kInvalidArgument);
}

TEST(ReadOnlyFlash, CannotBeWritten) {
  ReadOnlyFlash flash(0x2000);
  EXPECT_EQ(flash.Erase(0, 0x1000).code(), Code::kUnsupported);
  EXPECT_EQ(flash.Program(0, std::array<std::uint8_t, 1>{0}).code(), Code::kUnsupported);
}

}  // namespace
}  // namespace updraft
