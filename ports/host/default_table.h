// SPDX-License-Identifier: Apache-2.0
// The partition table that a new virtual device gets when nobody gives one, and
// the defaults that go with it. Called by HostDevice and the tool.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "updraft/chip.h"
#include "updraft/partition.h"
#include "updraft/port/crypto.h"
#include "updraft/status.h"

namespace updraft {

// The chip that firmware built on this machine runs on.
const ChipFamily& NativeChip();

// 64 MiB for chips that run Linux firmware, 4 MiB for the ESP chips.
std::uint64_t DefaultFlashSize(const ChipFamily& chip);

// The smallest flash, in bytes, that DefaultPartitions() takes.
std::uint64_t SmallestDefaultFlash(std::uint64_t table_offset);

// nvs, otadata, updraft (journal and recorder), then factory, ota_0 and ota_1,
// of equal size, as large as the flash allows. kNoSpace when that is not even
// one 64 KiB block each, kInvalidArgument above 4 GiB.
Result<std::vector<Partition>> DefaultPartitions(std::uint64_t flash_size,
                                                 std::uint64_t table_offset);

// Rows, MD5 row, end marker, padded with 0xFF to kPartitionTableMaxLength.
// kNoSpace with too many rows.
Result<std::vector<std::uint8_t>> StorePartitionTable(std::span<const Partition> partitions,
                                                      Crypto& crypto);

}  // namespace updraft
