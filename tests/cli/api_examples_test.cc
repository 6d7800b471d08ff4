// SPDX-License-Identifier: Apache-2.0
// The programs of examples/api do what the texts that show them say.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "tests/cli/run_tool.h"

namespace updraft {
namespace {

TEST(ApiExamples, MakesAnImageThatTheToolAccepts) {
  const ToolRun made = RunTool({}, {.program = "api_make_image"});
  ASSERT_EQ(made.exit_code, 0);
  const ToolRun verified =
      RunTool({"image", "verify", "-", "--chip", "esp32c3"}, {.input = made.out});
  EXPECT_EQ(verified.exit_code, 0) << verified.err;
  const auto info =
      nlohmann::json::parse(RunTool({"image", "info", "-", "--json"}, {.input = made.out}).out);
  EXPECT_EQ(info.at("description").at("version").get<std::string>(), "1.0.0");
}

TEST(ApiExamples, ListsTheSlotsOfADevice) {
  const TemporaryFolder folder;
  const std::string device = folder / "device";
  WriteText(folder / "app.bin", RunTool({}, {.program = "api_make_image"}).out);
  ASSERT_EQ(RunTool({"device", "new", device, "--chip", "esp32c3"}).exit_code, 0);
  ASSERT_EQ(RunTool({"device", "install", device, folder / "app.bin"}).exit_code, 0);
  EXPECT_EQ(RunTool({device}, {.program = "api_list_slots"}).out,
            "factory: 1.0.0, boots\nota_0: no image, does not boot\n"
            "ota_1: no image, does not boot\n");
  EXPECT_EQ(RunTool({folder / "none"}, {.program = "api_list_slots"}).exit_code, 1);
}

TEST(ApiExamples, BreaksADownloadAndSkipsATimeout) {
  const TemporaryFolder folder;
  std::filesystem::create_directory(folder / "images");
  WriteText(folder / "images/data.bin", std::string(100'000, 'x'));
  const ToolRun run = RunTool({}, {.program = "api_hostile_server", .folder = folder.path()});
  EXPECT_EQ(run.exit_code, 0) << run.err;
  EXPECT_THAT(run.out, testing::HasSubstr("curl ended with 56"));
  EXPECT_THAT(run.out, testing::HasSubstr("not connected, an hour skipped"));
}

TEST(ApiExamples, UpdatesOnlyAsAFirmware) {
  EXPECT_EQ(RunTool({}, {.program = "api_update_from_url"}).exit_code, 1);
}

}  // namespace
}  // namespace updraft
