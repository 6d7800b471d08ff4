// SPDX-License-Identifier: Apache-2.0
// Files shown to the core as a flash: pieces of bytes at their addresses, 0xFF
// everywhere else. Commands that judge files through the core use it.
#pragma once

#include <cstdint>
#include <vector>

#include "updraft/port/flash.h"

namespace updraft {

class ReadOnlyFlash final : public Flash {
 public:
  // `size` in bytes, of the whole flash.
  explicit ReadOnlyFlash(std::uint64_t size) : size_(size) {}

  // Shows `bytes`, which outlive the flash, from `address` on; what lies beyond
  // the flash's end is not seen. A later piece lies over an earlier one.
  void Show(std::uint64_t address, Bytes bytes) { pieces_.push_back({address, bytes}); }

  FlashGeometry geometry() const override { return {.size = size_}; }

 private:
  struct Piece {
    std::uint64_t address;
    Bytes bytes;
  };

  Status DoRead(std::uint64_t address, MutableBytes out) override;
  // kUnsupported: nothing is written here.
  Status DoErase(std::uint64_t address, std::uint64_t length) override;
  Status DoProgram(std::uint64_t address, Bytes data) override;
  Status DoSync() override { return kOk; }

  std::uint64_t size_;
  std::vector<Piece> pieces_;
};

}  // namespace updraft
