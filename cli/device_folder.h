// SPDX-License-Identifier: Apache-2.0
// A device folder as the commands open it: the ports and, on a device that has
// never run, what the bootloader would start taken for what runs.
#pragma once

#include <CLI/App.hpp>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>

#include "updraft/flash_encryption.h"
#include "updraft/partition.h"

#include "cli/failure.h"
#include "cli/sentence.h"
#include "ports/host/assumed_running.h"
#include "ports/host/host_device.h"

namespace updraft {

// Read buffer of proofs.
inline constexpr std::size_t kProofBuffer = std::size_t{64} * 1024;
// Addresses have 32 bits.
inline constexpr std::uint64_t kLargestFlash = std::uint64_t{1} << 32;

// To read: never waits for a writer, and sees its work as it goes.
Outcome<std::unique_ptr<HostDevice>> OpenDevice(const std::string& folder);

// A device that a command changes, as its command line names it.
struct DeviceToWrite {
  std::string folder;
  std::uint64_t wait = 0;  // seconds, for another process that writes
};
// DIR and --wait.
void AddDeviceToWrite(CLI::App& command, DeviceToWrite& device);
// Alone: device_busy while another process writes and does not end in time.
Outcome<std::unique_ptr<HostDevice>> OpenDeviceToWrite(const DeviceToWrite& device);

// Where the journal and the flight recorder are; empty where there are none.
FlashRegion LogRegion(const Device& device);

// Whether otadata can name the slot: factory and the OTA slots. A test slot is
// started by the bootloader alone, when nothing else boots or a pin says so.
inline bool CanBeSelected(const Partition& slot) {
  return slot.is_ota_slot() || (slot.is_slot() && slot.subtype == kSubtypeFactory);
}

}  // namespace updraft
