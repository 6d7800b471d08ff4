// SPDX-License-Identifier: Apache-2.0
#include "server/replace_file.h"

#include <gtest/gtest.h>
#include <sys/stat.h>

#include <sstream>

#include "server/test_client.h"

namespace updraft {
namespace {

std::string ReadText(const std::filesystem::path& path) {
  std::ostringstream text;
  text << std::ifstream(path, std::ios::binary).rdbuf();
  return text.str();
}

mode_t ModeOf(const std::filesystem::path& path) {
  struct stat facts {};
  return stat(path.c_str(), &facts) == 0 ? facts.st_mode & 07777 : 0;
}

TEST(ReplaceFile, WritesWithThePermissionsAsked) {
  const TestFolder folder;
  ASSERT_TRUE(ReplaceFile(folder / "key.pem", "secret", kPrivateFile).ok());
  ASSERT_TRUE(ReplaceFile(folder / "ca.pem", "public", kPublicFile).ok());
  EXPECT_EQ(ReadText(folder / "key.pem"), "secret");
  EXPECT_EQ(ModeOf(folder / "key.pem"), mode_t{0600});
  EXPECT_EQ(ModeOf(folder / "ca.pem"), mode_t{0644});
}

TEST(ReplaceFile, ReplacesAFileAndItsPermissions) {
  const TestFolder folder;
  folder.Write("key.pem", "a much longer old content");
  ASSERT_EQ(chmod((folder / "key.pem").c_str(), 0666), 0);
  ASSERT_TRUE(ReplaceFile(folder / "key.pem", "new", kPrivateFile).ok());
  EXPECT_EQ(ReadText(folder / "key.pem"), "new");
  EXPECT_EQ(ModeOf(folder / "key.pem"), mode_t{0600});
}

TEST(ReplaceFile, LeavesNothingBehindWhenItFails) {
  const TestFolder folder;
  std::filesystem::create_directory(folder / "taken");
  const ExplainedStatus directory = ReplaceFile(folder / "taken", "x", kPublicFile);
  EXPECT_FALSE(directory.ok());
  EXPECT_NE(directory.message.find("taken"), std::string::npos);
  const ExplainedStatus missing = ReplaceFile(folder / "no/file", "x", kPublicFile);
  EXPECT_EQ(missing.status.code(), Code::kNotFound);
  EXPECT_EQ(missing.status.detail(), ENOENT);
  const auto entries = std::filesystem::directory_iterator(folder.string());
  EXPECT_EQ(std::distance(begin(entries), end(entries)), 1);
}

}  // namespace
}  // namespace updraft
