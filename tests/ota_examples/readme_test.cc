// SPDX-License-Identifier: Apache-2.0
// The READMEs of examples/ota, followed line by line in a copy of the example.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <sstream>
#include <string>

#include "testing/loopback_peer.h"
#include "tests/cli/run_tool.h"

namespace updraft {
namespace {

// The lines between ```sh and ```, of all such blocks.
std::string CommandsOf(const std::string& markdown) {
  std::istringstream lines(markdown);
  std::string commands;
  bool inside = false;
  for (std::string line; std::getline(lines, line);) {
    if (line.starts_with("```")) {
      inside = line == "```sh";
    } else if (inside) {
      commands += line + "\n";
    }
  }
  return commands;
}

std::string Replaced(std::string text, const std::string& from, const std::string& to) {
  for (std::size_t at = text.find(from); at != std::string::npos; at = text.find(from, at)) {
    text.replace(at, from.size(), to);
    at += to.size();
  }
  return text;
}

class OtaReadme : public testing::TestWithParam<const char*> {};

TEST_P(OtaReadme, IsFollowedLineByLine) {
  const TemporaryFolder folder;
  const std::string source = std::string(kSourceFolder) + "/examples/ota/" + GetParam();
  const std::string project = folder / "project";
  std::filesystem::copy(source, project, std::filesystem::copy_options::recursive);
  // Another test may have the port that users are told.
  const std::string port = std::to_string(ClosedPort());
  const std::string kconfig = project + "/main/Kconfig.projbuild";
  WriteText(kconfig, Replaced(FileText(kconfig), "8070", port));
  const std::string commands = CommandsOf(FileText(source + "/README.md"));
  ASSERT_THAT(commands, testing::HasSubstr("monitor"));
  const std::string path =
      std::string(kSourceFolder) + "/tools:" + kBuildFolder + "/bin:" + std::getenv("PATH");
  const ToolRun run =
      RunTool({"-c", "set -e\ntrap 'kill $(jobs -p)' EXIT\n" + Replaced(commands, "8070", port)},
              {.environment = {{"PATH", path}, {"UPDRAFT_BUILD", kBuildFolder}},
               .program = "/bin/bash",
               .folder = project});
  EXPECT_EQ(run.exit_code, 0) << run.out << run.err;
  EXPECT_THAT(run.out + run.err, testing::Not(testing::HasSubstr("stopped at the time-out")));
}

INSTANTIATE_TEST_SUITE_P(Examples, OtaReadme,
                         testing::Values("simple_ota", "advanced_ota", "native_ota",
                                         "partitions_ota", "pre_encrypted_ota"),
                         [](const auto& given) { return std::string(given.param); });

}  // namespace
}  // namespace updraft
