// SPDX-License-Identifier: Apache-2.0
#include "ports/host/file_efuse.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <signal.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <fstream>
#include <string>
#include <vector>

#include "ports/host/posix_file.h"
#include "testing/recording_observer.h"
#include "testing/temporary_folder.h"

namespace updraft {
namespace {

using testing::HasSubstr;
using Mode = FileEfuse::Mode;

class FileEfuseTest : public testing::Test {
 protected:
  void SetUp() override { ASSERT_EQ(FileEfuse::Create(path_), kOk); }

  std::unique_ptr<FileEfuse> Open(int width = 16, Mode mode = Mode::kReadWrite) {
    auto efuse = FileEfuse::Open(path_, width, mode, observer_);
    return efuse ? std::move(*efuse) : nullptr;
  }
  std::vector<std::uint8_t> Content() {
    std::vector<std::uint8_t> bytes;
    EXPECT_EQ(LoadFile(path_, 1 << 20, &bytes), 0);
    return bytes;
  }
  void Overwrite(const std::vector<std::uint8_t>& bytes) {
    std::ofstream file(path_, std::ios::binary);
    file.write(reinterpret_cast<const char*>(bytes.data()),
               static_cast<std::streamsize>(bytes.size()));
    ASSERT_TRUE(file.flush().good());
  }
  // What Open says of the file, and that it leaves it alone.
  Code Refusal() {
    const std::vector<std::uint8_t> before = Content();
    const Status status = FileEfuse::Open(path_, 16, Mode::kReadWrite, observer_).error();
    EXPECT_EQ(observer_.failed_reasons(), "efuse_failed");
    EXPECT_THAT(observer_.findings().back().expected.text, HasSubstr(path_.string()));
    EXPECT_EQ(Content(), before);
    return status.code();
  }

