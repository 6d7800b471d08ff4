// SPDX-License-Identifier: Apache-2.0
// Linked programs: what is read lies within the file, and what is laid out is
// sorted, apart, and holds each byte of the program at its address.
#include "cli/elf.h"
#include "cli/elf_layout.h"
#include "fuzz/fuzz.h"

namespace updraft {
namespace {

using fuzz::Require;

std::uint64_t EndOf(const LaidSegment& segment) {
  return std::uint64_t{segment.address} + segment.data.size();
}

// The byte that was laid at an address; nothing where none was.
const std::uint8_t* ByteAt(const std::vector<LaidSegment>& laid, std::uint64_t address) {
  for (const LaidSegment& segment : laid) {
    if (address >= segment.address && address < EndOf(segment)) {
      return &segment.data[static_cast<std::size_t>(address - segment.address)];
    }
  }
  return nullptr;
}

void TryLayout(const ElfProgram& program, const ElfLayoutOptions& options) {
  const auto laid = LayOutElf(program, options);
  if (!laid) {
    Require(!laid.failure().message.empty(), "a refusal says why");
    return;
  }
  for (const LaidSegment& segment : *laid) {
    Require(!segment.data.empty() && segment.data.size() % 4 == 0, "whole words");
  }
  for (const ElfSegment& segment : program.segments) {
    const std::uint64_t last = std::uint64_t{segment.address} + segment.data.size() - 1;
    const std::uint8_t* const first_byte = ByteAt(*laid, segment.address);
    const std::uint8_t* const last_byte = ByteAt(*laid, last);
    Require(first_byte != nullptr && *first_byte == segment.data.front(), "the first byte is laid");
    Require(last_byte != nullptr && *last_byte == segment.data.back(), "the last byte is laid");
  }
}

void Run(fuzz::Input input) {
  const std::uint8_t flags = input.Byte();
  const Bytes file = input.rest();
  const auto program = ParseElf(file);
  if (!program) {
    Require(!program.failure().message.empty() && !program.failure().reason.empty(),
            "a refusal says why");
    return;
  }
  Require(!program->segments.empty(), "a program has segments");
  for (const ElfSegment& segment : program->segments) {
    const bool within = !segment.data.empty() && segment.data.data() >= file.data() &&
                        segment.data.data() + segment.data.size() <= file.data() + file.size();
    Require(within, "a segment lies within the file");
  }
  const ChipFamily* const family = FindChip((flags & 1) != 0 ? "esp32" : "esp32c3");
  const std::uint32_t page = (flags & 2) != 0 ? MmuPageSize(*program, *family) : 64U << 10;
  TryLayout(*program, {.family = family, .page_size = page});
}

}  // namespace
}  // namespace updraft

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  updraft::Run({data, size});
  return 0;
}
