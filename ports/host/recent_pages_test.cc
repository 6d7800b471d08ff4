// SPDX-License-Identifier: Apache-2.0
#include "ports/host/recent_pages.h"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <new>
#include <random>
#include <vector>

#include "ports/host/file_flash.h"
#include "ports/host/memory_flash.h"
#include "testing/temporary_folder.h"

namespace updraft {
namespace {

constexpr std::uint64_t kPage = RecentPages::kPageSize;

class RecentPagesTest : public testing::Test {
 protected:
  void SetUp() override {
    ASSERT_TRUE(file_.is_open());
    std::vector<std::uint8_t> content(8 * kPage);
    for (std::size_t i = 0; i < content.size(); ++i) content[i] = Byte(i);
    ASSERT_EQ(WriteFully(file_.number(), 0, content), 0);
  }
  static std::uint8_t Byte(std::uint64_t at) { return static_cast<std::uint8_t>(at / kPage + at); }
  void Put(std::uint64_t at, std::uint8_t byte) {
    ASSERT_EQ(WriteFully(file_.number(), at, Bytes(&byte, 1)), 0);
  }
  int ByteAt(std::uint64_t at) {
    std::uint8_t byte = 0;
    return pages_.Read(file_.number(), at, MutableBytes(&byte, 1)) ? byte : -1;
  }

