// SPDX-License-Identifier: Apache-2.0
// `updraft device update` as a user runs it, against real servers, with all that
// can go wrong: one clear sentence, the exit code, the running slot untouched,
// and the device boots what it ran before.
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/file.h>
#include <sys/stat.h>

#include <cstdlib>
#include <functional>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "ports/host/crypto_openssl.h"
#include "server/file_server.h"
#include "testing/test_certificates.h"
#include "testing/test_image.h"
#include "tests/cli/run_tool.h"
#include "tests/e2e/canned_server.h"

namespace updraft {
namespace {

using Json = nlohmann::json;
using Image = std::vector<std::uint8_t>;
using testing::HasSubstr;
using testing::Not;
using testing::StartsWith;

constexpr std::size_t kFactoryOffset = 0x10000;
constexpr std::size_t kSlotSize = 0x150000;

std::string Text(const Image& image) { return {image.begin(), image.end()}; }

class DeviceUpdate : public testing::Test {
 protected:
  DeviceUpdate() {
    std::filesystem::create_directory(folder_ / "www");
    EXPECT_EQ(RunTool({"device", "new", device_, "--chip", "esp32c3", "--chip-revision", "4",
                       "--rollback"})
                  .exit_code,
              0);
    WriteText(folder_ / "old.bin", Text(TestImage{.version = "1.0.0"}.Build(crypto_)));
    EXPECT_EQ(RunTool({"device", "install", device_, folder_ / "old.bin"}).exit_code, 0);
    // It has run: factory is what an update must not touch.
    EXPECT_EQ(RunTool({"boot", device_}).exit_code, 0);
    StartServer({});
    running_before_ = RunningSlot();
  }

  void StartServer(const CertifiedKey& identity) {
    FileServerOptions options;
    options.root = folder_ / "www";
    options.identity = {identity.certificate_pem, identity.key_pem};
    server_.emplace(std::move(options));
    ASSERT_TRUE(server_->Start().ok());
    WriteText(folder_ / "ca.pem", server_->ca_pem());
  }

  void Offer(const Image& image) { WriteText(folder_ / "www/firmware.bin", Text(image)); }
  std::string Url() { return server_->url() + "firmware.bin"; }

  std::string RunningSlot() {
    return FileText(folder_ / "device/flash.bin").substr(kFactoryOffset, kSlotSize);
  }

  ToolRun Update(const std::string& url, const std::vector<std::string>& more = {}) {
    std::vector<std::string> arguments{"device", "update", device_,          "--url",
                                       url,      "--json", "--max-attempts", "1"};
    arguments.insert(arguments.end(), more.begin(), more.end());
    return RunTool(arguments);
  }

  // The image or answer is not installed, for this reason.
  Json ExpectNotUpdated(const ToolRun& run, const std::string& result, const std::string& reason) {
    EXPECT_EQ(run.exit_code, 1) << run.err;
    Json json = Json::parse(run.out, nullptr, false);
    EXPECT_FALSE(json.is_discarded()) << run.out;
    if (json.is_discarded()) return Json::object();
    EXPECT_EQ(json.value("result", ""), result) << run.out;
    EXPECT_EQ(json.value("reason", ""), reason) << run.out;
    ExpectOneSentence(run.err);
    EXPECT_EQ(RunningSlot(), running_before_);
    EXPECT_EQ(Boots(), "factory");
    return json;
  }

  // One line of "updraft: ..." beside the progress.
  static void ExpectOneSentence(const std::string& err) {
    std::size_t sentences = 0;
    for (std::size_t at = err.find("updraft: "); at != std::string::npos;
         at = err.find("updraft: ", at + 1)) {
      ++sentences;
    }
    EXPECT_EQ(sentences, 1U) << err;
    EXPECT_THAT(err, HasSubstr("expected"));
    EXPECT_THAT(err, HasSubstr("found"));
  }

  std::string Boots() {
    const ToolRun run = RunTool({"boot", device_, "--dry-run", "--json"});
    return Json::parse(run.out, nullptr, false).value("boots", "nothing");
  }

  void ExpectRefused(const Image& image, const std::string& reason) {
    Offer(image);
    ExpectNotUpdated(Update(Url(), {"--ca", folder_ / "ca.pem"}), "refused", reason);
  }

