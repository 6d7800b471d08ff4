// SPDX-License-Identifier: Apache-2.0
#include "gateway/state.h"

#include <gtest/gtest.h>

#include <fstream>

#include "testing/temporary_folder.h"

namespace updraft {
namespace {

TEST(GatewayMemory, ComesBackAsItWasStored) {
  const TemporaryFolder folder;
  const GatewayState state{.phase = GatewayState::Phase::kTrial,
                           .attempts = 2,
                           .boot_id = "boot",
                           .restarted = true,
                           .slot = 1,
                           .label = "ota_1",
                           .installed = GatewayFile{"\"a\"", true, "1.2", 1ULL << 40, "00ff"},
                           .previous = std::nullopt,
                           .rejected = GatewayFile{"Mon", false, "", 0, ""}};
  ASSERT_TRUE(StoreGatewayState(folder / "state.json", state).ok());
  const auto loaded = LoadGatewayState(folder / "state.json");
  ASSERT_TRUE(loaded);
  EXPECT_EQ(*loaded, state);
}

TEST(GatewayMemory, IsEmptyAtFirstAndRefusedWhenDamaged) {
  const TemporaryFolder folder;
  const auto none = LoadGatewayState(folder / "state.json");
  ASSERT_TRUE(none);
  EXPECT_FALSE(none->has_value());
  for (const char* const text : {"", "{}", "[1", R"({"phase": "odd"})"}) {
    std::ofstream(folder / "state.json") << text;
    const auto damaged = LoadGatewayState(folder / "state.json");
    ASSERT_FALSE(damaged) << text;
    EXPECT_EQ(damaged.error().code(), Code::kBadFormat);
  }
}

TEST(GatewayMemory, KnowsThisBootOfTheMachine) {
  EXPECT_EQ(BootId().size(), 36U);
  EXPECT_EQ(BootId(), BootId());
}

}  // namespace
}  // namespace updraft
