// SPDX-License-Identifier: Apache-2.0
// What a linked program for an ESP chip loads: a 32-bit little-endian ELF file,
// as its program headers describe it, without what the linker put between two
// sections. Takes hostile bytes. Called by `image make --elf`; owns nothing.
#pragma once

#include <cstdint>
#include <vector>

#include "updraft/bytes.h"

#include "cli/failure.h"

namespace updraft {

// Of e_machine, in the ELF header.
inline constexpr std::uint16_t kElfMachineXtensa = 94;
inline constexpr std::uint16_t kElfMachineRiscv = 243;

struct ElfSegment {
  std::uint32_t address = 0;  // where it is when the program runs
  Bytes data{};               // in the file; not empty
};

struct ElfProgram {
  std::uint16_t machine = 0;
  std::uint32_t entry = 0;
  std::vector<ElfSegment> segments;  // in the order of the file
};

// Each section with content of each loadable segment, or the segment as it is
// where the file has no sections. What has no bytes in the file (.bss) is left
// out. Reasons: bad_magic (no
// ELF file), bad_format (of another class, order or kind, or not sane),
// truncated, no_segments. `file` outlives the program.
Outcome<ElfProgram> ParseElf(Bytes file);

}  // namespace updraft
