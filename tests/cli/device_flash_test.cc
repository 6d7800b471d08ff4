// SPDX-License-Identifier: Apache-2.0
// `updraft device install|read|write|erase` on partitions and the whole flash,
// run as a process.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "ports/host/crypto_openssl.h"
#include "testing/test_image.h"
#include "tests/cli/run_tool.h"

namespace updraft {
namespace {

using Json = nlohmann::json;
using testing::AllOf;
using testing::HasSubstr;
using testing::IsEmpty;

constexpr std::size_t kNvs = 0x9000;
constexpr std::size_t kNvsSize = 0x3000;
constexpr std::size_t kOtadata = 0xD000;
constexpr std::size_t kOddSize = 0x1800;  // ends within a sector
constexpr std::size_t kOdd = 0xF000;
constexpr std::size_t kTest = 0x20000;
constexpr std::size_t kOta0 = 0x60000;

class DeviceFlash : public testing::Test {
 protected:
  DeviceFlash() {
    WriteText(folder_ / "table.csv",
              "nvs,data,nvs,0x9000,0x3000\notadata,data,ota,0xd000,0x2000\n"
              "odd,data,fat,0xf000,0x1800\ntest,app,test,0x20000,256K\n"
              "ota_0,app,ota_0,0x60000,256K\nota_1,app,ota_1,0xa0000,256K\n");
    const ToolRun made = Tool({"new", device_, "--chip", "esp32c3", "--flash-size", "1MB",
                               "--partitions", folder_ / "table.csv"});
    EXPECT_EQ(made.exit_code, 0) << made.err;
    const auto image = TestImage{.version = "1.0.0"}.Build(crypto_);
    WriteText(folder_ / "app.bin", {image.begin(), image.end()});
    WriteText(folder_ / "bytes", bytes_);
  }

  static ToolRun Tool(std::vector<std::string> arguments, const ToolInput& input = {}) {
    arguments.insert(arguments.begin(), "device");
    return RunTool(arguments, input);
  }

  std::string Flash() const { return FileText(folder_ / "device/flash.bin"); }
  std::string Flash(std::size_t offset, std::size_t size) const {
    return Flash().substr(offset, size);
  }
  static std::string Erased(std::size_t size) { return std::string(size, '\xFF'); }

  // Exit code 1, one sentence with these words, and the flash as it was.
  void ExpectRefused(const std::vector<std::string>& arguments,
                     const testing::Matcher<const std::string&>& words) {
    const std::string before = Flash();
    const ToolRun run = Tool(arguments);
    EXPECT_EQ(run.exit_code, 1) << testing::PrintToString(arguments);
    EXPECT_THAT(run.err, words);
    EXPECT_THAT(run.out, IsEmpty());
    EXPECT_TRUE(Flash() == before);
  }

