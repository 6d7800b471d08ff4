// SPDX-License-Identifier: Apache-2.0
// Updates of devices that protect themselves, by the tool as a user runs it: who
// signed the encrypted header is asked before the first flash operation.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "updraft/key_derivation.h"

#include "ports/host/crypto_openssl.h"
#include "ports/host/key_file.h"
#include "src/encrypted/key_wrap.h"
#include "testing/test_encryption.h"
#include "testing/test_image.h"
#include "tests/cli/run_tool.h"
#include "tests/e2e/canned_server.h"

namespace updraft {
namespace {

using Json = nlohmann::json;
using Image = std::vector<std::uint8_t>;
using testing::HasSubstr;

class ProtectedUpdate : public testing::Test {
 protected:
  ProtectedUpdate() {
    WriteImage("old.bin", TestImage{.version = "1.0.0"}.Build(crypto_));
    // The 16 bytes and more behind the image are nobody's but the downloader's.
    Image offered = TestImage{.version = "2.0.0"}.WithRamSegment(30000).Build(crypto_);
    image_size_ = offered.size();
    offered.resize(AlignUp(offered.size(), 16) + 64, 0x5A);
    WriteImage("new.bin", offered);
    Tool({"key", "new", "ecies", "hmac.bin"});
    Tool({"key", "new", "sign-p256", "signer.pem", "--public", "signer.pub"});
  }

  ToolRun Tool(const std::vector<std::string>& arguments, int exit_code = 0) {
    const ToolRun run = RunTool(arguments, {.folder = folder_.path()});
    EXPECT_EQ(run.exit_code, exit_code) << arguments[1] << ": " << run.err;
    return run;
  }

  void NewDevice(const std::vector<std::string>& more) {
    std::vector<std::string> arguments{"device",          "new", "device", "--chip", "esp32c3",
                                       "--chip-revision", "4"};
    arguments.insert(arguments.end(), more.begin(), more.end());
    Tool(arguments);
    Tool({"device", "install", "device", "old.bin"});
    Tool({"boot", "device"});
  }

  void WriteImage(const std::string& name, const Image& image) {
    WriteText(folder_ / name, {image.begin(), image.end()});
  }
  Image ReadImage(const std::string& name) {
    const std::string text = FileText(folder_ / name);
    return {text.begin(), text.end()};
  }

  // What `device update` reports of this file.
  Json Update(const std::string& name, const std::vector<std::string>& more = {}) {
    const std::string body = FileText(folder_ / name);
    const CannedServer server("HTTP/1.1 200 OK\r\nContent-Length: " + std::to_string(body.size()) +
                              "\r\n\r\n" + body);
    std::vector<std::string> arguments{"device",     "update",       "device", "--url",
                                       server.url(), "--allow-http", "--json"};
    arguments.insert(arguments.end(), more.begin(), more.end());
    const ToolRun run = RunTool(arguments, {.folder = folder_.path()});
    Json json = Json::parse(run.out, nullptr, false);
    EXPECT_FALSE(json.is_discarded()) << run.out << run.err;
    error_ = run.err;
    return json.is_discarded() ? Json::object() : json;
  }

  std::string Boots() {
    const ToolRun run = RunTool({"boot", folder_ / "device", "--dry-run", "--json"});
    return Json::parse(run.out, nullptr, false).value("boots", "nothing");
  }

  void ExpectUntouched(const Json& report, const std::string& reason) {
    EXPECT_EQ(report.value("result", ""), "refused");
    EXPECT_EQ(report.value("reason", ""), reason);
    EXPECT_EQ(report.value("flash_operations", -1), 0);
    EXPECT_EQ(Boots(), "factory");
  }

  OpensslCrypto crypto_;
  TemporaryFolder folder_;
  std::size_t image_size_ = 0;
  std::string error_;
};

class SignedHeader : public ProtectedUpdate {
 protected:
  SignedHeader() {
    NewDevice({"--demand-signed-header", "--header-key", "signer.pub"});
    Tool({"image", "encrypt", "new.bin", "hmac.bin", "e.bin", "--sign-key", "signer.pem"});
  }

