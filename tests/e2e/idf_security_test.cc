// SPDX-License-Identifier: Apache-2.0
// ESP-IDF projects that sign and encrypt their image in the build, by the options
// and the CMake function that they have for chips.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <regex>
#include <string>
#include <vector>

#include "tests/e2e/idf_project.h"

namespace updraft {
namespace {

using testing::AllOf;
using testing::HasSubstr;
using testing::Not;

constexpr const char* kHello =
    "#include <stdio.h>\nvoid app_main(void) { printf(\"hello one\\n\"); }\n";
// As in the published example.
constexpr const char* kEncrypt =
    "create_esp_enc_img(${CMAKE_BINARY_DIR}/${CMAKE_PROJECT_NAME}.bin\n"
    "                   rsa_key/private.pem\n"
    "                   ${CMAKE_BINARY_DIR}/${CMAKE_PROJECT_NAME}_secure.bin app)\n";

class IdfSecurity : public IdfProject {
 protected:
  void MakeHello() { MakeSmall("idf_component_register(SRCS main.c)\n", kHello); }
  void NewKey(const std::string& kind, const std::string& name) {
    std::filesystem::create_directories(std::filesystem::path(name).parent_path());
    const ToolRun made = RunTool({"key", "new", kind, name, "--force"});
    ASSERT_EQ(made.exit_code, 0) << made.err;
  }
  void Configure(const std::string& options) {
    std::filesystem::remove(project_ + "/sdkconfig");
    WriteText(project_ + "/sdkconfig.defaults", options);
  }
  void Build() {
    const ToolRun build = Idf({"build"});
    ASSERT_EQ(build.exit_code, 0) << build.out << build.err;
  }
  void ExpectBuildFails(const std::string& message) {
    const ToolRun build = Idf({"build"});
    EXPECT_NE(build.exit_code, 0);
    // CMake breaks lines where it likes.
    const std::string text = std::regex_replace(build.out + build.err, std::regex("\\s+"), " ");
    EXPECT_THAT(text, HasSubstr(message));
  }
  std::string Built(const std::string& name) { return project_ + "/build/" + name; }
  // What small_secure.bin holds.
  std::string Opened() {
    const ToolRun opened =
        RunTool({"image", "decrypt", Built("small_secure.bin"), rsa_key_, Built("opened.bin")});
    EXPECT_EQ(opened.exit_code, 0) << opened.err;
    return FileText(Built("opened.bin"));
  }

