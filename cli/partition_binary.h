// SPDX-License-Identifier: Apache-2.0
// A binary partition table as a file: judged as the ESP bootloader would in a
// flash of a given size, its rows for printing, and what only ESP-IDF's
// generator would find fault with.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "updraft/port/crypto.h"

#include "cli/failure.h"
#include "cli/partition_csv.h"

namespace updraft {

// The bytes of a file that is to hold a table. bad_partition_table for a file without any; the
// reasons of ReadWholeFile.
Outcome<std::vector<std::uint8_t>> ReadTableFile(const std::string& path);

// The rows of a table that the bootloader accepts; what lies behind the file's
// end counts as erased flash. bad_partition_table otherwise.
Outcome<std::vector<PartitionRow>> ReadPartitionTable(Bytes file, std::uint64_t flash_size,
                                                      Crypto& crypto);

// What the generator refuses or warns of in a table that the bootloader takes.
std::vector<std::string> GeneratorWarnings(Bytes file, const std::vector<PartitionRow>& rows,
                                           const PartitionOptions& options);

}  // namespace updraft
