// SPDX-License-Identifier: Apache-2.0
// `updraft image make --elf` and `updraft image extract`, run as a process.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "ports/host/crypto_openssl.h"
#include "testing/hex.h"
#include "testing/test_elf.h"
#include "testing/test_image.h"
#include "tests/cli/run_tool.h"

namespace updraft {
namespace {

using Json = nlohmann::json;
using testing::AllOf;
using testing::HasSubstr;
using testing::IsEmpty;

std::string Text(const std::vector<std::uint8_t>& bytes) { return {bytes.begin(), bytes.end()}; }

class ImageElf : public testing::Test {
 protected:
  ImageElf() {
    std::vector<std::uint8_t> rodata(1000, 3);
    std::fill_n(rodata.begin(), 256, std::uint8_t{0});
    StoreLe32(rodata.data(), 0xABCD5432);
    rodata[16] = '9';  // version
    elf_.entry = 0x40380010;
    elf_.segments = {{0x40380000, std::vector<std::uint8_t>(70'000, 1), 64},
                     {0x3C000020, rodata},
                     {0x42000020, std::vector<std::uint8_t>(600, 2)}};
  }

  ToolRun Make(const std::vector<std::string>& more = {}, const std::string& chip = "esp32c3") {
    WriteText(Elf(), Text(elf_.Build()));
    std::vector<std::string> arguments{"image", "make", Out(), "--chip", chip, "--elf", Elf()};
    arguments.insert(arguments.end(), more.begin(), more.end());
    return RunTool(arguments);
  }
  Json Info() { return Json::parse(RunTool({"image", "info", Out(), "--json"}).out); }
  void ExpectRefused(const ToolRun& run, const testing::Matcher<const std::string&>& words) {
    EXPECT_EQ(run.exit_code, 1);
    EXPECT_THAT(run.err,
                AllOf(HasSubstr("app.elf: "), HasSubstr("expected"), HasSubstr("found"), words));
    EXPECT_FALSE(std::filesystem::exists(Out()));
  }

  std::string Elf() const { return folder_ / "app.elf"; }
  std::string Out() const { return folder_ / "app.bin"; }

  OpensslCrypto crypto_;
  TestElf elf_;
  TemporaryFolder folder_;
};

TEST_F(ImageElf, MakesAnImageThatABootloaderTakes) {
  const ToolRun made = Make();
  ASSERT_EQ(made.exit_code, 0) << made.err;
  EXPECT_THAT(made.err, IsEmpty());
  EXPECT_EQ(RunTool({"image", "verify", Out(), "--chip", "esp32c3"}).exit_code, 0);
  const Json info = Info();
  EXPECT_EQ(info.at("segments").at(0).at("load_address").get<std::uint32_t>(), 0x3C000020U);
  EXPECT_EQ(info.at("description").at("version").get<std::string>(), "9");
  EXPECT_EQ(LoadLe32(reinterpret_cast<const std::uint8_t*>(FileText(Out()).data()) + 4),
            0x40380010U);
}

TEST_F(ImageElf, PutsTheHashOfTheElfFileIntoTheDescription) {
  ASSERT_EQ(Make().exit_code, 0);
  const auto digest = Sha256(crypto_, elf_.Build());
  EXPECT_EQ(Info().at("description").at("elf_sha256").get<std::string>(), ToHex(*digest));
}

TEST_F(ImageElf, LetsOptionsChangeTheDescriptionAndTheEntry) {
  ASSERT_EQ(
      Make({"--version", "2.0", "--entry", "0x40380020", "--elf-sha256", std::string(64, 'a')})
          .exit_code,
      0);
  EXPECT_EQ(Info().at("description").at("version").get<std::string>(), "2.0");
  EXPECT_EQ(Info().at("description").at("elf_sha256").get<std::string>(), std::string(64, 'a'));
}

TEST_F(ImageElf, RefusesAProgramForAnotherMachine) {
  ExpectRefused(Make({}, "esp32"), HasSubstr("expected Xtensa (94) for esp32, found RISC-V (243)"));
  ExpectRefused(Make({}, "native"), HasSubstr("--executable"));
}

TEST_F(ImageElf, RefusesOverlappingSegmentsAndNone) {
  elf_.segments.push_back({0x40380100, {1, 2, 3, 4}});
  ExpectRefused(Make(), HasSubstr("overlap"));
  elf_.segments.clear();
  ExpectRefused(Make(), HasSubstr("nothing to load"));
}

TEST_F(ImageElf, RefusesAnApplicationWithoutItsDescriptionUnlessTold) {
  elf_.segments[1].data[0] = 0;
  ExpectRefused(Make(), HasSubstr("description at the front of the first segment, at 0x3c000020"));
  EXPECT_EQ(Make({"--no-description"}).exit_code, 0);
}

TEST_F(ImageElf, RefusesWhatIsNoElfFileAndTooManySegments) {
  WriteText(folder_ / "none.elf", "no program");
  const ToolRun none =
      RunTool({"image", "make", Out(), "--chip", "esp32c3", "--elf", folder_ / "none.elf"});
  EXPECT_EQ(none.exit_code, 1);
  EXPECT_THAT(none.err, HasSubstr("7f 45 4c 46"));
  for (std::uint32_t i = 0; i < 17; ++i) elf_.segments.push_back({0x3FC90000 + i * 64, {1}});
  const ToolRun many = Make();
  EXPECT_EQ(many.exit_code, 1);
  EXPECT_THAT(many.err, HasSubstr("too many segments"));
}

TEST_F(ImageElf, IsWrongUsageBesideOtherSourcesOfSegments) {
  EXPECT_EQ(Make({"--segment", "0x1000:" + Elf()}).exit_code, 2);
  EXPECT_EQ(Make({"--executable", Elf()}).exit_code, 2);
}

TEST_F(ImageElf, PadsForASignatureOrToASize) {
  ASSERT_EQ(Make({"--secure-pad-v2"}).exit_code, 0);
  EXPECT_EQ(FileText(Out()).size() % 0x10000, 0U);
  EXPECT_EQ(RunTool({"image", "verify", Out(), "--chip", "esp32c3"}).exit_code, 0);
  EXPECT_EQ(Make({"--secure-pad-v2", "--no-hash"}).exit_code, 2);
  ASSERT_EQ(Make({"--pad-to-size", "1MB"}).exit_code, 0);
  EXPECT_EQ(FileText(Out()).size(), 0x100000U);
  EXPECT_EQ(RunTool({"image", "verify", Out(), "--chip", "esp32c3"}).exit_code, 0);
  EXPECT_EQ(Make({"--pad-to-size", "0"}).exit_code, 2);
  EXPECT_EQ(Make({"--pad-to-size", "1GB"}).exit_code, 2);
}

TEST_F(ImageElf, ExtractsEverySegmentOfAnImage) {
  ASSERT_EQ(Make({"--elf-sha256", std::string(64, '0')}).exit_code, 0);
  const ToolRun run = RunTool({"image", "extract", Out(), folder_ / "parts", "--json"});
  ASSERT_EQ(run.exit_code, 0) << run.err;
  const Json segments = Json::parse(run.out).at("segments");
  ASSERT_EQ(segments.size(), 4U);
  EXPECT_EQ(segments.at(0).at("file").get<std::string>(),
            (folder_ / "parts/segment0_0x3c000020.bin").string());
  EXPECT_TRUE(FileText(folder_ / "parts/segment0_0x3c000020.bin") == Text(elf_.segments[1].data));
  // The image had split what goes to RAM around the code.
  EXPECT_TRUE(FileText(segments.at(1).at("file").get<std::string>()) +
                  FileText(segments.at(3).at("file").get<std::string>()) ==
              Text(elf_.segments[0].data));
  EXPECT_TRUE(FileText(segments.at(2).at("file").get<std::string>()) ==
              Text(elf_.segments[2].data));
}

TEST_F(ImageElf, ExtractsOneSegmentIntoAFileOrAPipe) {
  ASSERT_EQ(Make().exit_code, 0);
  EXPECT_EQ(RunTool({"image", "extract", Out(), folder_ / "code", "--segment", "2"}).exit_code, 0);
  EXPECT_TRUE(FileText(folder_ / "code") == Text(elf_.segments[2].data));
  const ToolRun piped = RunTool({"image", "extract", Out(), "-", "--segment", "2"});
  EXPECT_TRUE(piped.out == Text(elf_.segments[2].data));
}

TEST_F(ImageElf, ExtractMakesTheSegmentsThatMakeTheSameImageAgain) {
  const auto image = TestImage{}.WithRamSegment(5000).Build(crypto_);
  WriteText(Out(), Text(image));
  ASSERT_EQ(RunTool({"image", "extract", Out(), folder_ / "parts"}).exit_code, 0);
  const std::string first = folder_ / "parts/segment0_0x3c000020.bin";
  ASSERT_TRUE(std::filesystem::exists(first));
  EXPECT_TRUE(FileText(first) == Text(image).substr(32, 956));
}

TEST_F(ImageElf, ExtractRefusesSegmentsAndImagesThatAreNot) {
  ASSERT_EQ(Make().exit_code, 0);
  const ToolRun beyond = RunTool({"image", "extract", Out(), folder_ / "x", "--segment", "4"});
  EXPECT_EQ(beyond.exit_code, 1);
  EXPECT_THAT(beyond.err, HasSubstr("expected a segment below 4, found --segment 4"));
  const ToolRun elf = RunTool({"image", "extract", Elf(), folder_ / "x", "--json"});
  EXPECT_EQ(elf.exit_code, 1);
  EXPECT_EQ(Json::parse(elf.out).at("reason").get<std::string>(), "bad_magic");
  WriteText(Out(), FileText(Out()).substr(0, 500));
  EXPECT_EQ(RunTool({"image", "extract", Out(), folder_ / "x"}).exit_code, 1);
  EXPECT_FALSE(std::filesystem::exists(folder_ / "x"));
  EXPECT_EQ(RunTool({"image", "extract", Out(), "-"}).exit_code, 2);
}

}  // namespace
}  // namespace updraft
