// SPDX-License-Identifier: Apache-2.0
// A device folder, images and keys for tests of devices that protect themselves,
// driven by the tool as a user runs it.
#pragma once

#include <gtest/gtest.h>

#include <cstdlib>
#include <map>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "updraft/chip.h"

#include "ports/host/crypto_openssl.h"
#include "testing/test_image.h"
#include "tests/cli/run_tool.h"
#include "tests/e2e/canned_server.h"

namespace updraft {

class ProtectedUpdate : public testing::Test {
 protected:
  ProtectedUpdate() {
    MakeImages("esp32c3");
    Tool({"key", "new", "ecies", "hmac.bin"});
    Tool({"key", "new", "sign-p256", "signer.pem", "--public", "signer.pub"});
  }

  // old.bin and new.bin for that chip, which devices are of from now on.
  void MakeImages(const std::string& chip) {
    chip_ = chip;
    const std::uint16_t id = FindChip(chip)->id;
    WriteImage("old.bin", TestImage{.chip_id = id, .version = "1.0.0"}.Build(crypto_));
    // The 16 bytes and more behind the image are nobody's but the downloader's.
    std::vector<std::uint8_t> offered =
        TestImage{.chip_id = id, .version = "2.0.0"}.WithRamSegment(30000).Build(crypto_);
    image_size_ = offered.size();
    offered.resize(AlignUp(offered.size(), 16) + 64, 0x5A);
    WriteImage("new.bin", offered);
  }

  ToolRun Tool(const std::vector<std::string>& arguments, int exit_code = 0) {
    const ToolRun run = RunTool(arguments, {.folder = folder_.path()});
    EXPECT_EQ(run.exit_code, exit_code) << arguments[1] << ": " << run.err;
    return run;
  }

  void NewDevice(const std::vector<std::string>& more) {
    std::vector<std::string> arguments{"device",          "new", "device", "--chip", chip_,
                                       "--chip-revision", "4"};
    arguments.insert(arguments.end(), more.begin(), more.end());
    Tool(arguments);
    Tool({"device", "install", "device", "old.bin"});
    Tool({"boot", "device"});
  }

  void WriteImage(const std::string& name, const std::vector<std::uint8_t>& image) {
    WriteText(folder_ / name, {image.begin(), image.end()});
  }
  std::vector<std::uint8_t> ReadImage(const std::string& name) {
    const std::string text = FileText(folder_ / name);
    return {text.begin(), text.end()};
  }

  // What `device update` reports of this file.
  nlohmann::json Update(const std::string& name, const std::vector<std::string>& more = {}) {
    const std::string body = FileText(folder_ / name);
    const CannedServer server("HTTP/1.1 200 OK\r\nContent-Length: " + std::to_string(body.size()) +
                              "\r\n\r\n" + body);
    std::vector<std::string> arguments{"device",     "update",       "device", "--url",
                                       server.url(), "--allow-http", "--json"};
    arguments.insert(arguments.end(), more.begin(), more.end());
    const ToolRun run = RunTool(arguments, {.environment = environment_, .folder = folder_.path()});
    nlohmann::json json = nlohmann::json::parse(run.out, nullptr, false);
    EXPECT_FALSE(json.is_discarded()) << run.out << run.err;
    error_ = run.err;
    return json.is_discarded() ? nlohmann::json::object() : json;
  }

  std::string Boots() {
    const ToolRun run = RunTool({"boot", folder_ / "device", "--dry-run", "--json"});
    return nlohmann::json::parse(run.out, nullptr, false).value("boots", "nothing");
  }

  void ExpectUntouched(const nlohmann::json& report, const std::string& reason) {
    EXPECT_EQ(report.value("result", ""), "refused");
    EXPECT_EQ(report.value("reason", ""), reason);
    EXPECT_EQ(report.value("flash_operations", -1), 0);
    EXPECT_EQ(Boots(), "factory");
  }

  OpensslCrypto crypto_;
  std::string chip_;
  TemporaryFolder folder_;
  std::size_t image_size_ = 0;
  std::string error_;
  std::map<std::string, std::string> environment_;  // of Update()
};

}  // namespace updraft
