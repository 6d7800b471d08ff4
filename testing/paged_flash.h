// SPDX-License-Identifier: Apache-2.0
// What a driver makes of calls before they reach the part: programs end at the
// part's pages, and sectors are erased one by one. Before a FaultyFlash it makes
// each of these an operation that the power can be cut in.
#pragma once

#include <cstdint>

#include "updraft/port/flash.h"

namespace updraft {

class PagedFlash final : public Flash {
 public:
  // `page`: bytes, a power of two that is no less than the program unit. The flash
  // outlives it.
  PagedFlash(Flash& flash, std::uint32_t page) : flash_(&flash), page_(page) {}

  FlashGeometry geometry() const override { return flash_->geometry(); }
  std::uint32_t ProgramUnitAt(std::uint64_t address, std::uint64_t length) const override {
    return flash_->ProgramUnitAt(address, length);
  }

 private:
  Status DoRead(std::uint64_t address, MutableBytes out) override;
  Status DoErase(std::uint64_t address, std::uint64_t length) override;
  Status DoProgram(std::uint64_t address, Bytes data) override;
  Status DoSync() override { return flash_->Sync(); }

  Flash* flash_;
  std::uint32_t page_;
};

}  // namespace updraft
