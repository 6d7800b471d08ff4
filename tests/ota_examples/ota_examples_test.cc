// SPDX-License-Identifier: Apache-2.0
// What Espressif's tests expect of these examples (conformance A to D), in their words.
#include "tests/ota_examples/ota_example.h"

namespace updraft {
namespace {

using testing::AllOf;
using testing::HasSubstr;
using testing::Not;

using AdvancedOta = OtaExample;
using NativeOta = OtaExample;
using SimpleOta = OtaExample;
using PartitionsOta = OtaExample;

TEST_F(AdvancedOta, A1UpdatesThreeTimesInARow) {
  MakeDevice("advanced_any_version");
  const std::string url = Offer(Image("advanced_any_version_2.bin"));
  for (const char* slot : {"ota_0", "ota_1", "ota_0"}) {
    const std::string out = BootUntil("App is valid, rollback cancelled successfully", {url, url});
    EXPECT_THAT(out, AllOf(HasSubstr("upgrade successful. Rebooting ..."),
                           HasSubstr("version 2.0.0 runs from " + std::string(slot))));
  }
}

TEST_F(AdvancedOta, A2GoesOnAfterAReset) {
  MakeDevice("advanced_resume");
  const std::string url = Offer(Image("advanced_resume_2.bin"));
  ResetInTheMiddle(url);
  const std::string out = BootUntil("version 2.0.0 runs", {url, url});
  EXPECT_THAT(out, AllOf(HasSubstr("Bytes of an earlier download: 2"), HasSubstr("Starting OTA..."),
                         HasSubstr("upgrade successful"), Not(HasSubstr("from beginning"))));
}

TEST_F(AdvancedOta, A3StartsAnewWhereTheServerKnowsNoRanges) {
  MakeDevice("advanced_resume");
  const std::string url = Offer(Image("advanced_resume_2.bin"));
  ResetInTheMiddle(url);
  FaultRule rule;
  rule.fault = Fault::kIgnoreRange;
  Play(rule);
  EXPECT_THAT(BootUntil("version 2.0.0 runs", {url, url}),
              HasSubstr("restarting download from beginning"));
}

TEST_F(AdvancedOta, A5RefusesATruncatedImage) {
  MakeDevice("advanced");
  const std::string url = Offer(Image("advanced_2.bin").substr(0, 64000));
  BootUntil("Image validation failed, image is corrupted", {url});
  EXPECT_EQ(NextSlot(), "factory");
}

TEST_F(AdvancedOta, A6RefusesATruncatedHeader) {
  MakeDevice("advanced");
  BootUntil("esp_https_ota_get_img_desc failed", {Offer(Image("advanced_2.bin").substr(0, 180))});
}

TEST_F(AdvancedOta, A7RefusesWhatIsNoImage) {
  MakeDevice("advanced");
  BootUntil("esp_https_ota: Incorrect app descriptor magic", {Offer(std::string(32000, '\0'))});
}

TEST_F(AdvancedOta, A8RefusesAnImageForAnotherChip) {
  MakeDevice("advanced");
  std::string image = Image("advanced_2.bin");
  image[13] = '\xFE';
  const std::string out = BootUntil("OTA abort", {Offer(image)});
  EXPECT_THAT(out, HasSubstr("boot_comm: mismatch chip ID, expected 0, found 65024"));
}

TEST_F(AdvancedOta, A11AndA12KeepTheSecureVersion) {
  MakeDevice("advanced_anti_rollback");
  const std::string url = Offer(Image("anti_rollback_1.bin"));
  BootUntil("App is valid, rollback cancelled successfully", {url, ""});
  std::string older = Image("anti_rollback_1.bin");
  older[36] = 0;
  BootUntil("New firmware security version is less than eFuse programmed, 0 < 1",
            {Offer(older, "older.bin")});
}

TEST_F(AdvancedOta, A13DownloadsInParts) {
  MakeDevice("advanced_partial");
  const std::string image = Image("advanced_partial_2.bin");
  const std::string out = BootUntil("version 2.0.0 runs", {Offer(image), ""});
  std::size_t closed = 0;
  for (std::size_t at = out.find("Connection closed"); at != std::string::npos;
       at = out.find("Connection closed", at + 1)) {
    ++closed;
  }
  EXPECT_GE(closed, image.size() / 16384 - 1);
}

TEST_F(AdvancedOta, A18RefusesTheVersionThatRuns) {
  MakeDevice("advanced");
  const std::string same = FileText(built_ + "/advanced/build/advanced_ota.bin");
  const std::string out = BootUntil("OTA abort", {Offer(same)});
  EXPECT_THAT(out, HasSubstr("Current running version is the same as a new. We will not continue "
                             "the update."));
}

TEST_F(NativeOta, B1UpdatesItself) {
  MakeDevice("native");
  const std::string url = Offer(Image("native_2.bin"));
  EXPECT_THAT(BootUntil("version 2.0.0 runs from ota_0", {url, ""}),
              HasSubstr("Prepare to restart system!"));
}

TEST_F(NativeOta, B2RefusesATruncatedImage) {
  MakeDevice("native");
  BootUntil("Image validation failed, image is corrupted",
            {Offer(Image("native_2.bin").substr(0, 64000))});
}

TEST_F(NativeOta, B3RefusesATruncatedHeader) {
  MakeDevice("native");
  BootUntil("received package is not fit len", {Offer(Image("native_2.bin").substr(0, 180))});
}

TEST_F(NativeOta, B4RefusesWhatIsNoImage) {
  MakeDevice("native");
  BootUntil("esp_ota_ops: OTA image has invalid magic byte", {Offer(std::string(32000, 'r'))});
}

TEST_F(NativeOta, B5TakesABodyWithoutALength) {
  MakeDevice("native");
  FaultRule rule;
  rule.fault = Fault::kNoContentLength;
  Play(rule);
  BootUntil("version 2.0.0 runs from ota_0", {Offer(Image("native_2.bin")), ""});
}

TEST_F(SimpleOta, C1AndC2UpdateInOneCall) {
  MakeDevice("simple");
  const std::string image = FileText(built_ + "/simple/build/simple_ota.bin");
  std::string digest;
  for (const char byte : image.substr(image.size() - 32)) {
    constexpr std::string_view kDigits = "0123456789abcdef";
    digest += kDigits[static_cast<unsigned char>(byte) >> 4U];
    digest += kDigits[static_cast<unsigned char>(byte) & 15U];
  }
  const std::string out =
      BootUntil("version 2.0.0 runs from ota_0", {Offer(Image("simple_2.bin")), ""});
  EXPECT_THAT(out, AllOf(HasSubstr("SHA-256 for current firmware: " + digest),
                         HasSubstr("OTA Succeed, Rebooting...")));
}

TEST_F(SimpleOta, TellsWhyItFails) {
  MakeDevice("simple");
  EXPECT_THAT(BootUntil("Firmware upgrade failed: ESP_FAIL", {server_->url() + "absent.bin"}),
              HasSubstr("File not found(404)"));
  BootUntil("Firmware upgrade failed: ESP_ERR_HTTP_CONNECT", {"https://127.0.0.1:1/x.bin"});
}

TEST_F(PartitionsOta, D1UpdatesTheApplication) {
  MakeDevice("partitions");
  BootUntil("version 2.0.0 runs from ota_0",
            {Offer(Image("partitions_2.bin"), "partitions_ota.bin")});
}

TEST_F(PartitionsOta, D2UpdatesTheBootloaderThroughASlot) {
  MakeDevice("partitions");
  const std::string bootloader = folder_ / "bootloader.bin";
  WriteText(folder_ / "code", std::string(2000, 'c'));
  const ToolRun made = RunTool({"image", "make", bootloader, "--chip", "esp32", "--bootloader",
                                "--segment", "0x40078000:" + (folder_ / "code").string()});
  ASSERT_EQ(made.exit_code, 0) << made.err;
  const std::string out =
      BootUntil("example: Updated", {Offer(FileText(bootloader), "bootloader.bin")});
  EXPECT_THAT(out, HasSubstr("Copy from <ota_0> staging partition to <PrimaryBTLDR>: ESP_OK"));
  EXPECT_EQ(NextSlot(), "factory") << "what boots is unchanged";
  std::string damaged = FileText(bootloader);
  damaged[1000] = '!';
  const std::string refused =
      BootUntil("Update failed: ESP_ERR_OTA_VALIDATE_FAILED", {Offer(damaged, "bootloader.bin")});
  EXPECT_THAT(refused, Not(HasSubstr("Copy from")));
}

TEST_F(PartitionsOta, D4UpdatesThePartitionTable) {
  MakeDevice("partitions");
  const std::string table =
      FileText(built_ + "/partitions/build/partition_table/partition-table.bin");
  const std::string out = BootUntil("example: Updated", {Offer(table, "partition-table.bin")});
  EXPECT_THAT(out, HasSubstr("<PrimaryPrtTable>: ESP_OK"));
  BootUntil("New partition table failed verification",
            {Offer(table.substr(0, 40) + std::string(3000, 'x'), "partition-table.bin")});
}

TEST_F(PartitionsOta, D5UpdatesData) {
  MakeDevice("partitions");
  BootUntil("OTA data: 7296406769363431", {Offer("7296406769363431", "storage.bin")});
}

TEST_F(PartitionsOta, D6TakesSignedDataOnly) {
  MakeDevice("partitions_signed");
  WriteText(folder_ / "storage", "7296406769363431" + std::string(5000, 's'));
  const ToolRun run = RunTool({"image", "sign", folder_ / "storage", folder_ / "signed", "--key",
                               built_ + "/rsa_key/private.pem"});
  ASSERT_EQ(run.exit_code, 0) << run.err;
  std::string file = FileText(folder_ / "signed");
  EXPECT_THAT(
      BootUntil("OTA data: 7296406769363431", {Offer(file, "storage.bin")}),
      AllOf(HasSubstr("Verifying with RSA-PSS..."), HasSubstr("Signature verified successfully!")));
  file[100] = '!';
  BootUntil("Update failed: ESP_ERR_OTA_VALIDATE_FAILED", {Offer(file, "storage.bin")});
  BootUntil("Signature verification of the data failed",
            {Offer(FileText(folder_ / "storage"), "storage.bin")});
}

TEST_F(PartitionsOta, D7RefusesOtherFiles) {
  MakeDevice("partitions");
  BootUntil("Unable to load this file", {Offer("x", "other.bin")});
}

}  // namespace
}  // namespace updraft