  TemporaryFolder folder_;
  std::filesystem::path path_ = folder_ / "efuse.bin";
  RecordingObserver observer_;
};

TEST_F(FileEfuseTest, BeginsWithNoBitBurnt) {
  EXPECT_EQ(Open()->ReadSecureVersion().value(), 0U);
  EXPECT_EQ(Open()->Read().value(), EfuseBits{});
  EXPECT_EQ(Content().size(), kEfuseFileSize);
}

// The checksum of Python's zlib.crc32 over a file with secure version 2.
TEST_F(FileEfuseTest, LaysOutTheFileAsItsHeaderSays) {
  ASSERT_EQ(Open()->BurnSecureVersion(2), kOk);
  const std::vector<std::uint8_t> file = Content();
  EXPECT_EQ(TextField(Bytes(file).first(8)), "UPDEFUSE");
  EXPECT_EQ(LoadLe32(&file[8]), 1U);
  EXPECT_EQ(LoadLe32(&file[12]), 3U);
  EXPECT_EQ(LoadLe32(&file[220]), 0x86517C25U);
}

TEST_F(FileEfuseTest, BurnsTheSecureVersionUpwardsOnly) {
  const auto efuse = Open(4);
  EXPECT_EQ(efuse->BurnSecureVersion(3), kOk);
  EXPECT_EQ(efuse->BurnSecureVersion(3), kOk);
  EXPECT_EQ(efuse->ReadSecureVersion().value(), 3U);
  EXPECT_EQ(efuse->BurnSecureVersion(2).code(), Code::kDowngrade);
  EXPECT_EQ(efuse->BurnSecureVersion(5).code(), Code::kInvalidArgument);
  EXPECT_EQ(efuse->ReadSecureVersion().value(), 3U);
  EXPECT_EQ(Open(4)->ReadSecureVersion().value(), 3U);
}

TEST_F(FileEfuseTest, HoldsASecureVersionOf32) {
  ASSERT_EQ(Open(32)->BurnSecureVersion(32), kOk);
  EXPECT_EQ(Open(32)->ReadSecureVersion().value(), 32U);
  EXPECT_EQ(Open(4)->ReadSecureVersion().value(), 4U);
}

// As a dump of a chip may have it whose burning was cut.
TEST_F(FileEfuseTest, RaisesASecureVersionWhoseBitsHaveAGap) {
  auto efuse = Open();
  EfuseBits gap;
  gap.secure_version = 0b101;
  ASSERT_EQ(efuse->Burn(gap), kOk);
  ASSERT_EQ(efuse->ReadSecureVersion().value(), 2U);
  ASSERT_EQ(efuse->BurnSecureVersion(3), kOk);
  EXPECT_EQ(efuse->ReadSecureVersion().value(), 3U);
}

TEST_F(FileEfuseTest, SeesWhatAnotherProcessHasBurnt) {
  const auto bootloader = Open();
  const auto firmware = Open();
  ASSERT_EQ(firmware->BurnSecureVersion(5), kOk);
  EXPECT_EQ(bootloader->ReadSecureVersion().value(), 5U);
}

TEST_F(FileEfuseTest, BurnsKeysOverEachOtherBitByBit) {
  const auto efuse = Open();
  EfuseBits bits;
  bits.keys[2].fill(0x0F);
  bits.purposes[2] = 8;
  bits.revoked_digests = 1;
  ASSERT_EQ(efuse->Burn(bits), kOk);
  bits.keys[2].fill(0xA0);
  bits.purposes[2] = 1;
  bits.revoked_digests = 4;
  ASSERT_EQ(efuse->Burn(bits), kOk);
  const EfuseBits found = efuse->Read().value();
  EXPECT_THAT(found.keys[2], testing::Each(0xAF));
  EXPECT_EQ(found.purposes[2], 9);
  EXPECT_EQ(found.revoked_digests, 5);
  EXPECT_THAT(found.keys[1], testing::Each(0));
}

TEST_F(FileEfuseTest, ChangesNoWriteProtectedKey) {
  const auto efuse = Open();
  EfuseBits bits;
  bits.keys[5].fill(0x01);
  bits.write_protected = 1 << 5;
  ASSERT_EQ(efuse->Burn(bits), kOk);
  EXPECT_EQ(efuse->Burn(bits), kOk);
  bits.keys[5].fill(0x03);
  EXPECT_EQ(efuse->Burn(bits).code(), Code::kInvalidState);
  EfuseBits purpose;
  purpose.purposes[5] = 4;
  EXPECT_EQ(efuse->Burn(purpose).code(), Code::kInvalidState);
  EXPECT_THAT(efuse->Read()->keys[5], testing::Each(0x01));
}

TEST_F(FileEfuseTest, BurnsABlockOnceWithItsPurposeAndProtection) {
  const auto efuse = Open();
  const std::vector<std::uint8_t> key(kEfuseKeySize, 0x5A);
  ASSERT_EQ(efuse->BurnKey({.block = 3, .purpose = KeyPurpose::kHmacUp, .key = key}), kOk);
  const EfuseKeyBlock block = efuse->ReadKeyBlock(3).value();
  EXPECT_TRUE(block.burnt);
  EXPECT_EQ(block.purpose, KeyPurpose::kHmacUp);
  EXPECT_TRUE(block.write_protected);
  EXPECT_FALSE(block.read_protected);
  EXPECT_THAT(block.key, testing::Each(0x5A));
  const std::vector<std::uint8_t> before = Content();
  EXPECT_EQ(efuse->BurnKey({.block = 3, .key = key}).code(), Code::kInvalidState);
  EXPECT_EQ(Content(), before);
  EXPECT_FALSE(efuse->ReadKeyBlock(2)->burnt);
}

TEST_F(FileEfuseTest, ShowsAReadProtectedKeyToHardwareOnly) {
  const auto efuse = Open();
  const std::vector<std::uint8_t> key(kEfuseKeySize, 0x5A);
  ASSERT_EQ(efuse->BurnKey(
                {.block = 0, .purpose = KeyPurpose::kHmacUp, .key = key, .read_protect = true}),
            kOk);
  EXPECT_THAT(efuse->ReadKeyBlock(0)->key, testing::Each(0));
  EXPECT_TRUE(efuse->ReadKeyBlock(0)->burnt);
  EXPECT_THAT(efuse->Read()->keys[0], testing::Each(0x5A));
  EXPECT_EQ(efuse->Read()->FindBlock(KeyPurpose::kHmacUp), 0U);
  EXPECT_FALSE(efuse->Read()->FindBlock(KeyPurpose::kUser).has_value());
}

TEST_F(FileEfuseTest, RefusesBlocksAndKeysThatAreNone) {
  const auto efuse = Open();
  const std::vector<std::uint8_t> key(kEfuseKeySize + 1, 1);
  const Bytes right = Bytes(key).first(kEfuseKeySize);
  EXPECT_EQ(efuse->BurnKey({.block = 6, .key = right}).code(), Code::kInvalidArgument);
  EXPECT_EQ(efuse->BurnKey({.block = 0, .key = key}).code(), Code::kInvalidArgument);
  EXPECT_EQ(efuse->BurnKey({.block = 0, .key = right.first(31)}).code(), Code::kInvalidArgument);
  EXPECT_EQ(efuse->ReadKeyBlock(6).error().code(), Code::kInvalidArgument);
  EXPECT_EQ(efuse->IsDigestRevoked(3).error().code(), Code::kInvalidArgument);
  EXPECT_EQ(efuse->RevokeDigest(3).code(), Code::kInvalidArgument);
  EXPECT_EQ(efuse->Read().value(), EfuseBits{});
}

TEST_F(FileEfuseTest, RevokesADigestForGood) {
  EXPECT_FALSE(Open()->IsDigestRevoked(1).value());
  EXPECT_EQ(Open()->RevokeDigest(1), kOk);
  EXPECT_EQ(Open()->RevokeDigest(1), kOk);
  EXPECT_TRUE(Open()->IsDigestRevoked(1).value());
  EXPECT_FALSE(Open()->IsDigestRevoked(0).value());
}

TEST_F(FileEfuseTest, IsForItsOwnersEyesOnly) {
  const auto mode = [this] {
    struct stat about {};
    EXPECT_EQ(stat(path_.c_str(), &about), 0);
    return about.st_mode & 0777U;
  };
  EXPECT_EQ(mode(), 0600U);
  ASSERT_EQ(Open()->BurnSecureVersion(1), kOk);
  EXPECT_EQ(mode(), 0600U);
}

// A process that burns one bit after the other is killed at any moment: every
// time the file is whole, and no bit that was there is gone.
TEST_F(FileEfuseTest, HoldsTheOldBitsOrTheNewWheneverTheBurningIsCut) {
  std::uint32_t burnt = 0;
  for (int cut = 0; cut < 40 && burnt < 32; ++cut) {
    const pid_t child = fork();
    ASSERT_GE(child, 0);
    if (child == 0) {
      const auto efuse = FileEfuse::Open(path_, 32, Mode::kReadWrite);
      for (std::uint32_t next = burnt + 1; efuse && next <= 32; ++next) {
        if (!(*efuse)->BurnSecureVersion(next).ok()) break;
      }
      _exit(0);
    }
    usleep(static_cast<useconds_t>(cut) * 97);  // another moment each time
    kill(child, SIGKILL);
    ASSERT_EQ(waitpid(child, nullptr, 0), child);
    const auto efuse = Open(32);
    ASSERT_NE(efuse, nullptr) << cut;
    const std::uint32_t found = efuse->ReadSecureVersion().value();
    EXPECT_GE(found, burnt) << cut;
    burnt = found;
  }
}

TEST_F(FileEfuseTest, BurnsNothingWhenOpenedToRead) {
  const auto efuse = Open(16, Mode::kReadOnly);
  EXPECT_EQ(efuse->BurnSecureVersion(1).code(), Code::kInvalidState);
  const std::vector<std::uint8_t> key(kEfuseKeySize, 1);
  EXPECT_EQ(efuse->BurnKey({.block = 0, .key = key}).code(), Code::kInvalidState);
  EXPECT_EQ(efuse->RevokeDigest(0).code(), Code::kInvalidState);
  EXPECT_EQ(efuse->ReadSecureVersion().value(), 0U);
}

TEST_F(FileEfuseTest, CreatesNoFileOverAnother) {
  ASSERT_EQ(Open()->BurnSecureVersion(1), kOk);
  EXPECT_EQ(FileEfuse::Create(path_).code(), Code::kInvalidState);
  EXPECT_EQ(Open()->ReadSecureVersion().value(), 1U);
}

TEST_F(FileEfuseTest, SaysThatTheFileIsMissing) {
  std::filesystem::remove(path_);
  EXPECT_EQ(FileEfuse::Open(path_, 16, Mode::kReadOnly, observer_).error().code(), Code::kNotFound);
  EXPECT_EQ(observer_.failed_reasons(), "efuse_failed");
}

TEST_F(FileEfuseTest, RefusesAFileOfAnotherLength) {
  std::vector<std::uint8_t> file = Content();
  file.pop_back();
  Overwrite(file);
  EXPECT_EQ(Refusal(), Code::kTruncated);
  observer_.Clear();
  Overwrite({});
  EXPECT_EQ(Refusal(), Code::kTruncated);
  observer_.Clear();
  Overwrite(std::vector<std::uint8_t>(225, 0));
  EXPECT_EQ(Refusal(), Code::kTruncated);
}

TEST_F(FileEfuseTest, RefusesAnotherMagic) {
  std::vector<std::uint8_t> file = Content();
  file[7] = 'e';
  Overwrite(file);
  EXPECT_EQ(Refusal(), Code::kBadFormat);
}

TEST_F(FileEfuseTest, RefusesALaterLayout) {
  std::vector<std::uint8_t> file = Content();
  file[8] = 2;
  Overwrite(file);
  EXPECT_EQ(Refusal(), Code::kUnsupported);
}

TEST_F(FileEfuseTest, RefusesEveryFlippedBitOfWhatItHolds) {
  const std::vector<std::uint8_t> good = Content();
  for (std::size_t i = 12; i < good.size(); ++i) {
    std::vector<std::uint8_t> file = good;
    file[i] ^= static_cast<std::uint8_t>(1 << (i % 8));
    Overwrite(file);
    observer_.Clear();
    EXPECT_EQ(Refusal(), Code::kBadChecksum) << i;
  }
}

TEST_F(FileEfuseTest, DoesNotBurnOverAFileThatWasDamagedMeanwhile) {
  const auto efuse = Open();
  std::vector<std::uint8_t> file = Content();
  file[100] = 1;
  Overwrite(file);
  EXPECT_EQ(efuse->BurnSecureVersion(1).code(), Code::kBadChecksum);
  EXPECT_EQ(Content(), file);
}

TEST(FileEfuseDiskFullTest, KeepsTheOldBitsWhenThereIsNoRoomForTheNew) {
  const TemporaryFolder folder;
  const TinyDisk disk(folder.path(), 16 * 4096);
  if (!disk.problem().empty()) GTEST_SKIP() << disk.problem();
  const auto path = folder / "efuse.bin";
  ASSERT_EQ(FileEfuse::Create(path), kOk);
  auto efuse = FileEfuse::Open(path, 16, Mode::kReadWrite);
  ASSERT_TRUE(efuse.has_value());
  std::ofstream(folder / "fill") << std::string(1 << 20, 'x');
  EXPECT_EQ((*efuse)->BurnSecureVersion(1).code(), Code::kNoSpace);
  EXPECT_EQ((*efuse)->ReadSecureVersion().value(), 0U);
  EXPECT_THAT(folder.names(), testing::ElementsAre("efuse.bin", "fill"));
}

}  // namespace
}  // namespace updraft
