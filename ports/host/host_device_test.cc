// SPDX-License-Identifier: Apache-2.0
#include "ports/host/host_device.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <stdlib.h>

#include <fstream>
#include <string>

#include "ports/host/default_table.h"
#include "ports/host/firmware_environment.h"
#include "testing/recording_observer.h"
#include "testing/temporary_folder.h"

namespace updraft {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using Mode = FileFlash::Mode;

class HostDeviceTest : public testing::Test {
 protected:
  void TearDown() override {
    unsetenv(kDeviceVariable);
    unsetenv(kSlotVariable);
  }
  HostDevice::NewDevice Small() {
    return {.folder = path_, .chip = FindChip("esp32c3"), .flash_size = 0x80000};
  }
  std::unique_ptr<HostDevice> Open(Mode mode = Mode::kReadOnly) {
    auto device = HostDevice::Open(path_, {.mode = mode}, observer_);
    return device ? std::move(*device) : nullptr;
  }
  Partition Slot(std::string_view label) {
    OpensslCrypto crypto;
    const auto opened = Open();
    auto table = PartitionTable::Load(*opened->device().flash, kPartitionTableOffset, crypto);
    return table->FindLabel(label).value();
  }
  void BeFirmware(const std::filesystem::path& folder, const char* slot) {
    setenv(kDeviceVariable, folder.c_str(), 1);
    setenv(kSlotVariable, slot, 1);
  }

