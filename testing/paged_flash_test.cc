// SPDX-License-Identifier: Apache-2.0
#include "testing/paged_flash.h"

#include <gtest/gtest.h>

#include <vector>

#include "testing/faulty_flash.h"
#include "testing/ram_flash.h"

namespace updraft {
namespace {

using Asked = FaultyFlash::Asked;

TEST(PagedFlash, EndsProgramsAtPagesAndErasesSectorBySector) {
  RamFlash ram({.size = 1 << 15});
  FaultyFlash part(ram);
  PagedFlash paged(part, 256);
  std::vector<std::uint8_t> data(600);
  for (std::size_t i = 0; i < data.size(); ++i) data[i] = static_cast<std::uint8_t>(i * 7);
  ASSERT_EQ(paged.Erase(0, 0x3000), kOk);
  ASSERT_EQ(paged.Program(200, data), kOk);
  ASSERT_EQ(paged.Sync(), kOk);
  using Kind = Asked::Kind;
  EXPECT_EQ(part.asked(), (std::vector<Asked>{{Kind::kErase, 0, 0x1000},
                                              {Kind::kErase, 0x1000, 0x1000},
                                              {Kind::kErase, 0x2000, 0x1000},
                                              {Kind::kProgram, 200, 56},
                                              {Kind::kProgram, 256, 256},
                                              {Kind::kProgram, 512, 256},
                                              {Kind::kProgram, 768, 32},
                                              {Kind::kSync, 0, 0}}));
  std::vector<std::uint8_t> stored(600);
  ASSERT_EQ(paged.Read(200, stored), kOk);
  EXPECT_EQ(stored, data);
}

TEST(PagedFlash, StopsAtThePageThatFails) {
  RamFlash ram({.size = 1 << 15});
  FaultyFlash part(ram);
  PagedFlash paged(part, 256);
  part.Arm({.operation = 2, .fault = FaultyFlash::Fault::kCutBefore});
  EXPECT_EQ(paged.Program(0, std::vector<std::uint8_t>(600)).code(), Code::kFlash);
  EXPECT_EQ(ram.bytes()[255], 0);
  EXPECT_EQ(ram.bytes()[256], 0xFF);
  EXPECT_EQ(part.operations(), 2U);
}

}  // namespace
}  // namespace updraft
