// SPDX-License-Identifier: Apache-2.0
// The fault matrix: each fault of the hostile server against `updraft device
// update`, of a plain and of an encrypted image, whole and in parts. In each cell
// the update ends, for the reason that is expected; the running slot is as it was;
// and the next attempt, with the server honest again, succeeds.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <vector>

#include "ports/host/crypto_openssl.h"
#include "server/file_server.h"
#include "testing/encryption_keys.h"
#include "testing/test_image.h"
#include "tests/cli/run_tool.h"

namespace updraft {
namespace {

using Json = nlohmann::json;
using Words = std::vector<std::string>;

constexpr std::size_t kFactoryOffset = 0x10000;
constexpr std::size_t kSlotSize = 0x150000;
constexpr std::size_t kOta0Offset = 0x160000;

struct Column {
  const char* name;
  bool encrypted;
  bool in_parts;

  friend void PrintTo(const Column& column, std::ostream* out) { *out << column.name; }
};

struct Cell {
  std::string rule;    // keys of a rule: the fault and its parameters
  std::string reason;  // empty: the update succeeds in spite of it
  Words options = {};
};

class FaultMatrix : public testing::TestWithParam<Column> {
 protected:
  FaultMatrix() {
    std::filesystem::create_directory(folder_ / "www");
    Must({"device", "new", folder_ / "fresh", "--chip", "esp32c3", "--chip-revision", "4"});
    WriteText(folder_ / "old.bin", Image("1.0.0", 1));
    Must({"device", "install", folder_ / "fresh", folder_ / "old.bin"});
    WriteText(folder_ / "key.pem", std::string(kTestRsaKeyPem));
    Offer("firmware.bin", Image("2.0.0", 2));
    Offer("other.bin", Image("3.0.0", 3));
    FileServerOptions options;
    options.root = folder_ / "www";
    server_.emplace(std::move(options));
    EXPECT_TRUE(server_->Start().ok());
    WriteText(folder_ / "ca.pem", server_->ca_pem());
    running_before_ = RunningSlotOf("fresh");
  }

  static void Must(const Words& words) {
    const ToolRun run = RunTool(words);
    EXPECT_EQ(run.exit_code, 0) << run.err;
  }

  std::string Image(const std::string& version, std::uint8_t seed) {
    const auto image = TestImage{.version = version}.WithRamSegment(60000, seed).Build(crypto_);
    return {image.begin(), image.end()};
  }

  void Offer(const std::string& name, const std::string& image) {
    if (!GetParam().encrypted) return WriteText(folder_ / "www" / name, image);
    WriteText(folder_ / name, image);
    Must({"image", "encrypt", folder_ / name, folder_ / "key.pem", folder_ / "www" / name});
  }

  std::string RunningSlotOf(const std::string& device) {
    return FileText(folder_ / device / "flash.bin").substr(kFactoryOffset, kSlotSize);
  }

  void Script(const std::string& rules) {
    FaultScript script;
    const ExplainedStatus parsed =
        ParseFaultScript("{\"requests\": [" + rules + "]}", "cell", script);
    ASSERT_TRUE(parsed.ok()) << parsed.message;
    server_->SetScript(std::move(script));
  }

  ToolRun Update(const Words& options) {
    Words words{"device",
                "update",
                folder_ / "device",
                "--url",
                server_->url() + "firmware.bin",
                "--ca",
                folder_ / "ca.pem",
                "--json",
                "--stall",
                "1"};
    if (GetParam().encrypted) words.insert(words.end(), {"--key", folder_ / "key.pem"});
    if (GetParam().in_parts) words.insert(words.end(), {"--range-size", "20000"});
    words.insert(words.end(), options.begin(), options.end());
    return RunTool(words);
  }

  void ExpectUpdated(const ToolRun& run, const std::string& image) {
    EXPECT_EQ(run.exit_code, 0) << run.out << run.err;
    EXPECT_TRUE(FileText(folder_ / "device/flash.bin").substr(kOta0Offset, image.size()) == image);
    EXPECT_EQ(Json::parse(run.out, nullptr, false).value("slot", ""), "ota_0") << run.out;
  }

  std::string Boots() {
    const ToolRun run = RunTool({"boot", folder_ / "device", "--dry-run", "--json"});
    return Json::parse(run.out, nullptr, false).value("boots", "nothing");
  }

