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
#include "tests/cli/soft_token.h"
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
    const ToolRun run = RunTool(arguments, {.environment = environment_, .folder = folder_.path()});
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
  std::map<std::string, std::string> environment_;  // of Update()
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

// Everything works as on a device in clear, and nothing of it is in the file.
TEST_F(ProtectedUpdate, WorksOnEncryptedFlashAndLeavesNothingInClear) {
  for (const std::string kind : {"xts-aes-128", "xts-aes-256"}) {
    std::filesystem::remove_all(folder_ / "device");
    NewDevice({"--flash-encryption", kind, "--rollback"});
    Tool({"image", "encrypt", "new.bin", "hmac.bin", "e.bin"});
    EXPECT_EQ(Update("e.bin", {"--key", "hmac.bin"}).value("result", ""), "updated") << error_;
    EXPECT_EQ(Boots(), "ota_0");
    Tool({"boot", "device"}, 0);
    Tool({"device", "confirm", "device"});
    const Json info = Json::parse(Tool({"device", "info", "device", "--json"}).out);
    EXPECT_EQ(info.at("flash_encryption").get<std::string>(), kind);
    EXPECT_EQ(info.at("slots").at(1).at("version").get<std::string>(), "2.0.0");
    EXPECT_EQ(info.at("slots").at(1).at("state").get<std::string>(), "valid");
    const std::string stored = FileText(folder_ / "device/flash.bin");
    EXPECT_EQ(stored.find("2.0.0"), std::string::npos);
    EXPECT_EQ(stored.find("otadata"), std::string::npos) << "the table";
    EXPECT_EQ(stored.find(FileText(folder_ / "new.bin").substr(64, 16)), std::string::npos);
    Tool({"device", "read", "device", "slot.bin", "--partition", "ota_0", "--size", "1024"});
    EXPECT_EQ(FileText(folder_ / "slot.bin"), FileText(folder_ / "new.bin").substr(0, 1024));
    Tool({"device", "read", "device", "all.bin"});
    EXPECT_TRUE(FileText(folder_ / "all.bin") == stored);
  }
}

// The dump of one device and its key make another of it; Python's cryptography
// finds the same in it.
TEST_F(ProtectedUpdate, StoresWhatAnotherImplementationDeciphers) {
  for (const std::size_t size : {32U, 64U}) {
    std::filesystem::remove_all(folder_ / "device");
    std::string key(size, 'k');
    for (std::size_t i = 0; i < size; ++i) key[i] = static_cast<char>(i * 5 + size);
    WriteText(folder_ / "flash.key", key);
    const std::string kind = size == 32 ? "xts-aes-128" : "xts-aes-256";
    NewDevice({"--flash-encryption", kind, "--flash-encryption-key", "flash.key"});
    const std::string command =
        "cd '" + folder_.path().string() + "' && /usr/bin/python3 '" + std::string(kSourceFolder) +
        "/tests/e2e/decipher_flash.py' device/flash.bin flash.key 0x10000 1024 slot.bin";
    ASSERT_EQ(std::system(command.c_str()), 0);
    EXPECT_EQ(FileText(folder_ / "slot.bin"), FileText(folder_ / "old.bin").substr(0, 1024));
    Tool({"device", "read", "device", "all.bin"});
    std::filesystem::remove_all(folder_ / "device");
    Tool({"device", "new", "device", "--chip", "esp32c3", "--chip-revision", "4", "--from-dump",
          "all.bin", "--flash-encryption", kind, "--flash-encryption-key", "flash.key"});
    EXPECT_EQ(Boots(), "factory");
  }
}

TEST_F(ProtectedUpdate, SaysWhyFlashCannotBeEncrypted) {
  const auto error = [&](const std::vector<std::string>& more, int exit_code = 1) {
    std::vector<std::string> arguments{"device", "new", "device"};
    arguments.insert(arguments.end(), more.begin(), more.end());
    const std::string text = Tool(arguments, exit_code).err;
    EXPECT_FALSE(std::filesystem::exists(folder_ / "device"));
    return text;
  };
  WriteText(folder_ / "short.key", std::string(31, 'a'));
  WriteText(folder_ / "equal.key", std::string(32, 'a'));
  EXPECT_THAT(error({"--flash-encryption", "xts-aes-128", "--flash-encryption-key", "short.key"}),
              HasSubstr("32 bytes"));
  EXPECT_THAT(error({"--flash-encryption", "xts-aes-256", "--flash-encryption-key", "equal.key"}),
              HasSubstr("64 bytes"));
  EXPECT_THAT(error({"--flash-encryption", "xts-aes-128", "--flash-encryption-key", "equal.key"}),
              HasSubstr("equal ones"));
  EXPECT_THAT(error({"--flash-encryption-key", "short.key"}, 2), HasSubstr("--flash-encryption"));
  EXPECT_THAT(error({"--flash-encryption", "aes"}, 2), HasSubstr("xts-aes-128"));
  EXPECT_THAT(error({"--chip", "esp32", "--flash-encryption", "xts-aes-128"}),
              HasSubstr("XTS-AES"));
}

