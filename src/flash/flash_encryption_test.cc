// SPDX-License-Identifier: Apache-2.0
#include "updraft/flash_encryption.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <vector>

#include "ports/host/crypto_openssl.h"
#include "testing/failing_crypto.h"
#include "testing/hex.h"
#include "testing/ram_flash.h"
#include "testing/recording_observer.h"
#include "testing/test_device.h"

namespace updraft {
namespace {

using Buffer = std::vector<std::uint8_t>;

constexpr std::uint64_t kAppOffset = 0x120000;

Buffer Counting(std::size_t size, std::uint8_t first = 0) {
  Buffer bytes(size);
  for (std::size_t i = 0; i < size; ++i) bytes[i] = static_cast<std::uint8_t>(first + i);
  return bytes;
}

class FlashEncryptionTest : public testing::Test {
 protected:
  void Open(std::size_t key_size = 32, std::size_t work_size = 256,
            std::size_t rooms = kMaxPartitions + 1) {
    encrypted_.reset();
    work_.resize(work_size);
    regions_.resize(rooms);
    encrypted_.emplace(flash_, crypto_, work_, regions_);
    ASSERT_EQ(encrypted_->SetKey(Counting(key_size)), kOk);
    ASSERT_EQ(encrypted_->ReadTable(0, kPartitionTableOffset).code(), Code::kBadFormat)
        << "there is none yet, but its place is known";
    const auto table = MakePartitionTable(
        {MakePartition("nvs", PartitionType::kData, 0x02, 0x9000, 0x3000),
         MakePartition("otadata", PartitionType::kData, 0x00, 0xC000, 0x2000),
         MakePartition("plain", PartitionType::kData, 0x06, 0xE000, 0x1000), Flagged(),
         MakePartition("ota_0", PartitionType::kApp, 0x10, kAppOffset, 0x10000)},
        crypto_);
    ASSERT_EQ(encrypted_->Program(kPartitionTableOffset, table), kOk);
    ASSERT_EQ(encrypted_->ReadTable(0, kPartitionTableOffset), kOk);
  }

  static Partition Flagged() {
    Partition partition = MakePartition("secret", PartitionType::kData, 0x06, 0xF000, 0x1000);
    partition.flags = 1;
    return partition;
  }

  Buffer Stored(std::uint64_t address, std::size_t size) {
    const auto from = flash_.bytes().begin() + static_cast<std::ptrdiff_t>(address);
    return {from, from + static_cast<std::ptrdiff_t>(size)};
  }
  Buffer Read(std::uint64_t address, std::size_t size) {
    Buffer bytes(size);
    EXPECT_EQ(encrypted_->Read(address, bytes), kOk);
    return bytes;
  }
  Buffer Programmed(std::uint64_t address, const Buffer& data) {
    EXPECT_EQ(encrypted_->Program(address, data), kOk);
    return Stored(address, data.size());
  }

