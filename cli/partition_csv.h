// SPDX-License-Identifier: Apache-2.0
// Partition tables as people write them: CSV in, rows out, and back. The rules
// are those of ESP-IDF's table generator, version 1.5 (docs/formats.md).
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "updraft/bytes.h"
#include "updraft/partition.h"

#include "cli/csv_variables.h"
#include "cli/failure.h"
#include "cli/partition_names.h"

namespace updraft {

inline constexpr std::uint64_t kPartitionTableSectorSize = 0x1000;

enum class SecureBootScheme { kNone, kV1, kV2 };

struct PartitionOptions {
  std::uint64_t table_offset = kPartitionTableOffset;
  std::optional<std::uint64_t> primary_bootloader_offset;
  std::optional<std::uint64_t> recovery_bootloader_offset;
  std::optional<std::uint64_t> flash_size;  // bytes; checked where given
  SecureBootScheme secure = SecureBootScheme::kNone;
  bool md5 = true;
  PartitionNames names;
};

// One row, with offset and size as they end up in flash.
struct PartitionRow {
  std::string name;  // UTF-8, maybe longer than the 16 bytes that a table holds
  std::uint8_t type = 0;
  std::uint8_t subtype = 0;
  std::uint64_t offset = 0;
  std::uint64_t size = 0;
  std::uint32_t flags = 0;
  std::size_t line = 0;  // of the CSV, from 1; 0 when the row is from elsewhere

  bool encrypted() const { return (flags & 1) != 0; }
  bool readonly() const { return (flags & 2) != 0; }
  // The rows that lie before the table or are it: they have places of their own.
  bool is_primary() const {
    return (type == static_cast<std::uint8_t>(PartitionType::kBootloader) ||
            type == static_cast<std::uint8_t>(PartitionType::kPartitionTable)) &&
           subtype == 0;
  }
};

// Reads the CSV in `file` (any encoding that text_file.h knows) and gives the
// rows without an offset one. A failure names line and field, what was expected
// and what was found; reason bad_format or bad_partition_table. What is only
// doubtful becomes a warning.
Outcome<std::vector<PartitionRow>> ParsePartitionCsv(Bytes file, const PartitionOptions& options,
                                                     const Environment& environment,
                                                     std::vector<std::string>& warnings);

// The rows as the generator prints a table, with its two lines of heading.
std::string PartitionCsv(const std::vector<PartitionRow>& rows, const PartitionNames& names);

// "line 3" or, where a row has no line, "row 3" counted from 1.
std::string PlaceOf(const PartitionRow& row, const std::vector<PartitionRow>& rows);

// A failure in the common form.
Failure FieldFailure(const std::string& place, std::string_view field, std::string_view expected,
                     std::string_view found, std::string_view advice);

}  // namespace updraft