  // The fault comes in the answer that holds the file's byte 25000.
  void Run(const Cell& cell) {
    SCOPED_TRACE(cell.rule);
    std::filesystem::remove_all(folder_ / "device");
    std::filesystem::copy(folder_ / "fresh", folder_ / "device");
    const std::string skip = GetParam().in_parts ? R"("skip": 1, )" : "";
    Script("{\"path\": \"/firmware.bin\", " + skip + cell.rule + "}");
    Words options = cell.options;
    if (options.empty()) options = {"--max-attempts", "1", "--deadline", "20"};
    const ToolRun run = Update(options);
    EXPECT_TRUE(RunningSlotOf("device") == running_before_);
    if (cell.reason.empty()) return ExpectUpdated(run, Image("2.0.0", 2));

    EXPECT_EQ(run.exit_code, 1) << run.err;
    const Json json = Json::parse(run.out, nullptr, false);
    EXPECT_EQ(ReasonOf(json), cell.reason) << run.out << run.err;
    EXPECT_EQ(Boots(), "factory");
    Script("");
    ExpectUpdated(Update({}), Image("2.0.0", 2));
  }

  static std::string ReasonOf(const Json& report) {
    const bool told = report.is_object() && report.contains("reason");
    return told && report.at("reason").is_string() ? report.at("reason").get<std::string>()
                                                   : "none";
  }

  void Run(const std::vector<Cell>& cells) {
    for (const Cell& cell : cells) Run(cell);
  }