  std::string rsa_key_ = project_ + "/rsa_key/private.pem";
  std::string signing_key_ = project_ + "/secure_boot_signing_key.pem";
};

TEST_F(IdfSecurity, EncryptsItsImageFromItsCMakeListsAndAgainWhenItChanges) {
  MakeHello();
  NewKey("rsa-3072", rsa_key_);
  WriteText(project_ + "/CMakeLists.txt", FileText(project_ + "/CMakeLists.txt") + kEncrypt);
  Build();
  EXPECT_TRUE(Opened() == FileText(Built("small.bin")));
  EXPECT_THAT(Opened(), HasSubstr("hello one"));
  WriteText(project_ + "/main/main.c",
            "#include <stdio.h>\nvoid app_main(void) { printf(\"hello two\\n\"); }\n");
  Build();
  EXPECT_THAT(Opened(), HasSubstr("hello two"));
}

TEST_F(IdfSecurity, SignsFirstAndThenEncrypts) {
  MakeSmall("idf_component_register(SRCS main.c)\n" + std::string(kEncrypt), kHello);
  rsa_key_ = project_ + "/main/rsa_key/private.pem";  // the call stands in a component
  NewKey("rsa-3072", rsa_key_);
  NewKey("sign-rsa-3072", signing_key_);
  Configure("CONFIG_SECURE_SIGNED_APPS_NO_SECURE_BOOT=y\n");
  const ToolRun flash = Idf({"flash"});
  ASSERT_EQ(flash.exit_code, 0) << flash.out << flash.err;
  EXPECT_THAT(flash.out, HasSubstr("signatures on-update"));
  EXPECT_EQ(RunTool({"image", "verify", Built("small.bin"), "--trust", signing_key_}).exit_code, 0);
  EXPECT_NE(
      RunTool({"image", "verify", Built("small-unsigned.bin"), "--trust", signing_key_}).exit_code,
      0);
  EXPECT_TRUE(Opened() == FileText(Built("small.bin")));
  EXPECT_THAT(FileText(Built("config/sdkconfig.h")),
              AllOf(HasSubstr("#define CONFIG_SECURE_SIGNED_APPS_RSA_SCHEME 1"),
                    HasSubstr("#define CONFIG_SECURE_SIGNED_ON_UPDATE 1")));
}

TEST_F(IdfSecurity, SecureBootTrustsTheKeyThatSignedTheBuild) {
  MakeHello();
  NewKey("sign-p256", project_ + "/keys/boot.pem");
  Configure(
      "CONFIG_IDF_TARGET=\"esp32c6\"\nCONFIG_SECURE_BOOT=y\n"
      "CONFIG_SECURE_SIGNED_APPS_ECDSA_V2_SCHEME=y\n"
      "CONFIG_SECURE_BOOT_SIGNING_KEY=\"keys/boot.pem\"\n");
  const ToolRun flash = Idf({"flash"});
  ASSERT_EQ(flash.exit_code, 0) << flash.out << flash.err;
  EXPECT_THAT(flash.out, AllOf(HasSubstr("signatures on-boot"), HasSubstr("SECURE_BOOT_DIGEST0")));
  EXPECT_EQ(Idf({"--until", "hello one", "--timeout", "60", "monitor"}).exit_code, 0);

  NewKey("sign-p256", project_ + "/keys/boot.pem");
  const ToolRun other = Idf({"flash"});
  EXPECT_NE(other.exit_code, 0) << "signed by nobody that the device trusts";
  EXPECT_THAT(other.err, HasSubstr("signature"));
}

TEST_F(IdfSecurity, ASigningKeyThatIsNotThereOrOfAnotherSchemeStopsTheBuild) {
  MakeHello();
  Configure("CONFIG_SECURE_SIGNED_APPS_NO_SECURE_BOOT=y\n");
  ExpectBuildFails("SECURE_BOOT_SIGNING_KEY: expected a private key in " + signing_key_);
  NewKey("sign-p256", signing_key_);
  ExpectBuildFails("rsa3072, found one for ecdsa-p256-sha256");
  EXPECT_FALSE(std::filesystem::exists(Built("small.bin")));

  Configure(
      "CONFIG_SECURE_SIGNED_APPS_NO_SECURE_BOOT=y\nCONFIG_SECURE_SIGNED_APPS_ECDSA_SCHEME=y\n");
  ExpectBuildFails("expected Secure Boot v2, found version 1");

  Configure(
      "CONFIG_SECURE_SIGNED_APPS_NO_SECURE_BOOT=y\nCONFIG_SECURE_BOOT_BUILD_SIGNED_BINARIES=n\n");
  ASSERT_EQ(Idf({"reconfigure"}).exit_code, 0);
  const ToolRun build = Idf({"build"});
  EXPECT_EQ(build.exit_code, 0) << build.err;
  EXPECT_THAT(build.out, HasSubstr("built but not signed"));
  EXPECT_TRUE(std::filesystem::exists(Built("small.bin")));
}

// One program, both schemes: the options choose what esp_decrypt_cfg_t has.
TEST_F(IdfSecurity, AProgramOpensEncryptedDataByTheSchemeOfItsConfiguration) {
  MakeSmall("idf_component_register(SRCS main.c EMBED_FILES data.bin EMBED_TXTFILES key.pem)\n",
            R"(#include <stdio.h>
#include <stdlib.h>
#include <esp_encrypted_img.h>
extern const char data_start[] asm("_binary_data_bin_start");
extern const char data_end[] asm("_binary_data_bin_end");
extern const char key_start[] asm("_binary_key_pem_start");
extern const char key_end[] asm("_binary_key_pem_end");
void app_main(void) {
  esp_decrypt_cfg_t cfg = {0};
#if CONFIG_PRE_ENCRYPTED_OTA_USE_ECIES
  cfg.hmac_key_id = 2;
#else
  cfg.rsa_priv_key = key_start;
  cfg.rsa_priv_key_len = key_end - key_start;
#endif
  esp_decrypt_handle_t handle = esp_encrypted_img_decrypt_start(&cfg);
  pre_enc_decrypt_arg_t args = {.data_in = data_start, .data_in_len = data_end - data_start};
  esp_err_t data = esp_encrypted_img_decrypt_data(handle, &args);
  printf("%s %.*s ", esp_err_to_name(data), (int)args.data_out_len, args.data_out);
  printf("%s\n", esp_err_to_name(esp_encrypted_img_decrypt_end(handle)));
  free(args.data_out);
}
)");
  WriteText(project_ + "/plain.txt", "by either key");
  const std::string data = project_ + "/main/data.bin";
  NewKey("rsa-3072", project_ + "/main/key.pem");
  const auto encrypt = [&](const std::string& key) {
    const ToolRun made = RunTool({"image", "encrypt", project_ + "/plain.txt", key, data});
    ASSERT_EQ(made.exit_code, 0) << made.err;
  };
  const std::vector<std::string> monitor = {"--until", "by either key ESP_OK", "--timeout", "60",
                                            "monitor"};
  encrypt(project_ + "/main/key.pem");
  Configure("CONFIG_IDF_TARGET=\"esp32c3\"\n");
  ASSERT_EQ(Idf({"flash"}).exit_code, 0);
  const ToolRun rsa = Idf(monitor);
  EXPECT_EQ(rsa.exit_code, 0) << rsa.out;
  EXPECT_THAT(rsa.out, AllOf(HasSubstr("Magic Verified"), HasSubstr("Reading RSA private key")));

  NewKey("ecies", project_ + "/hmac.bin");
  std::filesystem::remove(data);
  encrypt(project_ + "/hmac.bin");
  ASSERT_EQ(Idf({"efuse-burn-key", "BLOCK_KEY2", project_ + "/hmac.bin", "HMAC_UP"}).exit_code, 0);
  Configure("CONFIG_IDF_TARGET=\"esp32c3\"\nCONFIG_PRE_ENCRYPTED_OTA_USE_ECIES=y\n");
  ASSERT_EQ(Idf({"reconfigure"}).exit_code, 0);
  ASSERT_EQ(Idf({"flash"}).exit_code, 0);
  const ToolRun ecies = Idf(monitor);
  EXPECT_EQ(ecies.exit_code, 0) << ecies.out;
  EXPECT_THAT(ecies.out, AllOf(HasSubstr("ECC key derived successfully"), Not(HasSubstr("RSA"))));
}

}  // namespace
}  // namespace updraft
