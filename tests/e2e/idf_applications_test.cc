// SPDX-License-Identifier: Apache-2.0
// Applications as users of ESP-IDF write them (tests/e2e/applications), compiled as they
// stand with -Wall -Wextra and run against the server: in parts with resumption out of
// NVS, by hand over esp_http_client, and encrypted with a callback.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <map>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <vector>

#include "updraft/port/crypto.h"

#include "ports/host/crypto_openssl.h"
#include "server/file_server.h"
#include "testing/hex.h"
#include "testing/test_identity.h"
#include "tests/e2e/idf_project.h"

namespace updraft {
namespace {

using testing::AllOf;
using testing::ContainsRegex;
using testing::HasSubstr;
using testing::Not;

class IdfApplication : public IdfProject {
 protected:
  IdfApplication() {
    std::filesystem::create_directory(folder_ / "www");
    FileServerOptions options;
    options.root = folder_ / "www";
    options.identity = {.certificate_pem = GoodIdentity().certificate_pem,
                        .key_pem = GoodIdentity().key_pem};
    server_.emplace(std::move(options));
    EXPECT_TRUE(server_->Start().ok());
  }
  // Version 1.0.0 of it is on the device, version 2.0.0 is built. `url`: the option that
  // holds the URL of `file` on the server.
  void Make(const std::string& name, const std::string& url, const std::string& file,
            const std::string& more = "") {
    const std::string source = std::string(kSourceFolder) + "/tests/e2e/applications/" + name;
    MakeSmall(
        "idf_build_get_property(project_dir PROJECT_DIR)\n"
        "file(GLOB pems ${project_dir}/*.pem)\n"
        "idf_component_register(SRCS main.c INCLUDE_DIRS . EMBED_TXTFILES ${pems})\n"
        "target_compile_options(${COMPONENT_LIB} PRIVATE -Wall -Wextra -Werror)\n",
        FileText(source + ".c"));
    WriteText(project_ + "/main/Kconfig.projbuild", FileText(source + ".Kconfig"));
    WriteText(project_ + "/root.pem", Authority().certificate_pem());
    WriteText(project_ + "/sdkconfig.defaults",
              "CONFIG_PARTITION_TABLE_TWO_OTA=y\nCONFIG_ESPTOOLPY_FLASHSIZE_4MB=y\n"
              "CONFIG_BOOTLOADER_APP_ROLLBACK_ENABLE=y\nCONFIG_" +
                  url + "=\"" + server_->url() + file + "\"\n");
    if (!more.empty()) {
      WriteText(project_ + "/CMakeLists.txt", FileText(project_ + "/CMakeLists.txt") + more);
    }
    for (const std::string version : {"1.0.0", "2.0.0"}) {
      WriteText(project_ + "/version.txt", version + "\n");
      const ToolRun run = version == "1.0.0" ? Idf({"build", "flash"}) : Idf({"build"});
      ASSERT_EQ(run.exit_code, 0) << run.out << run.err;
    }
  }
  std::string Built(const std::string& name) { return FileText(project_ + "/build/" + name); }
  void Offer(const std::string& name, const std::string& content) {
    WriteText(folder_ / ("www/" + name), content);
  }
  std::string BootUntil(const std::string& until,
                        const std::map<std::string, std::string>& environment = {}) {
    const ToolRun run =
        RunTool({"boot", project_ + "/build/device", "--until", until, "--timeout", "60"},
                {.environment = environment});
    EXPECT_THAT(run.out, HasSubstr(until)) << run.err;
    return run.err + run.out;
  }

