// SPDX-License-Identifier: Apache-2.0
// What differs from chip to chip: ids, addresses that are mapped, limits.
// Source: Espressif's image format (docs/formats.md, "Chips").
#pragma once

#include <cstdint>
#include <span>
#include <string_view>

namespace updraft {

struct AddressRange {
  std::uint32_t low = 0;   // inclusive
  std::uint32_t high = 0;  // exclusive
};

struct ChipFamily {                       // One family of chips, and what it has.
  std::uint16_t id = 0xFFFF;              // in images; Espressif's
  std::string_view name;                  // as esptool spells it: "esp32c3"
  std::uint32_t bootloader_offset = 0;    // in flash, bytes
  std::uint8_t signature_blocks = 3;      // how many the chip looks at
  std::uint8_t key_digest_bytes = 32;     // how much of one its eFuse holds
  std::uint8_t secure_version_bits = 16;  // width of the eFuse field
  bool configurable_mmu_page = false;     // page size comes from the description
  bool wide_flash_address = false;        // no limit of 16 MiB
  bool has_efuse_block_revision = true;   // all but ESP32
  bool has_hmac = true;                   // an HMAC peripheral, with keys in eFuse
  bool has_xts_aes_128 = true;            // how it may encrypt its flash
  bool has_xts_aes_256 = true;            // flash encryption with a key of 512 bits
  bool runs_linux = false;                // Updraft's own ids
  AddressRange mapped[2]{};               // flash-mapped by the MMU; unused: 0,0
};

// Updraft's own ids for gateways; Espressif does not use them.
inline constexpr std::uint16_t kChipIdLinuxX8664 = 0x4C00;
inline constexpr std::uint16_t kChipIdLinuxAarch64 = 0x4C01;

// nullptr when unknown. The families are static.
[[gnu::const]] const ChipFamily* FindChip(std::uint16_t id);
const ChipFamily* FindChip(std::string_view name);
std::span<const ChipFamily> AllChips();

// One chip as it is in a device.
struct Chip {
  const ChipFamily* family = nullptr;          // of the closed table; never freed
  std::uint16_t revision = 0;                  // major * 100 + minor
  std::uint16_t efuse_block_revision = 0;      // major * 100 + minor
  bool ignore_maximum_revision = false;        // eFuse "disable wafer version major"
  bool ignore_maximum_block_revision = false;  // eFuse "disable block version major"
};

}  // namespace updraft