  const std::string bytes_ = "bytes that are no image";
  OpensslCrypto crypto_;
  TemporaryFolder folder_;
  std::string device_ = folder_ / "device";
};

TEST_F(DeviceFlash, InstallIntoTheTestSlotSelectsNothingAndSaysSo) {
  const ToolRun run = Tool({"install", device_, folder_ / "app.bin", "--slot", "test"});
  EXPECT_EQ(run.exit_code, 0) << run.err;
  EXPECT_THAT(run.out, HasSubstr("in test, not selected"));
  EXPECT_TRUE(Flash(kOtadata, 0x2000) == Erased(0x2000));
  EXPECT_EQ(Flash(kTest, 1), "\xE9");
}

TEST_F(DeviceFlash, InstallLeavesTheSelectionOfAnotherSlotWhenTheTestSlotIsWritten) {
  ASSERT_EQ(Tool({"install", device_, folder_ / "app.bin", "--slot", "ota_1"}).exit_code, 0);
  const std::string otadata = Flash(kOtadata, 0x2000);
  ASSERT_EQ(Tool({"install", device_, folder_ / "app.bin", "--slot", "test"}).exit_code, 0);
  EXPECT_TRUE(Flash(kOtadata, 0x2000) == otadata);
}

TEST_F(DeviceFlash, SelectRefusesTheTestSlot) {
  ASSERT_EQ(Tool({"install", device_, folder_ / "app.bin", "--slot", "test"}).exit_code, 0);
  ExpectRefused({"select", device_, "test"}, HasSubstr("otadata cannot name"));
}

TEST_F(DeviceFlash, InstallChoosesTheFirstOtaSlotAndNotATestSlotBeforeIt) {
  const ToolRun run = Tool({"install", device_, folder_ / "app.bin", "--json"});
  ASSERT_EQ(run.exit_code, 0) << run.err;
  const Json json = Json::parse(run.out);
  EXPECT_EQ(json.at("partition").get<std::string>(), "ota_0");
  EXPECT_EQ(json.at("offset").get<std::size_t>(), kOta0);
  EXPECT_EQ(json.at("version").get<std::string>(), "1.0.0");
  EXPECT_TRUE(json.at("selected").get<bool>());
}

TEST_F(DeviceFlash, InstallWritesADataPartitionAsItIsAndErasesTheRest) {
  WriteText(folder_ / "full", std::string(kNvsSize, '\x11'));
  ASSERT_EQ(Tool({"install", device_, folder_ / "full", "--partition", "nvs"}).exit_code, 0);
  EXPECT_TRUE(Flash(kNvs, kNvsSize) == std::string(kNvsSize, '\x11'));
  const ToolRun run = Tool({"install", device_, folder_ / "bytes", "--slot", "nvs", "--json"});
  ASSERT_EQ(run.exit_code, 0) << run.err;
  EXPECT_TRUE(Flash(kNvs, kNvsSize) == bytes_ + Erased(kNvsSize - bytes_.size()));
  const Json json = Json::parse(run.out);
  EXPECT_EQ(json.at("bytes_written").get<std::size_t>(), bytes_.size());
  EXPECT_FALSE(json.at("selected").get<bool>());
  EXPECT_TRUE(json.at("version").is_null());
}

TEST_F(DeviceFlash, InstallRefusesAFileLargerThanTheDataPartition) {
  WriteText(folder_ / "large", std::string(kNvsSize + 1, 'x'));
  ExpectRefused({"install", device_, folder_ / "large", "--partition", "nvs"},
                AllOf(HasSubstr("expected"), HasSubstr("partition 'nvs'"), HasSubstr("12289")));
}

TEST_F(DeviceFlash, InstallRefusesWhatIsNoImageForASlot) {
  ExpectRefused({"install", device_, folder_ / "bytes", "--slot", "ota_1"}, HasSubstr("0xe9"));
}

TEST_F(DeviceFlash, InstallOfARefusedImageLeavesTheOneThatIsThere) {
  ASSERT_EQ(Tool({"install", device_, folder_ / "app.bin", "--slot", "ota_1"}).exit_code, 0);
  std::string damaged = FileText(folder_ / "app.bin");
  damaged[damaged.size() / 2] ^= 1;
  WriteText(folder_ / "damaged.bin", damaged);
  ExpectRefused({"install", device_, folder_ / "damaged.bin", "--slot", "ota_1"},
                HasSubstr("damaged"));
}

TEST_F(DeviceFlash, NewRefusesAFlashOfNothing) {
  const ToolRun run = Tool({"new", folder_ / "none", "--chip", "esp32c3", "--flash-size", "0"});
  EXPECT_EQ(run.exit_code, 2);
  EXPECT_THAT(run.err, AllOf(HasSubstr("--flash-size: expected"), HasSubstr("found 0")));
  EXPECT_FALSE(std::filesystem::exists(folder_ / "none"));
}

TEST_F(DeviceFlash, NamesThePartitionsThatThereAreForOneThatIsNot) {
  for (const char* const verb : {"install", "write"}) {
    ExpectRefused({verb, device_, folder_ / "bytes", "--partition", "none"},
                  HasSubstr("'none'; there are nvs, otadata, odd, test, ota_0, ota_1."));
  }
  ExpectRefused({"erase", device_, "--partition", "none"}, HasSubstr("there are nvs"));
  ExpectRefused({"read", device_, folder_ / "out", "--partition", "none"},
                HasSubstr("there are nvs"));
  EXPECT_FALSE(std::filesystem::exists(folder_ / "out"));
}

TEST_F(DeviceFlash, WritesIntoTheMiddleOfASectorAndKeepsItsRest) {
  WriteText(folder_ / "full", std::string(kNvsSize, '\x00'));
  ASSERT_EQ(Tool({"write", device_, folder_ / "full", "--partition", "nvs"}).exit_code, 0);
  const ToolRun run = Tool(
      {"write", device_, folder_ / "bytes", "--partition", "nvs", "--offset", "0xFFA", "--json"});
  ASSERT_EQ(run.exit_code, 0) << run.err;
  std::string expected(kNvsSize, '\x00');
  expected.replace(0xFFA, bytes_.size(), bytes_);
  EXPECT_TRUE(Flash(kNvs, kNvsSize) == expected);
  EXPECT_EQ(Json::parse(run.out).at("offset").get<std::size_t>(), kNvs + 0xFFA);
}

TEST_F(DeviceFlash, WritesTheLastByteOfAPartitionButNoneBehindIt) {
  const std::string last = std::to_string(kNvsSize - bytes_.size());
  EXPECT_EQ(
      Tool({"write", device_, folder_ / "bytes", "--partition", "nvs", "--offset", last}).exit_code,
      0);
  EXPECT_EQ(Flash(kNvs + kNvsSize - bytes_.size(), bytes_.size()), bytes_);
  const std::string beyond = std::to_string(kNvsSize - bytes_.size() + 1);
  ExpectRefused({"write", device_, folder_ / "bytes", "--partition", "nvs", "--offset", beyond},
                HasSubstr("nothing was done"));
  ExpectRefused({"write", device_, folder_ / "bytes", "--partition", "nvs", "--offset", "0x3001"},
                HasSubstr("an offset within partition 'nvs'"));
  ExpectRefused({"write", device_, folder_ / "bytes", "--offset", "0xFFFFFFFFFFFFFFF0"},
                HasSubstr("an offset within the flash"));
}

TEST_F(DeviceFlash, WritesFromStandardInputAnywhereIntoTheFlash) {
  const ToolRun run = Tool({"write", device_, "-", "--offset", "0xFF000"}, {.input = bytes_});
  EXPECT_EQ(run.exit_code, 0) << run.err;
  EXPECT_EQ(Flash(0xFF000, bytes_.size()), bytes_);
}

TEST_F(DeviceFlash, WritesNoMoreOfWhatNeverEndsThanFits) {
  const ToolRun run = Tool({"write", device_, "/dev/zero", "--offset", "0"});
  EXPECT_EQ(run.exit_code, 1);
  EXPECT_EQ(run.err,
            "updraft: cannot read /dev/zero: expected at most 1048576 bytes (1 MiB), found more; "
            "check that it is the right file.\n");
}

TEST_F(DeviceFlash, RefusesToChangeTheRunningSlotUnlessForced) {
  ASSERT_EQ(Tool({"install", device_, folder_ / "app.bin", "--slot", "ota_0"}).exit_code, 0);
  const std::string before_it = std::to_string(kOta0 - 1);
  ExpectRefused({"write", device_, folder_ / "bytes", "--partition", "ota_0"},
                AllOf(HasSubstr("running slot"), HasSubstr("--force")));
  ExpectRefused({"write", device_, folder_ / "bytes", "--offset", before_it}, HasSubstr("--force"));
  ExpectRefused({"erase", device_, "--partition", "ota_0"}, HasSubstr("--force"));
  ExpectRefused({"erase", device_, "--all"}, HasSubstr("--force"));
  EXPECT_EQ(Tool({"write", device_, folder_ / "bytes", "--partition", "ota_1"}).exit_code, 0);
  EXPECT_EQ(
      Tool({"write", device_, folder_ / "bytes", "--partition", "ota_0", "--force"}).exit_code, 0);
  EXPECT_EQ(Flash(kOta0, bytes_.size()), bytes_);
}

TEST_F(DeviceFlash, ErasesAPartitionThatEndsWithinASectorAndNothingBehindIt) {
  WriteText(folder_ / "full", std::string(0x2000, '\x00'));
  ASSERT_EQ(Tool({"write", device_, folder_ / "full", "--offset", "0xF000"}).exit_code, 0);
  ASSERT_EQ(Tool({"erase", device_, "--partition", "odd"}).exit_code, 0);
  EXPECT_TRUE(Flash(kOdd, kOddSize) == Erased(kOddSize));
  EXPECT_TRUE(Flash(kOdd + kOddSize, 0x800) == std::string(0x800, '\x00'));
}

TEST_F(DeviceFlash, ErasesPartOfTheFlashOrAllOfIt) {
  EXPECT_EQ(Tool({"erase", device_, "--offset", "0x8000", "--size", "4K"}).exit_code, 0);
  EXPECT_TRUE(Flash(0x8000, 0x1000) == Erased(0x1000));
  WriteText(folder_ / "full", std::string(0x100000, '\x00'));
  ASSERT_EQ(Tool({"write", device_, folder_ / "full", "--offset", "0"}).exit_code, 0);
  ASSERT_EQ(Tool({"erase", device_, "--all"}).exit_code, 0);
  EXPECT_TRUE(Flash() == Erased(0x100000));
}

TEST_F(DeviceFlash, ReadsAPartitionPartOfItAndTheWholeFlash) {
  ASSERT_EQ(Tool({"write", device_, folder_ / "bytes", "--partition", "nvs"}).exit_code, 0);
  EXPECT_EQ(Tool({"read", device_, folder_ / "out", "--partition", "nvs"}).exit_code, 0);
  EXPECT_TRUE(FileText(folder_ / "out") == Flash(kNvs, kNvsSize));
  const ToolRun part =
      Tool({"read", device_, "-", "--partition", "nvs", "--offset", "6", "--size", "4"});
  EXPECT_EQ(part.out, bytes_.substr(6, 4));
  EXPECT_THAT(part.err, IsEmpty());
  const ToolRun whole = Tool({"read", device_, folder_ / "whole", "--json"});
  EXPECT_EQ(whole.exit_code, 0);
  EXPECT_TRUE(FileText(folder_ / "whole") == Flash());
  EXPECT_EQ(Json::parse(whole.out).at("size").get<std::size_t>(), 0x100000U);
}

TEST_F(DeviceFlash, ReadRefusesMoreThanThereIsAndAFullDisk) {
  ExpectRefused({"read", device_, folder_ / "out", "--partition", "nvs", "--size", "0x3001"},
                HasSubstr("at most 12288 bytes"));
  ExpectRefused({"read", device_, "/dev/full"}, HasSubstr("No space left on device"));
}

TEST_F(DeviceFlash, ReadsADeviceWhoseTableIsGone) {
  ASSERT_EQ(Tool({"erase", device_, "--all"}).exit_code, 0);
  EXPECT_EQ(Tool({"read", device_, folder_ / "out"}).exit_code, 0);
  ExpectRefused({"read", device_, folder_ / "out", "--partition", "nvs"},
                HasSubstr("partition table"));
}

TEST_F(DeviceFlash, WrongUsageEndsWith2) {
  EXPECT_EQ(Tool({"write", device_, folder_ / "bytes"}).exit_code, 2);
  EXPECT_EQ(Tool({"erase", device_}).exit_code, 2);
  EXPECT_EQ(Tool({"erase", device_, "--offset", "0x9000"}).exit_code, 2);
  EXPECT_EQ(Tool({"erase", device_, "--all", "--partition", "nvs"}).exit_code, 2);
  EXPECT_EQ(Tool({"read", device_, "-", "--json"}).exit_code, 2);
  EXPECT_EQ(
      Tool({"write", device_, folder_ / "bytes", "--partition", "nvs", "--wait", "soon"}).exit_code,
      2);
}

}  // namespace
}  // namespace updraft
