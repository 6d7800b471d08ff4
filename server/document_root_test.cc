// SPDX-License-Identifier: Apache-2.0
#include "server/document_root.h"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/stat.h>
#include <sys/time.h>
#include <unistd.h>

#include "server/test_client.h"

namespace updraft {
namespace {

namespace fs = std::filesystem;
using Refusal = DocumentRoot::Refusal;

class DocumentRootTest : public testing::Test {
 protected:
  void SetUp() override {
    folder_.Write("root/app.bin", "firmware");
    folder_.Write("root/sub/app.bin", "other");
    folder_.Write("outside.bin", "secret");
    folder_.Write("root-too/near.bin", "secret");
    ASSERT_TRUE(root_.Open(folder_ / "root").ok());
  }
  Refusal Open(const std::string& path) {
    ServedFile file;
    return root_.OpenFile(path, file);
  }
  std::string TagOf(const std::string& path) {
    ServedFile file;
    return root_.OpenFile(path, file) == Refusal::kNone ? file.etag() : "";
  }

  TestFolder folder_;
  DocumentRoot root_;
};

TEST_F(DocumentRootTest, RefusesADirectoryThatIsNotThere) {
  DocumentRoot root;
  const ExplainedStatus missing = root.Open(folder_ / "missing");
  EXPECT_EQ(missing.status.code(), Code::kNotFound);
  EXPECT_EQ(missing.status.detail(), ENOENT);
  EXPECT_NE(missing.message.find("missing"), std::string::npos);
  const ExplainedStatus file = root.Open(folder_ / "root/app.bin");
  EXPECT_EQ(file.status.detail(), ENOTDIR);
}

TEST_F(DocumentRootTest, OpensFilesAtAnyDepth) {
  ServedFile file;
  ASSERT_EQ(root_.OpenFile("sub/app.bin", file), Refusal::kNone);
  EXPECT_EQ(file.size(), 5u);
  char text[8] = {};
  EXPECT_EQ(file.Read(1, text, sizeof(text)), 4);
  EXPECT_STREQ(text, "ther");
  EXPECT_EQ(file.Read(5, text, sizeof(text)), 0);
}

TEST_F(DocumentRootTest, FindsNoDirectoriesAndNothingMissing) {
  for (const char* path : {"", "sub", "sub/", "none", "app.bin/", "app.bin/x", "sub/none"})
    EXPECT_EQ(Open(path), Refusal::kNotFound) << path;
  EXPECT_EQ(Open(std::string(300, 'a')), Refusal::kNotFound);
}

TEST_F(DocumentRootTest, FindsNoPipes) {
  ASSERT_EQ(mkfifo((folder_ / "root/pipe").c_str(), 0600), 0);
  EXPECT_EQ(Open("pipe"), Refusal::kNotFound);  // and did not wait for a writer
}

TEST_F(DocumentRootTest, FollowsLinksThatStayInside) {
  fs::create_symlink("sub/app.bin", folder_ / "root/relative");
  fs::create_symlink(folder_ / "root/app.bin", folder_ / "root/absolute");
  fs::create_directory_symlink("sub", folder_ / "root/directory");
  EXPECT_EQ(Open("relative"), Refusal::kNone);
  EXPECT_EQ(Open("absolute"), Refusal::kNone);
  EXPECT_EQ(Open("directory/app.bin"), Refusal::kNone);
}

TEST_F(DocumentRootTest, RefusesLinksThatLeadOut) {
  fs::create_symlink("../outside.bin", folder_ / "root/relative");
  fs::create_symlink(folder_ / "outside.bin", folder_ / "root/absolute");
  fs::create_directory_symlink("..", folder_ / "root/parent");
  fs::create_directory_symlink("../root-too", folder_ / "root/neighbour");
  for (const char* path : {"relative", "absolute", "parent/outside.bin", "neighbour/near.bin"})
    EXPECT_EQ(Open(path), Refusal::kForbidden) << path;
  EXPECT_EQ(Open("parent/root/app.bin"), Refusal::kNone);
}

TEST_F(DocumentRootTest, FindsNothingBehindALinkLoop) {
  fs::create_symlink("loop", folder_ / "root/loop");
  EXPECT_EQ(Open("loop"), Refusal::kNotFound);
}

TEST_F(DocumentRootTest, RefusesEvenAPathThatWasNotNormalised) {
  EXPECT_EQ(Open("../outside.bin"), Refusal::kForbidden);
  EXPECT_EQ(Open("/etc/passwd"), Refusal::kForbidden);
}

TEST_F(DocumentRootTest, WithholdsAFileUnderAnyName) {
  fs::create_hard_link(folder_ / "root/app.bin", folder_ / "root/link.bin");
  root_.Withhold(folder_ / "root/app.bin");
  EXPECT_EQ(Open("app.bin"), Refusal::kForbidden);
  EXPECT_EQ(Open("link.bin"), Refusal::kForbidden);
  EXPECT_EQ(Open("sub/app.bin"), Refusal::kNone);
}

TEST_F(DocumentRootTest, ServesTheWholeMachineWhenRootIsSlash) {
  DocumentRoot root;
  ASSERT_TRUE(root.Open("/").ok());
  ServedFile file;
  EXPECT_EQ(root.OpenFile((folder_ / "outside.bin").relative_path(), file), Refusal::kNone);
}

TEST_F(DocumentRootTest, KeepsTheTagWhileTheFileStays) {
  EXPECT_EQ(TagOf("app.bin"), TagOf("app.bin"));
  EXPECT_NE(TagOf("app.bin"), TagOf("sub/app.bin"));
  EXPECT_TRUE(TagOf("app.bin").starts_with('"'));
}

TEST_F(DocumentRootTest, ChangesTheTagWhenAnotherFileTakesThePlace) {
  const std::string before = TagOf("app.bin");
  struct stat facts {};
  ASSERT_EQ(stat((folder_ / "root/app.bin").c_str(), &facts), 0);
  folder_.Write("root/new.bin", "FIRMWARE");  // as long, and made as old as the former
  const timespec times[2] = {facts.st_atim, facts.st_mtim};
  ASSERT_EQ(utimensat(AT_FDCWD, (folder_ / "root/new.bin").c_str(), times, 0), 0);
  fs::rename(folder_ / "root/new.bin", folder_ / "root/app.bin");
  EXPECT_NE(TagOf("app.bin"), before);
}

TEST_F(DocumentRootTest, ChangesTheTagWhenTheFileIsWrittenInPlace) {
  const std::string before = TagOf("app.bin");
  folder_.Write("root/app.bin", "firmwarE+");
  EXPECT_NE(TagOf("app.bin"), before);
}

TEST_F(DocumentRootTest, NoticesAChangeOfAnOpenFile) {
  ServedFile file;
  ASSERT_EQ(root_.OpenFile("app.bin", file), Refusal::kNone);
  EXPECT_FALSE(file.ChangedSinceOpened());
  folder_.Write("root/app.bin", "longer than before");
  EXPECT_TRUE(file.ChangedSinceOpened());
}

TEST_F(DocumentRootTest, ReadsTheOldFileToItsEndWhenItIsReplaced) {
  ServedFile file;
  ASSERT_EQ(root_.OpenFile("app.bin", file), Refusal::kNone);
  folder_.Write("root/new.bin", "entirely different");
  fs::rename(folder_ / "root/new.bin", folder_ / "root/app.bin");
  EXPECT_FALSE(file.ChangedSinceOpened());
  char text[9] = {};
  EXPECT_EQ(file.Read(0, text, 8), 8);
  EXPECT_STREQ(text, "firmware");
}

}  // namespace
}  // namespace updraft
