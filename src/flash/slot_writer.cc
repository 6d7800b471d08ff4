// SPDX-License-Identifier: Apache-2.0
#include "src/flash/slot_writer.h"

#include <algorithm>
#include <cstring>

namespace updraft {

SlotWriter::SlotWriter(Flash& flash, const Partition& slot) : flash_(&flash), slot_(&slot) {
  const FlashGeometry geometry = flash.geometry();
  // To the end of a block of the part, wherever the slot begins.
  erase_unit_ = std::max(geometry.block_size, geometry.sector_size);
  program_unit_ = static_cast<std::uint8_t>(geometry.program_unit);
}

void SlotWriter::Adopt(std::uint64_t count) {
  adopted_ = count;
  erased_ = count;
}

Status SlotWriter::Write(Bytes data) {
  if (data.empty()) return kOk;
  if (data.size() > slot_->size - taken_) return {Code::kNoSpace, Stage::kFlash};
  taken_ += data.size();
  if (head_size_ < kHeadSize) {
    const std::size_t count = std::min(kHeadSize - head_size_, data.size());
    std::memcpy(head_.data() + head_size_, data.data(), count);
    head_size_ = static_cast<std::uint8_t>(head_size_ + count);
    stored_ += count;
    data = data.subspan(count);
    // An image that stood here must not start from now on: its head is gone for good
    // before the first byte of another is written, whatever a cut takes back.
    const bool stood = erased_ == 0;
    UPDRAFT_TRY(EraseUpTo(kHeadSize));
    if (stood) UPDRAFT_TRY(flash_->Sync());
  }
  if (stored_ < adopted_) {
    const auto count =
        static_cast<std::size_t>(std::min<std::uint64_t>(adopted_ - stored_, data.size()));
    stored_ += count;
    data = data.subspan(count);
  }
  return Append(data);
}

Status SlotWriter::Append(Bytes data) {
  if (unit_size_ > 0) {
    const std::size_t count = std::min<std::size_t>(program_unit_ - unit_size_, data.size());
    std::memcpy(unit_.data() + unit_size_, data.data(), count);
    unit_size_ = static_cast<std::uint8_t>(unit_size_ + count);
    data = data.subspan(count);
    if (unit_size_ < program_unit_) return kOk;
    UPDRAFT_TRY(Program(Bytes(unit_).first(unit_size_)));
    unit_size_ = 0;
  }
  const std::size_t whole = data.size() & ~static_cast<std::size_t>(program_unit_ - 1);
  UPDRAFT_TRY(Program(data.first(whole)));
  const Bytes rest = data.subspan(whole);
  std::memcpy(unit_.data(), rest.data(), rest.size());
  unit_size_ = static_cast<std::uint8_t>(rest.size());
  return kOk;
}

Status SlotWriter::Program(Bytes data) {
  if (data.empty()) return kOk;
  UPDRAFT_TRY(EraseUpTo(stored_ + data.size()));
  UPDRAFT_TRY(flash_->Program(slot_->offset + stored_, data));
  stored_ += data.size();
  return kOk;
}

Status SlotWriter::EraseUpTo(std::uint64_t end) {
  if (end <= erased_) return kOk;
  const std::uint64_t wanted =
      std::min(AlignUp(slot_->offset + end, erase_unit_) - slot_->offset, slot_->size);
  UPDRAFT_TRY(flash_->Erase(slot_->offset + erased_, wanted - erased_));
  erased_ = wanted;
  return kOk;
}

Status SlotWriter::Finish() {
  if (unit_size_ == 0) return kOk;
  const std::size_t size = unit_size_;
  std::fill(unit_.begin() + static_cast<std::ptrdiff_t>(size), unit_.end(), std::uint8_t{0xFF});
  unit_size_ = 0;
  UPDRAFT_TRY(Program(Bytes(unit_).first(program_unit_)));
  stored_ -= program_unit_ - size;
  return kOk;
}

Status SlotWriter::ProgramHead() {
  if (head_size_ < kHeadSize) return {Code::kInvalidState, Stage::kFlash};
  UPDRAFT_TRY(flash_->Program(slot_->offset, head_));
  std::array<std::uint8_t, kHeadSize> stored{};
  UPDRAFT_TRY(flash_->Read(slot_->offset, stored));
  return stored == head_ ? kOk : Status(Code::kFlash, Stage::kFlash);
}

}  // namespace updraft