  OpensslCrypto crypto_;
  TemporaryFolder folder_;
  std::string device_ = folder_ / "device";
  std::optional<FileServer> server_;
  std::string running_before_;
  Image good_ = TestImage{.version = "2.0.0"}.WithRamSegment(30000).Build(crypto_);
};

TEST_F(DeviceUpdate, InstallsTheImageAndTellsSo) {
  Offer(good_);
  const ToolRun run = Update(Url(), {"--ca", folder_ / "ca.pem"});
  EXPECT_EQ(run.exit_code, 0) << run.err;
  const Json json = Json::parse(run.out);
  EXPECT_EQ(json.at("result"), "updated");
  EXPECT_EQ(json.at("version"), "2.0.0");
  EXPECT_EQ(json.at("slot"), "ota_0");
  EXPECT_EQ(json.at("bytes_received"), good_.size());
  EXPECT_EQ(json.at("bytes_written"), good_.size());
  EXPECT_EQ(RunningSlot(), running_before_);
  EXPECT_EQ(Boots(), "ota_0");
}

TEST_F(DeviceUpdate, TakesBytesBehindTheImage) {
  Image longer = good_;
  longer.insert(longer.end(), 5000, 0xFF);
  Offer(longer);
  EXPECT_EQ(Update(Url(), {"--ca", folder_ / "ca.pem"}).exit_code, 0);
  EXPECT_EQ(Boots(), "ota_0");
}

TEST_F(DeviceUpdate, OverwritesASelectedImageThatNeverBooted) {
  Offer(good_);
  EXPECT_EQ(Update(Url(), {"--ca", folder_ / "ca.pem"}).exit_code, 0);
  Offer(TestImage{.version = "3.0.0"}.Build(crypto_));
  const Json json = Json::parse(Update(Url(), {"--ca", folder_ / "ca.pem"}).out);
  EXPECT_EQ(json.at("slot"), "ota_0");
  EXPECT_EQ(json.at("version"), "3.0.0");
  Image bad = good_;
  bad.back() ^= 1;
  ExpectRefused(bad, "bad_hash");
}

TEST_F(DeviceUpdate, ConfirmsSelectsAndRollsBackFromOutside) {
  EXPECT_EQ(RunTool({"device", "confirm", device_}).exit_code, 1) << "factory runs";
  Offer(good_);
  ASSERT_EQ(Update(Url(), {"--ca", folder_ / "ca.pem"}).exit_code, 0);
  EXPECT_EQ(RunTool({"device", "confirm", device_}).exit_code, 0);
  const Json info = Json::parse(RunTool({"device", "info", device_, "--json"}).out);
  EXPECT_EQ(info.at("otadata").at(0).at("state"), "valid");
  EXPECT_EQ(RunTool({"device", "rollback", device_}).exit_code, 0);
  EXPECT_EQ(Boots(), "factory");
  EXPECT_EQ(RunTool({"device", "select", device_, "ota_0"}).exit_code, 0);
  EXPECT_EQ(Boots(), "ota_0");
  EXPECT_EQ(RunTool({"device", "select", device_, "ota_1"}).exit_code, 1) << "it is empty";
  EXPECT_EQ(RunTool({"device", "select", device_, "nvs"}).exit_code, 1);
  EXPECT_EQ(Boots(), "ota_0");
  EXPECT_EQ(RunTool({"device", "reset-otadata", device_}).exit_code, 0);
  EXPECT_EQ(Boots(), "factory");
}

TEST_F(DeviceUpdate, OpensAnEncryptedImageWithTheKeyGiven) {
  ASSERT_EQ(RunTool({"key", "new", "ecies", folder_ / "hmac.bin", "--public", folder_ / "pub.pem"})
                .exit_code,
            0);
  WriteText(folder_ / "plain.bin", Text(good_));
  ASSERT_EQ(RunTool({"image", "encrypt", folder_ / "plain.bin", folder_ / "pub.pem",
                     folder_ / "www/firmware.bin"})
                .exit_code,
            0);
  ExpectNotUpdated(Update(Url(), {"--ca", folder_ / "ca.pem"}), "refused", "key_missing");
  const ToolRun run = Update(Url(), {"--ca", folder_ / "ca.pem", "--key", folder_ / "hmac.bin"});
  EXPECT_EQ(run.exit_code, 0) << run.err;
  EXPECT_EQ(Boots(), "ota_0");
}

TEST_F(DeviceUpdate, RefusesTruncatedImages) {
  const auto cut = [&](std::size_t length) {
    return Image(good_.begin(), good_.begin() + static_cast<std::ptrdiff_t>(length));
  };
  ExpectRefused({}, "truncated");
  ExpectRefused(cut(10), "truncated");
  ExpectRefused(cut(500), "truncated");
  ExpectRefused(cut(good_.size() - 16), "truncated");
}

TEST_F(DeviceUpdate, RefusesWhatIsNoImageForThisDevice) {
  ExpectRefused({'<', '!', 'D', 'O', 'C', 'T', 'Y', 'P', 'E'}, "bad_magic");
  ExpectRefused(TestImage{.chip_id = 9}.Build(crypto_), "bad_chip_id");
  ExpectRefused(TestImage{.minimum_revision = 300}.Build(crypto_), "chip_rev_too_low");
  ExpectRefused(TestImage{.maximum_revision = 3}.Build(crypto_), "chip_rev_too_high");
  ExpectRefused(TestImage{}.WithRamSegment(kSlotSize).Build(crypto_), "image_too_large");
}

TEST_F(DeviceUpdate, RefusesDamagedImages) {
  const auto edited = [&](const std::function<void(Image&)>& edit) {
    Image bad = good_;
    edit(bad);
    return bad;
  };
  ExpectRefused(edited([](Image& i) { i[2000] ^= 1; }), "bad_checksum");
  ExpectRefused(edited([](Image& i) { i.back() ^= 1; }), "bad_hash");
  ExpectRefused(edited([](Image& i) { i[1] = 17; }), "too_many_segments");
  ExpectRefused(edited([](Image& i) { StoreLe32(&i[28], 0xFFFFFFFC); }), "bad_segment_length");
}

TEST_F(DeviceUpdate, MakesNoFlashOperationForARefusedImage) {
  Offer(TestImage{.chip_id = 9}.WithRamSegment(100000).Build(crypto_));
  const Json json =
      ExpectNotUpdated(Update(Url(), {"--ca", folder_ / "ca.pem"}), "refused", "bad_chip_id");
  EXPECT_EQ(json.at("flash_operations"), 0);
}

TEST_F(DeviceUpdate, TellsWhatTheServerAnswered) {
  ExpectNotUpdated(Update(server_->url() + "nothing.bin", {"--ca", folder_ / "ca.pem"}), "failed",
                   "http_status");
  const CannedServer broken("HTTP/1.1 500 Internal Server Error\r\nContent-Length: 0\r\n\r\n");
  const ToolRun run = Update(broken.url(), {"--allow-http"});
  ExpectNotUpdated(run, "failed", "http_status");
  EXPECT_THAT(run.err, HasSubstr("500"));
}

TEST_F(DeviceUpdate, EndsWhenTheConnectionIsCut) {
  const std::string head =
      "HTTP/1.1 200 OK\r\nContent-Length: " + std::to_string(good_.size()) + "\r\n\r\n";
  for (const std::size_t length : {0UL, 100UL, 5000UL, good_.size() - 1}) {
    const CannedServer cut(head + Text(good_).substr(0, length));
    ExpectNotUpdated(Update(cut.url(), {"--allow-http"}), "failed", "connection_lost");
  }
}

TEST_F(DeviceUpdate, RefusesALyingAnswer) {
  const CannedServer both(
      "HTTP/1.1 200 OK\r\nContent-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n");
  ExpectNotUpdated(Update(both.url(), {"--allow-http"}), "failed", "bad_response");
  const CannedServer noise("SSH-2.0-OpenSSH_9.2\r\n\r\n");
  ExpectNotUpdated(Update(noise.url(), {"--allow-http"}), "failed", "bad_response");
}

TEST_F(DeviceUpdate, FindsNothingNewIn304) {
  const CannedServer same("HTTP/1.1 304 Not Modified\r\n\r\n");
  const ToolRun run = Update(same.url(), {"--allow-http"});
  EXPECT_EQ(run.exit_code, 0);
  EXPECT_EQ(Json::parse(run.out).at("result"), "not_modified");
}

TEST_F(DeviceUpdate, RefusesPlainHttpUnlessAskedForByName) {
  const std::string answer = "HTTP/1.1 200 OK\r\nContent-Length: " + std::to_string(good_.size()) +
                             "\r\n\r\n" + Text(good_);
  const CannedServer plain(answer);
  ExpectNotUpdated(Update(plain.url()), "failed", "plain_http_refused");
  EXPECT_EQ(Update(plain.url(), {"--allow-http"}).exit_code, 0);
}

TEST_F(DeviceUpdate, RefusesServersThatItCannotTrust) {
  Offer(good_);
  ExpectNotUpdated(Update(Url()), "failed", "tls_failed");
  const TestAuthority authority;
  const auto serve = [&](const CertificateRequest& request) {
    server_.reset();
    StartServer(authority.Issue(request));
    WriteText(folder_ / "ca.pem", authority.certificate_pem());
  };
  serve({.valid_from = -7200, .valid_until = -3600});
  ExpectNotUpdated(Update(Url(), {"--ca", folder_ / "ca.pem"}), "failed", "tls_failed");
  serve({.common_name = "example.org", .names = {"DNS:example.org"}});
  ExpectNotUpdated(Update(Url(), {"--ca", folder_ / "ca.pem"}), "failed", "tls_failed");
  EXPECT_EQ(Update(Url(), {"--ca", folder_ / "ca.pem", "--skip-name-check"}).exit_code, 0);
}

TEST_F(DeviceUpdate, SaysWhenNobodyListens) {
  const std::string url = Url();
  server_.reset();
  ExpectNotUpdated(Update(url, {"--ca", folder_ / "ca.pem"}), "failed", "connect_failed");
}

TEST_F(DeviceUpdate, TellsWrongUsageApart) {
  EXPECT_EQ(RunTool({"device", "update", device_}).exit_code, 2);
  EXPECT_EQ(Update(Url(), {"--header", "no colon"}).exit_code, 2);
  EXPECT_EQ(Update(Url(), {"--cert", "only.pem"}).exit_code, 2);
  EXPECT_EQ(Update(Url(), {"--header", "Range: bytes=0-3"}).exit_code, 2);
  EXPECT_EQ(Update(Url(), {"--user", "nobody"}).exit_code, 2);
  EXPECT_EQ(RunTool({"boot", device_, "--json"}).exit_code, 2);
}

TEST_F(DeviceUpdate, SaysWhatIsWrongWithAUrlWithoutItsPassword) {
  for (const char* const url : {"ftp://me:secret@h/x", "me:secret@h", "https://127.1/x"}) {
    const ToolRun run = Update(url);
    EXPECT_EQ(run.exit_code, 2) << url;
    EXPECT_THAT(run.err, StartsWith("updraft: --url: expected a URL"));
    EXPECT_THAT(run.err + run.out, Not(HasSubstr("secret")));
  }
}

TEST_F(DeviceUpdate, KeepsNoPasswordOfTheUrl) {
  Offer(good_);
  std::string url = Url() + "?token=secret";
  url.insert(std::string("https://").size(), "me:secret@");
  const ToolRun run = Update(url, {"--ca", folder_ / "ca.pem"});
  EXPECT_EQ(run.exit_code, 0) << run.err;
  EXPECT_THAT(run.out + run.err, Not(HasSubstr("secret")));
  for (const auto& file : std::filesystem::directory_iterator(device_)) {
    EXPECT_THAT(FileText(file.path()), Not(HasSubstr("secret"))) << file.path();
  }
}

class DamagedDevice : public DeviceUpdate {
 protected:
  std::string FlashPath() { return folder_ / "device/flash.bin"; }

