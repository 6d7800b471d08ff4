// SPDX-License-Identifier: Apache-2.0
// The tool without its standard streams, as some service managers start programs: what
// it would print gets into no file that it opens.
#include <gtest/gtest.h>

#include <string>

#include "tests/cli/run_tool.h"

namespace updraft {
namespace {

class ClosedStreams : public testing::Test {
 protected:
  ClosedStreams() {
    EXPECT_EQ(RunTool({"device", "new", device_, "--chip", "esp32c3"}).exit_code, 0);
  }
  // By a shell that closes them first.
  int RunWithout(const std::string& streams, const std::string& words) {
    const std::string tool = std::string(kBuildFolder) + "/bin/updraft ";
    return RunTool({"-c", "exec " + streams + "; exec " + tool + words}, {.program = "/bin/sh"})
        .exit_code;
  }

  TemporaryFolder folder_;
  std::string device_ = folder_ / "device";
};

TEST_F(ClosedStreams, PutNoErrorIntoTheFlash) {
  // Which is erased at its front, where no update writes.
  const auto front = [this] { return FileText(device_ + "/flash.bin").substr(0, 64); };
  const std::string erased(64, '\xFF');
  ASSERT_EQ(front(), erased);
  for (const std::string streams : {"2>&-", ">&- 2>&-", "<&- >&- 2>&-"}) {
    EXPECT_EQ(RunWithout(streams, "device update " + device_ +
                                      " --url https://localhost:1/x --max-attempts 1"),
              1);
    EXPECT_EQ(front(), erased) << streams;
  }
}

TEST_F(ClosedStreams, ChangeNoResult) {
  WriteText(folder_ / "t.csv", "nvs,data,nvs,,0x4000\nfactory,app,factory,,1M\n");
  const std::string make = "partitions make " + (folder_ / "t.csv").string() + " ";
  const auto made = [&](const std::string& streams, const std::string& name) {
    RunWithout(streams, make + (folder_ / name).string());
    return FileText(folder_ / name);
  };
  const std::string table = made("2>&1", "all.bin");
  EXPECT_EQ(table.size(), 3072U);
  EXPECT_EQ(made("<&- >&- 2>&-", "none.bin"), table);
}

TEST_F(ClosedStreams, AreToldWhereTheyWereMeant) {
  EXPECT_EQ(RunWithout(">&-", "device info " + device_), 1) << "nobody got the answer";
  EXPECT_EQ(RunWithout("<&-", "image info -"), 1);
}

}  // namespace
}  // namespace updraft