  OpensslCrypto crypto_;
  TemporaryFolder folder_;
  std::optional<FileServer> server_;
  std::string running_before_;
};

TEST_P(FaultMatrix, ConnectionsThatEnd) {
  Run({{R"("fault": "reset", "at": 5000)", "connection_lost"},
       {R"("fault": "reset", "at": 0, "of": "answer")", "connection_lost"},
       {R"("fault": "reset", "at": 30, "of": "answer")", "connection_lost"},
       {R"("fault": "truncate", "at": 5000)", "connection_lost"},
       {R"("fault": "truncate", "at": 0)", "connection_lost"},
       {R"("fault": "truncate", "at": 0, "of": "answer")", "connection_lost"},
       {R"("fault": "truncate", "at": 30, "of": "answer")", "connection_lost"},
       {R"("fault": "no_close_notify", "at": 5000)", "connection_lost"},
       {R"("fault": "no_close_notify")", ""},
       {R"("fault": "garbage", "at": 5000)", "connection_lost"},
       {R"("fault": "garbage", "at": 0, "of": "answer")", "connection_lost"}});
}

TEST_P(FaultMatrix, WaitsThatEnd) {
  Run({{R"("fault": "stall", "at": 5000)", "stalled"},
       {R"("fault": "stall", "at": 0, "of": "answer")", "stalled"},
       {R"("fault": "drip", "bytes": 20, "every_ms": 50)", "deadline", {"--deadline", "1"}},
       {R"("fault": "endless_header")", "bad_response"}});
}

// An encrypted file says how long it is.
TEST_P(FaultMatrix, LengthsThatLie) {
  const bool told = GetParam().in_parts || GetParam().encrypted;
  const std::string wrong = "length_mismatch";
  Run({{R"("fault": "content_length", "add": 5)", told ? wrong : "connection_lost"},
       {R"("fault": "content_length", "add": -5)", told ? wrong : "truncated"},
       {R"("fault": "content_length", "add": -1000000)", "bad_response"},
       {R"("fault": "content_length", "add": 100000000)",
        GetParam().in_parts ? wrong : "image_too_large"},
       {R"("fault": "no_content_length")", ""},
       {R"("fault": "two_content_lengths")", wrong},
       {R"("fault": "header", "name": "Content-Length", "value": "1e9")", "bad_response"},
       {R"("fault": "header", "name": "Content-Length", "value": "99999999999999999999")",
        "bad_response"}});
}

TEST_P(FaultMatrix, BodiesThatAreFramedOddly) {
  Run({{R"("fault": "chunked")", ""},
       {R"("fault": "bad_chunk")", "bad_response"},
       {R"("fault": "bad_chunk", "size": "ffffffffffffffff")", "bad_response"},
       {R"("fault": "bad_chunk", "size": "-1")", "bad_response"},
       {R"("fault": "bad_chunk", "size": "")", "bad_response"},
       {R"("fault": "header", "name": "Content-Encoding", "value": "gzip")", "content_encoding"}});
}

// A part ends where its Content-Range says, whatever follows.
TEST_P(FaultMatrix, BodiesThatDoNotEnd) {
  std::string reason = GetParam().encrypted ? "length_mismatch" : "image_too_large";
  if (GetParam().in_parts) reason = "length_mismatch";
  Run({{R"("fault": "endless_body")", reason},
       {R"("fault": "endless_body", "chunked": true)", reason}});
}

TEST_P(FaultMatrix, HeadsThatNobodySends) {
  Run({{R"("fault": "huge_header")", "bad_response"},
       {R"("fault": "many_headers")", ""},
       {R"("fault": "many_headers", "count": 5000)", "bad_response"},
       {R"("fault": "status_line", "value": "HTTP/1.1 2x0 OK")", "bad_response"},
       {R"("fault": "status_line", "value": "SSH-2.0-OpenSSH_9.2")", "bad_response"},
       {R"("fault": "status_line", "value": "")", "bad_response"},
       {R"("fault": "folded_header")", "bad_response"},
       {R"("fault": "nul_in_header")", "bad_response"}});
}

TEST_P(FaultMatrix, Statuses) {
  std::vector<Cell> cells;
  for (const char* status :
       {"204", "400", "401", "403", "404", "408", "410", "416", "429", "500", "502", "503"}) {
    cells.push_back({R"("fault": "status", "status": )" + std::string(status), "http_status"});
  }
  cells.push_back({R"("fault": "status", "status": 503, "retry_after": 100000)",
                   "http_status",
                   {"--max-attempts", "3"}});
  Run(cells);
}

// In the middle of a file it is no answer.
TEST_P(FaultMatrix, NothingNew) {
  const std::string rule = R"("fault": "status", "status": 304)";
  if (GetParam().in_parts) return Run({{rule, "http_status"}});
  std::filesystem::copy(folder_ / "fresh", folder_ / "device");
  Script("{" + rule + "}");
  const ToolRun run = Update({});
  EXPECT_EQ(run.exit_code, 0) << run.err;
  EXPECT_EQ(Json::parse(run.out, nullptr, false).value("result", ""), "not_modified") << run.out;
  EXPECT_TRUE(FileText(folder_ / "device/flash.bin") == FileText(folder_ / "fresh/flash.bin"));
}

TEST_P(FaultMatrix, Redirects) {
  Run({{R"("fault": "redirect_loop")", "redirect_refused"},
       {R"("fault": "redirect_to_http")", "redirect_refused"},
       {R"("fault": "redirect", "to": "ftp://localhost/firmware.bin")", "redirect_refused"},
       {R"("fault": "redirect", "to": "https://")", "redirect_refused"},
       {R"("fault": "redirect", "to": "https://127.0.0.1:1/", "status": 308)", "connect_failed"},
       {R"("times": 3, "fault": "redirect_loop", "status": 307)", ""}});
}

TEST_P(FaultMatrix, RangesThatLie) {
  if (!GetParam().in_parts) GTEST_SKIP() << "asks for no ranges";
  Run({{R"("fault": "content_range", "shift": 7)", "range_mismatch"},
       {R"("fault": "content_range", "shift": -20000)", "range_mismatch"},
       {R"("fault": "header", "name": "Content-Range", "value": null)", "range_mismatch"},
       {R"("fault": "header", "name": "Content-Range", "value": "bytes */70000")",
        "range_mismatch"},
       {R"("fault": "header", "name": "Content-Range", "value": "bytes 20000-39999/*")",
        "range_mismatch"},
       {R"("fault": "header", "name": "Content-Range", "value": "bytes 20000-39999/40000")",
        "file_changed"},
       {R"("fault": "header", "name": "Content-Range", "value": "bytes 20000-99999999/100000000")",
        "range_mismatch"},
       {R"("fault": "header", "name": "Content-Range", "value": "bytes 39999-20000/70000")",
        "range_mismatch"},
       {R"("fault": "ignore_range")", ""}});
}

TEST_P(FaultMatrix, FilesSwappedBetweenRanges) {
  if (!GetParam().in_parts) GTEST_SKIP() << "asks for no ranges";
  const std::string mixed = GetParam().encrypted ? "bad_tag" : "bad_checksum";
  Run({{R"("fault": "swap", "file": "/other.bin")", "file_changed"},
       {R"("fault": "swap", "file": "/other.bin", "ignore_if_range": true)", "file_changed"},
       {R"("fault": "swap", "file": "/other.bin", "etag": "same")", mixed},
       {R"("fault": "swap", "file": "/other.bin", "etag": "none")", mixed}});
}

TEST_P(FaultMatrix, WhatHappensOnceIsHealed) {
  const Words options{"--max-attempts", "3", "--deadline", "20"};
  Run({{R"("times": 1, "fault": "reset", "at": 5000)", "", options},
       {R"("times": 1, "fault": "garbage", "at": 5000)", "", options},
       {R"("times": 1, "fault": "stall", "at": 5000)", "", options},
       {R"("times": 1, "fault": "status", "status": 429, "retry_after": 0)", "", options}});
}

INSTANTIATE_TEST_SUITE_P(Server, FaultMatrix,
                         testing::Values(Column{"PlainWhole", false, false},
                                         Column{"PlainInParts", false, true},
                                         Column{"RsaWhole", true, false},
                                         Column{"RsaInParts", true, true}),
                         [](const auto& column) { return std::string(column.param.name); });

}  // namespace
}  // namespace updraft
