// SPDX-License-Identifier: Apache-2.0
// Lays the segments of a linked program out as an image: merged, flash-mapped
// ones where the chip's MMU can map them, the gaps before these filled with what
// goes to RAM, as esptool does. Called by `image make --elf`.
#pragma once

#include <cstdint>
#include <vector>

#include "updraft/chip.h"

#include "cli/elf.h"
#include "cli/failure.h"

namespace updraft {

struct LaidSegment {
  std::uint32_t address = 0;
  std::vector<std::uint8_t> data;  // a multiple of 4
};

struct ElfLayoutOptions {
  const ChipFamily* family = nullptr;
  std::uint32_t page_size = 64 << 10;  // of the MMU
};

// Sorted by address, adjacent ones merged. The flash-mapped segment that begins
// with the application description comes first, also where code and data share
// a range. Reasons: bad_chip_id (a program for another processor), bad_format
// (segments that overlap, or two in one MMU page), segment_misaligned.
Outcome<std::vector<LaidSegment>> LayOutElf(const ElfProgram& program,
                                            const ElfLayoutOptions& options);

// Of the description in the program, where the chip can choose; else 64 KiB.
std::uint32_t MmuPageSize(const ElfProgram& program, const ChipFamily& family);

}  // namespace updraft
