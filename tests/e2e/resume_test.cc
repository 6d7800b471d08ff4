// SPDX-License-Identifier: Apache-2.0
// `updraft device update` that is killed, or loses its server, and is started again:
// it goes on, ends updated, and the flight recorder tells what happened.
// UPDRAFT_KILLS=200 (as ./dev kills sets it) kills so often instead of a few times.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <chrono>
#include <cstdlib>
#include <random>
#include <thread>

#include "ports/host/crypto_openssl.h"
#include "testing/test_image.h"
#include "tests/cli/started_tool.h"
#include "tests/e2e/canned_server.h"
#include "tests/e2e/device_with_server.h"

namespace updraft {
namespace {

using testing::HasSubstr;

class Resume : public DeviceWithServer {
 protected:
  static constexpr std::size_t kOta0 = 0x160000;

  Resume() {
    Must({"device", "new", device_, "--chip", "esp32c3", "--chip-revision", "4"});
    WriteText(folder_ / "old.bin", Image("1.0.0", 1000));
    Must({"device", "install", device_, folder_ / "old.bin"});
  }

  std::string Image(const std::string& version, std::uint32_t size) {
    const auto image = TestImage{.version = version}.WithRamSegment(size).Build(crypto_);
    return {image.begin(), image.end()};
  }
  Json Log() { return Json::parse(Must({"device", "log", device_, "--json"}).out); }
  static std::string Head(int status, std::size_t length, const std::string& headers) {
    return "HTTP/1.1 " + std::to_string(status) +
           " X\r\nContent-Length: " + std::to_string(length) + "\r\n" + headers + "\r\n";
  }
  static std::string Range(std::size_t first, std::size_t total) {
    return "Content-Range: bytes " + std::to_string(first) + "-" + std::to_string(total - 1) + "/" +
           std::to_string(total) + "\r\n";
  }
  Words UpdateWords(const std::string& url) {
    return {"device", "update", device_, "--url", url, "--allow-http", "--json"};
  }
  bool SlotHolds(const std::string& image) {
    return FileText(folder_ / "device/flash.bin").compare(kOta0, image.size(), image) == 0;
  }

