// SPDX-License-Identifier: Apache-2.0
// Two processes on one device: this test and the tool. A second writer is
// refused, or waits as asked; readers do neither.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <memory>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "ports/host/host_device.h"
#include "tests/cli/run_tool.h"
#include "tests/cli/started_tool.h"

namespace updraft {
namespace {

using testing::AllOf;
using testing::HasSubstr;
using testing::IsEmpty;

class DeviceLock : public testing::Test {
 protected:
  DeviceLock() {
    EXPECT_EQ(RunTool({"device", "new", device_, "--chip", "esp32c3"}).exit_code, 0);
    WriteText(folder_ / "bytes", "bytes");
    auto opened = HostDevice::Open(device_, {.mode = FileFlash::Mode::kReadWrite});
    EXPECT_TRUE(opened.has_value());
    if (opened) writer_ = std::move(*opened);
  }

  // Every command that changes a device.
  std::vector<std::vector<std::string>> Writers() const {
    return {{"install", device_, folder_ / "bytes", "--partition", "nvs"},
            {"write", device_, folder_ / "bytes", "--partition", "nvs"},
            {"erase", device_, "--partition", "nvs"},
            {"confirm", device_},
            {"rollback", device_},
            {"select", device_, "ota_0"},
            {"reset-otadata", device_},
            {"update", device_, "--url", "https://localhost:1/none"}};
  }

  TemporaryFolder folder_;
  std::string device_ = folder_ / "device";
  std::unique_ptr<HostDevice> writer_;
};

TEST_F(DeviceLock, RefusesEverySecondWriterWithOneClearSentence) {
  for (std::vector<std::string> arguments : Writers()) {
    arguments.insert(arguments.begin(), "device");
    const ToolRun run = RunTool(arguments);
    EXPECT_EQ(run.exit_code, 1) << arguments[1];
    EXPECT_THAT(run.err, AllOf(HasSubstr("expected"), HasSubstr("another process that writes it")))
        << arguments[1];
    EXPECT_THAT(run.out, IsEmpty()) << arguments[1];
  }
}

TEST_F(DeviceLock, GivesScriptsTheReason) {
  const ToolRun run = RunTool({"device", "erase", device_, "--partition", "nvs", "--json"});
  EXPECT_EQ(nlohmann::json::parse(run.out).at("reason").get<std::string>(), "device_busy");
}

TEST_F(DeviceLock, DoesNotBlockReaders) {
  for (const auto& arguments :
       std::vector<std::vector<std::string>>{{"device", "info", device_},
                                             {"device", "read", device_, folder_ / "dump"},
                                             {"device", "read", device_, "-", "--partition", "nvs"},
                                             {"boot", device_, "--dry-run", "--json"}}) {
    const ToolRun run = RunTool(arguments);
    EXPECT_THAT(run.err, testing::Not(HasSubstr("another process"))) << arguments[1];
  }
  EXPECT_TRUE(std::filesystem::exists(folder_ / "dump"));
}

TEST_F(DeviceLock, WaitsForTheFirstWriterWhenAsked) {
  auto second = StartedTool::WithErrorPipe(
      {"device", "write", device_, folder_ / "bytes", "--partition", "nvs", "--wait", "600"});
  ASSERT_TRUE(second.Says("waiting up to 600 s"));
  writer_.reset();
  EXPECT_EQ(second.Finish(), 0) << second.said();
  EXPECT_EQ(FileText(folder_ / "device/flash.bin").substr(0x9000, 5), "bytes");
}

TEST_F(DeviceLock, GivesUpAfterTheTimeThatItWasToldToWait) {
  const ToolRun run = RunTool({"device", "erase", device_, "--partition", "nvs", "--wait", "1"});
  EXPECT_EQ(run.exit_code, 1);
  EXPECT_THAT(run.err,
              AllOf(HasSubstr("waiting up to 1 s"), HasSubstr("another process that writes it")));
}

}  // namespace
}  // namespace updraft
