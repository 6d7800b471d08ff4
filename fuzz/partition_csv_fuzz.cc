// SPDX-License-Identifier: Apache-2.0
// Partition tables as text: what is taken prints as a table that reads the same,
// and becomes a binary table that the bootloader takes.
#include <string>

#include "cli/partition_binary.h"
#include "cli/partition_csv.h"
#include "cli/partition_rules.h"
#include "fuzz/fuzz.h"
#include "ports/host/crypto_openssl.h"

namespace updraft {
namespace {

using fuzz::Require;
using Rows = std::vector<PartitionRow>;

constexpr std::uint64_t kFlashSize = std::uint64_t{1} << 32;

std::optional<std::string> Variable(const std::string& name) {
  if (name == "SIZE") return "0x10000";
  if (name == "EMPTY") return "";
  return std::nullopt;
}

bool SamePlaces(const Rows& left, const Rows& right) {
  return std::ranges::equal(left, right, [](const PartitionRow& a, const PartitionRow& b) {
    return a.type == b.type && a.subtype == b.subtype && a.offset == b.offset && a.size == b.size;
  });
}

void Run(fuzz::Input input) {
  const std::uint8_t flags = input.Byte();
  PartitionOptions options;
  options.md5 = (flags & 1) == 0;
  if ((flags & 2) != 0) options.secure = SecureBootScheme::kV2;
  if ((flags & 4) != 0) options.flash_size = 4 << 20;
  if ((flags & 8) != 0) options.primary_bootloader_offset = 0x1000;
  if ((flags & 16) != 0) options.recovery_bootloader_offset = 0x200000;
  std::vector<std::string> warnings;
  const auto rows = ParsePartitionCsv(input.rest(), options, Variable, warnings);
  if (!rows) {
    Require(!rows.failure().message.empty() && !rows.failure().reason.empty(),
            "a refusal says why");
    return;
  }
  const std::string text = PartitionCsv(*rows, options.names);
  const bool sound = JudgePartitions(*rows, options, warnings).empty() &&
                     !JudgeFlashSize(*rows, options).has_value();
  if (!sound) return;

  const auto again = ParsePartitionCsv(AsBytes(text), options, Variable, warnings);
  Require(static_cast<bool>(again), "what is printed can be read");
  Require(SamePlaces(*again, *rows), "and lies where it lay");

  static OpensslCrypto crypto;
  const auto table = BuildPartitionTable(*rows, options, crypto);
  if (!table || rows->empty()) return;
  const auto back = ReadPartitionTable(*table, kFlashSize, crypto);
  Require(static_cast<bool>(back), "the bootloader takes what was made");
  Require(SamePlaces(*back, *rows), "and sees the same partitions");
}

}  // namespace
}  // namespace updraft

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  updraft::Run({data, size});
  return 0;
}
