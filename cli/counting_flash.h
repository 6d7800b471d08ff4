// SPDX-License-Identifier: Apache-2.0
// A flash that counts what is written through it, for `flash_operations`: what the
// update does to slots and otadata, not what is noted about it.
#pragma once

#include <cstdint>

#include "updraft/flash_encryption.h"
#include "updraft/port/flash.h"

namespace updraft {

class CountingFlash final : public Flash {
 public:
  // `flash` outlives this.
  // What is written at `apart` is not counted.
  explicit CountingFlash(Flash& flash, FlashRegion apart = {}) : flash_(&flash), apart_(apart) {}

  FlashGeometry geometry() const override { return flash_->geometry(); }
  std::uint32_t ProgramUnitAt(std::uint64_t address, std::uint64_t length) const override {
    return flash_->ProgramUnitAt(address, length);
  }
  // Erases and programs that were asked for.
  std::uint64_t operations() const { return operations_; }

 private:
  Status DoRead(std::uint64_t address, MutableBytes out) override {
    return flash_->Read(address, out);
  }
  Status DoErase(std::uint64_t address, std::uint64_t length) override {
    Count(address);
    return flash_->Erase(address, length);
  }
  Status DoProgram(std::uint64_t address, Bytes data) override {
    Count(address);
    return flash_->Program(address, data);
  }
  Status DoSync() override { return flash_->Sync(); }

  void Count(std::uint64_t address) {
    if (address < apart_.offset || address - apart_.offset >= apart_.size) ++operations_;
  }

  Flash* flash_;
  FlashRegion apart_;
  std::uint64_t operations_ = 0;
};

}  // namespace updraft
