// SPDX-License-Identifier: Apache-2.0
// Binary partition tables: what the core takes lies within the flash, is found by
// label and type, and is what the tool reads from the same bytes.
#include <array>

#include "updraft/partition.h"

#include "cli/partition_binary.h"
#include "fuzz/fuzz.h"
#include "ports/host/crypto_openssl.h"
#include "testing/ram_flash.h"

namespace updraft {
namespace {

using fuzz::Require;
using Table = std::array<std::uint8_t, kPartitionTableMaxLength>;

constexpr std::uint64_t kFlashSize = 0x10000;

OpensslCrypto& Port() {
  static OpensslCrypto crypto;
  return crypto;
}

// The first MD5 row gets the sum of the rows before it.
void RepairMd5(Table& table) {
  for (std::size_t at = 0; at < table.size(); at += kPartitionRowSize) {
    if (table[at] != 0xEB || table[at + 1] != 0xEB) continue;
    Hash md5(Port());
    const bool hashed = md5.Start(HashKind::kMd5).ok() && md5.Update(Bytes(table).first(at)).ok() &&
                        md5.Finish(MutableBytes(table).subspan(at + 16, kMd5Size)).ok();
    Require(hashed, "hashing works");
    return;
  }
}

void Compare(const Partition& partition, const PartitionRow& row) {
  Require(row.name == partition.label(), "the same label");
  Require(row.type == static_cast<std::uint8_t>(partition.type), "the same type");
  Require(row.subtype == partition.subtype && row.flags == partition.flags, "the same kind");
  Require(row.offset == partition.offset && row.size == partition.size, "the same place");
}

void TryRow(const PartitionTable& table, const Partition& partition) {
  Require(partition.offset <= kFlashSize && partition.size <= kFlashSize - partition.offset,
          "a partition lies within the flash");
  Require(partition.label().size() <= 16, "a label ends in its field");
  const auto by_label = table.FindLabel(partition.label());
  Require(by_label.has_value() && by_label->label() == partition.label(), "found by its label");
  const auto by_type = table.Find(partition.type, partition.subtype);
  Require(by_type.has_value() && by_type->subtype == partition.subtype, "found by its type");
  std::array<std::uint8_t, kPartitionRowSize> bytes{};
  StorePartitionRow(partition, bytes);
  Require(ParsePartitionRow(bytes) == partition, "a row is kept whole");
}

void Run(fuzz::Input input) {
  const bool repairs = (input.Byte() & 1) != 0;
  Table bytes{};
  bytes.fill(0xFF);
  std::ranges::copy(input.Take(bytes.size()), bytes.begin());
  if (repairs) RepairMd5(bytes);
  RamFlash flash({.size = kFlashSize});
  flash.Load(kPartitionTableOffset, bytes);

  const auto table = PartitionTable::Load(flash, kPartitionTableOffset, Port());
  const auto rows = ReadPartitionTable(bytes, kFlashSize, Port());
  Require(table.has_value() == static_cast<bool>(rows), "tool and core judge alike");
  if (!table) {
    Require(!rows.failure().message.empty(), "a refusal says why");
    return;
  }
  Require(rows->size() == table->size(), "of as many rows");
  for (std::size_t i = 0; i < table->size(); ++i) {
    const auto partition = table->At(i);
    Require(partition.has_value(), "a row can be read");
    TryRow(*table, *partition);
    Compare(*partition, (*rows)[i]);
  }
  const auto slots = table->CountOtaSlots();
  const auto ota_rows = table->CountOtaRows();
  Require(slots.has_value() && ota_rows.has_value(), "slots can be counted");
  Require(*slots <= kMaxOtaSlots && *ota_rows <= static_cast<int>(table->size()), "and are few");
  static_cast<void>(GeneratorWarnings(bytes, *rows, {}));
}

}  // namespace
}  // namespace updraft

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  updraft::Run({data, size});
  return 0;
}
