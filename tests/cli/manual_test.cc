// SPDX-License-Identifier: Apache-2.0
// Man pages and completion are complete, sound, and say what --help says.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <set>

#include "tests/cli/run_tool.h"

namespace updraft {
namespace {

using testing::Contains;
using testing::HasSubstr;
using testing::Not;

bool HasProgram(const char* name) {
  return system((std::string("command -v ") + name + " > /dev/null").c_str()) == 0;
}

ToolRun Shell(const std::string& program, const std::string& script) {
  return RunTool({"-c", script}, {.program = program});
}

std::vector<std::string> Lines(const std::string& text) {
  std::vector<std::string> lines;
  std::size_t start = 0;
  while (start < text.size()) {
    const std::size_t end = std::min(text.find('\n', start), text.size());
    lines.push_back(text.substr(start, end - start));
    start = end + 1;
  }
  return lines;
}

// What bash offers after these words; the last one is at the cursor.
std::vector<std::string> Offered(const std::vector<std::string>& words) {
  const TemporaryFolder folder;
  WriteText(folder / "completion", RunTool({"completion", "bash"}).out);
  std::string script = "cd " + folder.path().string() + " && source completion && COMP_WORDS=(";
  for (const std::string& word : words) script += "'" + word + "' ";
  script += ") && COMP_CWORD=" + std::to_string(words.size() - 1) +
            " && _updraft && printf '%s\\n' \"${COMPREPLY[@]}\"";
  const ToolRun run = Shell("/bin/bash", script);
  EXPECT_EQ(run.err, "");
  return Lines(run.out);
}

TEST(Manual, HasAPageForEveryCommandThatHelpNames) {
  const TemporaryFolder folder;
  ASSERT_EQ(RunTool({"man", "--to", folder / "man"}).exit_code, 0);
  std::set<std::string> pages;
  for (const auto& entry : std::filesystem::directory_iterator(folder / "man")) {
    pages.insert(entry.path().filename());
  }
  for (const char* const page : {"updraft.1", "updraft-image-info.1", "updraft-device-update.1",
                                 "updraft-gateway-run.1", "updraft-key-new-sign-p256.1"}) {
    EXPECT_THAT(pages, Contains(page));
  }
  EXPECT_GT(pages.size(), 50U);
  const std::string page = FileText(folder / "man/updraft-image-verify.1");
  EXPECT_THAT(page, HasSubstr(".SH SYNOPSIS"));
  EXPECT_THAT(page, HasSubstr("\\fB\\-\\-chip\\fR"));
  EXPECT_THAT(page, HasSubstr("updraft image verify firmware.bin")) << "the example of --help";
}

TEST(Manual, IsSoundRoff) {
  if (!HasProgram("groff")) GTEST_SKIP() << "no groff";
  const TemporaryFolder folder;
  ASSERT_EQ(RunTool({"man", "--to", folder / "man"}).exit_code, 0);
  const ToolRun run =
      Shell("/bin/sh", "cd " + (folder / "man").string() + " && groff -man -Tutf8 -ww -z *.1");
  EXPECT_EQ(run.exit_code, 0);
  EXPECT_EQ(run.err, "");
}

TEST(Manual, SaysWhenThereIsNoSuchCommand) {
  const ToolRun run = RunTool({"man", "image", "eat"});
  EXPECT_EQ(run.exit_code, 1);
  EXPECT_THAT(run.err, HasSubstr("found 'updraft image eat'"));
}

TEST(Completion, OfBashOffersCommandsThenOptionsThenFiles) {
  EXPECT_THAT(Offered({"updraft", "im"}), testing::ElementsAre("image"));
  EXPECT_THAT(Offered({"updraft", "image", ""}), Contains("verify"));
  EXPECT_THAT(Offered({"updraft", "image", "verify", "--ch"}),
              testing::ElementsAre("--chip", "--chip-revision"));
  EXPECT_THAT(Offered({"updraft", "device", "update", "mydevice", "--ur"}),
              testing::ElementsAre("--url"));
  EXPECT_THAT(Offered({"updraft", "image", "verify", "comp"}), testing::ElementsAre("completion"))
      << "a file of the folder, not the command";
}

TEST(Completion, OfZshAndFishIsReadByThem) {
  const TemporaryFolder folder;
  WriteText(folder / "_updraft", RunTool({"completion", "zsh"}).out);
  WriteText(folder / "updraft.fish", RunTool({"completion", "fish"}).out);
  if (HasProgram("zsh")) {
    EXPECT_EQ(Shell("/bin/zsh", "zsh -n " + (folder / "_updraft").string()).exit_code, 0);
  }
  if (!HasProgram("fish")) GTEST_SKIP() << "no fish";
  const std::string source = "source " + (folder / "updraft.fish").string();
  const auto offered = [&](const std::string& line) {
    return Shell("/usr/bin/fish", source + "; complete -C '" + line + "'").out;
  };
  EXPECT_THAT(offered("updraft im"), HasSubstr("image\t"));
  EXPECT_THAT(offered("updraft image verify --ch"), HasSubstr("--chip\t"));
  EXPECT_THAT(offered("updraft image "), Not(HasSubstr("gateway")));
}

}  // namespace
}  // namespace updraft
