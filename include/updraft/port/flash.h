// SPDX-License-Identifier: Apache-2.0
// The flash that a porter supplies: one address space with NOR rules. An erase
// sets whole sectors to 0xFF, a program only turns ones into zeros. Where flash
// is stored encrypted, that is so underneath (flash_encryption.h).
#pragma once

#include <cstdint>

#include "updraft/bytes.h"
#include "updraft/status.h"

namespace updraft {

struct FlashGeometry {
  std::uint64_t size = 0;            // bytes in all; a multiple of sector_size
  std::uint32_t sector_size = 4096;  // erase unit, a power of two
  std::uint32_t program_unit = 1;    // smallest program, a power of two, <= 32
  // A power of two above sector_size that the part erases quicker than its sectors
  // one by one, as the 64 KiB of most SPI parts; 0: none. An update erases that far
  // ahead, within its slot.
  std::uint32_t block_size = 0;
};

inline constexpr std::uint32_t kMaxProgramUnit = 32;  // bytes

// Public calls check their arguments once, then hand over to the port. Not
// thread-safe: one caller at a time. All calls return
//   kInvalidArgument  outside the flash or not aligned; nothing was done
//   kFlash            the part failed; detail is errno where there is one
class Flash {
 public:
  virtual FlashGeometry geometry() const = 0;  // the same at all times
  // The smallest program within these bytes: geometry().program_unit, or less where
  // only a part of the flash needs that much. A decorator passes it on.
  virtual std::uint32_t ProgramUnitAt(std::uint64_t address, std::uint64_t length) const {
    static_cast<void>(address);
    static_cast<void>(length);
    return geometry().program_unit;
  }

  Status Read(std::uint64_t address, MutableBytes out);  // kInvalidArgument beyond the end; kFlash
  // `address` and `length` are multiples of the sector size.
  Status Erase(std::uint64_t address, std::uint64_t length);
  // `address` and data.size() are multiples of the program unit there. Programming a
  // 1 over a 0 fails with kFlash (NOR): the bytes already there are kept.
  Status Program(std::uint64_t address, Bytes data);
  // All that was erased and programmed before this call survives a power cut.
  Status Sync();

 protected:
  ~Flash() = default;

 private:
  virtual Status DoRead(std::uint64_t address, MutableBytes out) = 0;
  virtual Status DoErase(std::uint64_t address, std::uint64_t length) = 0;
  virtual Status DoProgram(std::uint64_t address, Bytes data) = 0;
  virtual Status DoSync() = 0;
};

}  // namespace updraft