TEST_F(ProtectedUpdate, TakesAFlashKeyThatWasBurntByHand) {
  std::string key(64, '\0');
  for (std::size_t i = 0; i < key.size(); ++i) key[i] = static_cast<char>(i);
  WriteText(folder_ / "flash.key", key);
  WriteText(folder_ / "first.key", key.substr(0, 32));
  WriteText(folder_ / "second.key", key.substr(32));
  NewDevice({"--flash-encryption", "xts-aes-256", "--flash-encryption-key", "flash.key"});
  Tool({"device", "new", "other", "--chip", "esp32c3"});
  Tool({"device", "efuse", "burn-key", "other", "BLOCK_KEY1", "first.key", "XTS_AES_256_KEY_1"});
  Tool({"device", "efuse", "burn-key", "other", "BLOCK_KEY2", "second.key", "XTS_AES_256_KEY_2"});
  std::filesystem::copy_file(folder_ / "other/efuse.bin", folder_ / "device/efuse.bin",
                             std::filesystem::copy_options::overwrite_existing);
  EXPECT_EQ(Boots(), "factory");
}

TEST_F(ProtectedUpdate, SaysThatTheFlashKeyIsGone) {
  NewDevice({"--flash-encryption", "xts-aes-128"});
  std::filesystem::remove_all(folder_ / "other");
  Tool({"device", "new", "other", "--chip", "esp32c3"});
  std::filesystem::copy_file(folder_ / "other/efuse.bin", folder_ / "device/efuse.bin",
                             std::filesystem::copy_options::overwrite_existing);
  const std::string error = Tool({"device", "info", "device"}, 1).err;
  EXPECT_THAT(error, HasSubstr("a flash encryption key for xts-aes-128"));
}

class StoredKey : public ProtectedUpdate {
 protected:
  StoredKey() {
    WriteText(folder_ / "table.csv",
              "nvs,data,nvs,0x9000,0x3000\notadata,data,ota,0xC000,0x2000\n"
              "decryption_key,data,undefined,0xE000,0x2000,encrypted\n"
              "factory,app,factory,0x10000,0x40000\nota_0,app,ota_0,,0x40000\n"
              "ota_1,app,ota_1,,0x40000\n");
    Tool({"key", "new", "rsa-3072", "rsa.pem"});
  }

  void Store(const std::string& file) {
    Tool({"device", "write", "device", file, "--partition", "decryption_key"});
  }
};

TEST_F(StoredKey, OpensEncryptedImagesWithoutBeingNamed) {
  for (const std::string encryption : {"none", "xts-aes-128"}) {
    std::filesystem::remove_all(folder_ / "device");
    NewDevice({"--partitions", "table.csv", "--flash-encryption", encryption});
    Tool({"image", "encrypt", "new.bin", "rsa.pem", "e.bin"});
    ExpectUntouched(Update("e.bin"), "key_missing");
    Store("rsa.pem");
    EXPECT_EQ(Update("e.bin").value("result", ""), "updated") << encryption << error_;
    EXPECT_EQ(Boots(), "ota_0");
    const bool in_clear =
        FileText(folder_ / "device/flash.bin").find("PRIVATE KEY") != std::string::npos;
    EXPECT_EQ(in_clear, encryption == "none");
  }
}

TEST_F(StoredKey, MayBeAnyPrivateKeyThatOpensImages) {
  NewDevice({"--partitions", "table.csv"});
  const auto openssl = [&](const std::string& arguments) {
    const std::string command =
        "cd '" + folder_.path().string() + "' && openssl " + arguments + " 2>/dev/null";
    EXPECT_EQ(std::system(command.c_str()), 0) << command;
  };
  openssl("rsa -in rsa.pem -outform DER -out rsa.der");
  openssl("ecparam -name prime256v1 -genkey -noout -out ec.pem");
  for (const std::string key : {"rsa.der", "ec.pem"}) {
    Store(key);
    Tool({"image", "encrypt", "new.bin", key, "e.bin"});
    EXPECT_EQ(Update("e.bin").value("result", ""), "updated") << key << error_;
    Tool({"device", "reset-otadata", "device"});
  }
}

TEST_F(StoredKey, IsNoneWhereThePartitionHoldsSomethingElse) {
  NewDevice({"--partitions", "table.csv"});
  Tool({"image", "encrypt", "new.bin", "rsa.pem", "e.bin"});
  Tool({"key", "public", "rsa.pem", "public.pem"});
  WriteText(folder_ / "garbage", "-----BEGIN RSA PRIVATE KEY-----\ngarbage");
  for (const std::string other : {"public.pem", "garbage", "table.csv"}) {
    Store(other);
    ExpectUntouched(Update("e.bin"), "key_missing");
    EXPECT_EQ(Update("e.bin", {"--key", "rsa.pem"}).value("result", ""), "updated");
    Tool({"device", "reset-otadata", "device"});
  }
}

TEST_F(ProtectedUpdate, OpensAnImageWithAKeyThatStaysInAToken) {
  if (!SoftToken::Available()) {
    GTEST_SKIP() << "needs libengine-pkcs11-openssl, softhsm2 and opensc";
  }
  SoftToken token;
  Tool({"key", "new", "rsa-3072", "rsa.pem"});
  ASSERT_TRUE(token.made() && token.Import(folder_ / "rsa.pem", "device"));
  Tool({"image", "encrypt", "new.bin", "rsa.pem", "e.bin"});
  NewDevice({});
  environment_ = token.Environment();
  environment_["UPDRAFT_PKCS11_PIN"] = SoftToken::kPin;
  EXPECT_EQ(Update("e.bin", {"--key", SoftToken::Uri("device")}).value("result", ""), "updated")
      << error_;
  EXPECT_EQ(Boots(), "ota_0");
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