  std::optional<FileServer> server_;
};

TEST_F(IdfApplication, GoesOnAfterARestartAndConfirmsWhatItLoadedInParts) {
  Make("fleet", "FLEET_URL", "fleet.bin");
  Offer("fleet.bin", Built("small.bin"));
  const std::string log = BootUntil("stays with 2.0.0");
  EXPECT_THAT(log, AllOf(HasSubstr("got ip 127.0.0.1"), HasSubstr("offered: small 2.0.0"),
                         HasSubstr("pulling the plug at"), HasSubstr("attempt 2")));
  EXPECT_THAT(log, AllOf(HasSubstr("Boot partition updated. Next partition: 16"),
                         HasSubstr("2.0.0 runs from ota_0"),
                         HasSubstr("Diagnostics completed successfully"),
                         HasSubstr("Current running version is the same as a new")));
  EXPECT_EQ(Slot("ota_0").at("state"), "valid");
}

TEST_F(IdfApplication, IsRolledBackByItsSelfTestAndRefusesThatVersionFromThenOn) {
  Make("fleet", "FLEET_URL", "fleet.bin");
  Offer("fleet.bin", Built("small.bin"));
  const std::string log = BootUntil("stays with 1.0.0", {{"UPDRAFT_GPIO_4", "0"}});
  EXPECT_THAT(log, AllOf(HasSubstr("Diagnostics failed! Start rollback"),
                         HasSubstr("version 2.0.0 was rolled back before")));
  EXPECT_EQ(Slot("ota_0").at("state"), "invalid");
}

TEST_F(IdfApplication, TakesWhatItsManifestNamesAndNothingElse) {
  Make("pull", "PULL_MANIFEST_URL", "manifest.json");
  const std::string image = Built("small.bin");
  OpensslCrypto crypto;
  Hash hash(crypto);
  Sha256Digest digest{};
  ASSERT_TRUE(hash.Start(HashKind::kSha256).ok());
  ASSERT_TRUE(
      hash.Update(Bytes(reinterpret_cast<const std::uint8_t*>(image.data()), image.size())).ok());
  ASSERT_TRUE(hash.Finish(digest).ok());
  const auto write = [&](const std::string& sha256) {
    Offer("manifest.json", nlohmann::json{{"version", "2.0.0"},
                                          {"url", server_->url() + "new.bin"},
                                          {"sha256", sha256},
                                          {"size", image.size()}}
                               .dump());
  };
  Offer("new.bin", image);
  write(std::string(64, '0'));
  const std::string refused = BootUntil("update failed: ESP_ERR_INVALID_CRC");
  EXPECT_THAT(refused, AllOf(HasSubstr("HTTPS Status = 404"),
                             HasSubstr("no manifest from " + server_->url())));
  EXPECT_TRUE(Slot("ota_0").at("state").is_null());
  write(ToHex(digest));
  const std::string log = BootUntil("2.0.0 is up to date");
  EXPECT_THAT(log, AllOf(HasSubstr("Prepare to restart system!"), HasSubstr("first start of 2.0.0"),
                         Not(HasSubstr("Last esp error code"))));
  EXPECT_EQ(Slot("ota_0").at("state"), "valid");
}

TEST_F(IdfApplication, OpensWhatIsEncryptedForItAndRefusesWhatIsDamaged) {
  const std::string key = project_ + "/private.pem";
  std::filesystem::create_directories(project_);
  ASSERT_EQ(RunTool({"key", "new", "rsa-3072", key}).exit_code, 0);
  Make("sealed", "SEALED_URL", "sealed.bin",
       "create_esp_enc_img(${CMAKE_BINARY_DIR}/${CMAKE_PROJECT_NAME}.bin\n"
       "  ${CMAKE_SOURCE_DIR}/private.pem\n"
       "  ${CMAKE_BINARY_DIR}/${CMAKE_PROJECT_NAME}_secure.bin app)\n");
  std::string damaged = Built("small_secure.bin");
  damaged[damaged.size() - 1000] ^= 1;
  Offer("sealed.bin", damaged);
  EXPECT_THAT(BootUntil("abort: "), HasSubstr("sealed update failed: ESP_FAIL"));
  Offer("sealed.bin", Built("small_secure.bin"));
  const std::string log = BootUntil("abort: ");
  EXPECT_THAT(log, AllOf(HasSubstr("public key has 398 bytes"), HasSubstr("Magic Verified"),
                         HasSubstr("sealed image is 2.0.0"), HasSubstr("there is a way back")));
  EXPECT_THAT(log, ContainsRegex("finish: [0-9]+ calls"));
}

}  // namespace
}  // namespace updraft
