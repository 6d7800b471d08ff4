// SPDX-License-Identifier: Apache-2.0
// What an update would take on a real part and a real link, without waiting: a
// flash whose operations, and a source whose bytes, advance a clock of their own.
// Deterministic. Decorators; what they decorate outlives them.
#pragma once

#include <algorithm>
#include <cstdint>

#include "updraft/port/flash.h"
#include "updraft/stream.h"

namespace updraft {

struct VirtualTime {
  double seconds = 0;
};

// The figures of a usual SPI NOR part (data sheets' typical values).
struct FlashTiming {
  double sector_erase_seconds = 0.045;  // of 4 KiB
  double block_erase_seconds = 0.150;   // of 64 KiB
  double page_program_seconds = 0.0006;
  double read_bytes_per_second = 40e6;
  std::uint32_t block_size = 65536;
  std::uint32_t page_size = 256;
};

// Takes its time at each call, as a chip whose flash is busy takes the whole core.
class TimedFlash final : public Flash {
 public:
  TimedFlash(Flash& flash, VirtualTime& time, const FlashTiming& timing = {})
      : flash_(&flash), time_(&time), timing_(timing) {}

  FlashGeometry geometry() const override { return flash_->geometry(); }
  std::uint32_t ProgramUnitAt(std::uint64_t address, std::uint64_t length) const override {
    return flash_->ProgramUnitAt(address, length);
  }
  // Of all operations so far.
  double busy_seconds() const { return busy_; }

 private:
  void Take(double seconds) {
    busy_ += seconds;
    time_->seconds += seconds;
  }

  Status DoRead(std::uint64_t address, MutableBytes out) override {
    Take(static_cast<double>(out.size()) / timing_.read_bytes_per_second);
    return flash_->Read(address, out);
  }
  Status DoErase(std::uint64_t address, std::uint64_t length) override {
    const std::uint64_t sector = geometry().sector_size;
    for (std::uint64_t at = address; at < address + length;) {
      const bool block =
          IsAligned(at, timing_.block_size) && at + timing_.block_size <= address + length;
      Take(block ? timing_.block_erase_seconds : timing_.sector_erase_seconds);
      at += block ? timing_.block_size : sector;
    }
    return flash_->Erase(address, length);
  }
  Status DoProgram(std::uint64_t address, Bytes data) override {
    const std::uint64_t first = address / timing_.page_size;
    const std::uint64_t last = (address + data.size() - 1) / timing_.page_size;
    Take(static_cast<double>(last - first + 1) * timing_.page_program_seconds);
    return flash_->Program(address, data);
  }
  Status DoSync() override { return flash_->Sync(); }

  Flash* flash_;
  VirtualTime* time_;
  FlashTiming timing_;
  double busy_ = 0;
};

// Bytes arrive at a rate, in packets, also while nobody reads, until `window` of
// them wait; a read takes the packets that have arrived, or waits for the next.
class TimedSource final : public Source {
 public:
  TimedSource(Source& source, VirtualTime& time, double bytes_per_second, std::uint64_t window)
      : source_(&source), time_(&time), rate_(bytes_per_second), window_(window) {}

  Result<std::size_t> Read(MutableBytes out) override {
    // The sender stops while the window is full: what was missed is not made up for.
    const double waiting = (time_->seconds - begun_) * rate_ - taken_;
    if (waiting > static_cast<double>(window_)) {
      begun_ += (waiting - static_cast<double>(window_)) / rate_;
    }
    const double there = (time_->seconds - begun_) * rate_ - taken_;
    const auto whole = static_cast<std::uint64_t>(std::max(there, 0.0)) / kPacket * kPacket;
    const std::size_t wanted = std::clamp<std::size_t>(std::min(whole, window_),
                                                       std::min(kPacket, out.size()), out.size());
    UPDRAFT_TRY_ASSIGN(const std::size_t count, source_->Read(out.first(wanted)));
    taken_ += static_cast<double>(count);
    time_->seconds = std::max(time_->seconds, begun_ + taken_ / rate_);
    return count;
  }
  std::optional<std::uint64_t> size() const override { return source_->size(); }

 private:
  static constexpr std::size_t kPacket = 1436;  // of Ethernet, behind IP and TCP

  Source* source_;
  VirtualTime* time_;
  double rate_;
  std::uint64_t window_;
  double begun_ = 0;
  double taken_ = 0;
};

}  // namespace updraft
