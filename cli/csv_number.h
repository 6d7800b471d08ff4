// SPDX-License-Identifier: Apache-2.0
// The numbers of a partition CSV, as ESP-IDF's generator reads them.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace updraft {

// Decimal (without leading zeros), 0x, 0o or 0b, with a sign and underscores
// between digits; k or K behind it is 1024, m or M is 1048576. Nothing when it
// is none, or beyond 2^62.
std::optional<std::int64_t> ParseCsvNumber(std::string_view text);

// "0x1000", "-0x1000".
std::string HexNumber(std::int64_t number);

}  // namespace updraft
