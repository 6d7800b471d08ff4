// SPDX-License-Identifier: Apache-2.0
// A flash that counts what is written through it, for `flash_operations`.
#pragma once

#include <cstdint>

#include "updraft/port/flash.h"

namespace updraft {

class CountingFlash final : public Flash {
 public:
  // `flash` outlives this.
  explicit CountingFlash(Flash& flash) : flash_(&flash) {}

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
    ++operations_;
    return flash_->Erase(address, length);
  }
  Status DoProgram(std::uint64_t address, Bytes data) override {
    ++operations_;
    return flash_->Program(address, data);
  }
  Status DoSync() override { return flash_->Sync(); }

  Flash* flash_;
  std::uint64_t operations_ = 0;
};

}  // namespace updraft
