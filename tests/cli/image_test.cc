// SPDX-License-Identifier: Apache-2.0
// `updraft image make|info|verify`, run as a process.
#include "updraft/image.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "testing/hex.h"
#include "tests/cli/run_tool.h"

namespace updraft {
namespace {

using nlohmann::json;
using testing::AllOf;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::StartsWith;

class ImageTool : public testing::Test {
 protected:
  ImageTool() {
    std::string counting;
    for (int i = 0; i < 256; ++i) counting += static_cast<char>(i);
    WriteText(folder_ / "first", counting);
    std::string sevens;
    for (int i = 0; i < 1000; ++i) sevens += static_cast<char>(7 * i);
    WriteText(folder_ / "second", sevens);
  }

  std::string Out() const { return folder_ / "out.bin"; }

  ToolRun Make(const std::vector<std::string>& options) {
    std::vector<std::string> arguments{"image", "make", Out()};
    arguments.insert(arguments.end(), options.begin(), options.end());
    return RunTool(arguments);
  }

  // A good image for the ESP32-C3, revision v0.3 to v1.99.
  void MakeGood(std::vector<std::string> more = {}) {
    more.insert(more.begin(),
                {"--chip", "esp32c3", "--segment", "0x3c000020:" + (folder_ / "first").string(),
                 "--segment", "0x40380000:" + (folder_ / "second").string(), "--min-rev-full", "3",
                 "--max-rev-full", "199", "--version", "1.2.3", "--secure-version", "2"});
    const ToolRun run = Make(more);
    ASSERT_EQ(run.exit_code, 0) << run.err;
    EXPECT_THAT(run.err, IsEmpty());
  }

  json Info() {
    const ToolRun run = RunTool({"image", "info", Out(), "--json"});
    EXPECT_EQ(run.exit_code, 0) << run.err;
    return json::parse(run.out);
  }

  ToolRun Verify(const std::vector<std::string>& options) {
    std::vector<std::string> arguments{"image", "verify", Out(), "--json"};
    arguments.insert(arguments.end(), options.begin(), options.end());
    return RunTool(arguments);
  }

  // The reason of a refusal, "accept" without one. Checks the rest of the form.
  std::string Verdict(const std::vector<std::string>& options = {}) {
    const ToolRun run = Verify(options);
    const json verdict = json::parse(run.out);
    const bool accepted = verdict.at("verdict") == "accept";
    EXPECT_EQ(run.exit_code, accepted ? 0 : 1);
    EXPECT_EQ(run.err.empty(), accepted) << run.err;
    EXPECT_FALSE(verdict.at("message").get<std::string>().empty());
    if (accepted) {
      EXPECT_TRUE(verdict.at("reason").is_null());
      return "accept";
    }
    EXPECT_THAT(run.err, AllOf(StartsWith("updraft: "), HasSubstr("expected"), HasSubstr("found")));
    return verdict.at("reason");
  }

  void Damage(std::size_t offset, char value) {
    std::string image = FileText(Out());
    image.at(offset) = value;
    WriteText(Out(), image);
  }

