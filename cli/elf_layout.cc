// SPDX-License-Identifier: Apache-2.0
#include "cli/elf_layout.h"

#include <fmt/format.h>

#include <algorithm>
#include <optional>
#include <utility>

#include "updraft/image.h"

#include "cli/text.h"

namespace updraft {
namespace {

constexpr std::uint64_t kLargestProgram = 128 << 20;
constexpr std::uint32_t kUsualPage = 64 << 10;
// The ESP32's bootloader forgets the last page of a segment that reaches less
// than this far into it.
constexpr std::uint64_t kShortestTail = 0x24;

bool IsXtensa(const ChipFamily& family) {
  return family.name == "esp32" || family.name == "esp32s2" || family.name == "esp32s3";
}

std::string MachineText(std::uint16_t machine) {
  if (machine == kElfMachineXtensa) return "Xtensa (94)";
  if (machine == kElfMachineRiscv) return "RISC-V (243)";
  return fmt::format("machine {}", machine);
}

bool IsMapped(const ChipFamily& family, std::uint32_t address) {
  return std::any_of(std::begin(family.mapped), std::end(family.mapped),
                     [address](const AddressRange& range) {
                       return address >= range.low && address < range.high;
                     });
}

bool HasAppDescription(Bytes data) {
  return data.size() >= kAppDescriptionSize && LoadLe32(data.data()) == kAppDescriptionMagic;
}

bool HasBootloaderDescription(Bytes data) {
  return data.size() >= kBootloaderDescriptionSize && data[0] == kBootloaderDescriptionMagic &&
         data[1] == 0 && data[2] == 0;
}

std::uint64_t End(const LaidSegment& segment) {
  return std::uint64_t{segment.address} + segment.data.size();
}

Failure Overlap(std::uint64_t end, std::uint32_t address) {
  return {"bad_format",
          fmt::format("segments of the program overlap: expected the next one from {:#x} on, found "
                      "it at {:#x}; correct the linker script.",
                      end, address)};
}

Failure TooLarge(std::uint64_t size) {
  return {"image_too_large", fmt::format("expected a program of at most {}, which flashes hold, "
                                         "found {}; check that it is the right file.",
                                         ExactSizeText(kLargestProgram), ExactSizeText(size))};
}

class Layout {
 public:
  explicit Layout(const ElfLayoutOptions& options)
      : family_(*options.family), page_(options.page_size) {}

  Outcome<std::vector<LaidSegment>> Run(const ElfProgram& program) {
    if (auto failure = Sort(program)) return std::move(*failure);
    if (auto failure = JudgePages()) return std::move(*failure);
    BringToFront(flash_, HasAppDescription);
    BringToFront(ram_, HasBootloaderDescription);
    if (auto failure = Place()) return std::move(*failure);
    return std::move(image_);
  }

 private:
  // Sorted and merged, those of flash apart from those of RAM.
  std::optional<Failure> Sort(const ElfProgram& program) {
    std::vector<ElfSegment> all = program.segments;
    std::stable_sort(all.begin(), all.end(), [](const ElfSegment& a, const ElfSegment& b) {
      return a.address < b.address;
    });
    std::uint64_t end = 0;
    std::uint64_t size = 0;
    for (const ElfSegment& segment : all) {
      if (segment.address < end) return Overlap(end, segment.address);
      // Images hold multiples of 4.
      end = segment.address + AlignUp(segment.data.size(), 4);
      size += segment.data.size();
    }
    if (size > kLargestProgram) return TooLarge(size);
    for (const ElfSegment& segment : all) Take(segment);
    return std::nullopt;
  }

  void Take(const ElfSegment& segment) {
    std::vector<LaidSegment>& kind = IsMapped(family_, segment.address) ? flash_ : ram_;
    if (kind.empty() || End(kind.back()) != segment.address) {
      kind.push_back({segment.address, {}});
    }
    std::vector<std::uint8_t>& data = kind.back().data;
    data.insert(data.end(), segment.data.begin(), segment.data.end());
    data.resize(AlignUp(data.size(), 4));
  }

  static void BringToFront(std::vector<LaidSegment>& segments, bool (*has_description)(Bytes)) {
    const auto found =
        std::find_if(segments.begin(), segments.end(),
                     [=](const LaidSegment& segment) { return has_description(segment.data); });
    if (found != segments.end()) std::rotate(segments.begin(), found, found + 1);
  }

