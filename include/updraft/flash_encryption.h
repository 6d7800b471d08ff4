// SPDX-License-Identifier: Apache-2.0
// Flash that is stored encrypted, as the ESP chips with XTS-AES store it: a
// decorator that whoever puts a Device together sets between it and the part.
// Format: docs/formats.md, "Flash encryption".
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>

#include "updraft/bytes.h"
#include "updraft/observer.h"
#include "updraft/partition.h"
#include "updraft/port/crypto.h"
#include "updraft/port/flash.h"
#include "updraft/status.h"

namespace updraft {

inline constexpr std::size_t kFlashEncryptionUnit = 128;  // has one tweak: its address
inline constexpr std::size_t kFlashEncryptionBlock = 16;  // can be written alone

struct FlashRegion {
  std::uint64_t offset = 0;  // in flash, bytes
  std::uint64_t size = 0;    // bytes; 0: empty
};

// Whether a row of the table is stored encrypted: those with the flag, and by
// their type applications, bootloaders, tables, otadata and the keys of nvs.
bool IsStoredEncrypted(const Partition& partition);

// What is programmed comes back as it was; what was erased and not programmed
// since reads as anything, as on the chips: its 0xFF are deciphered too. The
// program unit is at least 16 bytes where something is stored encrypted. One
// thread.
class EncryptedFlash final : public Flash {
 public:
  // `work` is what is enciphered at once, at least 128 bytes; `regions` has room
  // for what Open() finds, kMaxPartitions + 1 are always enough. All outlive it.
  EncryptedFlash(Flash& flash, Crypto& crypto, MutableBytes work, std::span<FlashRegion> regions)
      : flash_(&flash), crypto_(&crypto), work_(work), regions_(regions) {}
  EncryptedFlash(const EncryptedFlash&) = delete;
  EncryptedFlash& operator=(const EncryptedFlash&) = delete;
  ~EncryptedFlash();

  // First of all: 32 bytes for XTS-AES-128, 64 for XTS-AES-256; not kept.
  // kInvalidArgument for another length, equal halves or too small a work buffer;
  // the codes of the crypto.
  Status SetKey(Bytes key);
  // Then: what is encrypted. From the bootloader to the end of the table's sector
  // everything is, and that holds also when this fails; the rest is read from the
  // table. kNoSpace without room; the codes of PartitionTable::Load.
  Status ReadTable(std::uint64_t bootloader_offset, std::uint64_t table_offset,
                   Observer& observer = NoObserver());

  FlashGeometry geometry() const override;  // with a program unit of at least 16
  // In clear, that of the part.
  std::uint32_t ProgramUnitAt(std::uint64_t address, std::uint64_t length) const override;

 private:
  Status DoRead(std::uint64_t address, MutableBytes out) override;
  Status DoErase(std::uint64_t address, std::uint64_t length) override;
  Status DoProgram(std::uint64_t address, Bytes data) override;
  Status DoSync() override { return flash_->Sync(); }

  struct Stretch {
    std::uint64_t length;
    bool encrypted;
  };
  Stretch StretchAt(std::uint64_t address, std::uint64_t most) const;
  Status AddRegion(FlashRegion region);
  Status ReadBlocks(std::uint64_t address, MutableBytes out);
  Status ReadEncrypted(std::uint64_t address, MutableBytes out);
  Status ProgramEncrypted(std::uint64_t address, Bytes data);

  Flash* flash_;
  Crypto* crypto_;
  MutableBytes work_;
  std::span<FlashRegion> regions_;
  std::size_t region_count_ = 0;
  XtsState enciphering_;
  XtsState deciphering_;
  bool has_key_ = false;
};

}  // namespace updraft
