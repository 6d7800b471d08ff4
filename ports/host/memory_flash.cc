// SPDX-License-Identifier: Apache-2.0
#include "ports/host/memory_flash.h"

#include <algorithm>
#include <cstddef>
#include <utility>

namespace updraft {
namespace {

// Calls visit(sector index, offset within it, offset within the span, length)
// for each sector that the span touches, until one fails.
template <typename Visit>
Status ForEachSector(std::uint64_t address, std::size_t length, std::uint32_t sector_size,
                     const Visit& visit) {
  for (std::size_t done = 0; done < length;) {
    const std::uint64_t at = address + done;
    const auto within = static_cast<std::size_t>(at % sector_size);
    const std::size_t some = std::min<std::size_t>(length - done, sector_size - within);
    UPDRAFT_TRY(visit(at / sector_size, within, done, some));
    done += some;
  }
  return kOk;
}

}  // namespace

Result<MemoryFlash::Sector*> MemoryFlash::Kept(std::uint64_t index) {
  const auto found = sectors_.find(index);
  if (found != sectors_.end()) return &found->second;
  Sector sector(geometry_.sector_size, 0xFF);
  if (below_ != nullptr) UPDRAFT_TRY(below_->Read(index * geometry_.sector_size, sector));
  return &(sectors_[index] = std::move(sector));
}

Status MemoryFlash::Load(std::uint64_t address, Bytes data) {
  if (address > geometry_.size || data.size() > geometry_.size - address) {
    return {Code::kInvalidArgument, Stage::kFlash};
  }
  return ForEachSector(
      address, data.size(), geometry_.sector_size,
      [&](std::uint64_t index, std::size_t within, std::size_t done, std::size_t some) -> Status {
        UPDRAFT_TRY_ASSIGN(Sector* const sector, Kept(index));
        std::ranges::copy(data.subspan(done, some), sector->data() + within);
        return kOk;
      });
}

Status MemoryFlash::DoRead(std::uint64_t address, MutableBytes out) {
  return ForEachSector(
      address, out.size(), geometry_.sector_size,
      [&](std::uint64_t index, std::size_t within, std::size_t done, std::size_t some) -> Status {
        const MutableBytes piece = out.subspan(done, some);
        const auto sector = sectors_.find(index);
        if (sector != sectors_.end()) {
          std::ranges::copy(Bytes(sector->second).subspan(within, some), piece.data());
        } else if (below_ != nullptr) {
          return below_->Read(address + done, piece);
        } else {
          std::ranges::fill(piece, std::uint8_t{0xFF});
        }
        return kOk;
      });
}

Status MemoryFlash::DoErase(std::uint64_t address, std::uint64_t length) {
  const std::uint64_t first = address / geometry_.sector_size;
  const std::uint64_t end = first + length / geometry_.sector_size;
  if (below_ != nullptr) {
    for (std::uint64_t i = first; i < end; ++i) sectors_[i].assign(geometry_.sector_size, 0xFF);
    return kOk;
  }
  std::erase_if(sectors_,
                [&](const auto& sector) { return sector.first >= first && sector.first < end; });
  return kOk;
}

Status MemoryFlash::DoProgram(std::uint64_t address, Bytes data) {
  const Status allowed = ForEachSector(
      address, data.size(), geometry_.sector_size,
      [&](std::uint64_t index, std::size_t within, std::size_t done, std::size_t some) -> Status {
        UPDRAFT_TRY_ASSIGN(const Sector* const sector, Kept(index));
        bool rises = false;
        for (std::size_t i = 0; i < some; ++i) {
          rises = rises || (data[done + i] & ~(*sector)[within + i]) != 0;
        }
        return rises ? Status(Code::kFlash, Stage::kFlash) : kOk;
      });
  return allowed.ok() ? Load(address, data) : allowed;
}

}  // namespace updraft
