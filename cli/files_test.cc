// SPDX-License-Identifier: Apache-2.0
#include "cli/files.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/stat.h>

#include <filesystem>
#include <fstream>

namespace updraft {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

class FilesTest : public testing::Test {
 protected:
  FilesTest() {
    std::string pattern = testing::TempDir() + "updraft-files-XXXXXX";
    folder_ = mkdtemp(pattern.data());
  }
  ~FilesTest() override { std::filesystem::remove_all(folder_); }

  std::string Path(const std::string& name) const { return folder_ + "/" + name; }
  std::vector<std::string> Names() const {
    std::vector<std::string> names;
    for (const auto& entry : std::filesystem::directory_iterator(folder_)) {
      names.push_back(entry.path().filename());
    }
    return names;
  }

  std::string folder_;
};

TEST_F(FilesTest, WritesAndReadsAFileWhole) {
  std::vector<std::uint8_t> data(3 << 20);
  for (std::size_t i = 0; i < data.size(); ++i) data[i] = static_cast<std::uint8_t>(i * 7);
  ASSERT_FALSE(WriteWholeFile(Path("a"), data));
  const auto read = ReadWholeFile(Path("a"), data.size());
  ASSERT_TRUE(read);
  EXPECT_EQ(*read, data);
  EXPECT_THAT(Names(), ElementsAre("a"));
}

TEST_F(FilesTest, ReadsAnEmptyFile) {
  std::ofstream(Path("empty")).close();
  const auto read = ReadWholeFile(Path("empty"), 10);
  ASSERT_TRUE(read);
  EXPECT_TRUE(read->empty());
}

TEST_F(FilesTest, SaysWhyAFileCannotBeRead) {
  EXPECT_EQ(ReadWholeFile(Path("absent"), 10).failure().reason, "not_found");
  EXPECT_THAT(ReadWholeFile(Path("absent"), 10).failure().message,
              HasSubstr("found: No such file or directory"));
  EXPECT_THAT(ReadWholeFile(folder_, 10).failure().message, HasSubstr("Is a directory"));
}

TEST_F(FilesTest, RefusesAFileAboveTheLimit) {
  ASSERT_FALSE(WriteWholeFile(Path("a"), std::vector<std::uint8_t>(11)));
  EXPECT_EQ(ReadWholeFile(Path("a"), 10).failure().reason, "no_space");
  EXPECT_EQ(ReadWholeFile("/dev/zero", 100).failure().reason, "no_space");
}

TEST_F(FilesTest, LeavesTheOldFileAndNothingElseWithoutFinish) {
  ASSERT_FALSE(WriteWholeFile(Path("a"), std::vector<std::uint8_t>{1, 2}));
  {
    NewFile file(Path("a"));
    ASSERT_EQ(file.Write(std::vector<std::uint8_t>{3}), kOk);
  }
  EXPECT_THAT(*ReadWholeFile(Path("a"), 10), ElementsAre(1, 2));
  EXPECT_THAT(Names(), ElementsAre("a"));
}

TEST_F(FilesTest, WritesThroughALinkAndKeepsIt) {
  const std::vector<std::uint8_t> old{1};
  const std::vector<std::uint8_t> data{2, 3};
  std::filesystem::create_directory(Path("far"));
  ASSERT_FALSE(WriteWholeFile(Path("far/target"), old));
  std::filesystem::create_symlink("far/target", Path("link"));
  ASSERT_FALSE(WriteWholeFile(Path("link"), data));
  EXPECT_TRUE(std::filesystem::is_symlink(Path("link")));
  EXPECT_EQ(*ReadWholeFile(Path("far/target"), 10), data);
}

TEST_F(FilesTest, SaysWhyAFileCannotBeWritten) {
  const auto failure = WriteWholeFile(Path("absent/a"), std::vector<std::uint8_t>{1});
  ASSERT_TRUE(failure);
  EXPECT_THAT(failure->message, HasSubstr("No such file or directory"));
}

TEST_F(FilesTest, ReportsAFullDisk) {
  const auto failure = WriteWholeFile("/dev/full", std::vector<std::uint8_t>{1});
  ASSERT_TRUE(failure);
  EXPECT_EQ(failure->reason, "no_space");
  EXPECT_THAT(failure->message, HasSubstr("No space left on device"));
}

TEST_F(FilesTest, GivesNewFilesThePermissionsOfTheUmask) {
  const mode_t before = umask(027);
  ASSERT_FALSE(WriteWholeFile(Path("a"), {}));
  umask(before);
  struct stat facts {};
  ASSERT_EQ(stat(Path("a").c_str(), &facts), 0);
  EXPECT_EQ(facts.st_mode & 0777U, 0640U);
}

}  // namespace
}  // namespace updraft