  std::optional<Failure> JudgePages() const {
    for (std::size_t i = 1; i < flash_.size(); ++i) {
      const LaidSegment& low = flash_[i - 1];
      const LaidSegment& high = flash_[i];
      if (high.address / page_ > (End(low) - 1) / page_) continue;
      return Failure{"bad_format",
                     fmt::format("two segments lie in one page of the MMU: expected pages of {} "
                                 "KiB with one segment each, found {:#x} and {:#x}; merge them in "
                                 "the linker script.",
                                 page_ / 1024, low.address, high.address)};
    }
    return std::nullopt;
  }

  std::optional<Failure> Place() {
    for (LaidSegment& segment : flash_) {
      if (segment.address % 4 != 0) {
        return Failure{"segment_misaligned",
                       fmt::format("a flash-mapped segment cannot be placed: expected an address "
                                   "that is a multiple of 4, found {:#x}; correct the linker "
                                   "script.",
                                   segment.address)};
      }
      while (const auto gap = GapBefore(segment.address)) Fill(*gap);
      if (family_.name == "esp32") LengthenTail(segment);
      Append(std::move(segment));
    }
    for (LaidSegment& segment : ram_) {
      if (!segment.data.empty()) Append(std::move(segment));
    }
    return std::nullopt;
  }

  // How much data a segment before this one has to have, so that this one's data
  // lies at its address within a page; nothing when it does already. As esptool
  // counts: now and then a page more than the least.
  std::optional<std::size_t> GapBefore(std::uint32_t address) const {
    const auto page = static_cast<std::int64_t>(page_);
    const auto position = static_cast<std::int64_t>(position_ % page_);
    constexpr auto kHeader = static_cast<std::int64_t>(kSegmentHeaderSize);
    std::int64_t gap = page - position + address % page - kHeader;
    if (gap == 0 || gap == page) return std::nullopt;
    gap -= kHeader;
    return static_cast<std::size_t>(gap < 0 ? gap + page : gap);
  }

  // With the front of what goes to RAM, or with zeros that go nowhere.
  void Fill(std::size_t gap) {
    while (!ram_.empty() && ram_.front().data.empty()) ram_.erase(ram_.begin());
    if (ram_.empty() || gap <= kSegmentHeaderSize) {
      Append({0, std::vector<std::uint8_t>(gap)});
      return;
    }
    LaidSegment& segment = ram_.front();
    const std::size_t some = std::min(gap, segment.data.size());
    const auto end = segment.data.begin() + static_cast<std::ptrdiff_t>(some);
    Append({segment.address, {segment.data.begin(), end}});
    segment.data.erase(segment.data.begin(), end);
    segment.address += static_cast<std::uint32_t>(some);
  }

  void LengthenTail(LaidSegment& segment) const {
    const std::uint64_t tail = (position_ + kSegmentHeaderSize + segment.data.size()) % page_;
    if (tail < kShortestTail) segment.data.resize(segment.data.size() + kShortestTail - tail);
  }

  void Append(LaidSegment segment) {
    position_ += kSegmentHeaderSize + segment.data.size();
    image_.push_back(std::move(segment));
  }

  const ChipFamily& family_;
  std::uint64_t page_;
  std::vector<LaidSegment> flash_;
  std::vector<LaidSegment> ram_;
  std::vector<LaidSegment> image_;
  std::uint64_t position_ = kImageHeaderSize;  // in the image
};

}  // namespace

Outcome<std::vector<LaidSegment>> LayOutElf(const ElfProgram& program,
                                            const ElfLayoutOptions& options) {
  const ChipFamily& family = *options.family;
  const std::uint16_t machine = IsXtensa(family) ? kElfMachineXtensa : kElfMachineRiscv;
  if (family.runs_linux) {
    return Failure{"bad_chip_id",
                   fmt::format("expected an ESP chip for a program that runs on its bare metal, "
                               "found {}; give a Linux program with --executable.",
                               family.name)};
  }
  if (program.machine != machine) {
    return Failure{"bad_chip_id",
                   fmt::format("the program is for another processor: expected {} for {}, found "
                               "{}; check --chip, or build it for this chip.",
                               MachineText(machine), family.name, MachineText(program.machine))};
  }
  return Layout(options).Run(program);
}

std::uint32_t MmuPageSize(const ElfProgram& program, const ChipFamily& family) {
  if (!family.configurable_mmu_page) return kUsualPage;
  for (const ElfSegment& segment : program.segments) {
    if (!HasAppDescription(segment.data)) continue;
    const AppDescription description =
        ParseAppDescription(segment.data.first<kAppDescriptionSize>());
    const bool known = description.mmu_page_size >= 13 && description.mmu_page_size <= 16;
    return known ? std::uint32_t{1} << description.mmu_page_size : kUsualPage;
  }
  return kUsualPage;
}

}  // namespace updraft
