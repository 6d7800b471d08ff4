// SPDX-License-Identifier: Apache-2.0
// The key of a virtual device's flash encryption in its eFuse: made or given when
// the device is made, read as the chip's hardware reads it. Used by HostDevice.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string_view>

#include "updraft/bytes.h"
#include "updraft/chip.h"
#include "updraft/port/crypto.h"
#include "updraft/status.h"

#include "ports/host/file_efuse.h"

namespace updraft {

enum class FlashEncryption : std::uint8_t { kNone, kXtsAes128, kXtsAes256 };

// "none", "xts-aes-128", "xts-aes-256".
std::string_view FlashEncryptionName(FlashEncryption encryption);
std::optional<FlashEncryption> FindFlashEncryption(std::string_view name);

// Whether chips of that family encrypt their flash so; kNone is always offered.
bool OffersFlashEncryption(const ChipFamily& chip, FlashEncryption encryption);

inline constexpr std::size_t kLargestFlashKey = 64;
// Bytes of a key: 32 or 64.
std::size_t FlashKeySize(FlashEncryption encryption);

// What to burn for a key of that size, read- and write-protected: as espefuse,
// each half in a block of its own, backwards. KEY4, and KEY3 before it: KEY5
// holds no such key on some chips, KEY0 is where most others go.
EfuseBits FlashKeyBits(FlashEncryption encryption, Bytes key);

// The front of `key`, FlashKeySize() bytes, filled. kNotFound when no block has
// the purpose.
Status ReadFlashKey(FlashEncryption encryption, const EfuseBits& bits, MutableBytes key);

}  // namespace updraft
