// SPDX-License-Identifier: Apache-2.0
#include "cli/partition_csv.h"

#include <fmt/format.h>

#include <array>
#include <limits>

#include "cli/csv_number.h"
#include "cli/csv_variables.h"
#include "cli/text.h"
#include "cli/text_file.h"

namespace updraft {
namespace {

constexpr std::uint64_t kAppAlignment = 0x10000;
constexpr std::uint64_t kOtherAlignment = 0x1000;
constexpr std::int64_t kHighest = std::numeric_limits<std::uint32_t>::max();
constexpr auto kBootloader = static_cast<std::uint8_t>(PartitionType::kBootloader);
constexpr auto kTable = static_cast<std::uint8_t>(PartitionType::kPartitionTable);
constexpr std::uint8_t kSubtypeRecovery = 0x02;
constexpr std::uint8_t kSubtypeUndefined = 0x06;

enum Column : std::size_t { kName, kType, kSubtype, kOffset, kSize, kFlags, kColumns };
using Fields = std::array<std::string_view, kColumns>;

// A row of which the table has not been laid out yet.
struct DraftRow {
  PartitionRow row;
  std::optional<std::int64_t> offset;
  std::int64_t size = 0;
};

Fields SplitFields(std::string_view line) {
  Fields fields{};
  for (std::size_t i = 0; i < kColumns; ++i) {
    const std::size_t comma = line.find(',');
    fields[i] = Trimmed(line.substr(0, comma));
    if (comma == std::string_view::npos) break;
    line.remove_prefix(comma + 1);
  }
  return fields;
}

std::string Quoted(std::string_view text) {
  return text.empty() ? "nothing" : fmt::format("'{}'", PrintableText(text));
}

// Reads the fields of one line.
class RowReader {
 public:
  RowReader(const PartitionOptions& options, std::size_t line)
      : options_(options), place_(fmt::format("line {}", line)) {
    draft_.row.line = line;
  }

  Outcome<DraftRow> Read(const Fields& fields) {
    draft_.row.name = fields[kName];
    if (auto failure = ReadType(fields[kType])) return *failure;
    if (auto failure = ReadSubtype(fields[kSubtype])) return *failure;
    if (auto failure = ReadOffset(fields[kOffset])) return *failure;
    if (auto failure = ReadSize(fields[kSize])) return *failure;
    if (auto failure = ReadFlags(fields[kFlags])) return *failure;
    return draft_;
  }

 private:
  using Problem = std::optional<Failure>;

  Problem ReadByte(std::string_view field, std::string_view text, std::string_view keywords,
                   std::uint8_t& byte) {
    const auto number = ParseCsvNumber(text);
    if (number && *number >= 0 && *number <= 0xFF) {
      byte = static_cast<std::uint8_t>(*number);
      return std::nullopt;
    }
    const std::string expected =
        keywords.empty() ? "a number from 0 to 255"
                         : fmt::format("one of {}, or a number from 0 to 255", keywords);
    return FieldFailure(place_, field, expected, Quoted(text), "correct the name or the number");
  }

  Problem ReadType(std::string_view text) {
    if (const auto type = options_.names.Type(text)) {
      draft_.row.type = *type;
      return std::nullopt;
    }
    return ReadByte("type", text, options_.names.KnownTypes(), draft_.row.type);
  }

  Problem ReadSubtype(std::string_view text) {
    const std::uint8_t type = draft_.row.type;
    if (text.empty() && type != static_cast<std::uint8_t>(PartitionType::kApp)) {
      draft_.row.subtype = kSubtypeUndefined;
      return std::nullopt;
    }
    if (const auto subtype = options_.names.Subtype(type, text)) {
      draft_.row.subtype = *subtype;
      return std::nullopt;
    }
    return ReadByte("subtype", text, options_.names.KnownSubtypes(type), draft_.row.subtype);
  }

  Problem ReadNumber(std::string_view field, std::string_view text, std::int64_t& number) {
    const auto parsed = ParseCsvNumber(text);
    if (parsed && *parsed >= -kHighest && *parsed <= kHighest) {
      number = *parsed;
      return std::nullopt;
    }
    return FieldFailure(place_, field, "a number below 4 GiB such as 4096, 0x1000, 4K or 1M",
                        Quoted(text), "correct the number");
  }

