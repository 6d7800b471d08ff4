// SPDX-License-Identifier: Apache-2.0
#include "gateway/raw_slot.h"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/stat.h>
#include <sys/uio.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <vector>

#include "testing/temporary_folder.h"

namespace updraft {
namespace {

TEST(RawSlot, HoldsBytesBeyondFourGibibytes) {
  const TemporaryFolder folder;
  constexpr std::uint64_t kFar = (std::uint64_t{5} << 30) + 12345;
  const std::vector<std::uint8_t> data(RawSlot::kWindow / 2 + 1, 0x5A);
  {
    auto slot = RawSlot::Open(folder / "slot");
    ASSERT_TRUE(slot);
    for (std::uint64_t i = 0; i < 5; ++i) {  // over several windows
      ASSERT_TRUE((*slot)->Write(kFar + i * data.size(), data).ok());
    }
    ASSERT_TRUE((*slot)->Finish(kFar + 5 * data.size()).ok());
    std::vector<std::uint8_t> back(data.size());
    ASSERT_TRUE((*slot)->Read(kFar + 4 * data.size(), back).ok());
    EXPECT_EQ(back, data);
    EXPECT_EQ((*slot)->Read(kFar + 5 * data.size(), back).code(), Code::kTruncated);
  }
  EXPECT_EQ(std::filesystem::file_size(folder / "slot"), kFar + 5 * data.size());
}

// True: what lies there has to come from the medium.
bool IsOutOfMemory(const std::filesystem::path& path, std::uint64_t offset) {
  const Descriptor file(open(path.c_str(), O_RDONLY | O_CLOEXEC));
  std::uint8_t byte = 0;
  const iovec place{&byte, 1};
  return preadv2(file.number(), &place, 1, static_cast<off_t>(offset), RWF_NOWAIT) < 0;
}

TEST(RawSlot, LeavesNoWindowInMemoryThatIsReadBack) {
  const TemporaryFolder folder;
  const auto slot = RawSlot::Open(folder / "slot");
  ASSERT_TRUE(slot);
  std::vector<std::uint8_t> data(RawSlot::kWindow, 0x5A);
  for (std::uint64_t i = 0; i < 3; ++i) {
    ASSERT_TRUE((*slot)->Write(i * data.size(), data).ok());
  }
  ASSERT_TRUE((*slot)->Finish(3 * data.size()).ok());
  if (!IsOutOfMemory(folder / "slot", 0)) GTEST_SKIP() << "a file system that is in memory";
  const std::size_t part = RawSlot::kWindow / 8;
  for (std::uint64_t at = 0; at < 3 * data.size(); at += part) {
    ASSERT_TRUE((*slot)->Read(at, MutableBytes(data).first(part)).ok());
  }
  EXPECT_TRUE(IsOutOfMemory(folder / "slot", part));
  EXPECT_TRUE(IsOutOfMemory(folder / "slot", 3 * data.size() - part));
}

TEST(RawSlot, IsOneWritersAtATime) {
  const TemporaryFolder folder;
  const auto first = RawSlot::Open(folder / "slot");
  ASSERT_TRUE(first);
  const auto second = RawSlot::Open(folder / "slot");
  ASSERT_FALSE(second);
  EXPECT_EQ(second.error().code(), Code::kInvalidState);
}

TEST(RawSlot, IsAFileOrABlockDevice) {
  const TemporaryFolder folder;
  EXPECT_EQ(RawSlot::Open(folder.path()).error().code(), Code::kUnsupported);
  EXPECT_EQ(RawSlot::Open("/dev/null").error().code(), Code::kUnsupported);
  EXPECT_EQ(RawSlot::Open(folder / "none/slot").error().code(), Code::kNotFound);
}

TEST(RawSlot, SaysWhenTheDiskIsTooSmallBeforeAnythingIsWritten) {
  const TemporaryFolder folder;
  const TinyDisk disk(folder.path(), 1 << 20);
  if (!disk.problem().empty()) GTEST_SKIP() << disk.problem();
  auto slot = RawSlot::Open(folder / "slot");
  ASSERT_TRUE(slot);
  EXPECT_EQ((*slot)->Reserve(64 << 20).code(), Code::kNoSpace);
  EXPECT_EQ(std::filesystem::file_size(folder / "slot"), 0U);
}

TEST(RawSlot, OfAFileIsLimitedOnlyWhereSomebodySaysSo) {
  const TemporaryFolder folder;
  const auto slot = RawSlot::Open(folder / "slot");
  ASSERT_TRUE(slot);
  EXPECT_FALSE((*slot)->Capacity(0).has_value());
  EXPECT_EQ((*slot)->Capacity(1000), 1000U);
}

}  // namespace
}  // namespace updraft
