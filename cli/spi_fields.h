// SPDX-License-Identifier: Apache-2.0
// Words for the flash parameters of an image header, as esptool has them.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "updraft/chip.h"

namespace updraft {

// "qio", "qout", "dio", "dout", "fast_read", "slow_read", or a number.
std::optional<std::uint8_t> ParseSpiMode(std::string_view text);

// "80m" and so on, which depends on the chip's flash clock; or a number of 4
// bits.
std::optional<std::uint8_t> ParseSpiSpeed(std::string_view text, const ChipFamily& family);
// "80m, 40m, 26m, 20m", for messages.
std::string SpiSpeeds(const ChipFamily& family);

// "1MB" to "128MB".
std::optional<std::uint8_t> ParseSpiSize(std::string_view text);

// The mode in an application description, which counts otherwise: 0 is unknown,
// then "qio", "qout", "dio", "dout", "opi"; or a number.
std::optional<std::uint8_t> ParseDescriptionSpiMode(std::string_view text);

}  // namespace updraft
