// SPDX-License-Identifier: Apache-2.0
#include "cli/scratch_flash.h"

#include <algorithm>

namespace updraft {
namespace {

// Calls `visit(sector index, offset in it, offset in the whole, count)` for each
// piece of the range that lies in one sector.
template <typename Visit>
Status EachSector(std::uint64_t sector_size, std::uint64_t address, std::size_t size,
                  const Visit& visit) {
  for (std::size_t done = 0; done < size;) {
    const std::uint64_t at = address + done;
    const auto offset = static_cast<std::size_t>(at % sector_size);
    const std::size_t count =
        std::min<std::size_t>(size - done, static_cast<std::size_t>(sector_size) - offset);
    UPDRAFT_TRY(visit(at / sector_size, offset, done, count));
    done += count;
  }
  return kOk;
}

}  // namespace

Status ScratchFlash::DoRead(std::uint64_t address, MutableBytes out) {
  return EachSector(
      geometry().sector_size, address, out.size(),
      [&](std::uint64_t index, std::size_t offset, std::size_t at, std::size_t count) -> Status {
        const auto found = sectors_.find(index);
        if (found == sectors_.end()) {
          return below_->Read(address + at, out.subspan(at, count));
        }
        const Bytes piece = Bytes(found->second).subspan(offset, count);
        std::ranges::copy(piece, out.subspan(at, count).begin());
        return kOk;
      });
}

Status ScratchFlash::DoErase(std::uint64_t address, std::uint64_t length) {
  const std::uint64_t size = geometry().sector_size;
  for (std::uint64_t at = address; at < address + length; at += size) {
    sectors_[at / size].assign(static_cast<std::size_t>(size), 0xFF);
  }
  return kOk;
}

Status ScratchFlash::DoProgram(std::uint64_t address, Bytes data) {
  return EachSector(
      geometry().sector_size, address, data.size(),
      [&](std::uint64_t index, std::size_t offset, std::size_t at, std::size_t count) -> Status {
        UPDRAFT_TRY_ASSIGN(Sector* const sector, Copy(index));
        bool rises = false;
        for (std::size_t i = 0; i < count; ++i) {
          std::uint8_t& cell = (*sector)[offset + i];
          rises = rises || (data[at + i] & ~cell) != 0;
          cell &= data[at + i];
        }
        return rises ? Status(Code::kFlash, Stage::kFlash) : kOk;
      });
}

Result<ScratchFlash::Sector*> ScratchFlash::Copy(std::uint64_t index) {
  const auto found = sectors_.find(index);
  if (found != sectors_.end()) return &found->second;
  const std::uint64_t size = geometry().sector_size;
  Sector sector(static_cast<std::size_t>(size));
  UPDRAFT_TRY(below_->Read(index * size, sector));
  return &(sectors_[index] = std::move(sector));
}

}  // namespace updraft
