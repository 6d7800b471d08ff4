// SPDX-License-Identifier: Apache-2.0
// Text that goes in and out of the tool: numbers and sizes that people type,
// hex, and strings from images, which may hold anything.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "updraft/bytes.h"

namespace updraft {

// Decimal, 0x hexadecimal, 0o octal or 0b binary; nothing else around it.
std::optional<std::uint64_t> ParseNumber(std::string_view text);

// A number, or one with k, K, kB, KiB, M, MB, MiB, G... behind it; the units are
// powers of 1024: "4MB", "0x150000", "64K".
std::optional<std::uint64_t> ParseSize(std::string_view text);

// Lower-case hex, two digits a byte.
std::string HexText(Bytes bytes);
// The bytes of an even number of hex digits.
std::optional<std::vector<std::uint8_t>> ParseHex(std::string_view text);

// "4 MiB", "4096 bytes", "1.5 MiB": for sentences and progress.
std::string SizeText(std::uint64_t bytes);
// "512 bytes", "1048576 bytes (1 MiB)": exact, for findings.
std::string ExactSizeText(std::uint64_t bytes);
// major * 100 + minor as "v1.2".
std::string RevisionText(std::uint64_t revision);

// Valid UTF-8: what is none becomes U+FFFD, one for each maximal ill-formed
// part.
std::string Utf8Text(std::string_view raw);
// The same for a terminal: control characters, which could move the cursor or
// worse, become U+FFFD too.
std::string PrintableText(std::string_view raw);

// The length of the well-formed UTF-8 sequence at the front of `text` (not
// empty), or 0; then `broken` is the length of the ill-formed part.
std::size_t Utf8SequenceLength(std::string_view text, std::size_t& broken);

}  // namespace updraft
