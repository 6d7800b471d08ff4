// SPDX-License-Identifier: Apache-2.0
#include "updraft/chip.h"

#include <array>

namespace updraft {
namespace {

constexpr ChipFamily Esp(std::uint16_t id, std::string_view name, std::uint32_t bootloader_offset,
                         AddressRange first, AddressRange second) {
  ChipFamily chip;
  chip.id = id;
  chip.name = name;
  chip.bootloader_offset = bootloader_offset;
  chip.mapped[0] = first;
  chip.mapped[1] = second;
  return chip;
}

constexpr ChipFamily WithPages(ChipFamily chip) {
  chip.configurable_mmu_page = true;
  return chip;
}
constexpr ChipFamily WithWideFlash(ChipFamily chip) {
  chip.wide_flash_address = true;
  return chip;
}
constexpr ChipFamily WithOneSignature(ChipFamily chip) {
  chip.signature_blocks = 1;
  return chip;
}
constexpr ChipFamily WithShortKeyDigests(ChipFamily chip) {
  chip.key_digest_bytes = 16;
  return chip;
}
constexpr ChipFamily WithSecureVersionBits(ChipFamily chip, std::uint8_t bits) {
  chip.secure_version_bits = bits;
  return chip;
}
constexpr ChipFamily WithoutBlockRevision(ChipFamily chip) {
  chip.has_efuse_block_revision = false;
  return chip;
}
constexpr ChipFamily WithoutHmac(ChipFamily chip) {
  chip.has_hmac = false;
  return chip;
}
constexpr ChipFamily WithShortFlashKeys(ChipFamily chip) {
  chip.has_xts_aes_256 = false;
  return chip;
}
// Its flash encryption is another one.
constexpr ChipFamily WithoutXts(ChipFamily chip) {
  chip.has_xts_aes_128 = false;
  chip.has_xts_aes_256 = false;
  return chip;
}
constexpr ChipFamily Linux(std::uint16_t id, std::string_view name) {
  ChipFamily chip;
  chip.id = id;
  chip.name = name;
  chip.secure_version_bits = 32;
  chip.wide_flash_address = true;
  chip.has_efuse_block_revision = false;
  chip.runs_linux = true;
  return chip;
}

// 256 pages of the largest size, 64 KiB.
constexpr AddressRange k256Pages{0x42000000, 0x42000000 + 256 * 0x10000};

constexpr std::array<ChipFamily, 15> kChips{{
    WithoutHmac(WithoutXts(WithoutBlockRevision(WithSecureVersionBits(
        WithOneSignature(
            Esp(0x0000, "esp32", 0x1000, {0x3F400000, 0x3F800000}, {0x400D0000, 0x40400000})),
        32)))),
    Esp(0x0002, "esp32s2", 0x1000, {0x3F000000, 0x3FF80000}, {0x40080000, 0x40800000}),
    WithShortFlashKeys(
        Esp(0x0005, "esp32c3", 0x0, {0x3C000000, 0x3C800000}, {0x42000000, 0x42800000})),
    WithWideFlash(Esp(0x0009, "esp32s3", 0x0, {0x3C000000, 0x3E000000}, {0x42000000, 0x44000000})),
    WithoutHmac(WithShortFlashKeys(WithSecureVersionBits(
        WithPages(WithShortKeyDigests(WithOneSignature(
            Esp(0x000C, "esp32c2", 0x0, {0x3C000000, 0x3C400000}, {0x42000000, 0x42400000})))),
        4))),
    WithShortFlashKeys(WithPages(Esp(0x000D, "esp32c6", 0x0, k256Pages, {}))),
    WithShortFlashKeys(WithPages(Esp(0x0010, "esp32h2", 0x0, k256Pages, {}))),
    WithWideFlash(
        Esp(0x0012, "esp32p4", 0x2000, {0x40000000, 0x44000000}, {0x48000000, 0x4C000000})),
    WithShortFlashKeys(
        WithWideFlash(WithPages(Esp(0x0014, "esp32c61", 0x0, {0x42000000, 0x44000000}, {})))),
    WithWideFlash(
        WithSecureVersionBits(Esp(0x0017, "esp32c5", 0x2000, {0x42000000, 0x44000000}, {}), 9)),
    WithShortFlashKeys(WithPages(Esp(0x0019, "esp32h21", 0x0, {0x42000000, 0x43000000}, {}))),
    WithWideFlash(WithPages(Esp(0x001C, "esp32h4", 0x2000, {0x42000000, 0x44000000}, {}))),
    WithWideFlash(WithPages(
        Esp(0x0020, "esp32s31", 0x2000, {0x40000000, 0x44000000}, {0x50000000, 0x54000000}))),
    Linux(kChipIdLinuxX8664, "linux-x86_64"),
    Linux(kChipIdLinuxAarch64, "linux-aarch64"),
}};

}  // namespace

const ChipFamily* FindChip(std::uint16_t id) {
  for (const ChipFamily& chip : kChips) {
    if (chip.id == id) return &chip;
  }
  return nullptr;
}

const ChipFamily* FindChip(std::string_view name) {
  for (const ChipFamily& chip : kChips) {
    if (chip.name == name) return &chip;
  }
  return nullptr;
}

std::span<const ChipFamily> AllChips() { return kChips; }

}  // namespace updraft
