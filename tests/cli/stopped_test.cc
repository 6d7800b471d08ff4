// SPDX-License-Identifier: Apache-2.0
// What a command leaves behind that a signal ends in the middle: nothing.
#include <fcntl.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/stat.h>
#include <unistd.h>

#include <csignal>
#include <string>
#include <thread>

#include "testing/encryption_keys.h"
#include "testing/temporary_folder.h"
#include "tests/cli/run_tool.h"
#include "tests/cli/started_tool.h"

namespace updraft {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

class StoppedTool : public testing::Test {
 protected:
  StoppedTool() {
    WriteText(At("key.pem"), std::string(kTestRsaKeyPem));
    EXPECT_EQ(mkfifo(At("in").c_str(), 0600), 0);
  }
  std::string At(const std::string& name) const { return folder_ / name; }

  // Gives the command's input so many bytes, and waits until its output has begun.
  void StopInTheMiddle(const std::string& command, const std::string& input, int signal) {
    StartedTool tool =
        StartedTool::WithErrorPipe({"image", command, At("in"), At("key.pem"), At("out")});
    const int pipe = open(At("in").c_str(), O_WRONLY | O_CLOEXEC);
    ASSERT_GE(pipe, 0);
    ASSERT_EQ(write(pipe, input.data(), input.size()), static_cast<ssize_t>(input.size()));
    while (folder_.names().size() == kAtFirst) std::this_thread::yield();
    tool.Send(signal);
    EXPECT_EQ(tool.Finish(), 128 + signal);
    close(pipe);
  }

  static constexpr std::size_t kAtFirst = 2;  // key.pem, in
  TemporaryFolder folder_;
};

TEST_F(StoppedTool, LeavesNoHalfOfAFileBehind) {
  for (const int signal : {SIGINT, SIGTERM, SIGHUP}) {
    StopInTheMiddle("encrypt", std::string(20000, 'f'), signal);
    EXPECT_THAT(folder_.names(), ElementsAre("in", "key.pem"));
  }
}

TEST_F(StoppedTool, LeavesNoUnprovenPlaintextBehind) {
  WriteText(At("plain"), std::string(60000, 'f'));
  ASSERT_EQ(RunTool({"image", "encrypt", At("plain"), At("key.pem"), At("sealed")}).exit_code, 0);
  const std::string sealed = FileText(At("sealed"));
  std::filesystem::remove(At("plain"));
  std::filesystem::remove(At("sealed"));
  StopInTheMiddle("decrypt", sealed.substr(0, 40000), SIGTERM);
  EXPECT_THAT(folder_.names(), ElementsAre("in", "key.pem"));
}

// A flash so large that it takes seconds; the folder in the making is the first thing
// that can be seen of it.
TEST(StoppedDeviceNew, EndsAsTheSignalEndsEveryCommandAndLeavesNothing) {
  for (const int signal : {SIGINT, SIGTERM, SIGHUP}) {
    const TemporaryFolder folder;
    StartedTool tool =
        StartedTool::WithErrorPipe({"device", "new", folder / "board", "--flash-size", "4095MB"});
    while (folder.names().empty()) std::this_thread::yield();
    tool.Send(signal);
    EXPECT_EQ(tool.Finish(), 128 + signal) << tool.said();
    EXPECT_THAT(tool.said(), HasSubstr("found a request to stop"));
    EXPECT_THAT(folder.names(), ElementsAre());
  }
}

}  // namespace
}  // namespace updraft
