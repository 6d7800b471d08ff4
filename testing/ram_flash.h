// SPDX-License-Identifier: Apache-2.0
// A flash in memory that obeys NOR rules and remembers what was done to it.
// The flash of nearly every test; a FaultyFlash may stand before it.
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

#include "updraft/port/flash.h"

namespace updraft {

class RamFlash final : public Flash {
 public:
  struct Operation {
    enum class Kind : std::uint8_t { kRead, kErase, kProgram, kSync };
    Kind kind{};
    std::uint64_t address = 0;
    std::uint64_t length = 0;
    bool operator==(const Operation&) const = default;
  };

  struct Counts {
    std::uint64_t reads = 0;
    std::uint64_t erases = 0;  // calls, of any number of sectors
    std::uint64_t programs = 0;
    std::uint64_t syncs = 0;
  };

  static constexpr FlashGeometry kFourMebibytes{.size = 4 << 20};

  // Erased; the geometry obeys what FlashGeometry says of itself.
  explicit RamFlash(FlashGeometry geometry = kFourMebibytes);

  FlashGeometry geometry() const override { return geometry_; }

  // From now on as parts with error-correcting codes: a program unit is programmed
  // once, then not again before its sector is erased.
  void ProgramUnitsOnce() { once_ = true; }

  // What is stored. Writing here obeys no rule and leaves no trace.
  MutableBytes bytes() { return bytes_; }
  Bytes bytes() const { return bytes_; }
  // Copies `data` to `address`, which must fit; as bytes(), no rule, no trace.
  void Load(std::uint64_t address, Bytes data);

  // Calls that reached the part, the refused ones (NOR) included.
  const Counts& counts() const { return counts_; }
  // In order; reads too.
  const std::vector<Operation>& log() const { return log_; }
  void ClearLog();
  // Erases of the sector that holds `address`, over the part's whole life.
  std::uint32_t wear(std::uint64_t address) const;

 private:
  Status DoRead(std::uint64_t address, MutableBytes out) override;
  Status DoErase(std::uint64_t address, std::uint64_t length) override;
  Status DoProgram(std::uint64_t address, Bytes data) override;
  Status DoSync() override;

  FlashGeometry geometry_;
  std::vector<std::uint8_t> bytes_;
  std::vector<std::uint32_t> wear_;  // by sector
  bool once_ = false;
  Counts counts_;
  std::vector<Operation> log_;
};

}  // namespace updraft
