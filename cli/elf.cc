// SPDX-License-Identifier: Apache-2.0
#include "cli/elf.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <optional>
#include <string>

#include "cli/text.h"

namespace updraft {
namespace {

// Places of the fields of Elf32_Ehdr and Elf32_Phdr.
constexpr std::size_t kHeaderSize = 52;
constexpr std::size_t kClass = 4;
constexpr std::size_t kOrder = 5;
constexpr std::size_t kType = 16;
constexpr std::size_t kMachine = 18;
constexpr std::size_t kEntry = 24;
constexpr std::size_t kProgramHeaders = 28;
constexpr std::size_t kProgramHeaderSize = 42;
constexpr std::size_t kProgramHeaderCount = 44;

constexpr std::size_t kSectionHeaders = 32;
constexpr std::size_t kSectionHeaderSize = 46;
constexpr std::size_t kSectionHeaderCount = 48;

constexpr std::size_t kRowSize = 32;
constexpr std::size_t kRowOffset = 4;
constexpr std::size_t kRowAddress = 8;
constexpr std::size_t kRowFileSize = 16;
constexpr std::size_t kRowMemorySize = 20;

// And of Elf32_Shdr.
constexpr std::size_t kSectionSize = 40;
constexpr std::size_t kSectionType = 4;
constexpr std::size_t kSectionFlags = 8;
constexpr std::size_t kSectionOffset = 16;
constexpr std::size_t kSectionLength = 20;

constexpr std::uint32_t kNoBits = 8;
constexpr std::uint32_t kAllocated = 2;
// Linkers make a few dozen.
constexpr std::size_t kMostSegments = 4096;

constexpr std::uint8_t kClass32 = 1;
constexpr std::uint8_t kLittleEndian = 1;
constexpr std::uint16_t kExecutable = 2;
constexpr std::uint32_t kLoad = 1;

constexpr std::array<std::uint8_t, 4> kMagic{0x7F, 'E', 'L', 'F'};

Failure Bad(const std::string& expected, const std::string& found) {
  return {"bad_format",
          fmt::format("the ELF file is not a program for an ESP chip: expected {}, found {}; "
                      "give the file that the linker made.",
                      expected, found)};
}

Failure Truncated(const std::string& what, std::uint64_t expected, std::uint64_t found) {
  return {"truncated", fmt::format("the ELF file is cut short: expected {} up to byte {}, found "
                                   "{}; copy or build it again.",
                                   what, expected, ExactSizeText(found))};
}

// One of the two tables: rows of the size that we know, all within the file.
struct Table {
  const char* name;
  std::uint64_t offset;
  std::uint64_t rows;
  std::uint64_t row_size;
};

std::optional<Failure> JudgeTable(Bytes file, const Table& table, std::uint64_t row_size) {
  if (table.rows == 0) return std::nullopt;
  if (table.row_size != row_size) {
    return Bad(fmt::format("{} of {} bytes", table.name, row_size),
               fmt::format("{}", table.row_size));
  }
  const std::uint64_t size = table.rows * row_size;
  if (size <= file.size() && table.offset <= file.size() - size) return std::nullopt;
  return Truncated(table.name, table.offset + size, file.size());
}

Table ProgramHeaders(Bytes file) {
  return {"program headers", LoadLe32(file.data() + kProgramHeaders),
          LoadLe16(file.data() + kProgramHeaderCount), LoadLe16(file.data() + kProgramHeaderSize)};
}

Table SectionHeaders(Bytes file) {
  const std::uint32_t offset = LoadLe32(file.data() + kSectionHeaders);
  return {"section headers", offset,
          offset == 0 ? std::uint64_t{0} : LoadLe16(file.data() + kSectionHeaderCount),
          LoadLe16(file.data() + kSectionHeaderSize)};
}

std::optional<Failure> JudgeHeader(Bytes file) {
  if (file.size() < kMagic.size() || !std::equal(kMagic.begin(), kMagic.end(), file.begin())) {
    return Failure{"bad_magic",
                   "the file is no ELF file: expected the bytes 7f 45 4c 46 at its front, found "
                   "others; give the file that the linker made, not an image."};
  }
  if (file.size() < kHeaderSize) return Truncated("the header", kHeaderSize, file.size());
  if (file[kClass] != kClass32) {
    return Bad("32 bits (class 1)", fmt::format("class {}", file[kClass]));
  }
  if (file[kOrder] != kLittleEndian) {
    return Bad("little-endian data (1)", fmt::format("{}", file[kOrder]));
  }
  const std::uint16_t type = LoadLe16(file.data() + kType);
  if (type != kExecutable) return Bad("an executable (type 2)", fmt::format("type {}", type));
  if (auto failure = JudgeTable(file, ProgramHeaders(file), kRowSize)) return failure;
  return JudgeTable(file, SectionHeaders(file), kSectionSize);
}

std::optional<Failure> JudgeRow(Bytes file, const std::uint8_t* row, std::size_t index) {
  const std::uint64_t size = LoadLe32(row + kRowFileSize);
  const std::uint64_t end = LoadLe32(row + kRowOffset) + size;
  if (end > file.size()) return Truncated(fmt::format("segment {}", index), end, file.size());
  if (LoadLe32(row + kRowMemorySize) < size) {
    return Bad(fmt::format("segment {} to take at least {} bytes of memory", index, size),
               fmt::format("{}", LoadLe32(row + kRowMemorySize)));
  }
  if (LoadLe32(row + kRowAddress) + size > (std::uint64_t{1} << 32)) {
    return Bad(fmt::format("segment {} within 32 bits of addresses", index),
               fmt::format("{} bytes at {:#x}", size, LoadLe32(row + kRowAddress)));
  }
  return std::nullopt;
}

// Where content lies in the file.
struct Stretch {
  std::uint64_t begin;
  std::uint64_t end;
};

// Of the sections that are loaded and have content, in the order of the file.
Outcome<std::vector<Stretch>> LoadedSections(Bytes file) {
  const Table table = SectionHeaders(file);
  std::vector<Stretch> sections;
  for (std::size_t i = 0; i < table.rows; ++i) {
    const std::uint8_t* const row = file.data() + table.offset + i * kSectionSize;
    const std::uint64_t offset = LoadLe32(row + kSectionOffset);
    const std::uint64_t length = LoadLe32(row + kSectionLength);
    const bool loaded = (LoadLe32(row + kSectionFlags) & kAllocated) != 0 &&
                        LoadLe32(row + kSectionType) != kNoBits && length > 0;
    if (!loaded) continue;
    if (offset + length > file.size()) {
      return Truncated(fmt::format("section {}", i), offset + length, file.size());
    }
    sections.push_back({offset, offset + length});
  }
  std::sort(sections.begin(), sections.end(),
            [](const Stretch& a, const Stretch& b) { return a.begin < b.begin; });
  return sections;
}

// The parts of a segment that sections fill; all of it where there are none.
void AddParts(Bytes file, const std::uint8_t* row, const std::vector<Stretch>& sections,
              std::vector<ElfSegment>& parts) {
  const std::uint64_t begin = LoadLe32(row + kRowOffset);
  const std::uint64_t end = begin + LoadLe32(row + kRowFileSize);
  const std::uint32_t address = LoadLe32(row + kRowAddress);
  auto section = std::lower_bound(sections.begin(), sections.end(), begin,
                                  [](const Stretch& s, std::uint64_t at) { return s.begin < at; });
  bool any = false;
  for (; section != sections.end() && section->begin < end; ++section) {
    if (section->end > end) continue;
    if (parts.size() >= kMostSegments) return;
    any = true;
    parts.push_back({address + static_cast<std::uint32_t>(section->begin - begin),
                     file.subspan(section->begin, section->end - section->begin)});
  }
  if (!any) parts.push_back({address, file.subspan(begin, end - begin)});
}

}  // namespace

Outcome<ElfProgram> ParseElf(Bytes file) {
  if (auto failure = JudgeHeader(file)) return std::move(*failure);
  ElfProgram program;
  program.machine = LoadLe16(file.data() + kMachine);
  program.entry = LoadLe32(file.data() + kEntry);
  const auto sections = LoadedSections(file);
  if (!sections) return sections.failure();
  const Table table = ProgramHeaders(file);
  for (std::size_t i = 0; i < table.rows; ++i) {
    const std::uint8_t* const row = file.data() + table.offset + i * kRowSize;
    const std::size_t size = LoadLe32(row + kRowFileSize);
    if (LoadLe32(row) != kLoad || size == 0) continue;
    if (auto failure = JudgeRow(file, row, i)) return std::move(*failure);
    AddParts(file, row, *sections, program.segments);
    if (program.segments.size() >= kMostSegments) {
      return Bad(fmt::format("fewer than {} segments and sections to load", kMostSegments), "more");
    }
  }
  if (program.segments.empty()) {
    return Failure{"no_segments",
                   fmt::format("the ELF file has nothing to load: expected program headers of type "
                               "1 with content, found none among {}; give the file that the linker "
                               "made.",
                               table.rows)};
  }
  return program;
}

}  // namespace updraft
