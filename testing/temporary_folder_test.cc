// SPDX-License-Identifier: Apache-2.0
#include "testing/temporary_folder.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <fstream>

namespace updraft {
namespace {

TEST(TemporaryFolder, IsEmptyItsOwnAndGoneWithAllItHoldsAfterwards) {
  std::filesystem::path path;
  {
    const TemporaryFolder folder;
    const TemporaryFolder other;
    path = folder.path();
    EXPECT_NE(path, other.path());
    EXPECT_TRUE(folder.names().empty());
    std::filesystem::create_directory(folder / "b");
    std::ofstream(folder / "b" / "file") << "text";
    std::ofstream(folder / "a") << "text";
    EXPECT_THAT(folder.names(), testing::ElementsAre("a", "b"));
  }
  EXPECT_FALSE(std::filesystem::exists(path));
}

TEST(TinyDisk, HasNoRoomForMoreThanItsSize) {
  const TemporaryFolder folder;
  const TinyDisk disk(folder.path(), 1 << 16);
  if (!disk.problem().empty()) GTEST_SKIP() << disk.problem();
  std::ofstream file(folder / "file");
  file << std::string(60000, 'x') << std::flush;
  EXPECT_TRUE(file.good());
  file << std::string(60000, 'x') << std::flush;
  EXPECT_FALSE(file.good());
}

}  // namespace
}  // namespace updraft