  TemporaryFolder folder_;
  std::filesystem::path path_ = folder_ / "dev";
  RecordingObserver observer_;
};

TEST_F(HostDeviceTest, MakesAFolderThatOpensAsADevice) {
  HostDevice::NewDevice options = Small();
  options.chip_revision = 4;
  options.policy = {.rollback = true};
  ASSERT_EQ(HostDevice::Create(options, observer_), kOk);
  EXPECT_THAT(folder_.names(), ElementsAre("dev"));
  const auto host = Open();
  ASSERT_NE(host, nullptr);
  const Device& device = host->device();
  EXPECT_EQ(device.flash->geometry().size, 0x80000U);
  EXPECT_EQ(device.chip.family, FindChip("esp32c3"));
  EXPECT_EQ(device.chip.revision, 4);
  EXPECT_TRUE(device.policy.rollback);
  EXPECT_EQ(device.efuse->ReadSecureVersion().value(), 0U);
  EXPECT_FALSE(device.running.has_value());
  EXPECT_TRUE(Sha256(*device.crypto, {}).has_value());
  EXPECT_GT(device.system->NowMs(), 0U);
  const auto table = PartitionTable::Load(*device.flash, kPartitionTableOffset, *device.crypto);
  ASSERT_TRUE(table.has_value());
  EXPECT_EQ(table->size(), 6U);
  EXPECT_EQ(table->CountOtaSlots().value(), 2);
}

TEST_F(HostDeviceTest, DefaultsToThisMachinesChipAndItsFlashSize) {
  ASSERT_EQ(HostDevice::Create({.folder = path_}), kOk);
  EXPECT_EQ(Open()->device().chip.family, &NativeChip());
  EXPECT_EQ(std::filesystem::file_size(path_ / "flash.bin"), 64U << 20);
}

TEST_F(HostDeviceTest, TakesTheTableThatItIsGivenAndItsPlace) {
  OpensslCrypto crypto;
  auto rows = DefaultPartitions(0x80000, 0x10000).value();
  rows.pop_back();
  const auto table = StorePartitionTable(rows, crypto).value();
  HostDevice::NewDevice options = Small();
  options.partition_table = table;
  options.partition_table_offset = 0x10000;
  ASSERT_EQ(HostDevice::Create(options, observer_), kOk);
  const auto host = Open();
  EXPECT_EQ(host->device().partition_table_offset, 0x10000U);
  const auto found = PartitionTable::Load(*host->device().flash, 0x10000, crypto);
  ASSERT_TRUE(found.has_value());
  EXPECT_EQ(found->size(), 5U);
}

TEST_F(HostDeviceTest, TakesTheNameOfAnEmptyFolderAlsoWithASlashAtTheEnd) {
  std::filesystem::create_directory(path_);
  HostDevice::NewDevice options = Small();
  options.folder = path_.string() + "/";
  ASSERT_EQ(HostDevice::Create(options, observer_), kOk);
  EXPECT_NE(Open(), nullptr);
  EXPECT_THAT(folder_.names(), ElementsAre("dev"));
}

TEST_F(HostDeviceTest, ReplacesNothing) {
  std::filesystem::create_directory(path_);
  std::ofstream(path_ / "precious") << "text";
  EXPECT_EQ(HostDevice::Create(Small(), observer_).code(), Code::kInvalidState);
  EXPECT_EQ(observer_.failed_reasons(), "bad_device");
  EXPECT_THAT(observer_.findings()[0].expected.text, HasSubstr(path_.string()));
  EXPECT_TRUE(std::filesystem::exists(path_ / "precious"));
  std::filesystem::remove_all(path_);
  std::ofstream(path_).flush();
  EXPECT_EQ(HostDevice::Create(Small()).code(), Code::kInvalidState);
  EXPECT_TRUE(std::filesystem::is_regular_file(path_));
  EXPECT_THAT(folder_.names(), ElementsAre("dev"));
}

TEST_F(HostDeviceTest, LeavesNothingBehindWhenItsMakingIsStopped) {
  observer_.StopAtProgress(1);
  EXPECT_EQ(HostDevice::Create(Small(), observer_).code(), Code::kCancelled);
  EXPECT_TRUE(folder_.names().empty());
  EXPECT_EQ(observer_.failed_reasons(), "");
}

TEST_F(HostDeviceTest, LeavesNothingBehindWhenATableIsRefused) {
  std::vector<std::uint8_t> table(64, 0xFF);
  table[0] = 0x12;
  HostDevice::NewDevice options = Small();
  options.partition_table = table;
  EXPECT_EQ(HostDevice::Create(options, observer_).code(), Code::kBadFormat);
  EXPECT_EQ(observer_.failed_reasons(), "bad_partition_table");
  EXPECT_TRUE(folder_.names().empty());
  table.assign(kPartitionTableMaxLength + 1, 0xFF);
  options.partition_table = table;
  EXPECT_EQ(HostDevice::Create(options).code(), Code::kNoSpace);
  EXPECT_TRUE(folder_.names().empty());
}

TEST_F(HostDeviceTest, RefusesAFlashThatCannotBe) {
  HostDevice::NewDevice options = Small();
  for (const std::uint64_t size : {std::uint64_t{0x80001}, std::uint64_t{0x100001000},
                                   ~std::uint64_t{0}, std::uint64_t{0x8000}}) {
    options.flash_size = size;
    EXPECT_EQ(HostDevice::Create(options).code(), Code::kInvalidArgument) << size;
  }
  options.flash_size = 0x20000;
  EXPECT_EQ(HostDevice::Create(options).code(), Code::kNoSpace);
  options.flash_size = 0x80000;
  for (const std::uint64_t offset :
       {std::uint64_t{0x8001}, std::uint64_t{0x80000}, ~std::uint64_t{0xFFF}}) {
    options.partition_table_offset = offset;
    EXPECT_EQ(HostDevice::Create(options).code(), Code::kInvalidArgument) << offset;
  }
  EXPECT_TRUE(folder_.names().empty());
}

TEST_F(HostDeviceTest, RefusesAPlaceThatIsNotThere) {
  HostDevice::NewDevice options = Small();
  options.folder = folder_ / "no" / "dev";
  EXPECT_EQ(HostDevice::Create(options, observer_).code(), Code::kNotFound);
  EXPECT_EQ(observer_.findings().size(), 1U);
}

TEST_F(HostDeviceTest, HoldsTheDumpThatItIsMadeOf) {
  OpensslCrypto crypto;
  const auto rows = DefaultPartitions(1 << 20, kPartitionTableOffset);
  const auto table = StorePartitionTable(*rows, crypto);
  std::vector<std::uint8_t> dump(1 << 20, 0x5A);
  std::copy(table->begin(), table->end(), dump.begin() + kPartitionTableOffset);
  ASSERT_EQ(HostDevice::Create({.folder = path_, .chip = FindChip("esp32"), .flash_dump = dump},
                               observer_),
            kOk);
  const auto host = Open();
  ASSERT_NE(host, nullptr);
  std::vector<std::uint8_t> held(dump.size());
  ASSERT_TRUE(host->device().flash->Read(0, held).ok());
  EXPECT_TRUE(held == dump);
}

TEST_F(HostDeviceTest, RefusesADumpOfAnotherSizeWithoutATableOrBesideOne) {
  const std::vector<std::uint8_t> erased(1 << 20, 0xFF);
  HostDevice::NewDevice options{.folder = path_, .chip = FindChip("esp32"), .flash_dump = erased};
  EXPECT_EQ(HostDevice::Create(options).code(), Code::kBadFormat);
  options.flash_size = 2 << 20;
  EXPECT_EQ(HostDevice::Create(options).code(), Code::kInvalidArgument);
  options.flash_size = 0;
  options.partition_table = Bytes(erased).first(64);
  EXPECT_EQ(HostDevice::Create(options).code(), Code::kInvalidArgument);
  options.partition_table = {};
  options.flash_dump = Bytes(erased).first(0xC0000);
  EXPECT_EQ(HostDevice::Create(options).code(), Code::kInvalidArgument);
  options.flash_dump = Bytes();
  EXPECT_EQ(HostDevice::Create(options).code(), Code::kInvalidArgument);
  EXPECT_THAT(folder_.names(), testing::IsEmpty());
}

TEST(HostDeviceDiskFullTest, LeavesNothingOnADiskThatIsTooSmall) {
  const TemporaryFolder folder;
  const TinyDisk disk(folder.path(), 1 << 20);
  if (!disk.problem().empty()) GTEST_SKIP() << disk.problem();
  RecordingObserver observer;
  EXPECT_EQ(HostDevice::Create({.folder = folder / "dev"}, observer).code(), Code::kNoSpace);
  EXPECT_EQ(observer.failed_reasons(), "no_space");
  EXPECT_THAT(observer.findings()[0].expected.text, HasSubstr((folder / "dev").string()));
  EXPECT_TRUE(folder.names().empty());
}

TEST_F(HostDeviceTest, NamesTheFileThatIsMissing) {
  for (const char* name : {"device.json", "flash.bin", "efuse.bin"}) {
    ASSERT_EQ(HostDevice::Create(Small()), kOk);
    std::filesystem::remove(path_ / name);
    observer_.Clear();
    EXPECT_EQ(HostDevice::Open(path_, {}, observer_).error().code(), Code::kNotFound) << name;
    ASSERT_EQ(observer_.findings().size(), 1U);
    EXPECT_THAT(observer_.findings()[0].expected.text, HasSubstr(name));
    std::filesystem::remove_all(path_);
  }
}

TEST_F(HostDeviceTest, RefusesAFlashThatEndsBeforeTheTableDoes) {
  ASSERT_EQ(HostDevice::Create(Small()), kOk);
  std::filesystem::resize_file(path_ / "flash.bin", 0x8000);
  EXPECT_EQ(HostDevice::Open(path_, {}, observer_).error().code(), Code::kTruncated);
}

TEST_F(HostDeviceTest, HasOneWriterAtATime) {
  ASSERT_EQ(HostDevice::Create(Small()), kOk);
  const auto writer = Open(Mode::kReadWrite);
  EXPECT_EQ(HostDevice::Open(path_, {.mode = Mode::kReadWrite}, observer_).error().code(),
            Code::kInvalidState);
  EXPECT_EQ(observer_.failed_reasons(), "device_busy");
  EXPECT_NE(Open(Mode::kReadOnly), nullptr);
}

TEST_F(HostDeviceTest, RemembersWhichSlotRuns) {
  ASSERT_EQ(HostDevice::Create(Small()), kOk);
  const Partition slot = Slot("ota_1");
  ASSERT_EQ(Open(Mode::kReadWrite)->RecordRunning(slot), kOk);
  EXPECT_EQ(Open()->device().running, slot);
  EXPECT_EQ(Open()->RecordRunning(slot).code(), Code::kInvalidState);
}

TEST_F(HostDeviceTest, RunsNothingWhenTheBootFileNamesNoSlotOrTheTableIsGone) {
  ASSERT_EQ(HostDevice::Create(Small()), kOk);
  for (const char* label : {"ota_7", "nvs", ""}) {
    std::ofstream(path_ / "boot.json") << "{\"running\": \"" << label << "\"}";
    EXPECT_FALSE(Open()->device().running.has_value()) << label;
  }
  ASSERT_EQ(Open(Mode::kReadWrite)->RecordRunning(Slot("ota_0")), kOk);
  ASSERT_EQ(Open(Mode::kReadWrite)->device().flash->Erase(kPartitionTableOffset, 0x1000), kOk);
  ASSERT_NE(Open(), nullptr);
  EXPECT_FALSE(Open()->device().running.has_value());
}

TEST_F(HostDeviceTest, AFirmwareRunsInTheSlotOfItsEnvironment) {
  ASSERT_EQ(HostDevice::Create(Small()), kOk);
  ASSERT_EQ(Open(Mode::kReadWrite)->RecordRunning(Slot("factory")), kOk);
  BeFirmware(path_ / "." / "", "ota_0");
  EXPECT_EQ(Open()->device().running->label(), "ota_0");
  auto own = HostDevice::OpenOwn(observer_);
  ASSERT_TRUE(own.has_value());
  EXPECT_EQ((*own)->device().running->label(), "ota_0");
  EXPECT_EQ((*own)->folder(), path_);
}

TEST_F(HostDeviceTest, AFirmwareOfAnotherDeviceIsNoneOfThisOne) {
  ASSERT_EQ(HostDevice::Create(Small()), kOk);
  HostDevice::NewDevice other = Small();
  other.folder = folder_ / "other";
  ASSERT_EQ(HostDevice::Create(other), kOk);
  BeFirmware(other.folder, "ota_0");
  EXPECT_FALSE(Open()->device().running.has_value());
}

TEST_F(HostDeviceTest, RefusesAFirmwareInASlotThatIsNotThere) {
  ASSERT_EQ(HostDevice::Create(Small()), kOk);
  for (const char* label : {"ota_7", "nvs", ""}) {
    BeFirmware(path_, label);
    observer_.Clear();
    EXPECT_EQ(HostDevice::Open(path_, {}, observer_).error().code(), Code::kInvalidState);
    EXPECT_EQ(observer_.failed_reasons(), "bad_device");
  }
}

TEST_F(HostDeviceTest, AProgramThatNobodyBootedHasNoDeviceOfItsOwn) {
  EXPECT_EQ(HostDevice::OpenOwn(observer_).error().code(), Code::kInvalidState);
  EXPECT_THAT(observer_.findings()[0].expected.text, HasSubstr("updraft boot"));
}

}  // namespace
}  // namespace updraft
