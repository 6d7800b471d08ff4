// SPDX-License-Identifier: Apache-2.0
// Encrypted images for keys that nobody hands over: in a partition of the device,
// in a token.
#include <gmock/gmock.h>

#include <filesystem>

#include "tests/cli/soft_token.h"
#include "tests/e2e/protected_update.h"

namespace updraft {
namespace {

using Json = nlohmann::json;
using testing::HasSubstr;

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

using TokenKey = ProtectedUpdate;

TEST_F(TokenKey, OpensAnImageWithAKeyThatStaysInAToken) {
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

}  // namespace
}  // namespace updraft
