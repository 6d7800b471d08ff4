// SPDX-License-Identifier: Apache-2.0
#include "cli/partition_rules.h"

#include <fmt/format.h>

#include <algorithm>
#include <cstring>
#include <map>

#include "cli/sentence.h"
#include "cli/text.h"

namespace updraft {
namespace {

constexpr std::uint8_t kApp = 0x00;
constexpr std::uint8_t kData = 0x01;
constexpr std::uint8_t kOta = 0x00;
constexpr std::uint8_t kNvs = 0x02;
constexpr std::uint8_t kCoredump = 0x03;
constexpr std::uint8_t kTeeOta = 0x90;
constexpr std::uint64_t kOtadataSize = 0x2000;
constexpr std::uint64_t kSmallestWritableNvs = 0x3000;
constexpr std::array<std::uint8_t, 2> kMd5Magic{0xEB, 0xEB};

using Rows = std::vector<PartitionRow>;

class GeneratorRules {
 public:
  GeneratorRules(const Rows& rows, const PartitionOptions& options,
                 std::vector<std::string>& warnings)
      : rows_(rows), options_(options), warnings_(warnings) {}

  std::vector<Failure> Run() {
    for (const PartitionRow& row : rows_) JudgeRow(row);
    JudgeNames();
    JudgePlaces();
    JudgeOtadata(kOta, "otadata");
    JudgeOtadata(kTeeOta, "TEE otadata");
    return std::move(failures_);
  }

 private:
  void Refuse(const PartitionRow& row, std::string_view field, std::string_view expected,
              std::string_view found, std::string_view advice) {
    failures_.push_back(FieldFailure(Place(row), field, expected, found, advice));
  }

  std::string Place(const PartitionRow& row) const {
    return fmt::format("{}, partition '{}'", PlaceOf(row, rows_), PrintableText(row.name));
  }

  void JudgeRow(const PartitionRow& row) {
    const std::uint64_t alignment = row.type == kApp ? 0x10000 : 0x1000;
    if (row.offset % alignment != 0) {
      Refuse(row, "offset", fmt::format("a multiple of {:#x}", alignment),
             fmt::format("that offset {:#x} is not aligned to {:#x}", row.offset, alignment),
             "round it up, or leave the field empty");
    }
    const std::uint64_t unit = options_.secure == SecureBootScheme::kV1 ? 0x10000 : 0x1000;
    if (row.type == kApp && row.size % unit != 0) {
      Refuse(row, "size", fmt::format("a multiple of {:#x}", unit),
             fmt::format("that size {:#x} is not aligned to {:#x}", row.size, unit), "round it up");
    }
    WarnOfName(row);
    JudgeReadonly(row);
    const bool written_nvs = row.type == kData && row.subtype == kNvs && !row.readonly();
    if (written_nvs && row.size < kSmallestWritableNvs) {
      Refuse(row, "size",
             fmt::format("at least {:#x} for an nvs that is written", kSmallestWritableNvs),
             fmt::format("{:#x}", row.size), "make it larger, or give it the flag readonly");
    }
  }

  void JudgeReadonly(const PartitionRow& row) {
    const bool always_written = row.subtype == kOta || row.subtype == kCoredump;
    if (row.type == kData && row.readonly() && always_written) {
      Refuse(row, "flags", "no readonly on a partition that is always written", "readonly",
             "remove the flag");
    }
  }

  void WarnOfName(const PartitionRow& row) {
    const PartitionNames& names = options_.names;
    const auto type = names.Type(row.name);
    const bool lower_case = names.TypeText(type.value_or(0)) == row.name;
    if (type && lower_case && *type != row.type) {
      warnings_.push_back(
          fmt::format("{}: expected a name that is no type or the type itself, "
                      "found the name of a type on a partition of type {}; is it "
                      "a mistake?",
                      Place(row), names.TypeText(row.type)));
    }
    const auto subtype = names.Subtype(row.type, row.name);
    if (names.IsSubtypeOfAny(row.name) && (!subtype || *subtype != row.subtype)) {
      warnings_.push_back(fmt::format(
          "{}: expected a name that is no subtype or the subtype "
          "itself, found the name of a subtype on a partition of type "
          "{} and subtype {}; is it a mistake?",
          Place(row), names.TypeText(row.type), names.SubtypeText(row.type, row.subtype)));
    }
  }

  void JudgeNames() {
    std::map<std::string, const PartitionRow*> first;
    for (const PartitionRow& row : rows_) {
      const auto [known, added] = first.emplace(row.name, &row);
      if (added) continue;
      Refuse(row, "name", "another name, for partition names must be unique",
             fmt::format("the name of {}", PlaceOf(*known->second, rows_)), "rename one of them");
    }
  }

