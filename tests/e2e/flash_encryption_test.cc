// SPDX-License-Identifier: Apache-2.0
// Devices whose flash is stored encrypted: all works as in clear, and another
// implementation finds in flash.bin what should be there.
#include <gmock/gmock.h>

#include <filesystem>

#include "tests/e2e/protected_update.h"

namespace updraft {
namespace {

using Json = nlohmann::json;
using testing::HasSubstr;

using FlashEncrypted = ProtectedUpdate;

// Everything works as on a device in clear, and nothing of it is in the file.
TEST_F(FlashEncrypted, WorksOnEncryptedFlashAndLeavesNothingInClear) {
  for (const std::string kind : {"xts-aes-128", "xts-aes-256"}) {
    std::filesystem::remove_all(folder_ / "device");
    MakeImages(kind == "xts-aes-128" ? "esp32c3" : "esp32s3");
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
TEST_F(FlashEncrypted, StoresWhatAnotherImplementationDeciphers) {
  for (const std::size_t size : {32U, 64U}) {
    std::filesystem::remove_all(folder_ / "device");
    std::string key(size, 'k');
    for (std::size_t i = 0; i < size; ++i) key[i] = static_cast<char>(i * 5 + size);
    WriteText(folder_ / "flash.key", key);
    const std::string kind = size == 32 ? "xts-aes-128" : "xts-aes-256";
    MakeImages(size == 32 ? "esp32c3" : "esp32s3");
    NewDevice({"--flash-encryption", kind, "--flash-encryption-key", "flash.key"});
    const std::string command =
        "cd '" + folder_.path().string() + "' && /usr/bin/python3 '" + std::string(kSourceFolder) +
        "/tests/e2e/decipher_flash.py' device/flash.bin flash.key 0x10000 1024 slot.bin";
    ASSERT_EQ(std::system(command.c_str()), 0);
    EXPECT_EQ(FileText(folder_ / "slot.bin"), FileText(folder_ / "old.bin").substr(0, 1024));
    Tool({"device", "read", "device", "all.bin"});
    std::filesystem::remove_all(folder_ / "device");
    Tool({"device", "new", "device", "--chip", chip_, "--chip-revision", "4", "--from-dump",
          "all.bin", "--flash-encryption", kind, "--flash-encryption-key", "flash.key"});
    EXPECT_EQ(Boots(), "factory");
  }
}

TEST_F(FlashEncrypted, SaysWhyFlashCannotBeEncrypted) {
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
              HasSubstr("expected a chip that encrypts its flash by XTS-AES, found esp32"));
  for (const char* chip : {"esp32c2", "esp32c3", "esp32c6", "esp32h2", "esp32c61"}) {
    EXPECT_THAT(error({"--chip", chip, "--flash-encryption", "xts-aes-256"}),
                HasSubstr(std::string(chip) + ", which has XTS-AES-128 only"));
  }
}

TEST_F(FlashEncrypted, IsExplainedAsItIsUpdated) {
  NewDevice({"--flash-encryption", "xts-aes-128", "--demand-signed-header", "--header-key",
             "signer.pub"});
  const std::string before = FileText(folder_ / "device/flash.bin");
  const auto explain = [&](const std::string& image, int exit_code) {
    const Json json = Json::parse(
        Tool({"image", "explain", image, "--device", "device", "--key", "hmac.bin", "--json"},
             exit_code)
            .out);
    EXPECT_TRUE(FileText(folder_ / "device/flash.bin") == before);
    return json;
  };
  Tool({"image", "encrypt", "new.bin", "hmac.bin", "signed.bin", "--sign-key", "signer.pem"});
  Tool({"image", "encrypt", "new.bin", "hmac.bin", "unsigned.bin"});
  const Json accepted = explain("signed.bin", 0);
  EXPECT_EQ(accepted.at("verdict").get<std::string>(), "accept");
  EXPECT_EQ(accepted.at("version").get<std::string>(), "2.0.0");
  EXPECT_EQ(accepted.at("boots").get<std::string>(), "ota_0");
  for (const char* refused : {"unsigned.bin", "new.bin"}) {
    EXPECT_EQ(explain(refused, 1).at("reason").get<std::string>(), "header_signature_bad");
    ExpectUntouched(Update(refused, {"--key", "hmac.bin"}), "header_signature_bad");
  }
  EXPECT_EQ(Update("signed.bin", {"--key", "hmac.bin"}).value("result", ""), "updated") << error_;
  EXPECT_EQ(Boots(), "ota_0");
}

TEST_F(FlashEncrypted, TakesAFlashKeyThatWasBurntByHand) {
  std::string key(64, '\0');
  for (std::size_t i = 0; i < key.size(); ++i) key[i] = static_cast<char>(i);
  WriteText(folder_ / "flash.key", key);
  WriteText(folder_ / "first.key", key.substr(0, 32));
  WriteText(folder_ / "second.key", key.substr(32));
  MakeImages("esp32s3");
  NewDevice({"--flash-encryption", "xts-aes-256", "--flash-encryption-key", "flash.key"});
  Tool({"device", "new", "other", "--chip", "esp32s3"});
  Tool({"device", "efuse", "burn-key", "other", "BLOCK_KEY1", "first.key", "XTS_AES_256_KEY_1"});
  Tool({"device", "efuse", "burn-key", "other", "BLOCK_KEY2", "second.key", "XTS_AES_256_KEY_2"});
  std::filesystem::copy_file(folder_ / "other/efuse.bin", folder_ / "device/efuse.bin",
                             std::filesystem::copy_options::overwrite_existing);
  EXPECT_EQ(Boots(), "factory");
}

TEST_F(FlashEncrypted, SaysThatTheFlashKeyIsGone) {
  NewDevice({"--flash-encryption", "xts-aes-128"});
  std::filesystem::remove_all(folder_ / "other");
  Tool({"device", "new", "other", "--chip", "esp32c3"});
  std::filesystem::copy_file(folder_ / "other/efuse.bin", folder_ / "device/efuse.bin",
                             std::filesystem::copy_options::overwrite_existing);
  const std::string error = Tool({"device", "info", "device"}, 1).err;
  EXPECT_THAT(error, HasSubstr("a flash encryption key for xts-aes-128"));
}

}  // namespace
}  // namespace updraft