  OpensslCrypto crypto_;
  RamFlash flash_{{.size = 1 << 21}};
  Buffer work_;
  std::vector<FlashRegion> regions_;
  std::optional<EncryptedFlash> encrypted_;
};

// What espsecure makes of the same.
TEST_F(FlashEncryptionTest, StoresWhatTheVendorsToolMakes) {
  Open(32);
  const Buffer plain = Counting(128, 1);
  const Buffer stored = Programmed(kAppOffset, plain);
  EXPECT_EQ(ToHex(Bytes(stored).first(16)), "34d1042434331d811a7b3d714686d93c");
  EXPECT_EQ(ToHex(*Sha256(crypto_, stored)),
            "92b7a2a578463f2d4349f388ab091b0279b2b35fe7324df6c82bc2047e938d48");
  EXPECT_EQ(Read(kAppOffset, 128), plain);
}

TEST_F(FlashEncryptionTest, StoresABlockAsTheVendorsToolMakesIt) {
  Open(32);
  EXPECT_EQ(ToHex(Programmed(kAppOffset + 16, Counting(16, 1))),
            "3345688fba032a93d535220ddb22f054");
}

TEST_F(FlashEncryptionTest, StoresWhatTheVendorsToolMakesWithALongKey) {
  Open(64);
  const Buffer stored = Programmed(kAppOffset, Counting(128, 1));
  EXPECT_EQ(ToHex(Bytes(stored).first(16)), "f276d0f7e4d404dec7ab34afcdacb6e2");
  EXPECT_EQ(ToHex(*Sha256(crypto_, stored)),
            "a60accbfdaa1bc751de04fd4d0c737fad2d09be064dcbc7a35b533436c4c74f1");
}

TEST_F(FlashEncryptionTest, BindsWhatItStoresToItsPlace) {
  Open();
  const Buffer plain = Counting(128);
  const Buffer here = Programmed(kAppOffset, plain);
  const Buffer there = Programmed(kAppOffset + 128, plain);
  EXPECT_NE(here, there);
  flash_.Load(kAppOffset + 256, here);
  EXPECT_NE(Read(kAppOffset + 256, 128), plain) << "moved, it says something else";
}

TEST_F(FlashEncryptionTest, ReadsAnyPiece) {
  Open();
  const Buffer plain = Counting(1000 & ~15U);
  ASSERT_EQ(encrypted_->Program(kAppOffset + 48, plain), kOk);
  for (std::size_t from = 0; from < 200; from += 7) {
    for (std::size_t size : {1U, 15U, 16U, 17U, 127U, 128U, 129U, 300U}) {
      const auto begin = plain.begin() + static_cast<std::ptrdiff_t>(from);
      EXPECT_EQ(Read(kAppOffset + 48 + from, size),
                Buffer(begin, begin + static_cast<std::ptrdiff_t>(size)))
          << from << " " << size;
    }
  }
}

TEST_F(FlashEncryptionTest, StoresTheSameWhateverIsWrittenAtOnce) {
  Open(32, 4096);
  const Buffer plain = Counting(4096);
  const Buffer whole = Programmed(kAppOffset, plain);
  for (const std::size_t work : {128U, 255U, 640U}) {
    for (const std::size_t piece : {16U, 48U, 128U, 1024U, 4096U}) {
      ASSERT_EQ(flash_.Erase(0, 1 << 21), kOk);
      Open(32, work);
      for (std::size_t at = 0; at < plain.size(); at += piece) {
        const std::size_t some = std::min(piece, plain.size() - at);
        ASSERT_EQ(encrypted_->Program(kAppOffset + at, Bytes(plain).subspan(at, some)), kOk);
      }
      EXPECT_EQ(Stored(kAppOffset, plain.size()), whole) << work << " " << piece;
    }
  }
}

TEST_F(FlashEncryptionTest, EncryptsWhatTheChipsEncrypt) {
  Open();
  const Buffer plain = Counting(64);
  EXPECT_EQ(Programmed(0x9000, plain), plain) << "nvs";
  EXPECT_EQ(Programmed(0xE000, plain), plain) << "data";
  EXPECT_NE(Programmed(0xF000, plain), plain) << "with the flag";
  EXPECT_NE(Programmed(0xC000, plain), plain) << "otadata";
  EXPECT_NE(Programmed(0, plain), plain) << "the bootloader";
  EXPECT_NE(Stored(kPartitionTableOffset, 2), (Buffer{0xAA, 0x50})) << "the table";
  EXPECT_EQ(Programmed(0x130000, plain), plain) << "behind all partitions";
  for (const std::uint64_t address : {0x9000U, 0xE000U, 0xF000U, 0xC000U, 0U, 0x130000U}) {
    EXPECT_EQ(Read(address, 64), plain) << address;
  }
}

TEST_F(FlashEncryptionTest, KnowsWhichPartitionsAreEncrypted) {
  const auto is_encrypted = [](std::uint8_t type, std::uint8_t subtype) {
    return IsStoredEncrypted(
        MakePartition("x", static_cast<PartitionType>(type), subtype, 0, 0x1000));
  };
  EXPECT_TRUE(is_encrypted(0, 0x20));
  EXPECT_TRUE(is_encrypted(1, 0x00));
  EXPECT_TRUE(is_encrypted(1, 0x04));
  EXPECT_TRUE(is_encrypted(2, 0));
  EXPECT_TRUE(is_encrypted(3, 0));
  for (const int subtype : {0x01, 0x02, 0x03, 0x05, 0x06, 0x80, 0x81, 0x82, 0x83}) {
    EXPECT_FALSE(is_encrypted(1, static_cast<std::uint8_t>(subtype))) << subtype;
  }
  EXPECT_FALSE(is_encrypted(0x40, 0));
  EXPECT_TRUE(IsStoredEncrypted(Flagged()));
}

TEST_F(FlashEncryptionTest, CrossesTheBordersOfPartitions) {
  Open();
  const Buffer plain = Counting(0x60);
  ASSERT_EQ(encrypted_->Program(0xEFD0, plain), kOk);
  EXPECT_EQ(Stored(0xEFD0, 0x30), Buffer(plain.begin(), plain.begin() + 0x30));
  EXPECT_NE(Stored(0xF000, 0x30), Buffer(plain.begin() + 0x30, plain.end()));
  EXPECT_EQ(Read(0xEFD0, 0x60), plain);
  EXPECT_EQ(Read(0xEFF5, 0x20), Buffer(plain.begin() + 0x25, plain.begin() + 0x45));
}

TEST_F(FlashEncryptionTest, ErasesToOnesUnderneath) {
  Open();
  ASSERT_EQ(encrypted_->Program(kAppOffset, Counting(128)), kOk);
  ASSERT_EQ(encrypted_->Erase(kAppOffset, 4096), kOk);
  EXPECT_EQ(Stored(kAppOffset, 4096), Buffer(4096, 0xFF));
  EXPECT_NE(Read(kAppOffset, 128), Buffer(128, 0xFF)) << "as the chip reads it";
}

TEST_F(FlashEncryptionTest, ProgramsNoLessThanABlock) {
  Open();
  EXPECT_EQ(encrypted_->geometry().program_unit, 16U);
  EXPECT_EQ(encrypted_->geometry().size, 1U << 21);
  EXPECT_EQ(encrypted_->Program(kAppOffset, Counting(8)).code(), Code::kInvalidArgument);
  EXPECT_EQ(encrypted_->Program(kAppOffset + 8, Counting(16)).code(), Code::kInvalidArgument);
  RamFlash coarse({.size = 1 << 20, .program_unit = 32});
  EncryptedFlash over_coarse(coarse, crypto_, work_, regions_);
  EXPECT_EQ(over_coarse.geometry().program_unit, 32U);
}

TEST_F(FlashEncryptionTest, ProgramsAsLittleAsThePartWhereNothingIsEncrypted) {
  Open();
  EXPECT_EQ(encrypted_->ProgramUnitAt(0x9001, 3), 1U);
  EXPECT_EQ(encrypted_->Program(0x9001, Counting(3)), kOk);
  EXPECT_EQ(Read(0x9001, 3), Counting(3));
  EXPECT_EQ(encrypted_->ProgramUnitAt(0xEFF0, 16), 1U);
  EXPECT_EQ(encrypted_->ProgramUnitAt(0xEFF0, 17), 16U) << "into the next partition";
  EXPECT_EQ(encrypted_->Program(0xEFF8, Counting(16)).code(), Code::kInvalidArgument);
  EXPECT_EQ(encrypted_->ProgramUnitAt(kAppOffset, 4), 16U);
  EXPECT_EQ(encrypted_->ProgramUnitAt(~std::uint64_t{0}, 4), 1U);
  EXPECT_EQ(encrypted_->Program(~std::uint64_t{0}, Counting(4)).code(), Code::kInvalidArgument);
}

TEST_F(FlashEncryptionTest, RefusesAKeyThatIsNone) {
  Buffer work(128);
  regions_.resize(2);
  for (const std::size_t size : {0U, 16U, 31U, 33U, 48U, 65U}) {
    EncryptedFlash flash(flash_, crypto_, work, regions_);
    EXPECT_EQ(flash.SetKey(Counting(size)).code(), Code::kInvalidArgument) << size;
  }
  EncryptedFlash flash(flash_, crypto_, work, regions_);
  EXPECT_EQ(flash.SetKey(Buffer(32, 7)).code(), Code::kInvalidArgument) << "equal halves";
  Buffer bytes(16);
  EXPECT_EQ(flash.Read(0, bytes).code(), Code::kInvalidState) << "it has no key yet";
  EXPECT_EQ(flash.Program(0, bytes).code(), Code::kInvalidState);
  EXPECT_EQ(flash.SetKey(Counting(32)), kOk);
  EXPECT_EQ(flash.SetKey(Counting(32)).code(), Code::kInvalidState);
  EncryptedFlash small(flash_, crypto_, MutableBytes(work).first(127), regions_);
  EXPECT_EQ(small.SetKey(Counting(32)).code(), Code::kInvalidArgument);
}

TEST_F(FlashEncryptionTest, NeedsRoomForWhatIsEncrypted) {
  Open();
  std::array<FlashRegion, 3> few{};
  EncryptedFlash flash(flash_, crypto_, work_, few);
  ASSERT_EQ(flash.SetKey(Counting(32)), kOk);
  EXPECT_EQ(flash.ReadTable(0, kPartitionTableOffset).code(), Code::kNoSpace);
}

TEST_F(FlashEncryptionTest, SeesNoTableWithAnotherKey) {
  Open();
  EncryptedFlash flash(flash_, crypto_, work_, regions_);
  ASSERT_EQ(flash.SetKey(Counting(32, 1)), kOk);
  RecordingObserver observer;
  EXPECT_EQ(flash.ReadTable(0, kPartitionTableOffset, observer).code(), Code::kBadFormat);
  EXPECT_EQ(observer.failed_reasons(), "bad_partition_table");
}

TEST_F(FlashEncryptionTest, PassesOnEveryFailureOfTheCryptoAndEndsWhatRuns) {
  Open();
  FailingCrypto failing(crypto_);
  const auto run = [&] {
    EncryptedFlash flash(flash_, failing, work_, regions_);
    UPDRAFT_TRY(flash.SetKey(Counting(32)));
    UPDRAFT_TRY(flash.ReadTable(0, kPartitionTableOffset));
    UPDRAFT_TRY(flash.Erase(kAppOffset, 4096));
    UPDRAFT_TRY(flash.Program(kAppOffset, Counting(256)));
    Buffer bytes(200);
    return flash.Read(kAppOffset + 1, bytes);
  };
  failing.FailCall(0);
  ASSERT_EQ(run(), kOk);
  EXPECT_EQ(failing.running_ciphers(), 0);
  const std::uint64_t calls = failing.calls();
  for (std::uint64_t call = 1; call <= calls; ++call) {
    failing.FailCall(call);
    EXPECT_FALSE(run().ok()) << call;
    EXPECT_EQ(failing.running_ciphers(), 0) << call;
  }
}

}  // namespace
}  // namespace updraft
