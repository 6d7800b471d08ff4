// SPDX-License-Identifier: Apache-2.0
// What else happens to a device while `device update` is in its middle: a second
// update, a boot, other commands, signals. Nothing is lost, and everybody is told.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <csignal>
#include <optional>

#include "ports/host/crypto_openssl.h"
#include "testing/test_image.h"
#include "tests/cli/started_tool.h"
#include "tests/e2e/device_with_server.h"
#include "tests/e2e/held_server.h"

namespace updraft {
namespace {

using testing::AllOf;
using testing::HasSubstr;

class Races : public DeviceWithServer {
 protected:
  Races() {
    Must({"device", "new", device_, "--chip", "esp32c3", "--chip-revision", "4"});
    WriteText(folder_ / "old.bin", Image("1.0.0"));
    Must({"device", "install", device_, folder_ / "old.bin"});
    Must({"boot", device_});  // factory runs
    const std::string image = Image("2.0.0");
    held_.emplace("HTTP/1.1 200 OK\r\nETag: \"a\"\r\nContent-Length: " +
                      std::to_string(image.size()) + "\r\n\r\n" + image,
                  image.size() / 2);
  }

  std::string Image(const std::string& version) {
    const auto image = TestImage{.version = version}.WithRamSegment(100'000).Build(crypto_);
    return {image.begin(), image.end()};
  }

  Words UpdateWords() const {
    return {"device", "update", device_, "--url", held_->url(), "--allow-http"};
  }
  // An update that has half of its image.
  StartedTool HalfwayUpdate() {
    StartedTool tool = StartedTool::WithErrorPipe(UpdateWords());
    held_->WaitUntilHeld();
    return tool;
  }

  static void ExpectBusy(const ToolRun& run) {
    EXPECT_EQ(run.exit_code, 1) << run.out;
    EXPECT_THAT(run.err, AllOf(HasSubstr("expected"), HasSubstr("another process that writes it")));
  }

  OpensslCrypto crypto_;
  std::optional<HeldServer> held_;
};

TEST_F(Races, ASecondUpdateIsRefusedAndTheFirstEndsWell) {
  StartedTool first = HalfwayUpdate();
  ExpectBusy(RunTool(UpdateWords()));
  EXPECT_EQ(Boots(), "factory");
  held_->Release();
  EXPECT_EQ(first.Finish(), 0) << first.said();
  EXPECT_EQ(Boots(), "ota_0");
}

TEST_F(Races, ASecondUpdateThatWaitsComesAfterTheFirst) {
  StartedTool first = HalfwayUpdate();
  Words words = UpdateWords();
  words.insert(words.end(), {"--wait", "600"});
  StartedTool second = StartedTool::WithErrorPipe(words);
  ASSERT_TRUE(second.Says("waiting up to 600 s"));
  held_->Release();
  EXPECT_EQ(first.Finish(), 0) << first.said();
  EXPECT_EQ(second.Finish(), 0) << second.said();
  EXPECT_EQ(Boots(), "ota_0") << "the running image is still the old one";
}

TEST_F(Races, TheBootloaderWaitsForTheUpdateAndStartsWhatItSelected) {
  StartedTool update = HalfwayUpdate();
  StartedTool boot = StartedTool::WithErrorPipe({"boot", device_});
  ASSERT_TRUE(boot.Says("another process writes the device; waiting")) << boot.said();
  held_->Release();
  EXPECT_EQ(update.Finish(), 0) << update.said();
  EXPECT_EQ(boot.Finish(), 0);
  EXPECT_THAT(boot.said(), HasSubstr("(ota_0, version 2.0.0)"));
}

TEST_F(Races, TheBootloaderWaitsNoLongerThanItsTimeout) {
  const StartedTool update = HalfwayUpdate();
  ExpectBusy(RunTool({"boot", device_, "--timeout", "1"}));
  EXPECT_EQ(Boots(), "factory");
}

TEST_F(Races, OtherCommandsReadTheOldStateAndAreRefusedToWrite) {
  StartedTool update = HalfwayUpdate();
  EXPECT_EQ(Info().at("running").get<std::string>(), "factory");
  Must({"device", "log", device_});
  Must({"device", "read", device_, folder_ / "dump"});
  WriteText(folder_ / "bytes", "bytes");
  for (const Words& words :
       std::vector<Words>{{"device", "select", device_, "factory"},
                          {"device", "confirm", device_},
                          {"device", "rollback", device_},
                          {"device", "reset-otadata", device_},
                          {"device", "install", device_, folder_ / "old.bin"},
                          {"device", "erase", device_, "--partition", "nvs"},
                          {"device", "write", device_, folder_ / "bytes", "--partition", "nvs"}}) {
    SCOPED_TRACE(words[1]);
    ExpectBusy(RunTool(words));
  }
  held_->Release();
  EXPECT_EQ(update.Finish(), 0) << update.said();
  EXPECT_EQ(Boots(), "ota_0");
}

TEST_F(Races, ASignalEndsAnUpdateInGoodOrderAndTheNextGoesOn) {
  for (const int signal : {SIGINT, SIGTERM}) {
    held_.emplace("HTTP/1.1 200 OK\r\nContent-Length: 200000\r\n\r\n" + Image("2.0.0"), 50'000);
    StartedTool update = HalfwayUpdate();
    update.Send(signal);
    EXPECT_EQ(update.Finish(), 1) << signal;
    EXPECT_THAT(update.said(), HasSubstr("expected")) << signal;
    EXPECT_EQ(Boots(), "factory") << signal;
  }
  held_.emplace("HTTP/1.1 200 OK\r\nContent-Length: " + std::to_string(Image("3.0.0").size()) +
                    "\r\n\r\n" + Image("3.0.0"),
                SIZE_MAX);
  Must(UpdateWords());
  EXPECT_EQ(Boots(), "ota_0");
}

TEST_F(Races, ASignalThatKillsLeavesADeviceThatBootsAndIsNotLocked) {
  for (const int signal : {SIGHUP, SIGQUIT, SIGKILL}) {
    held_.emplace("HTTP/1.1 200 OK\r\nContent-Length: 200000\r\n\r\n" + Image("2.0.0"), 50'000);
    StartedTool update = HalfwayUpdate();
    update.Send(signal);
    EXPECT_EQ(update.Finish(), 128 + signal);
    EXPECT_EQ(Boots(), "factory") << signal;
    Must({"device", "reset-otadata", device_});
  }
}

}  // namespace
}  // namespace updraft
