// SPDX-License-Identifier: Apache-2.0
// A device folder as the commands open it: the ports and, on a device that has
// never run, what the bootloader would start taken for what runs.
#pragma once

#include <cstddef>
#include <memory>
#include <string>

#include "cli/failure.h"
#include "cli/sentence.h"
#include "ports/host/host_device.h"

namespace updraft {

// Read buffer of proofs.
inline constexpr std::size_t kProofBuffer = std::size_t{64} * 1024;

Outcome<std::unique_ptr<HostDevice>> OpenDevice(const std::string& folder, FileFlash::Mode mode);

// Fills device.running from the bootloader's choice where nothing ran yet; left
// empty when nothing boots. Writes nothing.
void AssumeRunning(Device& device);

}  // namespace updraft
