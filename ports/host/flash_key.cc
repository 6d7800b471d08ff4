// SPDX-License-Identifier: Apache-2.0
#include "ports/host/flash_key.h"

#include <algorithm>

namespace updraft {
namespace {

constexpr std::array<std::string_view, 3> kNames{"none", "xts-aes-128", "xts-aes-256"};

struct Place {
  KeyPurpose purpose;
  std::size_t block;
};

std::span<const Place> PlacesOf(FlashEncryption encryption) {
  static constexpr std::array<Place, 1> kShort{{{KeyPurpose::kXtsAes128Key, 4}}};
  static constexpr std::array<Place, 2> kLong{
      {{KeyPurpose::kXtsAes256Key1, 3}, {KeyPurpose::kXtsAes256Key2, 4}}};
  switch (encryption) {
    case FlashEncryption::kNone: return {};
    case FlashEncryption::kXtsAes128: return kShort;
    case FlashEncryption::kXtsAes256: return kLong;
  }
  return {};
}

}  // namespace

std::string_view FlashEncryptionName(FlashEncryption encryption) {
  return kNames[static_cast<std::size_t>(encryption)];
}

std::optional<FlashEncryption> FindFlashEncryption(std::string_view name) {
  for (std::size_t i = 0; i < kNames.size(); ++i) {
    if (kNames[i] == name) return static_cast<FlashEncryption>(i);
  }
  return std::nullopt;
}

bool OffersFlashEncryption(const ChipFamily& chip, FlashEncryption encryption) {
  switch (encryption) {
    case FlashEncryption::kNone: return true;
    case FlashEncryption::kXtsAes128: return chip.has_xts_aes_128;
    case FlashEncryption::kXtsAes256: return chip.has_xts_aes_256;
  }
  return false;
}

std::size_t FlashKeySize(FlashEncryption encryption) {
  return PlacesOf(encryption).size() * kEfuseKeySize;
}

EfuseBits FlashKeyBits(FlashEncryption encryption, Bytes key) {
  EfuseBits bits;
  for (const Place& place : PlacesOf(encryption)) {
    const Bytes half = key.first(kEfuseKeySize);
    std::reverse_copy(half.begin(), half.end(), bits.keys[place.block].begin());
    bits.purposes[place.block] = static_cast<std::uint8_t>(place.purpose);
    const auto bit = static_cast<std::uint8_t>(1U << place.block);
    bits.read_protected = static_cast<std::uint8_t>(bits.read_protected | bit);
    bits.write_protected = static_cast<std::uint8_t>(bits.write_protected | bit);
    key = key.subspan(kEfuseKeySize);
  }
  return bits;
}

Status ReadFlashKey(FlashEncryption encryption, const EfuseBits& bits, MutableBytes key) {
  for (const Place& place : PlacesOf(encryption)) {
    const auto block = bits.FindBlock(place.purpose);
    if (!block) return {Code::kNotFound, Stage::kDevice};
    const auto& stored = bits.keys[*block];
    std::reverse_copy(stored.begin(), stored.end(), key.begin());
    key = key.subspan(kEfuseKeySize);
  }
  return kOk;
}

}  // namespace updraft