  TemporaryFolder folder_;
};

TEST_F(ImageTool, MakesTheImageOfTheSpecification) {
  const ToolRun run = Make({"--chip",
                            "esp32",
                            "--segment",
                            "0x3F400020:" + (folder_ / "first").string(),
                            "--segment",
                            "0x3FFB0000:" + (folder_ / "second").string(),
                            "--entry",
                            "0x40080000",
                            "--flash-mode",
                            "dio",
                            "--flash-freq",
                            "40m",
                            "--flash-size",
                            "4MB",
                            "--version",
                            "1.0.0",
                            "--project-name",
                            "hello",
                            "--time",
                            "12:34:56",
                            "--date",
                            "Jan  1 2024",
                            "--idf-version",
                            "v5.5",
                            "--elf-sha256",
                            "000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f",
                            "--max-efuse-block-revision",
                            "0",
                            "--mmu-page-size",
                            "0"});
  ASSERT_EQ(run.exit_code, 0) << run.err;
  EXPECT_THAT(run.out, HasSubstr("application for esp32, 2 segments, 1600 bytes"));
  const std::string image = FileText(Out());
  ASSERT_EQ(image.size(), 1600U);
  EXPECT_EQ(image[1567], static_cast<char>(0xEB));
  EXPECT_EQ(Info().at("sha256"),
            "6ac0061996902a34c6aafab7da41b9cc5508570c126a75f9a5226204e16db29b");
}

TEST_F(ImageTool, TellsEveryFieldThatWasSet) {
  MakeGood({"--wp-pin", "7", "--pin-drive", "1,2,3", "--min-rev", "4", "--flash-mode", "qio",
            "--flash-freq", "80m", "--flash-size", "16MB", "--min-efuse-block-revision", "1",
            "--description-flash-mode", "qio"});
  const json info = Info();
  EXPECT_EQ(info.at("kind"), "app");
  EXPECT_EQ(info.at("chip"), "esp32c3");
  EXPECT_EQ(info.at("chip_id"), 5);
  EXPECT_EQ(info.at("header").at("wp_pin"), 7);
  EXPECT_EQ(info.at("header").at("spi_pin_drive"), json({1, 2, 3}));
  EXPECT_EQ(info.at("header").at("spi_mode"), 0);
  EXPECT_EQ(info.at("header").at("spi_speed"), 15);
  EXPECT_EQ(info.at("header").at("spi_size"), 4);
  EXPECT_EQ(info.at("header").at("minimum_revision_legacy"), 4);
  EXPECT_EQ(info.at("header").at("minimum_revision"), 3);
  EXPECT_EQ(info.at("header").at("maximum_revision"), 199);
  EXPECT_EQ(info.at("header").at("entry_address"), 0x3C000020);
  EXPECT_EQ(info.at("segments").at(0),
            json({{"load_address", 0x3C000020}, {"offset", 32}, {"length", 512}}));
  EXPECT_EQ(info.at("segments").at(1).at("offset"), 552);
  EXPECT_TRUE(info.at("checksum_valid").get<bool>());
  EXPECT_TRUE(info.at("sha256_valid").get<bool>());
  EXPECT_EQ(info.at("image_length"), FileText(Out()).size());
  EXPECT_EQ(info.at("description").at("version"), "1.2.3");
  EXPECT_EQ(info.at("description").at("secure_version"), 2);
  EXPECT_EQ(info.at("description").at("minimum_efuse_block_revision"), 1);
  EXPECT_EQ(info.at("description").at("spi_flash_mode"), 1);
  EXPECT_EQ(info.at("signature_blocks"), json::array());
}

TEST_F(ImageTool, SaysNullWhereThereIsNothing) {
  ASSERT_EQ(Make({"--chip", "esp32c3", "--segment", "0x3fc90000:" + (folder_ / "second").string(),
                  "--no-hash", "--no-description"})
                .exit_code,
            0);
  const json info = Info();
  EXPECT_TRUE(info.at("sha256").is_null());
  EXPECT_TRUE(info.at("sha256_valid").is_null());
  EXPECT_TRUE(info.at("description").is_null());
}

TEST_F(ImageTool, PadsASegmentWithZerosToAMultipleOfFour) {
  WriteText(folder_ / "odd", "12345");
  ASSERT_EQ(Make({"--chip", "esp32c3", "--segment", "0x3fc90000:" + (folder_ / "odd").string()})
                .exit_code,
            0);
  EXPECT_EQ(Info().at("segments").at(0).at("length"), 256 + 8);
  EXPECT_EQ(FileText(Out()).substr(32 + 256, 8), std::string("12345\0\0\0", 8));
}

TEST_F(ImageTool, ChangesADescriptionThatIsThereInsteadOfAddingOne) {
  MakeGood({"--project-name", "kept"});
  WriteText(folder_ / "described", FileText(Out()).substr(32, 512));
  ASSERT_EQ(Make({"--chip", "esp32c3", "--segment",
                  "0x3c000020:" + (folder_ / "described").string(), "--version", "9"})
                .exit_code,
            0);
  const json info = Info();
  EXPECT_EQ(info.at("segments").at(0).at("length"), 512);
  EXPECT_EQ(info.at("description").at("version"), "9");
  EXPECT_EQ(info.at("description").at("project_name"), "kept");
}

TEST_F(ImageTool, MakesABootloaderWithItsOwnDescription) {
  const ToolRun run =
      Make({"--bootloader", "--chip", "esp32c6", "--segment",
            "0x4086b000:" + (folder_ / "second").string(), "--version", "7", "--secure-version",
            "3", "--date", "Jan 15 2026", "--time", "12:34:56"});
  ASSERT_EQ(run.exit_code, 0) << run.err;
  const json info = Info();
  EXPECT_EQ(info.at("kind"), "bootloader");
  EXPECT_EQ(info.at("description").at("version"), 7);
  EXPECT_EQ(info.at("description").at("secure_version"), 3);
  EXPECT_EQ(info.at("description").at("date_time"), "Jan 15 2026 12:34:56");
  EXPECT_EQ(Verdict({"--bootloader", "--chip", "esp32c6"}), "accept");
}

TEST_F(ImageTool, MakesFirmwareOfTheVirtualDeviceFromAnExecutable) {
  for (const char* chip : {"native", "linux-aarch64", "esp32"}) {
    ASSERT_EQ(
        Make({"--chip", chip, "--executable", folder_ / "second", "--version", "1"}).exit_code, 0);
    const json info = Info();
    ASSERT_EQ(info.at("segments").size(), 2U);
    EXPECT_EQ(info.at("segments").at(0).at("length"), 256);
    EXPECT_EQ(info.at("segments").at(1).at("load_address"), kExecutableLoadAddress);
    EXPECT_EQ(Verdict(), "accept");
  }
}

TEST_F(ImageTool, RefusesWrongValuesAsWrongUsage) {
  const std::string segment = "0x3c000020:" + (folder_ / "first").string();
  const std::vector<std::vector<std::string>> wrong{
      {"--chip", "esp99", "--segment", segment},
      {"--chip", "esp32c3"},
      {"--segment", segment},
      {"--chip", "esp32c3", "--segment", "first"},
      {"--chip", "esp32c3", "--segment", "0x100000000:" + (folder_ / "first").string()},
      {"--chip", "esp32c3", "--segment", segment, "--flash-mode", "fast"},
      {"--chip", "esp32c3", "--segment", segment, "--flash-freq", "48m"},
      {"--chip", "esp32c3", "--segment", segment, "--flash-size", "3MB"},
      {"--chip", "esp32c3", "--segment", segment, "--pin-drive", "1,2"},
      {"--chip", "esp32c3", "--segment", segment, "--pin-drive", "1,2,3,4"},
      {"--chip", "esp32c3", "--segment", segment, "--wp-pin", "256"},
      {"--chip", "esp32c3", "--segment", segment, "--version", std::string(32, 'v')},
      {"--chip", "esp32c3", "--segment", segment, "--elf-sha256", "00"},
      {"--chip", "esp32c3", "--segment", segment, "--mmu-page-size", "48K"},
      {"--chip", "esp32c3", "--segment", segment, "--no-description", "--version", "1"},
      {"--chip", "esp32c3", "--segment", segment, "--bootloader", "--version", "one"},
      {"--chip", "esp32c3", "--segment", segment, "--bootloader", "--project-name", "x"},
  };
  for (const auto& options : wrong) {
    const ToolRun run = Make(options);
    EXPECT_EQ(run.exit_code, 2) << testing::PrintToString(options);
    EXPECT_THAT(run.err, StartsWith("updraft: ")) << testing::PrintToString(options);
    EXPECT_FALSE(std::filesystem::exists(Out())) << testing::PrintToString(options);
  }
}

TEST_F(ImageTool, RefusesTooManySegmentsAndAbsentFiles) {
  std::vector<std::string> options{"--chip", "esp32c3"};
  for (int i = 0; i < 17; ++i) {
    options.insert(options.end(), {"--segment", "0x3fc90000:" + (folder_ / "first").string()});
  }
  const ToolRun many = Make(options);
  EXPECT_EQ(many.exit_code, 1);
  EXPECT_THAT(many.err, HasSubstr("expected at most 16, found 17"));
  EXPECT_EQ(Make({"--chip", "esp32c3", "--segment", "0:" + (folder_ / "none").string()}).exit_code,
            1);
  EXPECT_FALSE(std::filesystem::exists(Out()));
}

TEST_F(ImageTool, WarnsWhenABootloaderWouldRefuseWhatItMakes) {
  const ToolRun run =
      Make({"--chip", "esp32c3", "--segment", "0x3c000024:" + (folder_ / "first").string()});
  EXPECT_EQ(run.exit_code, 0);
  EXPECT_THAT(run.err, AllOf(StartsWith("updraft: warning: "), HasSubstr("flash-mapped")));
  EXPECT_EQ(Verdict(), "segment_misaligned");
}

TEST_F(ImageTool, AcceptsAGoodImageUnlessAPropertyOfTheDeviceForbidsIt) {
  MakeGood({"--min-efuse-block-revision", "103", "--max-efuse-block-revision", "199"});
  EXPECT_EQ(Verdict(), "accept");
  EXPECT_EQ(Verdict({"--chip", "esp32c3"}), "accept");
  EXPECT_EQ(Verdict({"--chip", "esp32"}), "bad_chip_id");
  EXPECT_EQ(Verdict({"--chip-revision", "2"}), "chip_rev_too_low");
  EXPECT_EQ(Verdict({"--chip-revision", "3"}), "accept");
  EXPECT_EQ(Verdict({"--chip-revision", "199"}), "accept");
  EXPECT_EQ(Verdict({"--chip-revision", "200"}), "chip_rev_too_high");
  EXPECT_EQ(Verdict({"--efuse-block-revision", "102"}), "efuse_block_rev_too_low");
  EXPECT_EQ(Verdict({"--efuse-block-revision", "200"}), "efuse_block_rev_too_high");
  EXPECT_EQ(Verdict({"--efuse-block-revision", "150"}), "accept");
  EXPECT_EQ(Verdict({"--secure-version", "2"}), "accept");
  EXPECT_EQ(Verdict({"--secure-version", "3"}), "secure_version_too_low");
  EXPECT_EQ(Verdict({"--slot-size", std::to_string(FileText(Out()).size())}), "accept");
  EXPECT_EQ(Verdict({"--slot-size", std::to_string(FileText(Out()).size() - 1)}),
            "image_too_large");
  EXPECT_EQ(Verdict({"--slot-offset", "0x11000"}), "segment_misaligned");
  EXPECT_EQ(Verdict({"--slot-offset", "0x20000"}), "accept");
}

TEST_F(ImageTool, NamesEachKindOfDamage) {
  MakeGood();
  const std::string good = FileText(Out());
  const auto damaged = [&](std::size_t offset, char value) {
    WriteText(Out(), good);
    Damage(offset, value);
    return Verdict();
  };
  EXPECT_EQ(damaged(0, 'x'), "bad_magic");
  EXPECT_EQ(damaged(1, 17), "too_many_segments");
  EXPECT_EQ(damaged(1, 0), "no_segments");
  EXPECT_EQ(damaged(12, 0x1F), "bad_chip_id");
  EXPECT_EQ(damaged(28, 1), "bad_segment_length");
  EXPECT_EQ(damaged(29, 0), "segment0_too_short");
  EXPECT_EQ(damaged(400, 'x'), "bad_checksum");
  EXPECT_EQ(damaged(good.size() - 1, static_cast<char>(~good.back())), "bad_hash");
  WriteText(Out(), good.substr(0, good.size() - 1));
  EXPECT_EQ(Verdict(), "truncated");
  WriteText(Out(), "");
  EXPECT_EQ(Verdict(), "truncated");
  WriteText(Out(), good + "whatever lies behind");
  EXPECT_EQ(Verdict(), "accept");
}

TEST_F(ImageTool, GivesAVerdictOnWhatIsEncryptedOrCannotBeRead) {
  WriteText(Out(), std::string("\xCF\xB6\x88\x07", 4) + std::string(600, 'x'));
  EXPECT_EQ(Verdict(), "bad_magic");
  EXPECT_THAT(RunTool({"image", "verify", Out()}).err, HasSubstr("the image is encrypted"));
  const auto verdict = [](const std::vector<std::string>& words) {
    const ToolRun run = RunTool(words);
    EXPECT_EQ(run.exit_code, 1);
    const json said = json::parse(run.out);
    EXPECT_EQ(said.at("verdict"), "reject");
    return said.at("reason").get<std::string>();
  };
  EXPECT_EQ(verdict({"image", "verify", folder_ / "none", "--json"}), "not_found");
  MakeGood();
  EXPECT_EQ(verdict({"image", "verify", Out(), "--trust", folder_ / "none", "--json"}),
            "not_found");
}

TEST_F(ImageTool, SaysThatADamagedImageIsNotValidButPrintsItsFields) {
  MakeGood();
  Damage(400, 'x');
  const json info = Info();
  EXPECT_FALSE(info.at("checksum_valid").get<bool>());
  EXPECT_FALSE(info.at("sha256_valid").get<bool>());
  EXPECT_EQ(info.at("description").at("version"), "1.2.3");
}

TEST_F(ImageTool, RefusesToInformAboutWhatIsNoImage) {
  WriteText(Out(), "<html>404</html>");
  const ToolRun run = RunTool({"image", "info", Out(), "--json"});
  EXPECT_EQ(run.exit_code, 1);
  EXPECT_EQ(json::parse(run.out).at("reason"), "bad_magic");
  const ToolRun absent = RunTool({"image", "info", folder_ / "none", "--json"});
  EXPECT_EQ(absent.exit_code, 1);
  EXPECT_EQ(json::parse(absent.out).at("reason"), "not_found");
}

TEST_F(ImageTool, PrintsTextThatIsNoUtf8WithReplacementCharacters) {
  MakeGood();
  Damage(48, '\xFF');  // the version's first byte
  EXPECT_EQ(Info().at("description").at("version"), "\xEF\xBF\xBD.2.3");
  Damage(48, '\x1b');
  EXPECT_THAT(RunTool({"image", "info", Out()}).out, HasSubstr("\xEF\xBF\xBD.2.3"));
}

TEST_F(ImageTool, TellsAnEncryptedImageByItsHeader) {
  std::string file("\xCF\xB6\x88\x07", 4);
  file.resize(512);
  file[404] = 10;
  // Twice P-256's generator: any point makes it ECIES, whatever is reserved holds.
  const auto point = FromHex(
      "7cf27b188d034f7e8a52380304b51ac3c08969e277f21b35a60b48fc47669978"
      "07775510db8ed040293d9ac69f7430dbba7dade63ce982299e04b79d227873d1");
  std::copy(point.begin(), point.end(), file.begin() + 4);
  file[200] = 1;
  WriteText(Out(), file);
  EXPECT_EQ(Info(), json({{"kind", "encrypted"},
                          {"scheme", "ecies-p256"},
                          {"body_length", 10},
                          {"header_signature", nullptr}}));
  file[67] = static_cast<char>(file[67] ^ 1);
  WriteText(Out(), file);
  EXPECT_EQ(Info().at("scheme"), "rsa-3072");
  WriteText(Out(), file.substr(0, 511));
  EXPECT_EQ(RunTool({"image", "info", Out()}).exit_code, 1);
}

TEST_F(ImageTool, ReadsAndWritesTheStandardStreams) {
  const ToolRun made = RunTool({"image", "make", "-", "--chip", "esp32c3", "--segment",
                                "0x3fc90000:" + (folder_ / "second").string()});
  ASSERT_EQ(made.exit_code, 0) << made.err;
  EXPECT_THAT(made.out, StartsWith("\xE9"));
  EXPECT_EQ(RunTool({"image", "verify", "-"}, {.input = made.out}).exit_code, 0);
}

}  // namespace
}  // namespace updraft