  void EditFlash(std::size_t at, const std::string& bytes) {
    std::fstream file(FlashPath(), std::ios::in | std::ios::out | std::ios::binary);
    file.seekp(static_cast<std::streamoff>(at));
    file << bytes;
  }

  // The device cannot be updated, for this reason, whatever is on offer.
  void ExpectUnusable(const std::string& reason) {
    Offer(good_);
    const ToolRun run = Update(Url(), {"--ca", folder_ / "ca.pem"});
    EXPECT_EQ(run.exit_code, 1);
    EXPECT_EQ(Json::parse(run.out).at("reason"), reason) << run.out;
    ExpectOneSentence(run.err);
  }
};

TEST_F(DamagedDevice, WithoutItsFlashFile) {
  std::filesystem::remove(FlashPath());
  ExpectUnusable("flash_failed");
}

TEST_F(DamagedDevice, WithAFlashFileThatIsTooShort) {
  std::filesystem::resize_file(FlashPath(), 0x8000);
  ExpectUnusable("flash_failed");
  std::filesystem::resize_file(FlashPath(), 100);
  ExpectUnusable("flash_failed");
}

TEST_F(DamagedDevice, WithAReadOnlyFlashFile) {
  chmod(FlashPath().c_str(), 0444);
  ExpectUnusable("flash_failed");
  EXPECT_EQ(Boots(), "factory");
}

TEST_F(DamagedDevice, WhileAnotherProcessWritesIt) {
  const int other = open(FlashPath().c_str(), O_RDWR | O_CLOEXEC);
  ASSERT_EQ(flock(other, LOCK_EX), 0);
  ExpectUnusable("device_busy");
  EXPECT_EQ(RunTool({"device", "info", device_}).exit_code, 0) << "readers are not blocked";
  close(other);
}

TEST_F(DamagedDevice, WithoutAPartitionTable) {
  EditFlash(0x8000, std::string(0xC00, '\xFF'));
  ExpectUnusable("bad_partition_table");
}

TEST_F(DamagedDevice, WithAChangedPartitionTable) {
  EditFlash(0x8000 + 4, "\x01");
  ExpectUnusable("bad_partition_table");
}

TEST_F(DamagedDevice, WithBothOtadataSectorsCorrupt) {
  EditFlash(0xC000, std::string(32, 'x'));
  EditFlash(0xD000, std::string(32, 'y'));
  EXPECT_EQ(Boots(), "factory");
  Offer(good_);
  EXPECT_EQ(Update(Url(), {"--ca", folder_ / "ca.pem"}).exit_code, 0);
  EXPECT_EQ(Boots(), "ota_0");
}

TEST_F(DeviceUpdate, FailsOnADeviceWithoutOtaSlots) {
  WriteText(folder_ / "single.csv",
            "nvs,data,nvs,,0x3000\notadata,data,ota,,0x2000\nfactory,app,factory,0x10000,1M\n");
  const std::string single = folder_ / "single";
  ASSERT_EQ(RunTool({"device", "new", single, "--chip", "esp32c3", "--chip-revision", "4",
                     "--partitions", folder_ / "single.csv"})
                .exit_code,
            0);
  ASSERT_EQ(RunTool({"device", "install", single, folder_ / "old.bin"}).exit_code, 0);
  Offer(good_);
  const ToolRun run =
      RunTool({"device", "update", single, "--url", Url(), "--ca", folder_ / "ca.pem", "--json"});
  EXPECT_EQ(run.exit_code, 1);
  EXPECT_EQ(Json::parse(run.out).at("reason"), "no_update_slot");
}

TEST_F(DeviceUpdate, FailsOnAFullDiskAndLosesNothing) {
  // The passive slots are holes in the file: erasing them needs room on a disk
  // that has none.
  const std::string flash = FileText(folder_ / "device/flash.bin");
  TinyDisk disk(folder_.path() / "www", 2 << 20);
  if (!disk.problem().empty()) GTEST_SKIP() << disk.problem();
  const std::string copy = folder_ / "www/device";
  std::filesystem::create_directory(copy);
  for (const char* const name : {"device.json", "efuse.bin", "boot.json"}) {
    std::filesystem::copy_file(folder_ / "device" / name, std::filesystem::path(copy) / name);
  }
  WriteText(copy + "/flash.bin", flash.substr(0, kFactoryOffset + kSlotSize));
  std::filesystem::resize_file(copy + "/flash.bin", flash.size());
  const Image large = TestImage{.version = "2.0.0"}.WithRamSegment(1000 * 1024).Build(crypto_);
  const std::string answer = "HTTP/1.1 200 OK\r\nContent-Length: " + std::to_string(large.size()) +
                             "\r\n\r\n" + Text(large);
  const CannedServer server(answer);
  const std::string before = RunTool({"boot", copy, "--dry-run", "--json"}).out;
  const ToolRun run =
      RunTool({"device", "update", copy, "--url", server.url(), "--allow-http", "--json"});
  EXPECT_EQ(run.exit_code, 1) << run.out;
  EXPECT_EQ(Json::parse(run.out).at("reason"), "no_space") << run.out;
  ExpectOneSentence(run.err);
  EXPECT_EQ(RunTool({"boot", copy, "--dry-run", "--json"}).out, before);
}

}  // namespace
}  // namespace updraft
