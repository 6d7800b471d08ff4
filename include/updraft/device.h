// SPDX-License-Identifier: Apache-2.0
// A device: the ports in one struct, handed in by whoever knows the platform,
// never global. Owns nothing; everything pointed to outlives it.
#pragma once

#include <cstdint>
#include <optional>

#include "updraft/chip.h"
#include "updraft/partition.h"
#include "updraft/port/crypto.h"
#include "updraft/port/efuse.h"
#include "updraft/port/flash.h"
#include "updraft/port/system.h"

namespace updraft {

// What the bootloader and the updater are configured to do; the same values
// must reach both.
struct DevicePolicy {
  bool rollback = false;       // new images boot on trial
  bool anti_rollback = false;  // secure version against eFuse; needs rollback
};

struct Device {
  Flash* flash = nullptr;
  Crypto* crypto = nullptr;
  Efuse* efuse = nullptr;
  System* system = nullptr;
  Chip chip{};
  DevicePolicy policy{};
  std::uint64_t partition_table_offset = kPartitionTableOffset;
  // The slot whose firmware runs; nothing may write it. Empty only on a device
  // that cannot boot anything.
  std::optional<Partition> running{};
};

}  // namespace updraft