  Json Update(const std::string& name) {
    return ProtectedUpdate::Update(name, {"--key", "hmac.bin"});
  }
};

TEST_F(SignedHeader, OfATrustedKeyIsTaken) {
  const Json report = Update("e.bin");
  EXPECT_EQ(report.value("result", ""), "updated") << error_;
  EXPECT_EQ(Boots(), "ota_0");
}

TEST_F(SignedHeader, ForgedIsRefusedWithoutAFlashOperation) {
  for (const std::size_t at : {4U, 70U, 390U, 410U, 430U, 450U, 511U}) {
    Image forged = ReadImage("e.bin");
    forged[at] ^= 0x40;
    WriteImage("forged.bin", forged);
    ExpectUntouched(Update("forged.bin"), "header_signature_bad");
    EXPECT_THAT(error_, HasSubstr("header"));
  }
}

TEST_F(SignedHeader, OfAStrangerMissingOrPlainIsRefusedWithoutAFlashOperation) {
  Tool({"key", "new", "sign-p256", "stranger.pem"});
  Tool({"image", "encrypt", "new.bin", "hmac.bin", "s.bin", "--sign-key", "stranger.pem"});
  ExpectUntouched(Update("s.bin"), "header_signature_bad");
  Tool({"image", "encrypt", "new.bin", "hmac.bin", "u.bin"});
  ExpectUntouched(Update("u.bin"), "header_signature_bad");
  ExpectUntouched(Update("new.bin"), "header_signature_bad");
}

// Somebody who knows the AES key gives the authentic header another body, for which
// the tag is right; all that the image proves about itself is right too.
TEST_F(SignedHeader, WithAnotherBodyNeverBoots) {
  const Image file = ReadImage("e.bin");
  const auto key_file = std::move(std::get<0>(ParseKeyFile(ReadImage("hmac.bin"))));
  HmacSha256 hmac(crypto_);
  ASSERT_EQ(hmac.SetKey(key_file->secret.bytes()), kOk);
  HmacDerivedKey derived(crypto_, hmac);
  std::array<std::uint8_t, kAes256KeySize> aes_key{};
  const auto header = ParseEncryptedHeader(
      std::span<const std::uint8_t, kEncryptedHeaderSize>(file.data(), kEncryptedHeaderSize));
  ASSERT_EQ(UnwrapEcies(derived, crypto_, header.key_block, aes_key), kOk);
  WriteImage("forged.bin", ForgeBody(crypto_, aes_key, file, AlignUp(image_size_, 16)));
  Tool({"image", "decrypt", "forged.bin", "hmac.bin", "d.bin"});
  const Json report = Update("forged.bin");
  EXPECT_EQ(report.value("result", ""), "refused");
  EXPECT_EQ(report.value("reason", ""), "header_signature_bad");
  EXPECT_GT(report.value("flash_operations", 0), 0);
  EXPECT_EQ(Boots(), "factory");
  const Json info = Json::parse(Tool({"device", "info", "device", "--json"}).out);
  EXPECT_FALSE(info.at("slots").at(1).at("valid").get<bool>());
}

TEST_F(ProtectedUpdate, ADeviceThatDemandsASignedHeaderAndHasNoKeyRefuses) {
  NewDevice({"--demand-signed-header"});
  Tool({"image", "encrypt", "new.bin", "hmac.bin", "e.bin", "--sign-key", "signer.pem"});
  ExpectUntouched(Update("e.bin", {"--key", "hmac.bin"}), "header_signature_bad");
  EXPECT_THAT(error_, HasSubstr("none on this device"));
}

TEST_F(ProtectedUpdate, ADeviceThatKnowsNothingOfSignedHeadersTakesThem) {
  NewDevice({});
  Tool({"image", "encrypt", "new.bin", "hmac.bin", "e.bin", "--sign-key", "signer.pem"});
  EXPECT_EQ(Update("e.bin", {"--key", "hmac.bin"}).value("result", ""), "updated");
}

}  // namespace
}  // namespace updraft
