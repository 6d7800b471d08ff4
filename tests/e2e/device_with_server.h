// SPDX-License-Identifier: Apache-2.0
// A virtual device and a server that offers it images, all driven through the
// tool: for the tests of keys, trust and rollback.
#pragma once

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <vector>

#include "server/file_server.h"
#include "tests/cli/run_tool.h"
#include "tests/project_folders.h"

namespace updraft {

class DeviceWithServer : public testing::Test {
 protected:
  using Json = nlohmann::json;
  using Words = std::vector<std::string>;

  DeviceWithServer() {
    std::filesystem::create_directory(folder_ / "www");
    FileServerOptions options;
    options.root = folder_ / "www";
    server_.emplace(std::move(options));
    EXPECT_TRUE(server_->Start().ok());
    WriteText(folder_ / "ca.pem", server_->ca_pem());
  }

  // The tool, with more words behind; it must succeed.
  static ToolRun Must(Words words, const Words& more = {}) {
    words.insert(words.end(), more.begin(), more.end());
    ToolRun run = RunTool(words);
    EXPECT_EQ(run.exit_code, 0) << run.out << run.err;
    return run;
  }

  void MakeDevice(const Words& options) {
    Must({"device", "new", device_, "--flash-size", "16MB"}, options);
  }
  // The firmware that updates itself, as an image of that name.
  std::string Firmware(const std::string& version, const Words& options = {},
                       const std::string& program = std::string(kBuildFolder) +
                                                    "/bin/self_update_1.0.0") {
    const std::string path = folder_ / (version + ".bin");
    Must({"image", "make", path, "--chip", "native", "--executable", program, "--version", version},
         options);
    return path;
  }
  // A firmware that neither confirms itself nor updates: it powers off.
  std::string IdleFirmware(const std::string& version, const Words& options = {}) {
    return Firmware(version, options, "/bin/true");
  }

  std::string SigningKey(const std::string& name) {
    const std::string path = folder_ / (name + ".pem");
    if (!std::filesystem::exists(path)) Must({"key", "new", "sign-p256", path});
    return path;
  }
  // The same image with these signatures behind it.
  std::string Signed(const std::string& image, const Words& keys) {
    const std::string path = image + "." + keys.back() + ".signed";
    Words words{"image", "sign", image, path};
    for (const std::string& key : keys) words.insert(words.end(), {"--key", SigningKey(key)});
    Must(words);
    return path;
  }
  void BurnDigest(const std::string& key, const Words& options = {}) {
    Must({"device", "efuse", "burn-digest", device_, SigningKey(key)}, options);
  }

  void Offer(const std::string& image) {
    std::filesystem::copy_file(image, folder_ / "www/firmware.bin",
                               std::filesystem::copy_options::overwrite_existing);
  }
  ToolRun Update(const Words& options = {}) {
    Words words{"device", "update",           device_, "--url", server_->url() + "firmware.bin",
                "--ca",   folder_ / "ca.pem", "--json"};
    words.insert(words.end(), options.begin(), options.end());
    return RunTool(words);
  }
  // An update from outside to this image, which must be taken.
  void MustUpdate(const std::string& image) {
    Offer(image);
    const ToolRun run = Update();
    EXPECT_EQ(run.exit_code, 0) << run.out << run.err;
  }
  // An update that is refused for this reason.
  void ExpectRefused(const std::string& image, const std::string& reason) {
    EXPECT_EQ(ReasonOfRefusal(image), reason) << last_message_;
  }
  std::string ReasonOfRefusal(const std::string& image) {
    Offer(image);
    const ToolRun run = Update();
    EXPECT_EQ(run.exit_code, 1) << run.out;
    const Json json = Json::parse(run.out, nullptr, false);
    EXPECT_EQ(json.value("result", ""), "refused") << run.out;
    EXPECT_THAT(run.err, testing::HasSubstr("expected"));
    last_message_ = json.value("message", "");
    return json.value("reason", "");
  }

  // The bootloader, until the firmware powers off.
  ToolRun Boot(const Words& options = {}) {
    Words words{"boot", device_, "--timeout", "60"};
    words.insert(words.end(), options.begin(), options.end());
    return RunTool(words, {.environment = {{"SELF_UPDATE_URL", server_->url() + "firmware.bin"},
                                           {"SELF_UPDATE_CA", folder_ / "ca.pem"}}});
  }
  std::string Boots() {
    const ToolRun run = RunTool({"boot", device_, "--dry-run", "--json"});
    const Json json = Json::parse(run.out, nullptr, false);
    if (!json.is_object() || !json.contains("boots") || json.at("boots").is_null())
      return "nothing";
    return json.at("boots").get<std::string>();
  }
  Json Info() { return Json::parse(Must({"device", "info", device_, "--json"}).out); }
  std::string State(const std::string& slot) {
    const Json info = Info();
    for (const Json& row : info.at("slots")) {
      if (row.at("name").get<std::string>() != slot) continue;
      return row.at("state").is_null() ? "none" : row.at("state").get<std::string>();
    }
    return "no slot";
  }
  int SecureVersion() { return Info().at("secure_version").get<int>(); }

  TemporaryFolder folder_;
  std::string device_ = folder_ / "device";
  std::optional<FileServer> server_;
  std::string last_message_;
};

}  // namespace updraft
