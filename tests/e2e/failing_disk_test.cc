// SPDX-License-Identifier: Apache-2.0
// A disk that is full, broken or read-only from any write of a command on, and
// signals at any write: one clear sentence, a device that boots, and the same
// command succeeds when the disk works again.
#include "tests/e2e/failing_disk.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/mount.h>

#include <algorithm>
#include <cerrno>
#include <csignal>
#include <optional>
#include <system_error>

#include "ports/host/crypto_openssl.h"
#include "testing/test_image.h"
#include "tests/e2e/canned_server.h"
#include "tests/e2e/device_with_server.h"

namespace updraft {
namespace {

using testing::AllOf;
using testing::HasSubstr;

class FailingDiskTest : public DeviceWithServer {
 protected:
  static constexpr std::size_t kOta0 = 0x160000;

  FailingDiskTest() {
    Must({"device", "new", original_, "--chip", "esp32c3", "--chip-revision", "4", "--rollback",
          "--anti-rollback"});
    WriteText(folder_ / "old.bin", Image("1.0.0"));
    Must({"device", "install", original_, folder_ / "old.bin"});
    Must({"boot", original_});  // factory runs
    canned_.emplace("HTTP/1.1 200 OK\r\nETag: \"a\"\r\nContent-Length: " +
                    std::to_string(image_.size()) + "\r\n\r\n" + image_);
    Restore();
  }

