// SPDX-License-Identifier: Apache-2.0
// The checksums of a chip's ROM: each complements what it is given and what it returns,
// so that parts follow one another and the first is given 0. Implemented in
// esp/src/rom_crc.cc.
#pragma once

#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

// Polynomials 0x04C11DB7, 0x1021 and 0x07, the lowest bit first (zlib's CRC-32, X.25).
uint32_t esp_rom_crc32_le(uint32_t crc, uint8_t const* buf, uint32_t len);
uint16_t esp_rom_crc16_le(uint16_t crc, uint8_t const* buf, uint32_t len);
uint8_t esp_rom_crc8_le(uint8_t crc, uint8_t const* buf, uint32_t len);
// The same, the highest bit first (CRC-32/BZIP2, CRC-16/GENIBUS).
uint32_t esp_rom_crc32_be(uint32_t crc, uint8_t const* buf, uint32_t len);
uint16_t esp_rom_crc16_be(uint16_t crc, uint8_t const* buf, uint32_t len);
uint8_t esp_rom_crc8_be(uint8_t crc, uint8_t const* buf, uint32_t len);

#ifdef __cplusplus
}
#endif
