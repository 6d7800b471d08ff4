// SPDX-License-Identifier: Apache-2.0
// What the commands below `updraft device efuse` share.
#pragma once

#include <CLI/App.hpp>
#include <cstddef>
#include <optional>
#include <string>

#include "updraft/device.h"

#include "cli/device_folder.h"
#include "cli/failure.h"

namespace updraft {

// burn-key, burn-digest.
void AddEfuseBurning(CLI::App& efuse, int& exit_code);

// Burns the digest of a signature key into the first free block and slot, and says so.
// Exit code.
int BurnTrustedDigest(const DeviceToWrite& device, const std::string& key);

// "BLOCK_KEY0", as Espressif's tools spell it.
std::string KeyBlockName(std::size_t block);
// Why the chip has no such slot for a digest.
std::optional<Failure> JudgeDigestSlot(const Device& device, std::size_t slot);

}  // namespace updraft