  TemporaryFolder folder_;
  Descriptor file_{open((folder_.path() / "flash").c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0600)};
  RecentPages pages_;
};

TEST_F(RecentPagesTest, AreReadFromTheFileOnce) {
  EXPECT_EQ(ByteAt(100), Byte(100));
  Put(101, 0xEE);  // which nobody should do meanwhile, and so tells where it reads
  EXPECT_EQ(ByteAt(101), Byte(101));
  EXPECT_EQ(ByteAt(kPage + 1), Byte(kPage + 1));
}

TEST_F(RecentPagesTest, AreReadAnewWhenAnyByteOfThemIsWritten) {
  for (const std::uint64_t page : {0U, 1U, 2U, 3U}) ASSERT_GE(ByteAt(page * kPage), 0);
  for (const std::uint64_t page : {0U, 1U, 2U, 3U}) Put(page * kPage + 7, 0xEE);
  pages_.Forget(2 * kPage - 1, 2 * kPage + 1);
  EXPECT_EQ(ByteAt(7), Byte(7));
  EXPECT_EQ(ByteAt(kPage + 7), 0xEE);
  EXPECT_EQ(ByteAt(2 * kPage + 7), 0xEE);
  EXPECT_EQ(ByteAt(3 * kPage + 7), Byte(3 * kPage + 7));
  pages_.Forget(0, 0);
  EXPECT_EQ(ByteAt(7), Byte(7));
}

TEST_F(RecentPagesTest, KeepsTheLastFive) {
  for (std::uint64_t page = 0; page < 6; ++page) ASSERT_GE(ByteAt(page * kPage), 0);
  for (std::uint64_t page = 0; page < 6; ++page) Put(page * kPage, 0xEE);
  for (std::uint64_t page = 1; page < 6; ++page)
    EXPECT_EQ(ByteAt(page * kPage), Byte(page * kPage));
  EXPECT_EQ(ByteAt(0), 0xEE);
}

TEST_F(RecentPagesTest, LeaveWhatIsLargeOrOverABorderOrCannotBeRead) {
  std::vector<std::uint8_t> out(RecentPages::kLargestRead + 1, 0x11);
  EXPECT_FALSE(pages_.Read(file_.number(), 0, out));
  EXPECT_TRUE(pages_.Read(file_.number(), 0, MutableBytes(out).first(out.size() - 1)));
  std::fill(out.begin(), out.end(), std::uint8_t{0x11});
  EXPECT_FALSE(pages_.Read(file_.number(), kPage - 1, MutableBytes(out).first(2)));
  EXPECT_FALSE(pages_.Read(file_.number(), 8 * kPage, MutableBytes(out).first(2)));
  EXPECT_EQ(out[0], 0x11);
  EXPECT_TRUE(pages_.Read(file_.number(), kPage - 2, MutableBytes(out).first(2)));
}

// A device's keys lie in flash too.
TEST_F(RecentPagesTest, LeaveNothingBehindInMemory) {
  alignas(RecentPages) std::array<std::uint8_t, sizeof(RecentPages)> room{};
  const auto left = [&] { return std::ranges::count(room, 0xA7); };
  const std::vector<std::uint8_t> secret(kPage, 0xA7);
  ASSERT_EQ(WriteFully(file_.number(), 0, secret), 0);
  auto* const pages = new (room.data()) RecentPages;
  std::uint8_t byte = 0;
  ASSERT_TRUE(pages->Read(file_.number(), 9, MutableBytes(&byte, 1)));
  ASSERT_GE(left(), static_cast<std::ptrdiff_t>(kPage));
  pages->Forget(9, 10);
  EXPECT_LT(left(), 4);
  ASSERT_TRUE(pages->Read(file_.number(), 9, MutableBytes(&byte, 1)));
  pages->~RecentPages();
  EXPECT_LT(left(), 4);
}

// The last sectors of a flash whose size is no multiple of a page.
TEST_F(RecentPagesTest, LeaveAPageThatTheFileHasOnlyAPartOf) {
  ASSERT_EQ(ftruncate(file_.number(), static_cast<off_t>(kPage + 512)), 0);
  EXPECT_EQ(ByteAt(kPage + 3), -1);
  EXPECT_EQ(ByteAt(3), Byte(3));
}

// Whatever is erased and programmed between, small reads and large ones find what a
// flash in RAM has.
TEST(RecentPages, NeverShowAWriterWhatWasThereBefore) {
  const TemporaryFolder folder;
  constexpr std::uint64_t kSectors = 9;
  ASSERT_EQ(FileFlash::Create(folder.path() / "flash", kSectors * 4096), kOk);
  auto opened = FileFlash::Open(folder.path() / "flash", {.mode = FileFlash::Mode::kReadWrite});
  ASSERT_TRUE(opened.has_value());
  FileFlash& file = **opened;
  MemoryFlash memory({.size = kSectors * 4096});
  std::mt19937 random(11);  // NOLINT(cert-msc51-cpp): the same at each run
  const auto below = [&](std::uint64_t end) {
    return std::uniform_int_distribution<std::uint64_t>(0, end - 1)(random);
  };
  std::vector<std::uint8_t> found(700);
  std::vector<std::uint8_t> expected(700);
  for (int turn = 0; turn < 20000; ++turn) {
    const std::uint64_t size = 1 + below(turn % 3 == 0 ? 600 : 40);
    const std::uint64_t at = below(kSectors * 4096 - size);
    switch (below(8)) {
      case 0: {
        const std::uint64_t sector = 4096 * below(kSectors);
        ASSERT_EQ(file.Erase(sector, 4096), memory.Erase(sector, 4096));
        break;
      }
      case 1: {
        std::vector<std::uint8_t> data(size);
        for (auto& byte : data) byte = static_cast<std::uint8_t>(below(256));
        ASSERT_EQ(memory.Read(at, MutableBytes(expected).first(size)), kOk);
        for (std::size_t i = 0; i < size; ++i) data[i] &= expected[i];
        ASSERT_EQ(file.Program(at, data), kOk);
        ASSERT_EQ(memory.Program(at, data), kOk);
        break;
      }
      case 2:
        if (turn % 5 == 0) {
          ASSERT_EQ(file.Sync(), kOk);
        }
        break;
      default:
        ASSERT_EQ(file.Read(at, MutableBytes(found).first(size)), kOk);
        ASSERT_EQ(memory.Read(at, MutableBytes(expected).first(size)), kOk);
        ASSERT_TRUE(
            std::equal(found.begin(), found.begin() + static_cast<int>(size), expected.begin()));
    }
  }
}

}  // namespace
}  // namespace updraft