  Problem MissingOffset(std::string_view which) {
    return FieldFailure(
        place_, "offset",
        fmt::format("the {} bootloader's offset by --{}-bootloader-offset", which, which), "none",
        "give that option, or leave the row out");
  }

  Problem Forced(const std::optional<std::uint64_t>& offset, std::string_view which) {
    if (!offset) return MissingOffset(which);
    draft_.offset = static_cast<std::int64_t>(*offset);
    return std::nullopt;
  }

  Problem ReadOffset(std::string_view text) {
    const PartitionRow& row = draft_.row;
    if (row.type == kBootloader && row.is_primary()) {
      return Forced(options_.primary_bootloader_offset, "primary");
    }
    if (row.type == kBootloader && row.subtype == kSubtypeRecovery) {
      return Forced(options_.recovery_bootloader_offset, "recovery");
    }
    if (row.is_primary()) return Forced(options_.table_offset, "");
    if (text.empty()) return std::nullopt;
    std::int64_t offset = 0;
    if (auto failure = ReadNumber("offset", text, offset)) return failure;
    draft_.offset = offset;
    return std::nullopt;
  }

  Problem ReadSize(std::string_view text) {
    if (draft_.row.type == kBootloader) {
      if (!options_.primary_bootloader_offset) return MissingOffset("primary");
      draft_.size = static_cast<std::int64_t>(options_.table_offset) -
                    static_cast<std::int64_t>(*options_.primary_bootloader_offset);
      return std::nullopt;
    }
    if (draft_.row.type == kTable) {
      draft_.size = kPartitionTableSectorSize;
      return std::nullopt;
    }
    return ReadNumber("size", text, draft_.size);
  }

  Problem ReadFlags(std::string_view text) {
    while (true) {
      const std::size_t colon = text.find(':');
      const std::string_view flag = text.substr(0, colon);
      if (flag == "encrypted") {
        draft_.row.flags |= 1;
      } else if (flag == "readonly") {
        draft_.row.flags |= 2;
      } else if (!flag.empty()) {
        return FieldFailure(place_, "flags", "encrypted, readonly or both with a colon between",
                            Quoted(flag), "correct the flag");
      }
      if (colon == std::string_view::npos) return std::nullopt;
      text.remove_prefix(colon + 1);
    }
  }

