// SPDX-License-Identifier: Apache-2.0
// `updraft device new --from-dump`: a device of what a board's flash held, and
// the dump given back.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "ports/host/crypto_openssl.h"
#include "ports/host/default_table.h"
#include "tests/cli/run_tool.h"

namespace updraft {
namespace {

using testing::AllOf;
using testing::HasSubstr;

constexpr std::size_t kFlashSize = 1 << 20;

class DeviceDump : public testing::Test {
 protected:
  DeviceDump() {
    for (std::size_t i = 0; i < dump_.size(); ++i) dump_[i] = static_cast<char>(i * 7 + i / 256);
    Lay(kPartitionTableOffset, Table());
  }

  std::string Table() {
    const auto rows = DefaultPartitions(kFlashSize, kPartitionTableOffset);
    const auto table = StorePartitionTable(*rows, crypto_);
    return {table->begin(), table->end()};
  }
  void Lay(std::size_t offset, const std::string& bytes) {
    dump_.replace(offset, bytes.size(), bytes);
  }
  ToolRun New(std::vector<std::string> more = {}) {
    WriteText(folder_ / "dump.bin", dump_);
    more.insert(more.begin(), {"device", "new", device_, "--from-dump", folder_ / "dump.bin",
                               "--chip", "esp32c3"});
    return RunTool(more);
  }
  void ExpectRefused(const ToolRun& run, const testing::Matcher<const std::string&>& words) {
    EXPECT_EQ(run.exit_code, 1) << run.out;
    EXPECT_THAT(run.err,
                AllOf(HasSubstr("dump.bin: "), HasSubstr("expected"), HasSubstr("found"), words));
    EXPECT_FALSE(std::filesystem::exists(device_));
  }

  OpensslCrypto crypto_;
  TemporaryFolder folder_;
  std::string device_ = folder_ / "device";
  std::string dump_ = std::string(kFlashSize, '\xFF');
};

TEST_F(DeviceDump, GivesTheDumpBackUnchanged) {
  const ToolRun made = New();
  ASSERT_EQ(made.exit_code, 0) << made.err;
  EXPECT_THAT(made.out, HasSubstr("esp32c3 and 1 MiB of flash"));
  ASSERT_EQ(RunTool({"device", "info", device_}).exit_code, 0);
  ASSERT_EQ(RunTool({"device", "read", device_, folder_ / "again.bin"}).exit_code, 0);
  EXPECT_TRUE(FileText(folder_ / "again.bin") == dump_);
}

TEST_F(DeviceDump, MakesTheSameDeviceFromAPipe) {
  const ToolRun made = RunTool({"device", "new", device_, "--from-dump", "-", "--chip", "esp32c3"},
                               {.input = dump_});
  EXPECT_EQ(made.exit_code, 0) << made.err;
  EXPECT_TRUE(FileText(folder_ / "device/flash.bin") == dump_);
}

TEST_F(DeviceDump, RefusesASizeThatNoFlashHas) {
  for (const std::size_t size : {std::size_t{0}, std::size_t{4096}, kFlashSize - 1, kFlashSize / 2,
                                 kFlashSize + 4096, 3 * kFlashSize}) {
    dump_.resize(size, '\xFF');
    ExpectRefused(New(), AllOf(HasSubstr("1, 2, 4, 8, 16, 32, 64 or 128 MiB"),
                               HasSubstr(std::to_string(size) + " bytes")));
  }
}

TEST_F(DeviceDump, TakesAnyWholeSectorsForChipsThatRunLinux) {
  dump_.resize(kFlashSize + 4096, '\xFF');
  WriteText(folder_ / "dump.bin", dump_);
  EXPECT_EQ(RunTool({"device", "new", device_, "--from-dump", folder_ / "dump.bin"}).exit_code, 0);
}

TEST_F(DeviceDump, RefusesAnotherSizeThanTheOneThatIsTold) {
  ExpectRefused(New({"--flash-size", "4MB"}), HasSubstr("4194304 bytes"));
  EXPECT_EQ(New({"--flash-size", "1MB"}).exit_code, 0);
}

TEST_F(DeviceDump, JudgesTheTableAsTheBootloaderDoes) {
  Lay(kPartitionTableOffset, std::string(4096, '\xFF'));
  ExpectRefused(New(), HasSubstr("partition table"));
  Lay(kPartitionTableOffset, Table());
  dump_[kPartitionTableOffset + 5] ^= 1;
  ExpectRefused(New(), HasSubstr("MD5"));
}

TEST_F(DeviceDump, FindsTheTableWhereItIsSaidToLie) {
  Lay(kPartitionTableOffset, std::string(4096, '\xFF'));
  Lay(0x10000, Table());
  ExpectRefused(New(), HasSubstr("partition table"));
  ASSERT_EQ(New({"--partition-table-offset", "0x10000"}).exit_code, 0);
  EXPECT_EQ(RunTool({"device", "info", device_}).exit_code, 0);
}

TEST_F(DeviceDump, WrongUsageEndsWith2) {
  EXPECT_EQ(New({"--partitions", "table.csv"}).exit_code, 2);
  EXPECT_EQ(New({"--chip", "none"}).exit_code, 2);
}

TEST_F(DeviceDump, RefusesADumpThatIsNotThere) {
  const ToolRun run = RunTool({"device", "new", device_, "--from-dump", folder_ / "none"});
  EXPECT_EQ(run.exit_code, 1);
  EXPECT_THAT(run.err, HasSubstr("No such file"));
}

}  // namespace
}  // namespace updraft
