// SPDX-License-Identifier: Apache-2.0
// ELF files for tests, laid byte by byte: 32 bits, little-endian, with program
// headers and, where asked for, sections.
#pragma once

#include <cstdint>
#include <vector>

#include "updraft/bytes.h"

namespace updraft {

struct TestElf {
  struct Segment {
    std::uint32_t address = 0;
    std::vector<std::uint8_t> data{};
    std::uint32_t bss = 0;   // memory behind the data
    std::uint32_t type = 1;  // PT_LOAD
  };

  std::uint16_t machine = 243;  // RISC-V
  std::uint16_t type = 2;       // an executable
  std::uint32_t entry = 0x40380000;
  struct Section {
    std::size_t segment = 0;   // that it lies in
    std::uint32_t offset = 0;  // in that
    std::uint32_t size = 0;
    std::uint32_t type = 1;   // PROGBITS
    std::uint32_t flags = 2;  // loaded
  };
  std::vector<Segment> segments{};
  std::vector<Section> sections{};

  // Where program header `index` begins in the file.
  static std::size_t RowOffset(std::size_t index) { return 52 + index * 32; }

  std::vector<std::uint8_t> Build() const {
    std::vector<std::uint8_t> file(RowOffset(segments.size()));
    const std::uint8_t ident[] = {0x7F, 'E', 'L', 'F', 1, 1, 1};
    for (std::size_t i = 0; i < sizeof(ident); ++i) file[i] = ident[i];
    StoreLe16(file.data() + 16, type);
    StoreLe16(file.data() + 18, machine);
    StoreLe32(file.data() + 20, 1);
    StoreLe32(file.data() + 24, entry);
    StoreLe32(file.data() + 28, static_cast<std::uint32_t>(RowOffset(0)));
    StoreLe16(file.data() + 40, 52);
    StoreLe16(file.data() + 42, 32);
    StoreLe16(file.data() + 44, static_cast<std::uint16_t>(segments.size()));
    for (std::size_t i = 0; i < segments.size(); ++i) {
      const Segment& segment = segments[i];
      const auto size = static_cast<std::uint32_t>(segment.data.size());
      std::uint8_t* const row = file.data() + RowOffset(i);
      StoreLe32(row, segment.type);
      StoreLe32(row + 4, static_cast<std::uint32_t>(file.size()));
      StoreLe32(row + 8, segment.address);
      StoreLe32(row + 12, segment.address);
      StoreLe32(row + 16, size);
      StoreLe32(row + 20, size + segment.bss);
      StoreLe32(row + 28, 4);
      file.insert(file.end(), segment.data.begin(), segment.data.end());
    }
    if (!sections.empty()) AddSections(file);
    return file;
  }

 private:
  void AddSections(std::vector<std::uint8_t>& file) const {
    StoreLe32(file.data() + 32, static_cast<std::uint32_t>(file.size()));
    StoreLe16(file.data() + 46, 40);
    StoreLe16(file.data() + 48, static_cast<std::uint16_t>(sections.size()));
    for (const Section& section : sections) {
      const std::size_t at = file.size();
      file.resize(at + 40);
      const std::uint8_t* const segment = file.data() + RowOffset(section.segment);
      StoreLe32(file.data() + at + 4, section.type);
      StoreLe32(file.data() + at + 8, section.flags);
      StoreLe32(file.data() + at + 12, LoadLe32(segment + 8) + section.offset);
      StoreLe32(file.data() + at + 16, LoadLe32(segment + 4) + section.offset);
      StoreLe32(file.data() + at + 20, section.size);
    }
  }
};

}  // namespace updraft
