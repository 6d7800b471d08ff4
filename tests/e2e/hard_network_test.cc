// SPDX-License-Identifier: Apache-2.0
// `updraft device update` over networks and servers that fail: it goes on where
// it broke, starts anew when the file is another one, and ends.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "ports/host/crypto_openssl.h"
#include "server/file_server.h"
#include "testing/test_image.h"
#include "tests/cli/run_tool.h"
#include "tests/e2e/canned_server.h"

namespace updraft {
namespace {

using Json = nlohmann::json;
using testing::HasSubstr;
using testing::Not;

class HardNetwork : public testing::Test {
 protected:
  HardNetwork() {
    std::filesystem::create_directory(folder_ / "www");
    EXPECT_EQ(
        RunTool({"device", "new", device_, "--chip", "esp32c3", "--chip-revision", "4"}).exit_code,
        0);
    WriteText(folder_ / "old.bin", Image("1.0.0"));
    EXPECT_EQ(RunTool({"device", "install", device_, folder_ / "old.bin"}).exit_code, 0);
  }

  std::string Image(const std::string& version) {
    const auto image = TestImage{.version = version}.WithRamSegment(100000).Build(crypto_);
    return {image.begin(), image.end()};
  }

  static std::string Head(int status, std::size_t length, const std::string& headers) {
    return "HTTP/1.1 " + std::to_string(status) +
           " X\r\nContent-Length: " + std::to_string(length) + "\r\n" + headers + "\r\n";
  }
  static std::string Range(std::size_t first, std::size_t total) {
    return "Content-Range: bytes " + std::to_string(first) + "-" + std::to_string(total - 1) + "/" +
           std::to_string(total) + "\r\n";
  }

  ToolRun Update(const std::string& url, std::vector<std::string> more = {}) {
    more.insert(more.begin(), {"device", "update", device_, "--url", url, "--json"});
    return RunTool(more);
  }

  // That version lies whole in the slot that it tells, and is selected.
  void ExpectUpdated(const ToolRun& run, const std::string& version) {
    EXPECT_EQ(run.exit_code, 0) << run.err;
    const Json json = Json::parse(run.out, nullptr, false);
    EXPECT_EQ(json.value("result", ""), "updated") << run.out;
    EXPECT_EQ(json.value("version", ""), version);
    const ToolRun boot = RunTool({"boot", device_, "--dry-run", "--json"});
    const std::string slot = json.value("slot", "");
    EXPECT_EQ(Json::parse(boot.out, nullptr, false).value("boots", ""), slot);
    const std::string image = Image(version);
    const std::size_t offset = slot == "ota_0" ? kOta0 : kOta1;
    EXPECT_TRUE(FileText(folder_ / "device/flash.bin").substr(offset, image.size()) == image);
  }

  static constexpr std::size_t kOta0 = 0x160000;
  static constexpr std::size_t kOta1 = 0x2B0000;
  OpensslCrypto crypto_;
  TemporaryFolder folder_;
  std::string device_ = folder_ / "device";
};

TEST_F(HardNetwork, DownloadsInPartsFromARealServer) {
  const std::string image = Image("2.0.0");
  WriteText(folder_ / "www/firmware.bin", image);
  FileServerOptions options;
  options.root = folder_ / "www";
  FileServer server(std::move(options));
  ASSERT_TRUE(server.Start().ok());
  WriteText(folder_ / "ca.pem", server.ca_pem());
  for (const char* const size : {"1000", "4096", "64K", "16MB"}) {
    const ToolRun run =
        Update(server.url() + "firmware.bin", {"--ca", folder_ / "ca.pem", "--range-size", size});
    ExpectUpdated(run, "2.0.0");
    EXPECT_EQ(Json::parse(run.out).at("bytes_received"), Json(image.size())) << size;
  }
}

TEST_F(HardNetwork, GoesOnWhereTheConnectionBroke) {
  const std::string image = Image("2.0.0");
  const std::string tag = "ETag: \"a\"\r\n";
  const CannedServer server(std::vector<std::string>{
      Head(200, image.size(), tag) + image.substr(0, 50000), Head(503, 0, ""),
      Head(206, image.size() - 50000, tag + Range(50000, image.size())) + image.substr(50000)});
  const ToolRun run = Update(server.url(), {"--allow-http"});
  ExpectUpdated(run, "2.0.0");
  EXPECT_EQ(Json::parse(run.out).at("bytes_received"), Json(image.size()));
  EXPECT_THAT(run.err, HasSubstr("attempt 2 of 5 follows"));
  EXPECT_THAT(run.err, HasSubstr("attempt 3 of 5 follows"));
}

TEST_F(HardNetwork, StartsAnewWhenTheFileChanges) {
  const std::string image = Image("2.0.0");
  const std::string other = Image("3.0.0");
  const CannedServer server(
      std::vector<std::string>{Head(200, image.size(), "ETag: \"a\"\r\n") + image.substr(0, 50000),
                               Head(200, other.size(), "ETag: \"b\"\r\n") + other});
  const ToolRun run = Update(server.url(), {"--allow-http"});
  ExpectUpdated(run, "3.0.0");
  EXPECT_THAT(run.err, HasSubstr("changed during the download"));
}

TEST_F(HardNetwork, StartsAnewWhereNothingTellsTheFile) {
  const std::string image = Image("2.0.0");
  const CannedServer server(std::vector<std::string>{
      Head(200, image.size(), "") + image.substr(0, 50000), Head(200, image.size(), "") + image});
  const ToolRun run = Update(server.url(), {"--allow-http"});
  ExpectUpdated(run, "2.0.0");
  EXPECT_EQ(Json::parse(run.out).at("bytes_received"), Json(image.size() + 50000));
}

TEST_F(HardNetwork, EndsWithTheLastFailureWhenAttemptsAreUsedUp) {
  const std::string image = Image("2.0.0");
  const CannedServer server(Head(200, image.size(), "") + image.substr(0, 50000));
  const ToolRun run = Update(server.url(), {"--allow-http", "--max-attempts", "2"});
  EXPECT_EQ(run.exit_code, 1);
  const Json json = Json::parse(run.out, nullptr, false);
  EXPECT_EQ(json.value("result", ""), "failed") << run.out;
  EXPECT_EQ(json.value("reason", ""), "connection_lost") << run.out;
  EXPECT_THAT(run.err, Not(HasSubstr("attempt 3")));
  EXPECT_THAT(RunTool({"boot", device_, "--dry-run", "--json"}).out, HasSubstr("factory"));
}

TEST_F(HardNetwork, RefusesAPartThatWasNotAskedFor) {
  const std::string image = Image("2.0.0");
  const CannedServer server(Head(206, image.size() - 10, Range(10, image.size())) +
                            image.substr(10));
  const ToolRun run = Update(server.url(), {"--allow-http", "--range-size", "4096"});
  EXPECT_EQ(run.exit_code, 1);
  EXPECT_EQ(Json::parse(run.out, nullptr, false).value("reason", ""), "range_mismatch");
}

TEST_F(HardNetwork, WantsAtLeastOneAttempt) {
  EXPECT_EQ(Update("https://a/", {"--max-attempts", "0"}).exit_code, 2);
}

}  // namespace
}  // namespace updraft
