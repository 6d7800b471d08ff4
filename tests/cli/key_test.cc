// SPDX-License-Identifier: Apache-2.0
// `updraft key new` where the files cannot be written: no half of a pair is made.
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/stat.h>

#include <filesystem>
#include <string>
#include <vector>

#include "tests/cli/run_tool.h"

namespace updraft {
namespace {

using testing::HasSubstr;

class KeyTool : public testing::Test {
 protected:
  std::string At(const std::string& name) const { return folder_ / name; }

  // The error, after which there are these files and no others.
  std::string Refused(const std::string& kind, const std::vector<std::string>& words,
                      const std::vector<std::string>& left) {
    std::vector<std::string> all{"key", "new", kind};
    all.insert(all.end(), words.begin(), words.end());
    const ToolRun run = RunTool(all);
    EXPECT_EQ(run.exit_code, 1) << kind;
    EXPECT_EQ(run.out, "") << kind;
    EXPECT_EQ(folder_.names(), left) << kind;
    return run.err;
  }

  // RSA's take long to be made, and are written as the others.
  static constexpr const char* kKinds[] = {"ecies", "sign-p256"};
  TemporaryFolder folder_;
};

TEST_F(KeyTool, SaysThatAFolderHasTheName) {
  std::filesystem::create_directory(At("folder"));
  const std::string words = "updraft: cannot write " + At("folder") +
                            ": expected the name of a file, found a folder; name a file in it.\n";
  for (const char* const kind : {"rsa-3072", "ecies", "sign-p256"}) {
    EXPECT_EQ(Refused(kind, {At("folder")}, {"folder"}), words);
    EXPECT_EQ(Refused(kind, {At("folder"), "--force"}, {"folder"}), words);
  }
}

TEST_F(KeyTool, MakesNoPrivateKeyWhosePublicHalfCannotBeWritten) {
  std::filesystem::create_directory(At("folder"));
  WriteText(At("old"), "an old key");
  for (const char* const kind : kKinds) {
    EXPECT_THAT(Refused(kind, {At("key"), "--public", At("folder")}, {"folder", "old"}),
                HasSubstr("cannot write " + At("folder")));
    EXPECT_THAT(
        Refused(kind, {At("old"), "--force", "--public", At("none/pub")}, {"folder", "old"}),
        HasSubstr("cannot write " + At("none/pub")));
    EXPECT_EQ(FileText(At("old")), "an old key");
    EXPECT_THAT(Refused(kind, {At("key"), "--public", "/dev/full"}, {"folder", "old"}),
                HasSubstr("cannot write /dev/full"));
  }
}

TEST_F(KeyTool, DoesNotWriteThePublicKeyOverThePrivateOne) {
  for (const char* const kind : kKinds) {
    EXPECT_THAT(Refused(kind, {At("key"), "--public", At("./key")}, {}),
                HasSubstr("expected two files for the two keys, found one name for both"));
  }
}

TEST_F(KeyTool, TakesThePlaceOfAFileOnlyAndLeavesALink) {
  ASSERT_EQ(mkfifo(At("pipe").c_str(), 0600), 0);
  WriteText(At("old"), "an old key");
  std::filesystem::create_symlink("old", At("link"));
  const std::vector<std::string> names{"link", "old", "pipe"};
  for (const char* const kind : kKinds) {
    EXPECT_THAT(Refused(kind, {At("pipe"), "--force"}, names),
                HasSubstr("expected the name of a file, found a device or a pipe"));
    EXPECT_TRUE(std::filesystem::is_fifo(At("pipe")));
    EXPECT_THAT(Refused(kind, {At("link")}, names), HasSubstr("which may be a key in use"));
    WriteText(At("old"), "an old key");
    EXPECT_EQ(RunTool({"key", "new", kind, At("link"), "--force"}).exit_code, 0);
    EXPECT_TRUE(std::filesystem::is_symlink(At("link")));
    EXPECT_NE(FileText(At("old")), "an old key");
  }
}

TEST_F(KeyTool, LeavesAKeyThatIsThereAndMakesNoOtherHalf) {
  WriteText(At("old"), "an old key");
  for (const char* const kind : kKinds) {
    EXPECT_THAT(Refused(kind, {At("old"), "--public", At("pub")}, {"old"}),
                HasSubstr("expected no file of that name, found one, which may be a key in use"));
    EXPECT_EQ(FileText(At("old")), "an old key");
  }
}

}  // namespace
}  // namespace updraft
