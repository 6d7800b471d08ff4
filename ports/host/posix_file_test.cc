// SPDX-License-Identifier: Apache-2.0
#include "ports/host/posix_file.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/stat.h>

#include <cerrno>
#include <fstream>
#include <sstream>

#include "testing/temporary_folder.h"

namespace updraft {
namespace {

std::string TextOf(const std::filesystem::path& path) {
  std::ostringstream text;
  text << std::ifstream(path, std::ios::binary).rdbuf();
  return text.str();
}

mode_t ModeOf(const std::filesystem::path& path) {
  struct stat facts {};
  return stat(path.c_str(), &facts) == 0 ? facts.st_mode & 07777 : 0;
}

Bytes BytesOf(std::string_view text) {
  return {reinterpret_cast<const std::uint8_t*>(text.data()), text.size()};
}

TEST(ReplaceFile, WritesWithThePermissionsAsked) {
  const TemporaryFolder folder;
  EXPECT_EQ(ReplaceFile(folder / "secret", BytesOf("secret"), 0600), 0);
  EXPECT_EQ(ReplaceFileUnsynced(folder / "public", BytesOf("public"), 0644), 0);
  EXPECT_EQ(TextOf(folder / "secret"), "secret");
  EXPECT_EQ(ModeOf(folder / "secret"), mode_t{0600});
  EXPECT_EQ(ModeOf(folder / "public"), mode_t{0644});
}

TEST(ReplaceFile, ReplacesAFileAndItsPermissions) {
  const TemporaryFolder folder;
  std::ofstream(folder / "file") << "a much longer old content";
  ASSERT_EQ(chmod((folder / "file").c_str(), 0666), 0);
  EXPECT_EQ(ReplaceFile(folder / "file", BytesOf("new"), 0600), 0);
  EXPECT_EQ(TextOf(folder / "file"), "new");
  EXPECT_EQ(ModeOf(folder / "file"), mode_t{0600});
}

TEST(ReplaceFile, LeavesNothingBehindWhenItFails) {
  const TemporaryFolder folder;
  std::filesystem::create_directory(folder / "taken");
  EXPECT_EQ(ReplaceFile(folder / "taken", BytesOf("x")), EISDIR);
  EXPECT_EQ(ReplaceFile(folder / "no/file", BytesOf("x")), ENOENT);
  EXPECT_THAT(folder.names(), testing::ElementsAre("taken"));
}

}  // namespace
}  // namespace updraft
