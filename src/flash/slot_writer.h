// SPDX-License-Identifier: Apache-2.0
// Writes one image into a slot as it streams: erases each sector just before it
// is first programmed, and keeps back the head of the image. Until the update
// has proven all the rest, the slot is no image for anybody.
#pragma once

#include <array>
#include <cstdint>

#include "updraft/partition.h"
#include "updraft/port/flash.h"
#include "updraft/status.h"
#include "updraft/stream.h"

namespace updraft {

class SlotWriter final : public Sink {
 public:
  // Both outlive the writer. Nothing is touched before the first Write.
  SlotWriter(Flash& flash, const Partition& slot);
  SlotWriter(Flash&, const Partition&&) = delete;

  // Before the first Write: the slot holds its first `count` bytes (whole sectors)
  // but for the head, from an update that was cut. Write takes them as any others,
  // and programs none of them.
  void Adopt(std::uint64_t count);

  // kNoSpace past the end of the slot; kFlash.
  Status Write(Bytes data) override;
  // Programs what is left of the last program unit, padded with 0xFF.
  Status Finish() override;

  // Programs the withheld head, after everything else is proven and synced, and
  // reads it back. kFlash.
  Status ProgramHead();

  // The bytes that have not been programmed yet though Write took them: the
  // head of the image. At most kHeadSize.
  Bytes head() const { return Bytes(head_).first(head_size_); }
  // How many bytes from the start can be read back (the head through head()).
  std::uint64_t stored() const { return stored_; }
  // How many bytes Write took.
  std::uint64_t taken() const { return taken_; }

 private:
  static constexpr std::size_t kHeadSize = kMaxProgramUnit;

  Status Append(Bytes data);
  Status Program(Bytes data);
  Status EraseUpTo(std::uint64_t end);

  Flash* flash_;
  const Partition* slot_;
  std::uint32_t erase_unit_ = 0;  // bytes that are erased at once
  std::uint64_t taken_ = 0;
  std::uint64_t stored_ = 0;
  std::uint64_t erased_ = 0;
  std::uint64_t adopted_ = 0;
  std::array<std::uint8_t, kHeadSize> head_{};
  std::array<std::uint8_t, kMaxProgramUnit> unit_{};
  std::uint8_t program_unit_ = 0;
  std::uint8_t head_size_ = 0;
  std::uint8_t unit_size_ = 0;
};

}  // namespace updraft
