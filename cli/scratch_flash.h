// SPDX-License-Identifier: Apache-2.0
// A flash that keeps what is written to it in memory, over another that it only
// reads: what would become of a device, without touching it. Memory as much as
// is written, in whole sectors.
#pragma once

#include <cstdint>
#include <unordered_map>
#include <vector>

#include "updraft/port/flash.h"

namespace updraft {

class ScratchFlash final : public Flash {
 public:
  // `below` outlives this.
  explicit ScratchFlash(Flash& below) : below_(&below) {}

  FlashGeometry geometry() const override { return below_->geometry(); }

 private:
  using Sector = std::vector<std::uint8_t>;

  Status DoRead(std::uint64_t address, MutableBytes out) override;
  Status DoErase(std::uint64_t address, std::uint64_t length) override;
  // NOR rules: a 1 over a 0 is kFlash, as on a part.
  Status DoProgram(std::uint64_t address, Bytes data) override;
  Status DoSync() override { return kOk; }

  // The sector as it would be, copied from below the first time.
  Result<Sector*> Copy(std::uint64_t index);

  Flash* below_;
  std::unordered_map<std::uint64_t, Sector> sectors_;
};

}  // namespace updraft
