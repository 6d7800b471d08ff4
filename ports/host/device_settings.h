// SPDX-License-Identifier: Apache-2.0
// The two JSON files of a device folder: device.json, what the device is, which
// people may edit, and boot.json, what the bootloader started last. Called by
// HostDevice; owns nothing.
#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <string_view>

#include "updraft/chip.h"
#include "updraft/device.h"
#include "updraft/observer.h"
#include "updraft/status.h"

#include "ports/host/flash_key.h"

namespace updraft {

struct DeviceSettings {
  Chip chip{};
  DevicePolicy policy{};
  std::uint64_t partition_table_offset = kPartitionTableOffset;
  HeaderKeys header_keys{};
  FlashEncryption flash_encryption = FlashEncryption::kNone;
};

// "none", "on-update", "on-boot".
std::string_view SignaturePolicyName(SignaturePolicy policy);
std::optional<SignaturePolicy> FindSignaturePolicy(std::string_view name);

// "chip" must be there, as esptool spells it; "chip_revision",
// "efuse_block_revision", "rollback", "anti_rollback", "boot_attempts",
// "boot_deadline" (seconds), "signature", "signed_header", "header_keys" (points,
// 04 X Y in hex), "flash_encryption" and
// "partition_table_offset" have defaults; other keys are ignored. Each refusal
// is one finding that names the file and the key: kNotFound, kBadFormat, kFlash.
Result<DeviceSettings> LoadDeviceSettings(const std::filesystem::path& path,
                                          Observer& observer = NoObserver());
// kNoSpace, kFlash.
Status StoreDeviceSettings(const std::filesystem::path& path, const DeviceSettings& settings);

// The label of the slot that was started last; empty when there is no such file
// or it is not readable: the bootloader writes it anew at each boot.
std::string LoadRunningLabel(const std::filesystem::path& path);
// Replaces the file in one piece. kNoSpace, kFlash.
Status StoreRunningLabel(const std::filesystem::path& path, std::string_view label);

}  // namespace updraft