  std::string Image(const std::string& version) {
    const auto image =
        TestImage{.secure_version = 1, .version = version}.WithRamSegment(12'000).Build(crypto_);
    return {image.begin(), image.end()};
  }
  // The device as it was at first.
  void Restore() {
    std::filesystem::remove_all(device_);
    std::filesystem::copy(original_, device_);
  }
  Words UpdateWords() {
    return {"device",
            "update",
            device_,
            "--url",
            canned_->url(),
            "--allow-http",
            "--journal-interval",
            "4K",
            "--max-attempts",
            "1"};
  }
  bool HoldsTheImage() {
    return FileText(folder_ / "device/flash.bin").compare(kOta0, image_.size(), image_) == 0;
  }
  // Files of an update that did not end, such as flash.bin.XXXXXX.
  std::size_t FilesInDevice() {
    const auto files = std::filesystem::directory_iterator(device_);
    // How the update went is told where the disk lets it.
    return static_cast<std::size_t>(std::count_if(begin(files), end(files), [](const auto& file) {
      return file.path().filename() != "timeline.json";
    }));
  }

  // One sentence that names the trouble.
  static void ExpectOneSentence(const ToolRun& run, int error) {
    EXPECT_EQ(run.exit_code, 1);
    const std::size_t first = run.err.find("updraft: ");
    EXPECT_NE(first, std::string::npos) << run.err;
    EXPECT_EQ(run.err.find("updraft: ", first + 1), std::string::npos) << run.err;
    const std::string words = error == ENOSPC ? "space" : std::generic_category().message(error);
    EXPECT_THAT(run.err, AllOf(HasSubstr("expected"), HasSubstr("found"), HasSubstr(words)));
  }

  // A command on a disk that is full from each of its writes on.
  void ExpectSurvives(const Words& words) {
    Restore();
    const long calls = disk_.Count(words);
    EXPECT_GT(calls, 0) << words[1];
    for (long call = 1; call <= calls && !HasFailure(); ++call) {
      SCOPED_TRACE(words[1] + ", " + std::to_string(call) + " of " + std::to_string(calls));
      Restore();
      ExpectOneSentence(disk_.RunFailing(words, call, ENOSPC), ENOSPC);
      EXPECT_NE(Boots(), "nothing");
    }
  }

  // Once the disk works again.
  void ExpectUpdates() {
    EXPECT_NE(Boots(), "nothing");
    const ToolRun run = RunTool(UpdateWords());
    EXPECT_EQ(run.exit_code, 0) << run.err;
    EXPECT_EQ(Boots(), "ota_0");
    EXPECT_TRUE(HoldsTheImage());
  }

  OpensslCrypto crypto_;
  std::string original_ = folder_ / "original";
  std::string image_ = Image("2.0.0");
  std::optional<CannedServer> canned_;
  FailingDisk disk_{folder_ / "device"};
};

TEST_F(FailingDiskTest, AnUpdateSurvivesADiskThatIsFullFromAnyWriteOn) {
  const long calls = disk_.Count(UpdateWords());
  ASSERT_GT(calls, 10) << "nothing was counted";
  int told = 0;
  for (long call = 1; call <= calls; ++call) {
    const int error = std::array{ENOSPC, EIO, EROFS}[static_cast<std::size_t>(call) % 3];
    SCOPED_TRACE(std::to_string(call) + " of " + std::to_string(calls) + ", " +
                 std::generic_category().message(error));
    Restore();
    const ToolRun run = disk_.RunFailing(UpdateWords(), call, error);
    if (run.exit_code == 0) {
      EXPECT_EQ(Boots(), "ota_0") << "what is told to be done is done";
    } else {
      ExpectOneSentence(run, error);
      ++told;
    }
    EXPECT_EQ(FilesInDevice(), 4U) << "nothing half-written lies about";
    ExpectUpdates();
    if (HasFailure()) break;
  }
  EXPECT_GT(told, calls / 2);
}

TEST_F(FailingDiskTest, AnUpdateSurvivesASignalAtAnyWrite) {
  const long calls = disk_.Count(UpdateWords());
  ASSERT_GT(calls, 10) << "nothing was counted";
  for (long call = 1; call <= calls; ++call) {
    const int signal =
        std::array{SIGTERM, SIGINT, SIGHUP, SIGKILL}[static_cast<std::size_t>(call) % 4];
    SCOPED_TRACE(std::to_string(call) + " of " + std::to_string(calls) + ", signal " +
                 std::to_string(signal));
    Restore();
    const ToolRun run = disk_.RunSignalled(UpdateWords(), call, signal);
    const bool asked = signal == SIGTERM || signal == SIGINT;
    if (asked) {
      EXPECT_TRUE(run.exit_code == 0 || run.exit_code == 1) << run.exit_code;
    } else {
      EXPECT_EQ(run.exit_code, 128 + signal);
    }
    if (run.exit_code == 0) {
      EXPECT_EQ(Boots(), "ota_0") << "what is told to be done is done";
    }
    if (run.exit_code == 1) {
      EXPECT_EQ(Boots(), "factory") << "what is told to be stopped is not selected";
      EXPECT_THAT(run.err, HasSubstr("expected"));
    }
    ExpectUpdates();
    if (HasFailure()) break;
  }
}

TEST_F(FailingDiskTest, OtherCommandsTellAFullDiskAndTheDeviceBoots) {
  // ota_0 is confirmed, ota_1 on trial.
  for (const Words& words : {UpdateWords(),
                             {"boot", device_},
                             {"device", "confirm", device_},
                             UpdateWords(),
                             {"boot", device_}}) {
    Must(words);
  }
  WriteText(folder_ / "bytes", "bytes");
  Must({"device", "write", device_, folder_ / "bytes", "--partition", "nvs"});
  std::filesystem::remove_all(original_);
  std::filesystem::copy(device_, original_);
  const std::vector<Words> of_its_state{{"device", "confirm", device_},
                                        {"device", "rollback", device_}};
  const std::vector<Words> at_any_time{{"device", "select", device_, "factory"},
                                       {"device", "install", device_, folder_ / "old.bin"},
                                       {"device", "erase", device_, "--partition", "nvs"},
                                       {"device", "reset-otadata", device_}};
  for (const auto* const commands : {&of_its_state, &at_any_time}) {
    for (const Words& words : *commands) {
      ExpectSurvives(words);
      if (commands == &at_any_time) Must(words);
      EXPECT_NE(Boots(), "nothing");
      if (HasFailure()) return;
    }
  }
}

TEST_F(FailingDiskTest, AReadOnlyFileSystemIsToldAndReadersWork) {
  const TinyDisk disk(folder_ / "www", 16 << 20);
  if (!disk.problem().empty()) GTEST_SKIP() << disk.problem();
  device_ = folder_ / "www/device";
  std::filesystem::copy(original_, device_);
  ASSERT_EQ(mount(nullptr, (folder_ / "www").c_str(), nullptr, MS_REMOUNT | MS_RDONLY, nullptr), 0);
  ExpectOneSentence(RunTool(UpdateWords()), EROFS);
  ExpectOneSentence(RunTool({"device", "confirm", device_}), EROFS);
  ExpectOneSentence(RunTool({"device", "new", folder_ / "www/other", "--chip", "esp32c3"}), EROFS);
  EXPECT_EQ(Boots(), "factory");
  Must({"device", "log", device_});
  ASSERT_EQ(mount(nullptr, (folder_ / "www").c_str(), nullptr, MS_REMOUNT, nullptr), 0);
  Must(UpdateWords());
  EXPECT_EQ(Boots(), "ota_0");
}

}  // namespace
}  // namespace updraft
