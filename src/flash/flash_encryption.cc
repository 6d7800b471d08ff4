// SPDX-License-Identifier: Apache-2.0
// XTS-AES over flash. The chips run each unit of 128 bytes through XTS backwards:
// reversed, ciphered, reversed again; so its last 16 bytes are XTS block 0.
#include "updraft/flash_encryption.h"

#include <algorithm>
#include <array>

namespace updraft {
namespace {

constexpr std::uint32_t kFlagEncrypted = 1;
constexpr std::uint8_t kSubtypeNvsKeys = 0x04;
constexpr std::uint64_t kTableSector = 0x1000;
constexpr std::uint64_t kBlock = kFlashEncryptionBlock;
constexpr std::uint64_t kUnit = kFlashEncryptionUnit;

// What lies in the unit at `address`, all of it or some of its blocks.
Status CipherInUnit(Crypto& crypto, XtsState& state, std::uint64_t address, MutableBytes data) {
  const std::uint64_t unit = address & ~(kUnit - 1);
  const auto first = static_cast<std::size_t>(address - unit);
  std::array<std::uint8_t, kFlashEncryptionUnit> blocks{};
  const auto end = blocks.rbegin() + static_cast<std::ptrdiff_t>(first + data.size());
  std::copy(data.begin(), data.end(), blocks.rbegin() + static_cast<std::ptrdiff_t>(first));
  std::array<std::uint8_t, kXtsTweakSize> tweak{};
  StoreLe64(tweak.data(), unit);
  UPDRAFT_TRY(crypto.XtsUnit(state, tweak, blocks, blocks));
  std::copy(blocks.rbegin() + static_cast<std::ptrdiff_t>(first), end, data.begin());
  return kOk;
}

// Whole blocks, wherever the units begin.
Status Cipher(Crypto& crypto, XtsState& state, std::uint64_t address, MutableBytes data) {
  while (!data.empty()) {
    const std::size_t some =
        std::min<std::size_t>(data.size(), static_cast<std::size_t>(kUnit - address % kUnit));
    UPDRAFT_TRY(CipherInUnit(crypto, state, address, data.first(some)));
    address += some;
    data = data.subspan(some);
  }
  return kOk;
}

}  // namespace

bool IsStoredEncrypted(const Partition& partition) {
  if ((partition.flags & kFlagEncrypted) != 0) return true;
  switch (partition.type) {
    case PartitionType::kApp:
    case PartitionType::kBootloader:
    case PartitionType::kPartitionTable: return true;
    case PartitionType::kData:
      return partition.subtype == kSubtypeOtadata || partition.subtype == kSubtypeNvsKeys;
  }
  return false;
}

EncryptedFlash::~EncryptedFlash() {
  if (!has_key_) return;
  crypto_->XtsDiscard(enciphering_);
  crypto_->XtsDiscard(deciphering_);
}

Status EncryptedFlash::SetKey(Bytes key) {
  if (has_key_) return {Code::kInvalidState, Stage::kFlash};
  if (work_.size() < kFlashEncryptionUnit) return {Code::kInvalidArgument, Stage::kFlash};
  UPDRAFT_TRY(crypto_->XtsStart(Crypto::XtsDirection::kEncipher, key, enciphering_));
  const Status started = crypto_->XtsStart(Crypto::XtsDirection::kDecipher, key, deciphering_);
  if (!started.ok()) crypto_->XtsDiscard(enciphering_);
  has_key_ = started.ok();
  return started;
}

Status EncryptedFlash::ReadTable(std::uint64_t bootloader_offset, std::uint64_t table_offset,
                                 Observer& observer) {
  region_count_ = 0;
  const std::uint64_t begin = std::min(bootloader_offset, table_offset);
  UPDRAFT_TRY(AddRegion({begin, table_offset + kTableSector - begin}));
  UPDRAFT_TRY_ASSIGN(const PartitionTable table,
                     PartitionTable::Load(*this, table_offset, *crypto_, observer));
  for (std::size_t i = 0; i < table.size(); ++i) {
    UPDRAFT_TRY_ASSIGN(const Partition partition, table.At(i));
    if (!IsStoredEncrypted(partition)) continue;
    UPDRAFT_TRY(AddRegion({partition.offset, partition.size}));
  }
  return kOk;
}

Status EncryptedFlash::AddRegion(FlashRegion region) {
  if (region_count_ == regions_.size()) return {Code::kNoSpace, Stage::kFlash};
  regions_[region_count_++] = region;
  return kOk;
}

// The longest piece from `address` on that is stored in one way.
EncryptedFlash::Stretch EncryptedFlash::StretchAt(std::uint64_t address, std::uint64_t most) const {
  Stretch stretch{most, false};
  for (const FlashRegion& region : regions_.first(region_count_)) {
    if (address < region.offset) {
      stretch.length = std::min(stretch.length, region.offset - address);
    } else if (address - region.offset < region.size) {
      return {std::min(most, region.offset + region.size - address), true};
    }
  }
  return stretch;
}

FlashGeometry EncryptedFlash::geometry() const {
  FlashGeometry shape = flash_->geometry();
  shape.program_unit =
      std::max(shape.program_unit, static_cast<std::uint32_t>(kFlashEncryptionBlock));
  return shape;
}

std::uint32_t EncryptedFlash::ProgramUnitAt(std::uint64_t address, std::uint64_t length) const {
  const Stretch stretch = StretchAt(address, length);
  const bool all_in_clear = !stretch.encrypted && stretch.length == length;
  return all_in_clear ? flash_->ProgramUnitAt(address, length) : geometry().program_unit;
}

Status EncryptedFlash::DoRead(std::uint64_t address, MutableBytes out) {
  if (!has_key_) return {Code::kInvalidState, Stage::kFlash};
  while (!out.empty()) {
    const Stretch stretch = StretchAt(address, out.size());
    const MutableBytes some = out.first(static_cast<std::size_t>(stretch.length));
    UPDRAFT_TRY(stretch.encrypted ? ReadEncrypted(address, some) : flash_->Read(address, some));
    address += some.size();
    out = out.subspan(some.size());
  }
  return kOk;
}

Status EncryptedFlash::ReadBlocks(std::uint64_t address, MutableBytes out) {
  UPDRAFT_TRY(flash_->Read(address, out));
  return Cipher(*crypto_, deciphering_, address, out);
}

// Whole blocks where they are wanted; those at the ends beside.
Status EncryptedFlash::ReadEncrypted(std::uint64_t address, MutableBytes out) {
  while (!out.empty()) {
    const auto within = static_cast<std::size_t>(address % kBlock);
    const std::size_t whole = out.size() & ~static_cast<std::size_t>(kBlock - 1);
    std::size_t count = whole;
    if (within == 0 && whole > 0) {
      UPDRAFT_TRY(ReadBlocks(address, out.first(whole)));
    } else {
      std::array<std::uint8_t, kFlashEncryptionBlock> block{};
      UPDRAFT_TRY(ReadBlocks(address - within, block));
      count = std::min(out.size(), block.size() - within);
      std::copy_n(block.begin() + static_cast<std::ptrdiff_t>(within), count, out.begin());
    }
    address += count;
    out = out.subspan(count);
  }
  return kOk;
}

Status EncryptedFlash::DoErase(std::uint64_t address, std::uint64_t length) {
  return flash_->Erase(address, length);
}

Status EncryptedFlash::DoProgram(std::uint64_t address, Bytes data) {
  if (!has_key_) return {Code::kInvalidState, Stage::kFlash};
  while (!data.empty()) {
    const Stretch stretch = StretchAt(address, data.size());
    const Bytes some = data.first(static_cast<std::size_t>(stretch.length));
    UPDRAFT_TRY(stretch.encrypted ? ProgramEncrypted(address, some)
                                  : flash_->Program(address, some));
    address += some.size();
    data = data.subspan(some.size());
  }
  return kOk;
}

Status EncryptedFlash::ProgramEncrypted(std::uint64_t address, Bytes data) {
  const MutableBytes work = work_.first(work_.size() & ~static_cast<std::size_t>(kUnit - 1));
  while (!data.empty()) {
    const MutableBytes some = work.first(std::min(work.size(), data.size()));
    std::copy_n(data.begin(), some.size(), some.begin());
    UPDRAFT_TRY(Cipher(*crypto_, enciphering_, address, some));
    UPDRAFT_TRY(flash_->Program(address, some));
    address += some.size();
    data = data.subspan(some.size());
  }
  return kOk;
}

}  // namespace updraft
