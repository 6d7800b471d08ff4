// SPDX-License-Identifier: Apache-2.0
#include <esp_rom_crc.h>

#include "updraft/bytes.h"

namespace {

// The lowest bit first; `polynomial` is mirrored.
template <typename Crc>
Crc LowFirst(Crc before, const std::uint8_t* bytes, std::uint32_t size, Crc polynomial) {
  auto crc = static_cast<Crc>(~before);
  for (std::uint32_t i = 0; bytes != nullptr && i < size; ++i) {
    crc = static_cast<Crc>(crc ^ bytes[i]);
    for (int bit = 0; bit < 8; ++bit) {
      const bool carry = (crc & 1U) != 0;
      crc = static_cast<Crc>(crc >> 1);
      if (carry) crc = static_cast<Crc>(crc ^ polynomial);
    }
  }
  return static_cast<Crc>(~crc);
}

template <typename Crc>
Crc HighFirst(Crc before, const std::uint8_t* bytes, std::uint32_t size, Crc polynomial) {
  constexpr int kWidth = sizeof(Crc) * 8;
  auto crc = static_cast<Crc>(~before);
  for (std::uint32_t i = 0; bytes != nullptr && i < size; ++i) {
    crc = static_cast<Crc>(crc ^ (static_cast<Crc>(bytes[i]) << (kWidth - 8)));
    for (int bit = 0; bit < 8; ++bit) {
      const bool carry = ((crc >> (kWidth - 1)) & 1U) != 0;
      crc = static_cast<Crc>(crc << 1);
      if (carry) crc = static_cast<Crc>(crc ^ polynomial);
    }
  }
  return static_cast<Crc>(~crc);
}

}  // namespace

std::uint32_t esp_rom_crc32_le(std::uint32_t crc, const std::uint8_t* buf, std::uint32_t len) {
  return buf != nullptr ? updraft::Crc32({buf, len}, crc) : crc;
}
std::uint16_t esp_rom_crc16_le(std::uint16_t crc, const std::uint8_t* buf, std::uint32_t len) {
  return LowFirst<std::uint16_t>(crc, buf, len, 0x8408);
}
std::uint8_t esp_rom_crc8_le(std::uint8_t crc, const std::uint8_t* buf, std::uint32_t len) {
  return LowFirst<std::uint8_t>(crc, buf, len, 0xE0);
}
std::uint32_t esp_rom_crc32_be(std::uint32_t crc, const std::uint8_t* buf, std::uint32_t len) {
  return HighFirst<std::uint32_t>(crc, buf, len, 0x04C11DB7);
}
std::uint16_t esp_rom_crc16_be(std::uint16_t crc, const std::uint8_t* buf, std::uint32_t len) {
  return HighFirst<std::uint16_t>(crc, buf, len, 0x1021);
}
std::uint8_t esp_rom_crc8_be(std::uint8_t crc, const std::uint8_t* buf, std::uint32_t len) {
  return HighFirst<std::uint8_t>(crc, buf, len, 0x07);
}
