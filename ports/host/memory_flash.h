// SPDX-License-Identifier: Apache-2.0
// A flash in memory for the tool: what a command judges without a device, such
// as a table and otadata given as files; or what would become of a device's flash,
// which it then lies over and only reads. Only what was written takes memory, so
// any size is cheap. Owns its content.
#pragma once

#include <cstdint>
#include <unordered_map>
#include <vector>

#include "updraft/port/flash.h"

namespace updraft {

class MemoryFlash final : public Flash {
 public:
  // Erased. `geometry` obeys what FlashGeometry says of itself.
  explicit MemoryFlash(FlashGeometry geometry) : geometry_(geometry) {}
  // With what lies in `below`, which is never written and outlives this. Its
  // codes when it cannot be read.
  explicit MemoryFlash(Flash& below) : geometry_(below.geometry()), below_(&below) {}

  FlashGeometry geometry() const override { return geometry_; }

  // Replaces the bytes there, whatever they were. kInvalidArgument when they do
  // not lie within the flash.
  Status Load(std::uint64_t address, Bytes data);

 private:
  using Sector = std::vector<std::uint8_t>;

  Status DoRead(std::uint64_t address, MutableBytes out) override;
  Status DoErase(std::uint64_t address, std::uint64_t length) override;
  Status DoProgram(std::uint64_t address, Bytes data) override;
  Status DoSync() override { return kOk; }

  // The sector to be written; the first time as it lies below.
  Result<Sector*> Kept(std::uint64_t index);

  FlashGeometry geometry_;
  Flash* below_ = nullptr;
  std::unordered_map<std::uint64_t, Sector> sectors_;
};

}  // namespace updraft
