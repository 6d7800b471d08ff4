// SPDX-License-Identifier: Apache-2.0
#include "testing/ram_flash.h"

#include <algorithm>

namespace updraft {

RamFlash::RamFlash(FlashGeometry geometry)
    : geometry_(geometry),
      bytes_(geometry.size, 0xFF),
      wear_(geometry.size / geometry.sector_size, 0) {}

void RamFlash::Load(std::uint64_t address, Bytes data) {
  std::ranges::copy(data, bytes().subspan(address, data.size()).begin());
}

void RamFlash::ClearLog() {
  counts_ = {};
  log_.clear();
}

std::uint32_t RamFlash::wear(std::uint64_t address) const {
  return wear_.at(address / geometry_.sector_size);
}

Status RamFlash::DoRead(std::uint64_t address, MutableBytes out) {
  ++counts_.reads;
  log_.push_back({Operation::Kind::kRead, address, out.size()});
  std::ranges::copy(bytes().subspan(address, out.size()), out.begin());
  return kOk;
}

Status RamFlash::DoErase(std::uint64_t address, std::uint64_t length) {
  ++counts_.erases;
  log_.push_back({Operation::Kind::kErase, address, length});
  std::ranges::fill(bytes().subspan(address, length), std::uint8_t{0xFF});
  const std::uint64_t first = address / geometry_.sector_size;
  for (std::uint64_t i = 0; i < length / geometry_.sector_size; ++i) ++wear_[first + i];
  return kOk;
}

Status RamFlash::DoProgram(std::uint64_t address, Bytes data) {
  ++counts_.programs;
  log_.push_back({Operation::Kind::kProgram, address, data.size()});
  const MutableBytes target = bytes().subspan(address, data.size());
  const auto only_clears = [](std::uint8_t stored, std::uint8_t wanted) {
    return (wanted & ~stored) == 0;
  };
  if (!std::ranges::equal(target, data, only_clears)) return {Code::kFlash, Stage::kFlash};
  const auto is_erased = [](std::uint8_t stored) { return stored == 0xFF; };
  if (once_ && !std::ranges::all_of(target, is_erased)) return {Code::kFlash, Stage::kFlash};
  std::ranges::copy(data, target.begin());
  return kOk;
}

Status RamFlash::DoSync() {
  ++counts_.syncs;
  log_.push_back({Operation::Kind::kSync, 0, 0});
  return kOk;
}

}  // namespace updraft
