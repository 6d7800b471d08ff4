// SPDX-License-Identifier: Apache-2.0
// Stretches of a device's flash as the commands name them: a partition, part of
// one, or the whole flash. Called by `device install|read|write|erase`.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "updraft/device.h"
#include "updraft/partition.h"

#include "cli/failure.h"

namespace updraft {

struct FlashRange {
  std::uint64_t address = 0;  // in the flash, bytes
  std::uint64_t size = 0;     // bytes
  std::string name;           // for sentences: "partition 'nvs'", "the flash"

  std::uint64_t end() const { return address + size; }
};

// The first partition of that name. not_found, with the names that there are.
Outcome<Partition> FindPartition(const PartitionTable& table, const std::string& label);

// The partition of that name, or the whole flash for none.
Outcome<FlashRange> FindRange(const Device& device, const std::string& label);
FlashRange RangeOf(const Partition& partition);

// `size` bytes (nothing: all the rest) from `offset` on. no_space beyond the end.
Outcome<FlashRange> PartOf(const FlashRange& range, std::uint64_t offset,
                           std::optional<std::uint64_t> size);

// Why that range may not be changed: it is of the running slot. What runs is
// what device.running says.
std::optional<Failure> JudgeNotRunning(const Device& device, const FlashRange& range);

// Puts the bytes there, as a programmer does: erases the sectors that they touch
// and programs them anew, with what else they held. Sectors that hold the bytes
// already are left alone. Synced. The codes of Flash.
Status ReplaceBytes(Flash& flash, std::uint64_t address, Bytes data);
// The same with `size` erased bytes.
Status EraseBytes(Flash& flash, std::uint64_t address, std::uint64_t size);

}  // namespace updraft
