// SPDX-License-Identifier: Apache-2.0
// What every command of the tool has in common: exit codes, help, streams.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "updraft/observer.h"

#include "tests/cli/run_tool.h"

namespace updraft {
namespace {

using testing::AllOf;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::MatchesRegex;
using testing::StartsWith;

TEST(Tool, HelpAndVersionEndWith0) {
  const ToolRun help = RunTool({"--help"});
  EXPECT_EQ(help.exit_code, 0);
  EXPECT_THAT(help.out, AllOf(HasSubstr("partitions"), HasSubstr("Example")));
  const ToolRun version = RunTool({"--version"});
  EXPECT_EQ(version.exit_code, 0);
  EXPECT_THAT(version.out, MatchesRegex("updraft [0-9]+\\.[0-9]+\\.[0-9]+\n"));
}

TEST(Tool, HelpPrintsTheWholeListOfReasons) {
  const std::string help = RunTool({"--help"}).out;
  for (std::size_t i = 0; i < static_cast<std::size_t>(Check::kCount); ++i) {
    EXPECT_THAT(help, HasSubstr(std::string(CheckReason(static_cast<Check>(i)))));
  }
}

TEST(Tool, WrongUsageEndsWith2AndOneLineOnStandardError) {
  const std::vector<std::vector<std::string>> wrong{
      {},
      {"nothing"},
      {"partitions"},
      {"partitions", "make"},
      {"partitions", "make", "in.csv"},
      {"partitions", "show", "--unknown", "a.bin"},
      {"partitions", "show", "a.bin", "--flash-size", "big"},
      {"partitions", "make", "a.csv", "b.bin", "--secure", "v3"},
  };
  for (const auto& arguments : wrong) {
    const ToolRun run = RunTool(arguments);
    EXPECT_EQ(run.exit_code, 2) << testing::PrintToString(arguments);
    EXPECT_THAT(run.out, IsEmpty()) << testing::PrintToString(arguments);
    EXPECT_THAT(run.err, AllOf(StartsWith("updraft: "), HasSubstr("--help'.\n")))
        << testing::PrintToString(arguments);
  }
}

// The subcommands that a --help names.
std::vector<std::string> SubcommandsOf(const std::vector<std::string>& command) {
  std::vector<std::string> arguments = command;
  arguments.emplace_back("--help");
  const std::string help = RunTool(arguments).out;
  std::vector<std::string> names;
  std::size_t at = help.find("Subcommands:\n");
  if (at == std::string::npos) return names;
  at = help.find('\n', at) + 1;
  while (help.compare(at, 2, "  ") == 0 && help.at(at + 2) != '\n') {
    if (help.at(at + 2) != ' ') {
      names.push_back(help.substr(at + 2, help.find_first_of(" \n", at + 2) - at - 2));
    }
    at = help.find('\n', at) + 1;
  }
  return names;
}

void ExpectExamples(const std::vector<std::string>& command) {
  std::vector<std::string> arguments = command;
  arguments.emplace_back("--help");
  const ToolRun run = RunTool(arguments);
  EXPECT_EQ(run.exit_code, 0) << testing::PrintToString(command);
  EXPECT_THAT(run.out, testing::ContainsRegex("Example:[^\n]*\n  updraft "))
      << testing::PrintToString(command);
  for (const std::string& name : SubcommandsOf(command)) {
    std::vector<std::string> inner = command;
    inner.push_back(name);
    ExpectExamples(inner);
  }
}

TEST(Tool, EveryHelpCarriesAnExample) {
  ASSERT_FALSE(SubcommandsOf({}).empty());
  ASSERT_FALSE(SubcommandsOf({"partitions"}).empty());
  ExpectExamples({});
}

}  // namespace
}  // namespace updraft
