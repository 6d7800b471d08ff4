// SPDX-License-Identifier: Apache-2.0
#include "ports/host/memory_flash.h"

#include <algorithm>
#include <cstddef>

namespace updraft {
namespace {

// Calls visit(sector index, offset within it, offset within the span, length)
// for each sector that the span touches.
template <typename Visit>
void ForEachSector(std::uint64_t address, std::size_t length, std::uint32_t sector_size,
                   const Visit& visit) {
  for (std::size_t done = 0; done < length;) {
    const std::uint64_t at = address + done;
    const auto within = static_cast<std::size_t>(at % sector_size);
    const std::size_t some = std::min<std::size_t>(length - done, sector_size - within);
    visit(at / sector_size, within, done, some);
    done += some;
  }
}

}  // namespace

std::vector<std::uint8_t>& MemoryFlash::Sector(std::uint64_t index) {
  return sectors_.try_emplace(index, geometry_.sector_size, std::uint8_t{0xFF}).first->second;
}

Status MemoryFlash::Load(std::uint64_t address, Bytes data) {
  if (address > geometry_.size || data.size() > geometry_.size - address) {
    return {Code::kInvalidArgument, Stage::kFlash};
  }
  ForEachSector(address, data.size(), geometry_.sector_size,
                [&](std::uint64_t index, std::size_t within, std::size_t done, std::size_t some) {
                  std::ranges::copy(data.subspan(done, some), Sector(index).data() + within);
                });
  return kOk;
}

Status MemoryFlash::DoRead(std::uint64_t address, MutableBytes out) {
  ForEachSector(address, out.size(), geometry_.sector_size,
                [&](std::uint64_t index, std::size_t within, std::size_t done, std::size_t some) {
                  const auto sector = sectors_.find(index);
                  if (sector == sectors_.end()) {
                    std::ranges::fill(out.subspan(done, some), std::uint8_t{0xFF});
                  } else {
                    std::ranges::copy(Bytes(sector->second).subspan(within, some),
                                      out.data() + done);
                  }
                });
  return kOk;
}

Status MemoryFlash::DoErase(std::uint64_t address, std::uint64_t length) {
  const std::uint64_t first = address / geometry_.sector_size;
  const std::uint64_t end = first + length / geometry_.sector_size;
  std::erase_if(sectors_,
                [&](const auto& sector) { return sector.first >= first && sector.first < end; });
  return kOk;
}

Status MemoryFlash::DoProgram(std::uint64_t address, Bytes data) {
  bool allowed = true;
  ForEachSector(address, data.size(), geometry_.sector_size,
                [&](std::uint64_t index, std::size_t within, std::size_t done, std::size_t some) {
                  const auto sector = sectors_.find(index);
                  if (sector == sectors_.end()) return;
                  for (std::size_t i = 0; i < some; ++i) {
                    if ((data[done + i] & ~sector->second[within + i]) != 0) allowed = false;
                  }
                });
  if (!allowed) return {Code::kFlash, Stage::kFlash};
  return Load(address, data);
}

}  // namespace updraft
