// SPDX-License-Identifier: Apache-2.0
// A virtual device with one of the examples of examples/ota as its firmware, and a
// server with the images that it is offered.
#pragma once

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "server/file_server.h"
#include "testing/temporary_folder.h"
#include "tests/cli/run_tool.h"

namespace updraft {

class OtaExample : public testing::Test {
 protected:
  OtaExample() {
    std::filesystem::create_directory(folder_ / "www");
    FileServerOptions options;
    options.root = folder_ / "www";
    options.identity = {.certificate_pem = FileText(built_ + "/server_certs/ca_cert.pem"),
                        .key_pem = FileText(built_ + "/server_certs/ca_key.pem")};
    server_.emplace(std::move(options));
    EXPECT_TRUE(server_->Start().ok());
  }

  // A device with version 1.0.0 of that example in its first slot.
  void MakeDevice(const std::string& variant) {
    const ToolRun made =
        RunTool({"device", "new", device_, "--project", built_ + "/" + variant + "/build"});
    ASSERT_EQ(made.exit_code, 0) << made.err;
  }
  // Version 2.0.0 of it, or another image that build.sh has made.
  std::string Image(const std::string& name) const { return FileText(built_ + "/" + name); }
  // Puts it on the server and returns its URL.
  std::string Offer(const std::string& content, const std::string& name = "new.bin") {
    WriteText(folder_ / ("www/" + name), content);
    return server_->url() + name;
  }
  // Starts the device, which reads one URL at each start, until it prints that. What it
  // printed, and what its bootloader said.
  std::string BootUntil(const std::string& until, const std::vector<std::string>& urls) {
    std::string input;
    for (const std::string& url : urls) input += url + "\n";
    const ToolRun run =
        RunTool({"boot", device_, "--until", until, "--timeout", "60"}, {.input = input});
    EXPECT_EQ(run.exit_code, 0) << run.out << run.err;
    const std::string all = run.err + run.out;
    EXPECT_THAT(all, testing::HasSubstr(until));
    return all;
  }
  // Starts the device and resets it once it has noted 20000 bytes or more. The server
  // falls silent after 30000, so that it is in the middle, however quick it is.
  void ResetInTheMiddle(const std::string& url) {
    FaultRule silence;
    silence.fault = Fault::kStall;
    silence.at = 30000;
    Play(silence);
    BootUntil("Noted that 2", {url});
    server_->WaitUntilIdle();
    ASSERT_TRUE(server_->SetScript({}).ok());
  }
  // The slot that boots next.
  std::string NextSlot() {
    const ToolRun run = RunTool({"boot", device_, "--dry-run"});
    for (const char* slot : {"factory", "ota_0", "ota_1"}) {
      if (run.out.find(slot) != std::string::npos || run.err.find(slot) != std::string::npos) {
        return slot;
      }
    }
    return run.out + run.err;
  }
  void Play(FaultRule rule) { ASSERT_TRUE(server_->SetScript({.rules = {std::move(rule)}}).ok()); }

  const std::string built_ = std::string(kBuildFolder) + "/ota_examples";
  TemporaryFolder folder_;
  std::string device_ = folder_ / "device";
  std::optional<FileServer> server_;
};

}  // namespace updraft
