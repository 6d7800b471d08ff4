// SPDX-License-Identifier: Apache-2.0
#include "gateway/command.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <signal.h>
#include <sys/stat.h>

#include <filesystem>
#include <fstream>

#include "testing/temporary_folder.h"

namespace updraft {
namespace {

using Kind = CommandEnd::Kind;

CommandEnd Shell(const std::string& script, Command command = {}) {
  command.words = {"sh", "-c", script};
  return RunCommand(command);
}

TEST(GatewayCommand, TellsHowItEnded) {
  EXPECT_TRUE(Shell("exit 0").succeeded());
  const CommandEnd seven = Shell("exit 7");
  EXPECT_EQ(seven.kind, Kind::kExited);
  EXPECT_EQ(seven.Text(), "exit code 7");
  const CommandEnd killed = Shell("kill -9 $$");
  EXPECT_EQ(killed.kind, Kind::kSignalled);
  EXPECT_EQ(killed.number, SIGKILL);
  const CommandEnd none = RunCommand({.words = {"/no/such/program"}});
  EXPECT_EQ(none.kind, Kind::kNotStarted);
  EXPECT_THAT(none.Text(), testing::HasSubstr("No such file"));
}

TEST(GatewayCommand, IsToldWhatIsSelectedInItsEnvironment) {
  EXPECT_TRUE(Shell("test \"$UPDRAFT_SLOT\" = 'a b' && test -n \"$PATH\"",
                    {.environment = {{"UPDRAFT_SLOT", "a b"}}})
                  .succeeded());
}

TEST(GatewayCommand, IsEndedWithAllItStartedAfterItsTime) {
  const TemporaryFolder folder;
  const std::string pid = folder / "pid";
  EXPECT_EQ(
      Shell("sleep 1000 & echo $! > " + pid + "; wait", {.timeout = std::chrono::milliseconds(300)})
          .kind,
      Kind::kTimeout);
  int child = 0;
  std::ifstream(pid) >> child;
  ASSERT_GT(child, 0);
  // It may be a zombie for a moment, of whoever adopts orphans here.
  bool runs = true;
  for (int i = 0; i < 100 && runs; ++i) {
    std::string state;
    std::ifstream stat("/proc/" + std::to_string(child) + "/stat");
    std::string words;
    runs = static_cast<bool>(std::getline(stat, words)) && words.find(") Z ") == std::string::npos;
    if (runs) usleep(20'000);
  }
  EXPECT_FALSE(runs);
}

TEST(GatewayCommand, IsLeftAloneByAStopWhereItMayBeWhatStopsTheMachine) {
  const TemporaryFolder folder;
  const std::string go = folder / "go";
  const std::string done = folder / "done";
  ASSERT_EQ(mkfifo(go.c_str(), 0600), 0);
  EXPECT_EQ(Shell("read line < " + go + "; : > " + done,
                  {.should_stop = [] { return true; }, .outlives_stop = true})
                .kind,
            Kind::kStopped);
  std::ofstream(go) << "go\n";  // opens only while somebody reads
  bool finished = false;
  for (int i = 0; i < 500 && !finished; ++i) {
    finished = std::filesystem::exists(done);
    if (!finished) usleep(10'000);
  }
  EXPECT_TRUE(finished);
}

}  // namespace
}  // namespace updraft
