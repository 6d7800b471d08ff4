// SPDX-License-Identifier: Apache-2.0
#include "cli/partition_binary.h"

#include <fmt/format.h>

#include <algorithm>

#include "cli/files.h"
#include "cli/partition_rules.h"
#include "cli/read_only_flash.h"
#include "cli/sentence.h"
#include "cli/text.h"

namespace updraft {
namespace {

constexpr std::uint64_t kLargestTableFile = 16 << 20;
constexpr std::uint32_t kKnownFlags = 3;

PartitionRow RowOf(const Partition& partition) {
  PartitionRow row;
  row.name = partition.label();
  row.type = static_cast<std::uint8_t>(partition.type);
  row.subtype = partition.subtype;
  row.offset = partition.offset;
  row.size = partition.size;
  row.flags = partition.flags;
  return row;
}

bool IsUtf8(std::string_view text) { return Utf8Text(text) == text; }

bool HasEndMarker(Bytes file) {
  for (std::size_t at = 0; at + kPartitionRowSize <= file.size(); at += kPartitionRowSize) {
    const Bytes row = file.subspan(at, kPartitionRowSize);
    if (std::ranges::all_of(row, [](std::uint8_t byte) { return byte == 0xFF; })) return true;
  }
  return false;
}

// Where a table says itself that it lies, else where it usually does.
void TakePlaces(const std::vector<PartitionRow>& rows, PartitionOptions& options) {
  for (const PartitionRow& row : rows) {
    if (row.is_primary() && row.type == static_cast<std::uint8_t>(PartitionType::kPartitionTable)) {
      options.table_offset = row.offset;
    }
  }
}

}  // namespace

Outcome<std::vector<std::uint8_t>> ReadTableFile(const std::string& path) {
  auto file = ReadWholeFile(path, kLargestTableFile);
  if (!file || !file->empty()) return file;
  return Failure{"bad_partition_table",
                 fmt::format("{}: expected a partition table, found an empty file; write a table "
                             "made by 'updraft partitions make'.",
                             PrintableText(path))};
}

Outcome<std::vector<PartitionRow>> ReadPartitionTable(Bytes file, std::uint64_t flash_size,
                                                      Crypto& crypto) {
  // The table is shown at 0: only the flash's size matters to the judgement.
  ReadOnlyFlash flash(flash_size);
  flash.Show(0, file);
  FindingCollector findings;
  const Result<PartitionTable> table = PartitionTable::Load(flash, 0, crypto, findings);
  if (!table) return FailureOf(table.error(), findings);
  std::vector<PartitionRow> rows;
  for (std::size_t i = 0; i < table->size(); ++i) {
    const Result<Partition> partition = table->At(i);
    if (!partition) return FailureOf(partition.error());
    rows.push_back(RowOf(*partition));
  }
  return rows;
}

std::vector<std::string> GeneratorWarnings(Bytes file, const std::vector<PartitionRow>& rows,
                                           const PartitionOptions& options) {
  std::vector<std::string> warnings;
  if (file.size() % kPartitionRowSize != 0) {
    warnings.push_back(
        fmt::format("expected a length that is a multiple of {} bytes, found {}; "
                    "the generator refuses the file.",
                    kPartitionRowSize, file.size()));
  }
  if (!HasEndMarker(file)) {
    warnings.push_back(
        "expected an end marker of 32 bytes 0xff, found the end of the file; the "
        "generator refuses the file.");
  }
  PartitionOptions judged = options;
  TakePlaces(rows, judged);
  for (const Failure& failure : JudgePartitions(rows, judged, warnings)) {
    warnings.push_back("the generator refuses this: " + failure.message);
  }
  for (const PartitionRow& row : rows) {
    if ((row.flags & ~kKnownFlags) != 0) {
      warnings.push_back(
          fmt::format("{}: expected the flags 0x1 and 0x2 only, found {:#x}; a newer "
                      "format?",
                      PlaceOf(row, rows), row.flags));
    }
    if (!IsUtf8(row.name)) {
      warnings.push_back(
          fmt::format("{}: expected a name in UTF-8, found '{}'; the generator "
                      "refuses the file.",
                      PlaceOf(row, rows), PrintableText(row.name)));
    }
  }
  return warnings;
}

}  // namespace updraft
