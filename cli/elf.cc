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

constexpr std::size_t kRowSize = 32;
constexpr std::size_t kRowOffset = 4;
constexpr std::size_t kRowAddress = 8;
constexpr std::size_t kRowFileSize = 16;
constexpr std::size_t kRowMemorySize = 20;

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
  const std::uint16_t count = LoadLe16(file.data() + kProgramHeaderCount);
  const std::uint16_t row_size = LoadLe16(file.data() + kProgramHeaderSize);
  if (count != 0 && row_size != kRowSize) {
    return Bad("program headers of 32 bytes", fmt::format("{}", row_size));
  }
  const std::uint64_t end =
      std::uint64_t{LoadLe32(file.data() + kProgramHeaders)} + std::uint64_t{count} * kRowSize;
  if (count != 0 && end > file.size()) return Truncated("program headers", end, file.size());
  return std::nullopt;
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

}  // namespace

Outcome<ElfProgram> ParseElf(Bytes file) {
  if (auto failure = JudgeHeader(file)) return std::move(*failure);
  ElfProgram program;
  program.machine = LoadLe16(file.data() + kMachine);
  program.entry = LoadLe32(file.data() + kEntry);
  const std::size_t rows = LoadLe32(file.data() + kProgramHeaders);
  const std::size_t count = LoadLe16(file.data() + kProgramHeaderCount);
  for (std::size_t i = 0; i < count; ++i) {
    const std::uint8_t* const row = file.data() + rows + i * kRowSize;
    const std::size_t size = LoadLe32(row + kRowFileSize);
    if (LoadLe32(row) != kLoad || size == 0) continue;
    if (auto failure = JudgeRow(file, row, i)) return std::move(*failure);
    program.segments.push_back(
        {LoadLe32(row + kRowAddress), file.subspan(LoadLe32(row + kRowOffset), size)});
  }
  if (program.segments.empty()) {
    return Failure{"no_segments",
                   fmt::format("the ELF file has nothing to load: expected program headers of type "
                               "1 with content, found none among {}; give the file that the linker "
                               "made.",
                               count)};
  }
  return program;
}

}  // namespace updraft
