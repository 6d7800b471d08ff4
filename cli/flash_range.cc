// SPDX-License-Identifier: Apache-2.0
#include "cli/flash_range.h"

#include <fmt/format.h>

#include <algorithm>
#include <vector>

#include "updraft/slots.h"

#include "cli/sentence.h"
#include "cli/text.h"

namespace updraft {
namespace {

// Rewritten at once: a multiple of every sector size.
constexpr std::uint64_t kBlock = 1 << 20;

std::string Names(const PartitionTable& table) {
  std::string names;
  for (std::size_t i = 0; i < table.size(); ++i) {
    const auto partition = table.At(i);
    if (!partition) continue;
    if (!names.empty()) names += ", ";
    names += PrintableText(partition->label());
  }
  return names.empty() ? "none at all" : names;
}

Failure Beyond(const FlashRange& range, const std::string& what, std::uint64_t found) {
  return {"no_space", fmt::format("expected {} within {}, which has {}, found {}; nothing was "
                                  "done.",
                                  what, range.name, ExactSizeText(range.size), found)};
}

}  // namespace

Outcome<Partition> FindPartition(const PartitionTable& table, const std::string& label) {
  if (const auto partition = table.FindLabel(label)) return *partition;
  return Failure{"not_found", fmt::format("expected the name of a partition, found '{}'; there "
                                          "are {}.",
                                          PrintableText(label), Names(table))};
}

FlashRange RangeOf(const Partition& partition) {
  return {partition.offset, partition.size,
          fmt::format("partition '{}'", PrintableText(partition.label()))};
}

Outcome<FlashRange> FindRange(const Device& device, const std::string& label) {
  if (label.empty()) return FlashRange{0, device.flash->geometry().size, "the flash"};
  FindingCollector findings;
  const auto table =
      PartitionTable::Load(*device.flash, device.partition_table_offset, *device.crypto, findings);
  if (!table) return FailureOf(table.error(), findings);
  const auto partition = FindPartition(*table, label);
  if (!partition) return partition.failure();
  return RangeOf(*partition);
}

Outcome<FlashRange> PartOf(const FlashRange& range, std::uint64_t offset,
                           std::optional<std::uint64_t> size) {
  if (offset > range.size) return Beyond(range, "an offset", offset);
  const std::uint64_t rest = range.size - offset;
  if (size.value_or(rest) > rest) {
    return Beyond(range, fmt::format("at most {} from offset {} on", ExactSizeText(rest), offset),
                  *size);
  }
  return FlashRange{range.address + offset, size.value_or(rest), range.name};
}

std::optional<Failure> JudgeNotRunning(const Device& device, const FlashRange& range) {
  if (!device.running || range.size == 0) return std::nullopt;
  const FlashRange running = RangeOf(*device.running);
  if (range.address >= running.end() || running.address >= range.end()) return std::nullopt;
  return Failure{"invalid_state",
                 fmt::format("expected bytes outside of the running slot, found {:#x} to {:#x} in "
                             "{}, which runs; give --force to change it all the same.",
                             range.address, range.end(), running.name)};
}

namespace {

Status Replace(Flash& flash, std::uint64_t address, Bytes data) {
  const std::uint64_t sector = flash.geometry().sector_size;
  std::vector<std::uint8_t> old;
  std::vector<std::uint8_t> block;
  while (!data.empty()) {
    const std::uint64_t begin = address / sector * sector;
    const std::uint64_t end = std::min(begin + kBlock, AlignUp(address + data.size(), sector));
    const auto count = std::min<std::size_t>(data.size(), end - address);
    old.resize(end - begin);
    UPDRAFT_TRY(flash.Read(begin, old));
    block = old;
    std::copy_n(data.begin(), count, block.begin() + static_cast<std::ptrdiff_t>(address - begin));
    if (block != old) {
      UPDRAFT_TRY(flash.Erase(begin, block.size()));
      UPDRAFT_TRY(flash.Program(begin, block));
    }
    data = data.subspan(count);
    address += count;
  }
  return kOk;
}

}  // namespace

Status ReplaceBytes(Flash& flash, std::uint64_t address, Bytes data) {
  UPDRAFT_TRY(Replace(flash, address, data));
  return flash.Sync();
}

Status EraseBytes(Flash& flash, std::uint64_t address, std::uint64_t size) {
  const std::vector<std::uint8_t> erased(std::min(size, kBlock), 0xFF);
  while (size > 0) {
    const auto some = static_cast<std::size_t>(std::min(size, kBlock));
    UPDRAFT_TRY(Replace(flash, address, Bytes(erased).first(some)));
    address += some;
    size -= some;
  }
  return flash.Sync();
}

}  // namespace updraft