  const PartitionOptions& options_;
  std::string place_;
  DraftRow draft_;
};

Failure Overlap(const DraftRow& draft, std::int64_t lowest, std::string_view previous) {
  return FieldFailure(fmt::format("line {}", draft.row.line), "offset",
                      fmt::format("{:#x} or higher", lowest),
                      fmt::format("{}, so that the partitions overlap: {} ends at {:#x}",
                                  HexNumber(*draft.offset), previous, lowest),
                      "move the partition, or leave the field empty to have it placed");
}

// Gives each row its place, in the order of the file.
Outcome<std::vector<PartitionRow>> LayOut(std::vector<DraftRow>& drafts,
                                          const PartitionOptions& options) {
  std::vector<PartitionRow> rows;
  auto end = static_cast<std::int64_t>(options.table_offset + kPartitionTableSectorSize);
  std::string previous = fmt::format("the partition table at {:#x}", options.table_offset);
  for (DraftRow& draft : drafts) {
    PartitionRow& row = draft.row;
    const bool primary = row.is_primary();
    if (!primary && draft.offset && *draft.offset < end) return Overlap(draft, end, previous);
    if (!draft.offset) {
      draft.offset = static_cast<std::int64_t>(AlignUp(
          static_cast<std::uint64_t>(end), row.type == 0 ? kAppAlignment : kOtherAlignment));
    }
    if (draft.size < 0) {
      const std::int64_t size = -draft.size - *draft.offset;
      if (size < 0) {
        return FieldFailure(
            fmt::format("line {}", row.line), "size",
            fmt::format("an end at {:#x} or higher", *draft.offset),
            fmt::format("{:#x}, which lies before the partition begins", -draft.size),
            "write the end that you mean, or a positive size");
      }
      draft.size = size;
    }
    if (*draft.offset > kHighest) {
      return FieldFailure(fmt::format("line {}", row.line), "offset", "an offset below 4 GiB",
                          HexNumber(*draft.offset), "make the partitions before it smaller");
    }
    row.offset = static_cast<std::uint64_t>(*draft.offset);
    row.size = static_cast<std::uint64_t>(draft.size);
    if (!primary) {
      end = *draft.offset + draft.size;
      previous = fmt::format("'{}' of line {}", PrintableText(row.name), row.line);
    }
    rows.push_back(row);
  }
  return rows;
}

std::optional<Failure> JudgeBootloaderOffset(const PartitionOptions& options) {
  const auto& offset = options.primary_bootloader_offset;
  if (!offset || *offset < options.table_offset) return std::nullopt;
  return Failure{"bad_partition_table",
                 fmt::format("--primary-bootloader-offset: expected an offset below the partition "
                             "table's {:#x}, found {:#x}; correct it or --offset.",
                             options.table_offset, *offset)};
}

}  // namespace

Failure FieldFailure(const std::string& place, std::string_view field, std::string_view expected,
                     std::string_view found, std::string_view advice) {
  return {"bad_partition_table", fmt::format("{}, field {}: expected {}, found {}; {}.", place,
                                             field, expected, found, advice)};
}

std::string PlaceOf(const PartitionRow& row, const std::vector<PartitionRow>& rows) {
  if (row.line != 0) return fmt::format("line {}", row.line);
  return fmt::format("row {}", &row - rows.data() + 1);
}

Outcome<std::vector<PartitionRow>> ParsePartitionCsv(Bytes file, const PartitionOptions& options,
                                                     const Environment& environment,
                                                     std::vector<std::string>& warnings) {
  if (auto failure = JudgeBootloaderOffset(options)) return *failure;
  const Outcome<std::string> text = DecodeText(file);
  if (!text) return text.failure();
  std::vector<DraftRow> drafts;
  std::size_t number = 0;
  for (const std::string_view raw : SplitLines(*text)) {
    ++number;
    const ExpandedLine expanded = ExpandVariables(raw, environment);
    const std::string_view line = Trimmed(expanded.text);
    if (line.empty() || line.starts_with('#')) continue;
    if (!expanded.unknown.empty()) {
      return Failure{
          "bad_partition_table",
          fmt::format("line {}: expected ${} in the environment, found no such variable; "
                      "set it, or write the value.",
                      number, PrintableText(expanded.unknown))};
    }
    const Fields fields = SplitFields(line);
    Outcome<DraftRow> draft = RowReader(options, number).Read(fields);
    if (!draft) return draft.failure();
    if (fields[kName].size() > 16) {
      warnings.push_back(
          fmt::format("line {}, field name: expected at most 16 bytes, found {}; the "
                      "table holds '{}'.",
                      number, fields[kName].size(), PrintableText(fields[kName].substr(0, 16))));
    }
    drafts.push_back(*draft);
  }
  return LayOut(drafts, options);
}

std::string PartitionCsv(const std::vector<PartitionRow>& rows, const PartitionNames& names) {
  std::string text = "# ESP-IDF Partition Table\n# Name, Type, SubType, Offset, Size, Flags\n";
  for (const PartitionRow& row : rows) {
    std::string size = fmt::format("{:#x}", row.size);
    if (row.size % 0x100000 == 0) {
      size = fmt::format("{}M", row.size / 0x100000);
    } else if (row.size % 0x400 == 0) {
      size = fmt::format("{}K", row.size / 0x400);
    }
    const char* const flags = row.encrypted() && row.readonly() ? "encrypted:readonly"
                              : row.encrypted()                 ? "encrypted"
                              : row.readonly()                  ? "readonly"
                                                                : "";
    text += fmt::format("{},{},{},{:#x},{},{}\n", Utf8Text(row.name), names.TypeText(row.type),
                        names.SubtypeText(row.type, row.subtype), row.offset, size, flags);
  }
  return text;
}

}  // namespace updraft