  void JudgePlaces() {
    std::vector<const PartitionRow*> sorted;
    for (const PartitionRow& row : rows_) sorted.push_back(&row);
    std::stable_sort(sorted.begin(), sorted.end(),
                     [](const PartitionRow* left, const PartitionRow* right) {
                       return left->offset < right->offset;
                     });
    const std::uint64_t lowest = options_.table_offset + kPartitionTableSectorSize;
    const PartitionRow* previous = nullptr;
    for (const PartitionRow* row : sorted) {
      if (row->offset < lowest && !row->is_primary()) {
        Refuse(*row, "offset", fmt::format("{:#x} or higher, behind the partition table", lowest),
               fmt::format("{:#x}", row->offset), "move the partition");
      } else if (previous != nullptr && row->offset < previous->offset + previous->size) {
        Refuse(*row, "offset", fmt::format("{:#x} or higher", previous->offset + previous->size),
               fmt::format("{:#x}, so that the partitions overlap: {} ends later", row->offset,
                           Place(*previous)),
               "move one of them");
      }
      previous = row;
    }
  }

  void JudgeOtadata(std::uint8_t subtype, std::string_view title) {
    const PartitionRow* first = nullptr;
    for (const PartitionRow& row : rows_) {
      if (row.type != kData || row.subtype != subtype) continue;
      if (first != nullptr) {
        Refuse(
            row, "subtype", fmt::format("one {} partition", title),
            fmt::format("multiple {} partitions, the first in {}", title, PlaceOf(*first, rows_)),
            "remove one of them");
      } else if (row.size != kOtadataSize) {
        Refuse(row, "size", fmt::format("{:#x} for the {} partition", kOtadataSize, title),
               fmt::format("{:#x}", row.size), "correct the size");
      }
      if (first == nullptr) first = &row;
    }
  }

  const Rows& rows_;
  const PartitionOptions& options_;
  std::vector<std::string>& warnings_;
  std::vector<Failure> failures_;
};

void StoreRow(const PartitionRow& row, std::span<std::uint8_t, kPartitionRowSize> bytes) {
  Partition partition;
  partition.type = static_cast<PartitionType>(row.type);
  partition.subtype = row.subtype;
  partition.offset = row.offset;
  partition.size = row.size;
  partition.flags = row.flags;
  const std::size_t length = std::min(row.name.size(), partition.label_field.size() - 1);
  std::copy_n(row.name.begin(), length, partition.label_field.begin());
  StorePartitionRow(partition, bytes);
}

}  // namespace

std::vector<Failure> JudgePartitions(const Rows& rows, const PartitionOptions& options,
                                     std::vector<std::string>& warnings) {
  return GeneratorRules(rows, options, warnings).Run();
}

std::optional<Failure> JudgeFlashSize(const Rows& rows, const PartitionOptions& options) {
  const auto last = std::max_element(rows.begin(), rows.end(),
                                     [](const PartitionRow& left, const PartitionRow& right) {
                                       return left.offset < right.offset;
                                     });
  if (!options.flash_size || last == rows.end()) return std::nullopt;
  const std::uint64_t end = last->offset + last->size;
  if (end <= *options.flash_size) return std::nullopt;
  return FieldFailure(
      fmt::format("{}, partition '{}'", PlaceOf(*last, rows), PrintableText(last->name)), "size",
      fmt::format("an end within the flash of {}", SizeText(*options.flash_size)),
      fmt::format("an end at {:#x}, which does not fit", end),
      "make partitions smaller, or give the larger --flash-size that the device has");
}

Outcome<std::vector<std::uint8_t>> BuildPartitionTable(const Rows& rows,
                                                       const PartitionOptions& options,
                                                       Crypto& crypto) {
  const std::size_t limit = kMaxPartitions - (options.md5 ? 2 : 1);
  if (rows.size() > limit) {
    return FieldFailure(PlaceOf(rows[limit], rows), "name",
                        fmt::format("a table of at most {} partitions", limit),
                        fmt::format("{}", rows.size()), "remove some");
  }
  std::vector<std::uint8_t> table(kPartitionTableMaxLength, 0xFF);
  std::size_t at = 0;
  for (const PartitionRow& row : rows) {
    StoreRow(row, std::span<std::uint8_t, kPartitionRowSize>(table.data() + at, kPartitionRowSize));
    at += kPartitionRowSize;
  }
  if (!options.md5) return table;
  Hash hash(crypto);
  Status status = hash.Start(HashKind::kMd5);
  if (status.ok()) status = hash.Update(Bytes(table).first(at));
  if (status.ok()) status = hash.Finish(MutableBytes(table).subspan(at + kMd5Size, kMd5Size));
  if (!status.ok()) return FailureOf(status);
  std::copy(kMd5Magic.begin(), kMd5Magic.end(), table.begin() + static_cast<std::ptrdiff_t>(at));
  return table;
}

}  // namespace updraft