  OpensslCrypto crypto_;
};

TEST_F(Resume, GoesOnInAnotherProcessAndRecordsBoth) {
  const std::string image = Image("2.0.0", 100000);
  const std::string tag = "ETag: \"a\"\r\n";
  const std::size_t there = 50000 / 4096 * 4096;
  const CannedServer server(std::vector<std::string>{
      Head(200, image.size(), tag) + image.substr(0, 50000),
      Head(206, image.size() - there, tag + Range(there, image.size())) + image.substr(there)});
  Words words = UpdateWords(server.url());
  words.insert(words.end(), {"--max-attempts", "1"});
  EXPECT_EQ(RunTool(words).exit_code, 1);
  Json log = Log();
  EXPECT_EQ(log.at("journal").at("offset"), Json(there));
  EXPECT_EQ(log.at("journal").at("validator"), Json("\"a\""));
  const ToolRun run = RunTool(words);
  EXPECT_EQ(run.exit_code, 0) << run.err;
  const Json json = Json::parse(run.out);
  EXPECT_EQ(json.at("resumed_from"), Json(there));
  EXPECT_EQ(json.at("bytes_received"), Json(image.size() - there));
  EXPECT_TRUE(SlotHolds(image));
  EXPECT_EQ(Boots(), "ota_0");
  log = Log();
  EXPECT_TRUE(log.at("journal").is_null());
  ASSERT_EQ(log.at("entries").size(), 2U);
  EXPECT_EQ(log.at("entries")[0].at("result"), Json("failed"));
  EXPECT_EQ(log.at("entries")[0].at("reason"), Json("connection_lost"));
  EXPECT_EQ(log.at("entries")[0].at("offset"), Json(50000));
  EXPECT_EQ(log.at("entries")[1].at("result"), Json("updated"));
  EXPECT_EQ(log.at("entries")[1].at("version"), Json("2.0.0"));
}

TEST_F(Resume, BeginsAnewInAnotherProcessWhenTheFileIsAnother) {
  const std::string image = Image("2.0.0", 100000);
  const std::string other = Image("3.0.0", 100000);
  const CannedServer server(
      std::vector<std::string>{Head(200, image.size(), "ETag: \"a\"\r\n") + image.substr(0, 50000),
                               Head(200, other.size(), "ETag: \"b\"\r\n") + other});
  Words words = UpdateWords(server.url());
  words.insert(words.end(), {"--max-attempts", "1"});
  EXPECT_EQ(RunTool(words).exit_code, 1);
  const ToolRun run = RunTool(words);
  EXPECT_EQ(run.exit_code, 0) << run.err;
  EXPECT_THAT(run.err, HasSubstr("changed"));
  EXPECT_EQ(Json::parse(run.out).at("resumed_from"), Json(0));
  EXPECT_TRUE(SlotHolds(other));
}

TEST_F(Resume, BeginsAtTheFirstByteWhenAskedTo) {
  const std::string image = Image("2.0.0", 100000);
  const CannedServer server(
      std::vector<std::string>{Head(200, image.size(), "ETag: \"a\"\r\n") + image.substr(0, 50000),
                               Head(200, image.size(), "ETag: \"a\"\r\n") + image});
  Words words = UpdateWords(server.url());
  words.insert(words.end(), {"--max-attempts", "1", "--from-start"});
  EXPECT_EQ(RunTool(words).exit_code, 1);
  const ToolRun run = RunTool(words);
  EXPECT_EQ(run.exit_code, 0) << run.err;
  EXPECT_EQ(Json::parse(run.out).at("bytes_received"), Json(image.size()));
}

TEST_F(Resume, RecordsWhatTheServerSaid) {
  const CannedServer server(Head(404, 0, ""));
  EXPECT_EQ(RunTool(UpdateWords(server.url())).exit_code, 1);
  const Json log = Log();
  ASSERT_EQ(log.at("entries").size(), 1U);
  EXPECT_EQ(log.at("entries")[0].at("http_status"), Json(404));
  EXPECT_THAT(Must({"device", "log", device_}).out, HasSubstr("http_status 404"));
}

TEST_F(Resume, SaysThatADeviceHasNoRecorder) {
  WriteText(
      folder_ / "table.csv",
      "otadata,data,ota,0xd000,0x2000\nfactory,app,factory,0x10000,1M\nota_0,app,ota_0,,1M\n");
  const std::string other = folder_ / "other";
  Must({"device", "new", other, "--chip", "esp32c3", "--partitions", folder_ / "table.csv"});
  const ToolRun run = RunTool({"device", "log", other, "--json"});
  EXPECT_EQ(run.exit_code, 1);
  EXPECT_THAT(run.err, HasSubstr("partition 'updraft'"));
  EXPECT_THAT(Must({"device", "info", other}).out, HasSubstr("nothing is recorded"));
}

// On one device, again and again: each kill is followed by a new start; the update
// ends in bounded time, and nothing in between keeps the device from booting.
TEST_F(Resume, EndsUpdatedAfterKillsAtAnyTime) {
  const char* const given = std::getenv("UPDRAFT_KILLS");
  const int wanted = given != nullptr ? std::stoi(given) : 12;
  std::mt19937 random(20260101);
  int kills = 0;
  int updates = 0;
  std::uint64_t most_resumed = 0;
  int version = 2;
  while (kills < wanted) {
    // Its size in the slot that does not run; each update is of another version.
    const std::string name = std::to_string(version) + ".0.0";
    const std::string image = Image(name, 1'200'000);
    WriteText(folder_ / "www/firmware.bin", image);
    Words words{"device",
                "update",
                device_,
                "--url",
                server_->url() + "firmware.bin",
                "--ca",
                folder_ / "ca.pem",
                "--journal-interval",
                "64K",
                "--json"};
    for (;;) {
      const auto lifetime = std::chrono::microseconds(random() % 120'000);
      bool killed = false;
      if (kills < wanted) {
        StartedTool tool = StartedTool::WithErrorPipe(words);
        std::this_thread::sleep_for(lifetime);
        tool.Kill();
        killed = tool.Finish() == 128 + SIGKILL;
        kills += killed;
      }
      const std::string boots = Boots();
      ASSERT_NE(boots, "nothing") << "after kill " << kills;
      if (!killed) break;
      const Json log = Log();
      if (!log.at("journal").is_null()) {
        most_resumed = std::max(most_resumed, log.at("journal").at("offset").get<std::uint64_t>());
      }
    }
    const ToolRun run = RunTool(words);
    ASSERT_EQ(run.exit_code, 0) << run.err;
    const std::string slot = Json::parse(run.out).at("slot").get<std::string>();
    ASSERT_EQ(Boots(), slot);
    const std::size_t offset = slot == "ota_0" ? kOta0 : kOta0 + 0x150000;
    ASSERT_EQ(FileText(folder_ / "device/flash.bin").compare(offset, image.size(), image), 0);
    ++updates;
    ++version;
  }
  // Of a few kills chance may let none come late enough, on a slow machine.
  EXPECT_TRUE(most_resumed > 0 || given == nullptr);
  std::printf("%d kills, %d updates, the furthest journal at %llu\n", kills, updates,
              static_cast<unsigned long long>(most_resumed));
}

}  // namespace
}  // namespace updraft
