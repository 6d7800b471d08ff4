// SPDX-License-Identifier: Apache-2.0
// What ESP-IDF's generator demands of a partition table beyond its syntax, and
// the table's bytes. `partitions make` refuses by these rules, `partitions show`
// only warns: the bootloader does not know them.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "updraft/port/crypto.h"

#include "cli/failure.h"
#include "cli/partition_csv.h"

namespace updraft {

// All that is wrong with the rows, in the order in which the generator looks:
// each row by itself, names, overlaps, otadata. What is only doubtful becomes a
// warning.
std::vector<Failure> JudgePartitions(const std::vector<PartitionRow>& rows,
                                     const PartitionOptions& options,
                                     std::vector<std::string>& warnings);

// That the table fits options.flash_size, if that is given.
std::optional<Failure> JudgeFlashSize(const std::vector<PartitionRow>& rows,
                                      const PartitionOptions& options);

// The table as it goes into flash: rows, MD5 row unless options.md5 is off, and
// 0xFF up to kPartitionTableMaxLength. bad_partition_table for too many rows.
Outcome<std::vector<std::uint8_t>> BuildPartitionTable(const std::vector<PartitionRow>& rows,
                                                       const PartitionOptions& options,
                                                       Crypto& crypto);

}  // namespace updraft
